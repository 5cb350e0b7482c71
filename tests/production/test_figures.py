"""Output: what was made to be sold."""

import datetime as dt
from decimal import Decimal

from django.test import TestCase

from production.figures import PlantFlow, output_by_day, plant_flows
from records.choices import Shift
from sites.models import Purpose, Site, StockEffect
from tests.factories import make_material, make_member, make_operation, make_production, make_site

DAY = dt.date(2026, 3, 2)


class TestOutputByDay(TestCase):
    def setUp(self) -> None:
        self.site = make_site(code="YARD-NORTH")
        self.alice = make_member(self.site)
        self.g1 = make_material(code="G1")
        self.debris = make_material(code="DEBRIS", is_final=False)
        self.making = make_operation(code="MAKE")

    def test_adds_shifts_and_products_of_each_date(self) -> None:
        make_production(
            self.site, self.g1, self.making, by=self.alice, date=DAY, tons="10.1", shift=Shift.MORNING
        )
        make_production(
            self.site, self.g1, self.making, by=self.alice, date=DAY, tons="0.002", shift=Shift.NIGHT
        )
        later = DAY + dt.timedelta(days=1)
        make_production(self.site, make_material(), self.making, by=self.alice, date=later, tons="7")

        made = output_by_day([self.site], first=DAY, last=later)

        assert made == {DAY: Decimal("10.102"), later: Decimal("7.000")}

    def test_leaves_out_feed_residue_and_what_is_no_product_to_sell(self) -> None:
        feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        disposing = make_operation(stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE)
        stockpiling = make_operation(stock_effect=StockEffect.ADDS, purpose=Purpose.RESIDUE)
        for operation in (feeding, disposing, stockpiling):
            make_production(self.site, self.g1, operation, by=self.alice, date=DAY, tons="5")
        make_production(self.site, self.debris, self.making, by=self.alice, date=DAY, tons="5")

        made = output_by_day([self.site], first=DAY, last=DAY)

        assert made == {}

    def test_counts_a_product_that_leaves_stock_alone(self) -> None:
        straight_to_the_lorry = make_operation(stock_effect=StockEffect.NONE, purpose=Purpose.PRODUCT)
        make_production(self.site, self.g1, straight_to_the_lorry, by=self.alice, date=DAY, tons="5")

        made = output_by_day([self.site], first=DAY, last=DAY)

        assert made == {DAY: Decimal("5.000")}

    def test_keeps_to_the_period_and_the_sites(self) -> None:
        quarry = make_site(code="QUARRY-1")
        make_production(quarry, self.g1, self.making, by=make_member(quarry), date=DAY, tons="5")
        for days in (-1, 0, 1):
            date = DAY + dt.timedelta(days=days)
            make_production(self.site, self.g1, self.making, by=self.alice, date=date, tons="1")

        made = output_by_day([self.site], first=DAY, last=DAY)

        assert made == {DAY: Decimal("1.000")}

    def test_takes_one_query_for_any_number_of_sites(self) -> None:
        sites = [make_site() for _ in range(5)]

        with self.assertNumQueries(1):
            output_by_day(sites, first=DAY, last=DAY)


class TestPlantFlows(TestCase):
    def setUp(self) -> None:
        self.site = make_site(code="YARD-NORTH")
        self.alice = make_member(self.site)
        self.g1 = make_material(code="G1")
        self.debris = make_material(code="DEBRIS", is_final=False)
        self.making = make_operation()
        self.feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)

    def flows(self, *sites: Site) -> dict[tuple[int, int], PlantFlow]:
        return plant_flows(sites, first=DAY, last=DAY)

    def test_show_what_each_material_was_at_each_site(self) -> None:
        make_production(self.site, self.debris, self.feeding, by=self.alice, date=DAY, tons="80.001")
        make_production(self.site, self.debris, self.making, by=self.alice, date=DAY, tons="5")
        make_production(self.site, self.g1, self.making, by=self.alice, date=DAY, tons="70")

        with self.assertNumQueries(1):
            flows = self.flows(self.site)

        assert flows == {
            (self.site.pk, self.debris.pk): PlantFlow(feed_ton=Decimal("80.001"), product_ton=Decimal(5)),
            (self.site.pk, self.g1.pk): PlantFlow(product_ton=Decimal(70), output_ton=Decimal(70)),
        }

    def test_keep_to_the_period_and_the_sites(self) -> None:
        quarry = make_site()
        make_production(quarry, self.g1, self.making, by=make_member(quarry), date=DAY, tons="5")
        for days in (-1, 1):
            date = DAY + dt.timedelta(days=days)
            make_production(self.site, self.g1, self.making, by=self.alice, date=date, tons="1")

        assert self.flows(self.site) == {}
        assert list(self.flows(self.site, quarry)) == [(quarry.pk, self.g1.pk)]
        assert self.flows() == {}

    def test_leave_out_what_means_nothing_to_the_plant(self) -> None:
        moving = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.OTHER)
        make_production(self.site, self.g1, moving, by=self.alice, date=DAY, tons="5")

        assert self.flows(self.site) == {}


class TestPlantFlow:
    def test_tells_what_is_not_accounted_for(self) -> None:
        flow = PlantFlow(feed_ton=Decimal(80), product_ton=Decimal(70), residue_ton=Decimal(6))

        assert (flow.balance_ton, flow.balance_percent) == (Decimal(4), Decimal(5))
        assert flow.recovery_percent == Decimal(7000) / Decimal(76)

    def test_has_no_percentage_of_nothing(self) -> None:
        assert PlantFlow(product_ton=Decimal(5)).balance_percent is None
        assert PlantFlow(feed_ton=Decimal(5)).recovery_percent is None
        assert PlantFlow(residue_ton=Decimal(5)).recovery_percent == 0
