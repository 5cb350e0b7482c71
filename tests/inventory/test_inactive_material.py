"""An inactive material with stock left can be dispatched and counted until its stock is zero."""

from decimal import Decimal

import pytest
from django.urls import reverse

from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from inventory.models import InventorySnapshot, StockCount
from inventory.module import STOCK_COUNTS
from received.module import RECEIVED
from records import operations, registry
from records.choices import Source
from records.errors import InputRefused
from records.models import DailyRecord
from records.module import RecordModule
from tests.imports.pages_case import PagesCase
from tests.records.case import MONDAY, RecordsTestCase


class InactiveCase(RecordsTestCase):
    def setUp(self) -> None:
        self.receive(qty_ton="10")
        self.debris.is_active = False
        self.debris.save()

    def values(self, **changes: object) -> dict[str, object]:
        return {
            "date": MONDAY,
            "material": self.debris.pk,
            "operation": self.making.pk,
            "qty_ton": "10",
            "counted_ton": "0",
            "notes": "Drone survey",
            **changes,
        }

    def enter[R: DailyRecord](self, module: RecordModule[R], *, at_other_site: bool = False) -> None:
        operations.create(
            module=module,
            values=self.values(),
            site=self.other_site if at_other_site else self.site,
            by=self.ada,
            source=Source.PAGE,
        )


class TestInactiveMaterial(InactiveCase):
    def test_can_be_dispatched_until_its_stock_is_zero(self) -> None:
        self.enter(DISPATCH)
        with pytest.raises(InputRefused):
            self.enter(DISPATCH)

        assert Dispatch.objects.get().qty_ton == Decimal(10)
        assert InventorySnapshot.objects.get().closing_ton == 0

    def test_can_be_counted_until_its_stock_is_zero(self) -> None:
        self.enter(STOCK_COUNTS)
        with pytest.raises(InputRefused):
            self.enter(STOCK_COUNTS)

        assert StockCount.objects.get().counted_ton == 0

    def test_is_refused_where_it_is_not_in_stock_and_for_what_adds_to_it(self) -> None:
        with pytest.raises(InputRefused):
            self.enter(DISPATCH, at_other_site=True)
        with pytest.raises(InputRefused):
            self.enter(RECEIVED)

    def test_is_offered_last_and_only_where_it_is_in_stock(self) -> None:
        for slug in ("dispatch", "inventory"):
            form = registry.module(slug).form
            here, there = (str(form(site=site)["material"]) for site in (self.site, self.other_site))

            assert here.index("Debris (inactive)") > here.index("Aggregate"), slug
            assert "Debris" not in there, slug


class TestAdministration(InactiveCase):
    def setUp(self) -> None:
        super().setUp()
        self.debris.is_active = True
        self.debris.save()
        self.client.force_login(self.ada)

    def test_warns_when_such_a_material_is_made_inactive_in_the_list(self) -> None:
        answer = self.client.post(
            reverse("admin:sites_material_changelist"),
            {"action": "make_inactive", "_selected_action": [self.debris.pk, self.aggregate.pk]},
            follow=True,
        )

        page = answer.content.decode()
        assert "“Debris” is still in stock at YARD-NORTH." in page
        assert "“Aggregate” is still" not in page

    def test_warns_when_such_a_material_is_made_inactive_on_its_page(self) -> None:
        names = ("code", "name", "category", "uom", "position", "tons_per_load")
        sent = {name: getattr(self.debris, name) for name in names}

        answer = self.client.post(
            reverse("admin:sites_material_change", args=[self.debris.pk]), sent, follow=True
        )

        assert "“Debris” is still in stock at YARD-NORTH." in answer.content.decode()


class TestImport(PagesCase):
    def test_takes_a_dispatch_of_what_is_left(self) -> None:
        self.receive(qty_ton="10")
        self.debris.is_active = False
        self.debris.save()
        head = "date,material,operation,tons\n"

        upload = self.upload(f"{head}{MONDAY},DEBRIS,MAKE,4\n".encode(), module="dispatch")
        other = self.upload(f"date,material,tons\n{MONDAY},DEBRIS,4\n".encode(), module="received")

        assert (upload.rows_to_write, upload.rows_rejected) == (1, 0)
        assert "is no longer active" in self.page(other)
