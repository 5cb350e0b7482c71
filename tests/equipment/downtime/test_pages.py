"""Entering downtime, and the availability pages."""

from decimal import Decimal
from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from equipment.downtime.forms import DowntimeForm
from equipment.downtime.models import DowntimeReason, TimeCategory
from equipment.models import MOST_TONS_PER_HOUR
from records.choices import Shift
from sites.models import User
from tests.equipment.downtime.test_figures import MONDAY, DowntimeTestCase
from tests.factories import make_machine, make_member, make_site

RANGE = "from=2026-03-01&to=2026-03-31"


class TestForm(DowntimeTestCase):
    def form(self, **values: object) -> DowntimeForm:
        data = {"date": MONDAY, "equipment": "CRUSHER", "reason": "BELT", **values}
        return DowntimeForm(data, site=self.site)

    def test_fills_in_the_minutes_from_the_start_and_the_end(self) -> None:
        form = self.form(start_time="0710", end_time="8:00")

        assert form.is_valid(), form.errors
        assert form.cleaned_data["minutes"] == 50

    def test_rejects_minutes_that_no_day_has(self) -> None:
        assert self.form(minutes="1440").is_valid()
        for minutes in ("1441", "9" * 30):
            assert self.form(minutes=minutes).errors["minutes"] == ["Minutes are between 1 and 1,440."]

    def test_takes_a_whole_day_of_the_largest_machine(self) -> None:
        self.crusher.tons_per_hour = MOST_TONS_PER_HOUR
        self.crusher.full_clean()
        self.crusher.save()
        form = self.form(minutes="1440")

        assert form.is_valid(), form.errors
        assert form.instance.tons_lost == Decimal(480_000)

    def test_an_end_before_the_start_is_on_the_next_day(self) -> None:
        form = self.form(start_time="22:30", end_time="01:00")

        assert form.is_valid()
        assert form.cleaned_data["minutes"] == 150

    def test_rejects_minutes_that_contradict_the_times(self) -> None:
        form = self.form(start_time="07:00", end_time="07:30", minutes="40")

        assert form.errors["minutes"] == ["From 07:00 to 07:30 are 30 minutes."]

    def test_rejects_a_start_without_an_end_and_nothing_at_all(self) -> None:
        assert "end_time" in self.form(start_time="07:00").errors
        assert "minutes" in self.form().errors
        assert "end_time" in self.form(start_time="07:00", end_time="07:00").errors

    def test_rejects_a_group_as_a_reason(self) -> None:
        assert "reason" in self.form(minutes=5, reason="BELT-GROUP").errors

    def test_warns_where_the_day_has_more_minutes_than_were_scheduled(self) -> None:
        self.log("7.5")
        form = self.form(minutes=45)

        assert form.is_valid()
        assert form.find_warnings(None).new == (
            "CRUSHER then has 495 min of operation and stops on this day, and 480 min were scheduled.",
        )


class TestReasons(DowntimeTestCase):
    def test_have_two_levels(self) -> None:
        deeper = DowntimeReason(
            code="DEEPER", name="Deeper", group=self.broken, category=TimeCategory.DOWN, is_planned=False
        )

        with self.assertRaisesMessage(ValidationError, "Choose a group, which is in no group itself."):
            deeper.full_clean()

    def test_keep_their_meaning_once_used(self) -> None:
        self.stop(self.broken, 5)
        self.broken.category = TimeCategory.DELAY

        with self.assertRaisesMessage(ValidationError, "It has been used"):
            self.broken.full_clean()


class TestAvailability(DowntimeTestCase):
    def get(self, address: str, user: User | None = None) -> str:
        client = Client()
        client.force_login(user or self.alice)
        answer = client.get(address)
        assert answer.status_code == HTTPStatus.OK
        return " ".join(answer.content.decode().split())

    def test_shows_the_figures_with_their_formulas_and_sources(self) -> None:
        self.log("5")
        self.stop(self.broken, 60)

        page = self.get(f"{reverse('downtime:availability')}?site=YARD-NORTH&{RANGE}")

        assert "87.5 %" in page
        assert "(scheduled − down) / scheduled" in page
        assert "Global Mining Guidelines Group" in page
        assert f"?site=YARD-NORTH&amp;from=2026-03-01&amp;to=2026-03-31&amp;reason={self.broken.pk}" in page

    def test_shows_the_losses_by_tons(self) -> None:
        self.log("5")
        self.stop(self.broken, 60)

        page = self.get(f"{reverse('downtime:availability')}?site=YARD-NORTH&{RANGE}&by=tons")

        assert "Tons lost by reason" in page
        assert "120.00" in page

    def test_shows_a_machine_day_by_day(self) -> None:
        self.log("5")
        address = reverse("downtime:availability_of_machine", args=[self.crusher.pk])

        page = self.get(f"{address}?site=YARD-NORTH&{RANGE}")

        assert reverse("day:page", args=["YARD-NORTH", MONDAY]) in page

    def test_nothing_of_it_exists_for_a_person_of_another_site(self) -> None:
        other = make_site(code="YARD-EAST")
        oscar = Client()
        oscar.force_login(make_member(other))

        answer = oscar.get(reverse("downtime:availability_of_machine", args=[self.crusher.pk]))

        assert answer.status_code == HTTPStatus.NOT_FOUND

    def test_costs_no_more_queries_with_more_machines(self) -> None:
        client = Client()
        client.force_login(self.alice)
        address = f"{reverse('downtime:availability')}?site=YARD-NORTH&{RANGE}"
        self.log("5")
        self.stop(self.broken, 60)
        client.get(address)
        for _number in range(3):
            self.crusher = make_machine(self.site)
            self.log("5", shift=Shift.NIGHT)
            self.stop(self.no_feed, 10)

        with self.assertNumQueries(10):
            client.get(address)
