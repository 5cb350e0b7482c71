"""The page of the morning: yesterday and today by the working calendar, and what needs somebody."""

import datetime as dt
import re
from decimal import Decimal
from unittest import mock

from django.urls import reverse
from django.utils import timezone

from core.jobs.models import JobStatus
from dashboard.today import SiteDays, TodayPage, site_days
from equipment.models import Status
from exports.models import ExportJob
from records.closing.workflow import approve_day
from sites.models import Role, Site, User
from tests.dashboard.case import NOON, ONE_DAY, TODAY, DashboardCase
from tests.factories import (
    make_equipment_log,
    make_holiday,
    make_machine,
    make_material,
    make_member,
    make_production,
    make_site,
    make_submitted_day,
    make_target,
    make_threshold,
)

SUNDAY = TODAY - ONE_DAY
SATURDAY = TODAY - 2 * ONE_DAY
FRIDAY = TODAY - 3 * ONE_DAY


class TodayCase(DashboardCase):
    def setUp(self) -> None:
        super().setUp()
        Site.objects.update(created_at=NOON - dt.timedelta(days=365))

    def days(self) -> SiteDays:
        (days,) = site_days([Site.objects.get(pk=self.site.pk)])
        return days

    def text(self, person: User | None = None) -> str:
        """Return the words of the page."""
        self.client.force_login(person or self.people.mona)
        content = self.client.get(reverse("today")).content.decode()
        main = content.split("<main")[1].split("</main>")[0]
        return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", main)).replace("\N{NO-BREAK SPACE}", " ")

    def needs(self, person: User | None = None) -> str:
        return self.text(person).split("What needs you")[1].split("YARD-NORTH Day Production")[0]


class TestComparison(TodayCase):
    def test_of_a_day_after_a_day_off_is_with_the_last_working_day(self) -> None:
        self.receive("136", date=SATURDAY)
        self.receive("20")

        today, yesterday, saturday = self.days().lines

        assert today.figures[1].text == "20.00"
        assert today.figures[1].notes == ["Saturday: 136.00"]
        assert today.figures[1].change is None
        assert (yesterday.date, yesterday.is_day_off) == (SUNDAY, True)
        assert saturday.date == SATURDAY

    def test_of_the_last_working_day_is_with_the_working_day_before_it(self) -> None:
        make_holiday(self.site, FRIDAY)
        self.receive("100", date=FRIDAY - ONE_DAY)
        self.receive("125", date=SATURDAY)

        saturday = list(self.days().lines)[2]
        change = saturday.figures[1].change

        assert saturday.figures[1].notes == ["Thursday: 100.00"]
        assert change is not None
        assert change.percent == Decimal(25)

    def test_is_left_out_for_a_day_off(self) -> None:
        self.receive("136", date=SATURDAY)
        self.receive("3", date=SUNDAY)

        yesterday = list(self.days().lines)[1]

        assert yesterday.figures[1].text == "3.00"
        assert all(figure.change is None and not figure.notes for figure in yesterday.figures)

    def test_is_left_out_where_today_is_a_day_off(self) -> None:
        make_holiday(self.site, TODAY)
        self.receive("136", date=SATURDAY)

        today = next(self.days().lines)

        assert today.is_day_off
        assert all(figure.change is None and not figure.notes for figure in today.figures)

    def test_of_stock_is_with_the_end_of_the_last_working_day(self) -> None:
        self.receive("100", date=SATURDAY)
        self.receive("10", date=SUNDAY)
        self.receive("40")

        today, yesterday, saturday = self.days().lines

        assert [line.figures[3].text for line in (today, yesterday, saturday)] == [
            "150.00",
            "110.00",
            "100.00",
        ]
        assert today.figures[3].notes == ["Saturday: 100.00"]

    def test_with_what_is_usual_by_this_hour(self) -> None:
        for days in range(2, 7):
            self.receive_at(NOON - dt.timedelta(days=days, hours=1), "30")
            self.receive_at(NOON - dt.timedelta(days=days, hours=-3), "50")
        self.receive("15")

        figure = next(self.days().lines).figures[1]

        assert figure.notes == ["usual by 12:00: 30.00", "Saturday: 80.00"]
        assert figure.change is not None
        assert figure.change.percent == Decimal(-50)

    def test_with_what_is_usual_is_left_out_where_days_were_entered_later(self) -> None:
        for days in range(2, 7):
            self.receive("80", date=TODAY - days * ONE_DAY)

        assert next(self.days().lines).figures[1].change is None

    def receive_at(self, moment: dt.datetime, tons: str) -> None:
        with mock.patch.object(timezone, "now", return_value=moment):
            self.receive(tons, date=moment.date())


