"""What the tests of targets share: a site in March 2026, and what it makes."""

import datetime as dt
from contextlib import AbstractContextManager
from decimal import Decimal
from unittest import mock

from django.test import TestCase

from sites.models import Material, Operation, Site, User
from tests.factories import make_material, make_member, make_operation, make_production, make_site

# March 2026 begins on a Sunday: 26 days from Monday to Saturday, 22 from Monday to Friday.
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
BEFORE = dt.date(2026, 1, 1)


def tons(*numbers: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number in numbers)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


class TargetsTestCase(TestCase):
    site: Site
    alice: User
    g1: Material
    g2: Material
    making: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.alice = make_member(cls.site)
        cls.g1, cls.g2 = make_material(code="G1"), make_material(code="G2")
        cls.making = make_operation()

    def make(self, tons: str, *, on: dt.date, site: Site | None = None) -> None:
        make_production(site or self.site, self.g1, self.making, by=self.alice, date=on, tons=tons)

    def at(self, day: int, hour: int = 10) -> AbstractContextManager[object]:
        """Let it be this day of March."""
        moment = dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)
        return mock.patch("sites.models.sites.timezone.now", return_value=moment)
