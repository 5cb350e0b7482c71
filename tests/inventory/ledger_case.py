"""A yard with two materials, and words for what happens there."""

import datetime as dt
from decimal import Decimal

from django.test import TestCase

from dispatch.module import DISPATCH
from inventory.models import InventorySnapshot, StockCount
from inventory.module import STOCK_COUNTS
from inventory.rebuild import verify
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Material, Operation, Purpose, Role, Site, StockEffect, User
from tests.factories import make_material, make_member, make_operation, make_site

MARCH = dt.date(2026, 3, 1)


def day_of_march(day: int) -> dt.date:
    return MARCH + dt.timedelta(days=day - 1)


class LedgerTestCase(TestCase):
    site: Site
    alice: User
    debris: Material
    aggregate: Material
    making: Operation
    feeding: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.alice = make_member(cls.site, role=Role.OPERATOR, name="Alice")
        cls.debris = make_material(code="DEBRIS", name="Debris", is_final=False, tons_per_load="18")
        cls.aggregate = make_material(code="AGGREGATE", name="Aggregate")
        cls.making = make_operation(code="MAKE")
        cls.feeding = make_operation(code="FEED", stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)

    def receive(self, *, day: int, tons: str, material: Material | None = None) -> ReceivedMaterial:
        values = {"date": day_of_march(day), "material": (material or self.debris).pk, "qty_ton": tons}
        return operations.create(
            module=RECEIVED, values=values, site=self.site, by=self.alice, source=Source.PAGE, confirmed=True
        ).record

    def feed(self, *, day: int, tons: str, confirmed: bool = True) -> None:
        values = {
            "date": day_of_march(day),
            "material": self.debris.pk,
            "operation": self.feeding.pk,
            "qty_ton": tons,
        }
        operations.create(
            module=PRODUCTION,
            values=values,
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=confirmed,
        )

    def dispatch(self, *, day: int, tons: str) -> None:
        values = {
            "date": day_of_march(day),
            "material": self.debris.pk,
            "operation": self.making.pk,
            "qty_ton": tons,
        }
        operations.create(
            module=DISPATCH, values=values, site=self.site, by=self.alice, source=Source.PAGE, confirmed=True
        )

    def count(self, *, day: int, tons: str) -> StockCount:
        values = {
            "date": day_of_march(day),
            "material": self.debris.pk,
            "counted_ton": tons,
            "notes": "Drone survey",
        }
        return operations.create(
            module=STOCK_COUNTS,
            values=values,
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        ).record

    def take_back[R: DailyRecord](self, module: RecordModule[R], pk: int) -> None:
        operations.delete(module=module, record_id=pk, by=self.alice, source=Source.PAGE, confirmed=True)

    def closings(self, material: Material | None = None) -> dict[int, str]:
        rows = InventorySnapshot.objects.of(self.site.pk, (material or self.debris).pk).order_by("date")
        return {row.date.day: str(row.closing_ton) for row in rows}

    def row(self, *, day: int) -> InventorySnapshot:
        return InventorySnapshot.objects.get(site=self.site, material=self.debris, date=day_of_march(day))

    def tearDown(self) -> None:
        assert list(verify(list(Site.objects.all()))) == []


def tons(amount: str) -> Decimal:
    return Decimal(amount)
