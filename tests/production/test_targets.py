"""Targets: what was due on which day, how a month stands against it, and where it leads."""

import datetime as dt
from contextlib import AbstractContextManager
from decimal import Decimal
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase

from production import target_changes
from production.models import Target
from production.targets import MonthToDate, month_to_date, target_by_day
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from tests.dashboard.yards import produce
from tests.factories import (
    make_holiday,
    make_material,
    make_member,
    make_operation,
    make_people,
    make_site,
    make_target,
)

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
        produce(site or self.site, self.g1, self.making, by=self.alice, date=on, tons=tons)

    def at(self, day: int, hour: int = 10) -> AbstractContextManager[object]:
        """Let it be this day of March."""
        moment = dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)
        return mock.patch("sites.models.people.timezone.now", return_value=moment)


class TestTargetByDay(TargetsTestCase):
    def test_is_due_on_working_days_alone(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        make_holiday(self.site, march(5))

        due = target_by_day([self.site], first=march(4), last=march(9))

        assert due == {march(day): Decimal("100.000") for day in (4, 6, 7, 9)}

    def test_changes_within_a_month(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        make_target(self.site, "120.5", since=march(10))
        make_target(self.site, "0", since=march(12))
        make_target(self.site, "90", since=march(16))

        due = target_by_day([self.site], first=march(9), last=march(17))

        assert due == {
            march(9): Decimal("100.000"),
            march(10): Decimal("120.500"),
            march(11): Decimal("120.500"),
            march(16): Decimal("90.000"),
            march(17): Decimal("90.000"),
        }

    def test_begins_with_the_first_target(self) -> None:
        make_target(self.site, "100", since=march(3))

        due = target_by_day([self.site], first=FIRST, last=march(4))

        assert due == {march(3): Decimal("100.000"), march(4): Decimal("100.000")}

    def test_of_materials_adds_up_where_the_site_has_none_of_its_own(self) -> None:
        make_target(self.site, "60", since=BEFORE, material=self.g1)
        make_target(self.site, "40", since=BEFORE, material=self.g2)
        make_target(self.site, "110", since=march(3))
        make_target(self.site, "0", since=march(5))
        make_target(self.site, "50", since=march(6), material=self.g2)

        due = target_by_day([self.site], first=march(2), last=march(6))

        assert list(due.values()) == list(tons(100, 110, 110, 100, 110))

    def test_of_one_material_is_its_own(self) -> None:
        make_target(self.site, "110", since=BEFORE)
        make_target(self.site, "60", since=march(3), material=self.g1)

        due = target_by_day([self.site], first=march(2), last=march(3), material=self.g1)

        assert due == {march(3): Decimal("60.000")}

    def test_adds_up_sites_with_different_calendars(self) -> None:
        five_days = make_site(working_weekdays="12345")
        elsewhere = make_site()
        make_target(self.site, "100", since=BEFORE)
        make_target(five_days, "7", since=BEFORE, material=self.g1)
        make_target(elsewhere, "1000", since=BEFORE)
        make_holiday(five_days, march(5))

        due = target_by_day([self.site, five_days], first=march(4), last=march(7))

        assert list(due.values()) == list(tons(107, 100, 107, 100))

    def test_is_nothing_without_sites_targets_or_days(self) -> None:
        assert target_by_day([], first=FIRST, last=LAST) == {}
        assert target_by_day([self.site], first=FIRST, last=LAST) == {}
        make_target(self.site, "100", since=BEFORE)
        assert target_by_day([self.site], first=FIRST, last=FIRST) == {}

    def test_takes_two_queries_however_much_there_is(self) -> None:
        sites = [make_site() for _ in range(5)]
        for site in sites:
            make_holiday(site, march(3))
            for day in range(1, 9):
                make_target(site, "100", since=march(day), material=self.g1)
                make_target(site, "100", since=march(day))

        with self.assertNumQueries(2):
            target_by_day(sites, first=FIRST, last=LAST)

    def test_reads_no_more_than_what_is_in_force(self) -> None:
        for month in range(1, 13):
            make_target(self.site, str(month), since=dt.date(2025, month, 1))
            make_target(self.site, str(month), since=dt.date(2025, month, 1), material=self.g1)
        make_target(self.site, "20", since=march(10), material=self.g2)
        make_target(self.site, "30", since=dt.date(2026, 4, 1))

        read = Target.objects.at([self.site]).in_force_between(FIRST, LAST)

        assert sorted(target.tons_per_day for target in read) == list(tons(12, 12, 20))


class TestMonthToDate(TargetsTestCase):
    def test_of_a_month_that_is_over_is_what_was_made(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        self.make("70.001", on=march(2))
        self.make("30", on=march(31))
        self.make("999", on=dt.date(2026, 2, 28))
        self.make("999", on=dt.date(2026, 4, 1))

        month = month_to_date([self.site], date=LAST)

        assert month == MonthToDate(
            date=LAST,
            made_ton=Decimal("100.001"),
            running_ton=Decimal("0.000"),
            projected_ton=Decimal("100.001"),
            target_so_far_ton=Decimal("2600.000"),
            made_of_target_so_far_ton=Decimal("100.001"),
            target_ton=Decimal("2600.000"),
            projected_of_target_ton=Decimal("100.001"),
            days_over=26,
            days=26,
        )

    def test_leads_where_the_pace_of_the_days_that_are_over_leads(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        make_holiday(self.site, march(25))
        for day in (2, 3, 4):
            self.make("110", on=march(day))

        with self.at(5):
            month = month_to_date([self.site], date=march(5))

        # 330 t on 3 of 25 working days.
        assert month.projected_ton == Decimal("2750.000")
        assert (month.days_over, month.days) == (3, 25)
        assert (month.target_so_far_ton, month.target_ton) == (Decimal(300), Decimal(2500))
        assert month.percent == Decimal(110)
        assert month.projected_percent == Decimal(110)

    def test_keeps_the_running_day_apart(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        self.make("100", on=march(2))
        self.make("30", on=march(3))

        with self.at(3):
            month = month_to_date([self.site], date=march(3))

        assert (month.made_ton, month.running_ton) == tons(130, 30)
        assert month.made_of_target_so_far_ton == Decimal(100)
        assert month.target_so_far_ton == Decimal(100)
        assert month.percent == Decimal(100)
        assert month.projected_ton == Decimal(2600)

    def test_is_the_same_at_the_end_of_the_running_day_as_on_the_next_morning_but_for_that_day(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        self.make("100", on=march(2))
        self.make("40", on=march(3))

        with self.at(4):
            month = month_to_date([self.site], date=march(3))

        assert (month.made_ton, month.running_ton) == tons(140, 0)
        assert month.target_so_far_ton == Decimal(200)
        assert month.projected_ton == Decimal(1820)

    def test_cannot_be_projected_before_a_working_day_is_over(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        self.make("5", on=march(1))
        self.make("30", on=march(2))

        with self.at(2):
            month = month_to_date([self.site], date=march(2))

        assert month.projected_ton is None
        assert month.projected_percent is None
        assert month.percent is None
        assert month.made_ton == Decimal(35)

    def test_never_leads_below_what_has_been_made(self) -> None:
        self.make("1", on=march(2))
        self.make("500", on=march(3))

        with self.at(3):
            month = month_to_date([self.site], date=march(3))

        assert month.projected_ton == Decimal(501)

    def test_counts_tons_of_a_holiday_without_its_day(self) -> None:
        make_holiday(self.site, march(3))
        self.make("100", on=march(2))
        self.make("20", on=march(3))

        with self.at(4):
            month = month_to_date([self.site], date=march(4))

        assert month.projected_ton == Decimal(120 * 25)

    def test_rounds_half_up_to_the_kilogram(self) -> None:
        self.make("0.001", on=march(2))
        self.make("0.001", on=march(3))
        self.make("0.002", on=march(4))

        with self.at(10):
            month = month_to_date([self.site], date=march(9))

        # 0.004 × 26 / 7 = 0.01485…
        assert month.projected_ton == Decimal("0.015")

    def test_has_no_percent_without_a_target(self) -> None:
        self.make("100", on=march(2))

        month = month_to_date([self.site], date=LAST)

        assert (month.percent, month.projected_percent) == (None, None)
        assert month.target_ton == Decimal(0)

    def test_follows_a_target_that_changes_in_the_month(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        make_target(self.site, "200", since=march(16))

        with self.at(18):
            month = month_to_date([self.site], date=march(18))

        # 12 days of 100 and 14 of 200; two of those were over.
        assert month.target_ton == Decimal(4000)
        assert month.target_so_far_ton == Decimal(1600)

    def test_adds_up_sites_with_different_calendars_and_clocks(self) -> None:
        # At 20:00 in London on Monday it is Tuesday morning in Auckland.
        far = make_site(timezone="Pacific/Auckland", working_weekdays="12345")
        far_member = make_member(far)
        for site in (self.site, far):
            make_target(site, "100", since=BEFORE)
        self.make("90", on=march(2))
        produce(far, self.g1, self.making, by=far_member, date=march(2), tons="50")

        with self.at(2, hour=20):
            month = month_to_date([self.site, far], date=march(2))

        assert (month.made_ton, month.running_ton) == tons(140, 90)
        assert month.target_so_far_ton == Decimal(100)
        assert month.target_ton == Decimal(2600 + 2200)
        # One site at 50 t on each of 22 days; the other has only what it has made.
        assert month.projected_ton == Decimal(50 * 22 + 90)
        assert (month.days_over, month.days) == (1, 48)

    def test_compares_with_a_target_what_the_sites_that_have_one_made(self) -> None:
        without = make_site()
        make_target(self.site, "100", since=BEFORE)
        self.make("110", on=march(2))
        produce(without, self.g1, self.making, by=make_member(without), date=march(2), tons="1000")

        with self.at(3):
            month = month_to_date([self.site, without], date=march(3))

        assert month.made_ton == Decimal(1110)
        assert month.projected_ton == Decimal(1110 * 26)
        assert month.projected_of_target_ton == Decimal(110 * 26)
        assert (month.percent, month.projected_percent) == (Decimal(110), Decimal(110))

    def test_of_a_month_in_which_a_site_does_not_work_is_what_was_made(self) -> None:
        site = make_site(working_weekdays="7")
        for day in (1, 8, 15, 22, 29):
            make_holiday(site, march(day))

        with self.at(3):
            month = month_to_date([site], date=march(3))

        assert month.days == 0
        assert month.projected_ton == Decimal(0)

    def test_leaves_out_what_is_no_output(self) -> None:
        feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        produce(self.site, self.g1, feeding, by=self.alice, date=march(2), tons="50")

        assert month_to_date([self.site], date=LAST).made_ton == 0

    def test_of_no_site_is_nothing(self) -> None:
        month = month_to_date([], date=LAST)

        assert (month.made_ton, month.target_ton) == tons(0, 0)
        assert month.projected_ton is None

    def test_takes_three_queries_however_many_sites(self) -> None:
        sites = [make_site() for _ in range(5)]
        for site in sites:
            make_target(site, "100", since=BEFORE)

        with self.assertNumQueries(3):
            month_to_date(sites, date=march(10))


class TestTheRules(TargetsTestCase):
    def test_take_one_target_per_material_and_date(self) -> None:
        make_target(self.site, "1", since=FIRST, material=self.g1)
        make_target(self.site, "1", since=FIRST, material=self.g2)
        make_target(self.site, "1", since=FIRST)
        make_target(make_site(), "1", since=FIRST)

        for material in (self.g1, None):
            with self.subTest(material), pytest.raises(IntegrityError), transaction.atomic():
                make_target(self.site, "2", since=FIRST, material=material)

    def test_keep_tons_within_their_bounds(self) -> None:
        make_target(self.site, "0", since=FIRST)
        for wrong in ("-0.001", "1000000"):
            with (
                self.subTest(wrong),
                pytest.raises(IntegrityError, match="production_target_range"),
                transaction.atomic(),
            ):
                make_target(self.site, wrong, since=LAST)

    def test_let_no_material_go_that_has_a_target(self) -> None:
        make_target(self.site, "1", since=FIRST, material=self.g1)

        assert self.g1.is_used()


class TestTheDoor(TestCase):
    def setUp(self) -> None:
        self.people = make_people()
        self.site = self.people.site
        self.g1 = make_material(code="G1")

    def set(self, by: User, tons: str = "100", material: Material | None = None) -> Target:
        return target_changes.set_target(
            site=self.site, by=by, material=material, tons_per_day=Decimal(tons), valid_from=FIRST
        )

    def test_keeps_who_set_corrected_and_removed_a_target(self) -> None:
        target = self.set(self.people.mona)
        target_changes.correct_target(
            target=target, by=self.people.ada, material=self.g1, tons_per_day=Decimal(5), valid_from=LAST
        )
        target_changes.remove_target(target=target, by=self.people.mona)

        history = Target.history.filter(id=target.pk).order_by("history_id")
        assert [(line.history_type, line.history_user.name) for line in history] == [
            ("+", "Mona"),
            ("~", "Ada"),
            ("-", "Mona"),
        ]
        assert Target.objects.count() == 0

    def test_lets_managers_alone_through(self) -> None:
        target = self.set(self.people.mona)

        for person in (self.people.alice, self.people.victor):
            with pytest.raises(PermissionDenied):
                self.set(person)
            with pytest.raises(PermissionDenied):
                target_changes.remove_target(target=target, by=person)
        with pytest.raises(Site.DoesNotExist):
            target_changes.remove_target(target=target, by=self.people.oscar)

    def test_says_what_is_wrong_in_a_sentence(self) -> None:
        self.set(self.people.mona)
        self.set(self.people.mona, material=self.g1)

        with pytest.raises(ValidationError, match="whole site has a target from this date on already"):
            self.set(self.people.mona)
        with pytest.raises(ValidationError, match="material has a target from this date on already"):
            self.set(self.people.mona, material=self.g1)
        with pytest.raises(ValidationError, match="0 ends the one before"):
            self.set(self.people.mona, tons="-1")

    def test_takes_no_target_of_what_is_never_output(self) -> None:
        debris = make_material(is_final=False)

        with pytest.raises(ValidationError):
            self.set(self.people.mona, material=debris)

    def test_corrects_a_target_of_what_is_no_product_any_more(self) -> None:
        target = self.set(self.people.mona, material=self.g1)
        type(self.g1).objects.filter(pk=self.g1.pk).update(is_final=False)

        corrected = target_changes.correct_target(
            target=target,
            by=self.people.mona,
            material=self.g1,
            tons_per_day=Decimal("1.5"),
            valid_from=target.valid_from,
        )

        assert str(corrected.tons_per_day) == "1.5"

    def test_removes_what_is_gone_in_silence(self) -> None:
        target = self.set(self.people.mona)
        Target.objects.all().delete()

        target_changes.remove_target(target=target, by=self.people.mona)
