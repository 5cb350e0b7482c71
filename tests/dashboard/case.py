"""What the tests of the dashboard's pages share: a yard at noon, and its people."""

import datetime as dt
from typing import TYPE_CHECKING
from unittest import mock

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from sites.models import User
from tests.factories import make_material, make_operation, make_people, make_production, make_received

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
ONE_DAY = dt.timedelta(days=1)
FRAGMENT = {"HX-Request": "true"}


class DashboardCase(TestCase):
    def setUp(self) -> None:
        self.people = make_people()
        self.site = self.people.site
        self.g1 = make_material(code="G1", name="G1")
        self.debris = make_material(code="DEBRIS", name="Debris", is_final=False)
        self.making = make_operation(code="MAKE", name="Making")
        clock = mock.patch.object(timezone, "now", return_value=NOON)
        clock.start()
        self.addCleanup(clock.stop)

    def receive(self, tons: str, *, date: dt.date = TODAY) -> int:
        return make_received(self.site, self.debris, by=self.people.alice, date=date, tons=tons).pk

    def produce(self, tons: str, *, date: dt.date = TODAY) -> int:
        return make_production(self.site, self.g1, self.making, by=self.people.alice, date=date, tons=tons).pk

    def page(self, person: User | None = None, **query: str) -> "Response":
        self.client.force_login(person or self.people.alice)
        return self.client.get(reverse("dashboard:page"), {"site": "YARD-NORTH", **query})

    def part(
        self, url_name: str, name: str, *, etag: str = "", person: User | None = None, **query: str
    ) -> "Response":
        """Fetch a card or a chart as the page does."""
        headers = {**FRAGMENT, **({"If-None-Match": etag} if etag else {})}
        response = {"site": "YARD-NORTH", "date": TODAY.isoformat(), **query}
        self.client.force_login(person or self.people.alice)
        return self.client.get(reverse(url_name, args=[name]), response, headers=headers)
