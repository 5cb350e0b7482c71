"""Targets: what was due on which day, how a month stands against it, and where it leads."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase

from production.models import Target
from production.targets import correct_target, remove_target, set_target, target_by_day
from sites.models import Material, Site, User
from tests.factories import (
    make_holiday,
    make_material,
    make_people,
    make_site,
    make_target,
)
from tests.production.targets_case import BEFORE, FIRST, LAST, TargetsTestCase, march, tons


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
        return set_target(
            site=self.site, by=by, material=material, tons_per_day=Decimal(tons), valid_from=FIRST
        )

    def test_keeps_who_set_corrected_and_removed_a_target(self) -> None:
        target = self.set(self.people.mona)
        correct_target(
            target=target, by=self.people.ada, material=self.g1, tons_per_day=Decimal(5), valid_from=LAST
        )
        remove_target(target=target, by=self.people.mona)

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
                remove_target(target=target, by=person)
        with pytest.raises(Site.DoesNotExist):
            remove_target(target=target, by=self.people.oscar)

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

        corrected = correct_target(
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

        remove_target(target=target, by=self.people.mona)
