"""Months against their targets: where they stand, where they lead, and how each material does."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from production.months import MonthToDate, TargetMonth
from sites.models import Purpose, Site, StockEffect
from tests.factories import make_holiday, make_member, make_operation, make_production, make_site, make_target
from tests.production.targets_case import BEFORE, LAST, TargetsTestCase, march, tons


def month_to_date(sites: Sequence[Site], *, date: dt.date) -> MonthToDate:
    return TargetMonth(sites, date=date).whole


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
        make_production(far, self.g1, self.making, by=far_member, date=march(2), tons="50")

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
        make_production(without, self.g1, self.making, by=make_member(without), date=march(2), tons="1000")

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
        make_production(self.site, self.g1, feeding, by=self.alice, date=march(2), tons="50")

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


class TestMaterials(TargetsTestCase):
    def test_are_held_against_their_own_targets_and_the_site_against_its_own(self) -> None:
        make_target(self.site, "100", since=BEFORE)
        make_target(self.site, "60", since=BEFORE, material=self.g1)
        make_target(self.site, "20", since=BEFORE, material=self.g2)
        self.make("30", on=march(2))
        make_production(self.site, self.g2, self.making, by=self.alice, date=march(2), tons="25")

        with self.at(3):
            month = TargetMonth([self.site], date=march(3))

            assert [(of_one.percent, of_one.target_ton) for _name, of_one in month.by_material] == [
                (Decimal(50), Decimal(60 * 26)),
                (Decimal(125), Decimal(20 * 26)),
            ]
            assert month.whole.percent == Decimal(55)

    def test_of_several_sites_are_those_that_set_a_target(self) -> None:
        other = make_site()
        make_target(self.site, "60", since=BEFORE, material=self.g1)
        self.make("30", on=march(2))
        make_production(other, self.g1, self.making, by=make_member(other), date=march(2), tons="1000")

        with self.at(3):
            month = TargetMonth([self.site, other], date=march(3))

            assert list(month.of_materials) == [(self.site.pk, self.g1.pk)]
            ((_name, of_one),) = month.by_material
            assert of_one.made_of_target_so_far_ton == Decimal(30)

    def test_whose_target_has_ended_are_left_out(self) -> None:
        make_target(self.site, "60", since=BEFORE, material=self.g1)
        make_target(self.site, "0", since=march(1), material=self.g1)

        assert TargetMonth([self.site], date=LAST).of_materials == {}

    def test_take_one_query_more_however_many_they_are(self) -> None:
        for site in (self.site, make_site()):
            for material in (self.g1, self.g2):
                make_target(site, "100", since=BEFORE, material=material)
        month = TargetMonth(list(Site.objects.all()), date=march(10))

        with self.assertNumQueries(4):
            assert month.whole.target_ton
            assert len(month.by_material) == 2
