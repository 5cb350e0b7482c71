"""Stock and what moved it, against sums in plain Python."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyCase

from inventory.figures import changes_by_day, current_stock, stock_trend
from inventory.ledger.snapshots import DailyChange
from inventory.models import InventorySnapshot
from sites.dates import days_until
from sites.models import Site
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_production,
    make_received,
    make_site,
)
from tests.inventory.ledger_case import LedgerTestCase, day_of_march, tons


class TestChangesByDay(LedgerTestCase):
    def test_adds_each_column_over_the_materials_of_a_date(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=1, tons="0.001", material=self.aggregate)
        self.feed(day=1, tons="30")
        self.count(day=1, tons="69")

        changes = changes_by_day([self.site], first=day_of_march(1), last=day_of_march(1))

        assert changes == {
            day_of_march(1): DailyChange(
                date=day_of_march(1),
                received_ton=tons("100.001"),
                consumed_ton=tons("30"),
                adjustment_ton=tons("-1"),
            )
        }
        assert changes[day_of_march(1)].net_ton == tons("69.001")

    def test_leaves_out_dates_on_which_nothing_moved(self) -> None:
        self.receive(day=1, tons="1")
        self.receive(day=3, tons="1")

        changes = changes_by_day([self.site], first=day_of_march(1), last=day_of_march(3))

        assert set(changes) == {day_of_march(1), day_of_march(3)}


class TestCurrentStock(LedgerTestCase):
    def test_is_the_latest_closing_of_each_material_and_not_the_sum_of_all_snapshots(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=2, tons="50")
        self.receive(day=1, tons="7", material=self.aggregate)

        stock = current_stock([self.site], date=day_of_march(3))

        assert stock == tons("157")
        assert InventorySnapshot.objects.aggregate(all=Sum("closing_ton"))["all"] == tons("257")

    def test_is_as_it_was_on_a_date(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=5, tons="50")

        assert current_stock([self.site], date=day_of_march(4)) == tons("100")
        assert current_stock([self.site], date=day_of_march(1) - dt.timedelta(days=1)) == tons("0")

    def test_counts_what_lies_there_of_a_material_no_longer_active(self) -> None:
        self.receive(day=1, tons="100")
        self.debris.is_active = False
        self.debris.save()

        assert current_stock([self.site], date=day_of_march(1)) == tons("100")

    def test_adds_the_sites_requested_for_and_no_other(self) -> None:
        self.receive(day=1, tons="100")
        others = [make_site() for _ in range(3)]
        for site in others:
            make_received(site, self.debris, by=make_member(site), date=day_of_march(1), tons="1")

        assert current_stock([self.site, *others[:2]], date=day_of_march(1)) == tons("102")
        assert current_stock([], date=day_of_march(1)) == 0

    def test_takes_one_query_for_many_sites_and_materials(self) -> None:
        for _ in range(20):
            make_material()
        sites = [self.site, *(make_site() for _ in range(200))]
        self.receive(day=1, tons="100")

        with self.assertNumQueries(1):
            stock = current_stock(sites, date=day_of_march(1))

        assert stock == tons("100")


class TestStockTrend(LedgerTestCase):
    def test_follows_movements_and_counts_backwards(self) -> None:
        self.receive(day=2, tons="100")
        self.feed(day=3, tons="40")
        self.count(day=5, tons="55")
        dates = days_until(day_of_march(6), count=6)

        changes = changes_by_day([self.site], first=dates[0], last=dates[-1])
        trend = stock_trend(current_stock([self.site], date=dates[-1]), dates=dates, changes=changes)

        assert [str(amount) for amount in trend] == [
            "0.000",
            "100.000",
            "60.000",
            "60.000",
            "55.000",
            "55.000",
        ]


amounts = st.decimals(min_value="0.001", max_value="999", places=3)


class TestFiguresEqualPlainSums(PropertyCase):
    """Two sites, two materials, ten days: whatever happens, the figures are what plain sums say."""

    @settings(max_examples=6)
    @given(
        moves=st.lists(
            st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 9), amounts, st.booleans()),
            max_size=8,
        )
    )
    def test_whatever_happens(self, moves: list[tuple[int, int, int, Decimal, bool]]) -> None:
        sites = [make_site(), make_site()]
        materials = [make_material(), make_material(is_final=False)]
        alice = make_member(*sites)
        making = make_operation()
        first = day_of_march(1)
        expected: dict[tuple[Site, dt.date], Decimal] = defaultdict(Decimal)
        made: set[tuple[int, int, int]] = set()
        for at, of, day, amount, is_made in moves:
            date = first + dt.timedelta(days=day)
            if is_made and (at, of, day) not in made:
                made.add((at, of, day))
                make_production(sites[at], materials[of], making, by=alice, date=date, tons=str(amount))
            else:
                make_received(sites[at], materials[of], by=alice, date=date, tons=str(amount))
            expected[sites[at], date] += amount

        dates = days_until(first + dt.timedelta(days=9), count=10)
        for chosen in ([sites[0]], sites):
            changes = changes_by_day(chosen, first=dates[0], last=dates[-1])
            closing = current_stock(chosen, date=dates[-1])
            trend = stock_trend(closing, dates=dates, changes=changes)

            for date, stock in zip(dates, trend, strict=True):
                assert stock == sum(
                    amount
                    for (site, moved_on), amount in expected.items()
                    if site in chosen and moved_on <= date
                )
                assert stock == current_stock(chosen, date=date)