class TestNeeds(TodayCase):
    def test_are_none_where_all_is_well(self) -> None:
        self.receive("5")
        approve_day(day=make_submitted_day(self.site, SATURDAY, by=self.people.alice), by=self.people.mona)

        assert "Nothing needs you now." in self.text()

    def test_has_the_days_that_wait_for_approval(self) -> None:
        make_submitted_day(self.site, SATURDAY, by=self.people.alice)

        assert "1 day waits for your approval: Sat 28 Feb" in self.needs()
        assert "approval" not in self.needs(self.people.victor)
        assert "approval" not in self.needs(self.people.alice)

    def test_has_what_a_clerk_did_not_submit(self) -> None:
        self.receive("5", date=SATURDAY)

        assert "Saturday 28 February is not submitted. Open the day" in self.needs(self.people.alice)

    def test_has_low_and_negative_stock(self) -> None:
        self.receive("5")
        make_threshold(self.site, self.debris, low_ton="50")
        make_threshold(self.site, self.g1, low_ton="10")

        assert "2 materials are low: Debris , G1" in self.needs()

    def test_has_machines_that_are_down(self) -> None:
        down, repaired = (make_machine(self.site, name=name) for name in ("Crusher", "Loader"))
        for machine in (down, repaired):
            make_equipment_log(
                machine, by=self.people.alice, date=SATURDAY, hours="2", status=Status.BREAKDOWN
            )
        make_equipment_log(repaired, by=self.people.alice, date=TODAY, hours="5")

        assert "1 machine is down: Crusher (Sat 28 Feb)" in self.needs()

    def test_has_sites_with_nothing_entered_by_ten(self) -> None:
        assert "Nothing was entered by 10:00 today: North yard" in self.needs()
        with mock.patch.object(timezone, "now", return_value=NOON - dt.timedelta(hours=3)):
            assert "Nothing was entered" not in self.needs()

        self.receive("5")
        assert "Nothing was entered" not in self.needs()

    def test_has_a_site_whose_date_begins_in_the_evening_by_ten_on_the_next_morning(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(day_starts_at=dt.time(18))

        for hours, is_late in ((7, False), (23, True)):
            with mock.patch.object(timezone, "now", return_value=NOON + dt.timedelta(hours=hours)):
                assert ("Nothing was entered" in self.needs()) == is_late

    def test_has_no_site_with_nothing_entered_on_a_day_off(self) -> None:
        make_holiday(self.site, TODAY)

        assert "Nothing was entered" not in self.needs()

    def test_has_targets_that_slip(self) -> None:
        make_target(self.site, "100", since=TODAY - 60 * ONE_DAY)
        late = dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC)

        with mock.patch.object(timezone, "now", return_value=late):
            self.produce("300", date=late.date() - 2 * ONE_DAY)

            assert "North yard: at this pace March ends at 33.3 % of its target. Targets" in self.needs()

    def test_has_exports_that_failed_until_they_are_seen(self) -> None:
        job = ExportJob.objects.create(
            owner=self.people.mona,
            module="received",
            first=TODAY,
            last=TODAY,
            file_format="csv",
            status=JobStatus.FAILED,
            requested_at=NOON,
            finished_at=NOON,
            error="The disk is full.",
        )

        assert "1 export failed: Exports" in self.needs()
        assert "export failed" not in self.needs(self.people.alice)
        ExportJob.objects.filter(pk=job.pk).update(seen_at=NOON)
        assert "export failed" not in self.needs()


class TestPage(TodayCase):
    def test_shows_only_sites_of_the_person(self) -> None:
        self.receive("5")

        assert "YARD-NORTH" not in self.text(self.people.oscar)
        assert "YARD-NORTH" in self.text(self.people.victor)

    def test_is_the_start_page_of_managers(self) -> None:
        for person, page in (
            (self.people.mona, "/today/"),
            (self.people.alice, "/day/?site=YARD-NORTH"),
            (self.people.victor, "/dashboard/?site=YARD-NORTH"),
        ):
            self.client.force_login(person)
            assert self.client.get("/")["Location"] == page

    def test_writes_numbers_as_all_sites_do_whichever_was_looked_at_last(self) -> None:
        self.receive("1234.5")
        other = make_site()
        make_member(other, user=self.people.mona)

        Site.objects.update(decimal_mark=",")
        assert "1.234,50" in self.text()

        Site.objects.filter(pk=other.pk).update(decimal_mark=".")
        self.client.get(f"/dashboard/?site={self.site.code}")
        assert "1,234.50" in self.text()

    def test_links_a_figure_to_its_records(self) -> None:
        self.receive("5")
        self.client.force_login(self.people.victor)

        page = self.client.get(reverse("today"))

        self.assertContains(page, f'href="/received/?site=YARD-NORTH&amp;from={TODAY}&amp;to={TODAY}"')

    def test_takes_as_many_queries_for_many_sites_and_days(self) -> None:
        self.make_busy(days=2)
        self.text()
        with self.assertNumQueries(QUERIES):
            self.client.get(reverse("today"))

        for _ in range(9):
            make_member(make_site(), user=self.people.mona, role=Role.MANAGER)
        self.make_busy(days=12)
        with self.assertNumQueries(QUERIES + 1):
            # The sites that are younger than the days for approval: their first closed day.
            self.client.get(reverse("today"))

    def make_busy(self, *, days: int) -> None:
        for day in range(days):
            material = make_material()
            make_production(
                self.site, material, self.making, by=self.people.alice, date=TODAY - day * ONE_DAY, tons="1"
            )


class TestWithoutSites(DashboardCase):
    def test_has_nothing(self) -> None:
        page = TodayPage([])

        assert page.days == []
        assert page.needs == []


QUERIES = 25
