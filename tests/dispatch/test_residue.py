"""Residue that leaves is a load, which makes its production record."""

import pytest
from django.urls import reverse

from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from inventory.rebuild import verify
from production.models import Production
from production.module import PRODUCTION
from records import operations
from records.choices import Source
from records.errors import DeletionRefused, InputRefused
from records.operations import Act
from sites.models import Material, Operation, Purpose, Site, StockEffect
from tests.factories import make_material, make_operation, make_party
from tests.inventory.ledger_case import LedgerTestCase, day_of_march


class TestResidueThatLeaves(LedgerTestCase):
    leaving: Operation
    residue: Material

    def setUp(self) -> None:
        self.leaving = make_operation(
            code="RES-OUT", stock_effect=StockEffect.ADDS, purpose=Purpose.RESIDUE, made_by_loads=True
        )
        self.residue = make_material(code="RESIDUE", is_final=False, waste_code="19 12 12")
        self.values = {
            "date": day_of_march(2),
            "material": self.residue.pk,
            "operation": self.leaving.pk,
            "party": make_party("Landfill", is_disposal=True).pk,
            "carrier": make_party("Haulier", is_carrier=True).pk,
        }

    def leave(self, tons: str, **values: object) -> Dispatch:
        return operations.create(
            module=DISPATCH,
            values={**self.values, "qty_ton": tons, **values},
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
        ).record

    def change(self, load: Dispatch, **values: object) -> None:
        operations.update(
            module=DISPATCH, record_id=load.pk, values=values, by=self.alice, source=Source.PAGE
        )

    def made(self) -> list[tuple[int, str]]:
        records = Production.objects.filter(operation=self.leaving).order_by("date")
        return [(record.date.day, str(record.qty_ton)) for record in records]

    def test_makes_one_production_record_a_day_with_the_tons_of_its_loads(self) -> None:
        first = self.leave("10")
        self.leave("7.5")

        assert self.made() == [(2, "17.500")]
        assert (first.load_state, first.waste_code) == ("complete", "19 12 12")
        assert self.closings(self.residue) == {2: "0.000"}

    def test_changes_its_record_with_a_load(self) -> None:
        load = self.leave("10")
        self.leave("5")

        self.change(load, qty_ton="12")
        assert self.made() == [(2, "17.000")]
        self.change(load, date=day_of_march(3))
        assert self.made() == [(2, "5.000"), (3, "12.000")]
        assert self.closings(self.residue) == {2: "0.000", 3: "0.000"}

    def test_removes_its_record_with_the_last_load(self) -> None:
        load, other = self.leave("10"), self.leave("5")

        self.change(load, load_state="cancelled", load_reason="Weighed twice")
        assert self.made() == [(2, "5.000")]
        self.take_back(DISPATCH, other.pk)
        assert self.made() == []
        self.change(load, load_state="complete", load_reason="", qty_ton="4")
        assert self.made() == [(2, "4.000")]

    def test_is_undone_with_its_record(self) -> None:
        load = self.leave("10")

        undone = operations.undo(acts=Act.all_of([load]), by=self.alice, source=Source.PAGE)
        assert self.made() == []
        operations.undo(acts=undone.acts, by=self.alice, source=Source.PAGE)
        assert self.made() == [(2, "10.000")]

    def test_gives_each_record_a_change_number_of_its_own(self) -> None:
        load = self.leave("10")

        numbers = {load.change_number, Production.objects.get().change_number}
        assert len(numbers) == 2
        assert Site.objects.get(pk=self.site.pk).change_number == max(numbers)

    def test_needs_a_destination_a_carrier_and_a_code(self) -> None:
        plain = make_material(is_final=False)

        with pytest.raises(InputRefused) as refused:
            self.leave("10", party="", carrier="", material=plain.pk)

        assert set(refused.value.form.errors) == {"party", "carrier", "waste_code"}

    def test_asks_for_what_is_missing_on_the_page(self) -> None:
        self.client.force_login(self.alice)
        typed = {"date": "2026-03-02", "material": self.residue.pk, "operation": self.leaving.pk}

        response = self.client.post(
            f"{reverse('dispatch:create')}?site={self.site.code}", {**typed, "qty_ton": "10", "trips": "1"}
        )

        assert response.status_code == 422
        shown = [field.name for field in response.context["entry"].form]
        assert {"party", "carrier"} <= set(shown)
        assert "gross_ton" not in shown

    def test_lets_nobody_enter_or_change_the_record_by_hand(self) -> None:
        self.leave("10")
        record = Production.objects.get()
        by_hand = {"date": day_of_march(3), "material": self.residue.pk, "operation": self.leaving.pk}

        with pytest.raises(InputRefused):
            operations.create(
                module=PRODUCTION,
                values={**by_hand, "qty_ton": "3"},
                site=self.site,
                by=self.alice,
                source=Source.PAGE,
            )
        for values in ({"qty_ton": "3"}, {"operation": self.making.pk}, {"shift": "night"}):
            with pytest.raises(InputRefused):
                operations.update(
                    module=PRODUCTION, record_id=record.pk, values=values, by=self.alice, source=Source.PAGE
                )
        with pytest.raises(DeletionRefused):
            self.take_back(PRODUCTION, record.pk)
        assert list(verify([self.site])) == []
