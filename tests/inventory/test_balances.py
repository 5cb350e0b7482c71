"""How stock went over a period, by material and by site."""

import datetime as dt
from decimal import Decimal

from django.test import TestCase

from inventory.figures import StockPeriod, stock_periods
from inventory.ledger.snapshots import StockChange
from sites.models import Purpose, Role, StockEffect
from tests.factories import (
    make_dispatch,
    make_material,
    make_member,
    make_operation,
    make_production,
    make_received,
    make_site,
    make_stock_count,
)

FIRST, LAST = dt.date(2026, 3, 2), dt.date(2026, 3, 8)
BEFORE, AFTER = dt.date(2026, 2, 1), dt.date(2026, 3, 9)


class TestStockPeriods(TestCase):
    def setUp(self) -> None:
        self.site, self.quarry = make_site(), make_site()
        self.alice = make_member(self.site, self.quarry, role=Role.OPERATOR)
        self.debris, self.sand = make_material(), make_material()
        self.feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)

    def test_go_from_what_was_there_to_what_is_there(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=BEFORE, tons="50")
        make_received(self.site, self.debris, by=self.alice, date=FIRST, tons="100")
        make_production(self.site, self.debris, self.feeding, by=self.alice, date=LAST, tons="80")
        make_dispatch(self.site, self.debris, self.feeding, by=self.alice, date=LAST, tons="20")
        make_stock_count(self.site, self.debris, by=self.alice, date=LAST, tons="49.5")
        make_received(self.site, self.debris, by=self.alice, date=AFTER, tons="1000")

        with self.assertNumQueries(2):
            periods = stock_periods([self.site], first=FIRST, last=LAST)

        period = StockPeriod(
            StockChange(
                counts=1,
                received_ton=Decimal(100),
                consumed_ton=Decimal(80),
                dispatched_ton=Decimal(20),
                adjustment_ton=Decimal("-0.5"),
            ),
            closing_ton=Decimal("49.5"),
        )
        assert periods.by_material == {self.debris.pk: period}
        assert periods.by_site == {self.site.pk: period}
        assert period.opening_ton == Decimal(50)

    def test_show_stock_that_nothing_moved(self) -> None:
        make_received(self.site, self.sand, by=self.alice, date=BEFORE, tons="7")

        whole = stock_periods([self.site], first=FIRST, last=LAST).whole

        assert (whole.opening_ton, whole.closing_ton) == (Decimal(7), Decimal(7))

    def test_of_several_sites_add_up_both_ways(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=FIRST, tons="1")
        make_received(self.quarry, self.debris, by=self.alice, date=FIRST, tons="2")
        make_received(self.quarry, self.sand, by=self.alice, date=BEFORE, tons="4")

        with self.assertNumQueries(2):
            periods = stock_periods([self.site, self.quarry], first=FIRST, last=LAST)

        closings = {pk: period.closing_ton for pk, period in periods.by_material.items()}
        assert closings == {self.debris.pk: Decimal(3), self.sand.pk: Decimal(4)}
        assert {pk: period.closing_ton for pk, period in periods.by_site.items()} == {
            self.site.pk: Decimal(1),
            self.quarry.pk: Decimal(6),
        }
        assert periods.by_site[self.quarry.pk].opening_ton == Decimal(4)
        assert sum(periods.by_site.values(), StockPeriod()) == periods.whole

    def test_of_no_site_are_nothing(self) -> None:
        assert stock_periods([], first=FIRST, last=LAST).whole == StockPeriod()
