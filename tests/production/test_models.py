"""What is special about production: one record per shift, material and operation; effect and purpose."""

from decimal import Decimal

import pytest

from inventory.models import Flow, InventorySnapshot
from production.models import Production
from production.module import PRODUCTION
from records import operations
from records.choices import Shift, Source
from records.errors import DuplicateRecord
from sites.models import Purpose, StockEffect
from tests.factories import make_material, make_operation
from tests.records.case import TUESDAY, RecordsTestCase


class TestProduction(RecordsTestCase):
    def refused(self, **changes: object) -> dict[str, list[str]]:
        return self.refusal_of(PRODUCTION, self.run_of(**changes))

    def test_has_one_record_for_each_shift_material_and_operation_of_a_day(self) -> None:
        self.produce()

        self.produce(shift=Shift.MORNING)
        self.produce(material=self.debris.pk)
        self.produce(operation=make_operation().pk)
        self.produce(date=TUESDAY)

        assert Production.objects.count() == 5
        with pytest.raises(DuplicateRecord):
            self.produce(shift=Shift.MORNING, qty_ton="1")

    def test_tons_are_more_than_nothing_and_less_than_a_million(self) -> None:
        sentence = "Tons must be more than 0 and at most 999,999.999."

        assert self.refused(qty_ton="0") == {"qty_ton": [sentence]}
        assert self.refused(qty_ton="-0.001") == {"qty_ton": [sentence]}
        assert "qty_ton" in self.refused(qty_ton="1000000")
        assert "qty_ton" in self.refused(qty_ton="1.2345")
        assert self.produce(qty_ton="999999.999").record.qty_ton == Decimal("999999.999")
        assert self.produce(qty_ton="0.001", shift="night").record.qty_ton == Decimal("0.001")

    def test_needs_date_material_operation_and_tons(self) -> None:
        refused = self.refused(date="", material="", operation="", qty_ton="")

        assert set(refused) == {"date", "material", "operation", "qty_ton"}

    def test_knows_its_shifts(self) -> None:
        assert "shift" in self.refused(shift="dusk")
        assert self.produce().record.shift == Shift.WHOLE_DAY

    def test_notes_are_at_most_two_thousand_characters(self) -> None:
        assert "notes" in self.refused(notes="x" * 2001)
        assert len(self.produce(notes="x" * 2000).record.notes) == 2000

    def test_moves_stock_by_the_effect_of_its_operation(self) -> None:
        self.produce(qty_ton="10")
        self.produce(operation=self.feeding.pk, qty_ton="4")
        self.produce(
            operation=make_operation(stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE).pk, qty_ton="3"
        )

        row = InventorySnapshot.objects.get()
        assert (row.produced_ton, row.consumed_ton, row.closing_ton) == (Decimal(10), Decimal(4), Decimal(6))

    def test_changing_the_operation_moves_the_tons_from_one_column_to_the_other(self) -> None:
        self.produce(qty_ton="10")
        record = self.produce(qty_ton="3", shift="night").record

        operations.update(
            module=PRODUCTION,
            record_id=record.pk,
            values={"operation": self.feeding.pk},
            by=self.alice,
            source=Source.PAGE,
        )

        row = InventorySnapshot.objects.get()
        assert (row.produced_ton, row.consumed_ton, row.closing_ton) == (Decimal(10), Decimal(3), Decimal(7))

    def test_its_two_rules_of_flow_agree(self) -> None:
        for effect in StockEffect:
            self.produce(operation=make_operation(stock_effect=effect).pk, confirmed=True)
        for purpose in (Purpose.USED, Purpose.DISPOSED):
            on_site = make_operation(stock_effect=StockEffect.REMOVES, purpose=purpose)
            self.produce(operation=on_site.pk, confirmed=True)

        for flow, condition in Production.flows().items():
            by_database = set(Production.objects.filter(condition))
            by_record = {record for record in Production.objects.all() if record.flow == flow}

            assert by_database == by_record != set()
        assert set(Production.flows()) == {Flow.PRODUCED, Flow.CONSUMED, Flow.USED, Flow.DISPOSED}

    def test_output_is_what_was_made_to_be_sold(self) -> None:
        sold = self.produce().record
        self.produce(material=make_material(is_final=False).pk)
        self.produce(operation=self.feeding.pk, confirmed=True)
        self.produce(operation=make_operation(purpose=Purpose.OTHER).pk)

        assert Production.objects.output().get() == sold
