"""After any sequence of operations, through any path, the ledger equals the records."""

import contextlib
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.models import InventorySnapshot
from inventory.rebuild import verify
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import DuplicateRecord
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import create_many, undo_batch
from sites.models import Purpose, Site, StockEffect
from tests.factories import make_material, make_member, make_operation, make_site
from tests.inventory.counts import COUNTS

MARCH = dt.date(2026, 3, 1)

days = st.integers(0, 9).map(lambda day: MARCH + dt.timedelta(days=day))
amounts = st.integers(1, 300_000).map(lambda kilograms: Decimal(kilograms).scaleb(-3))
two = st.integers(0, 1)
steps = st.one_of(
    st.tuples(st.just("receive"), days, amounts, two, two),
    st.tuples(st.just("produce"), days, amounts, two, two),
    st.tuples(st.just("count"), days, amounts, two, two),
    st.tuples(st.just("change"), days, amounts, two, two),
    st.tuples(st.just("delete"), days, amounts, two, two),
    st.tuples(st.just("import"), days, amounts, two, two),
    st.tuples(st.just("undo"), days, amounts, two, two),
)
type Step = tuple[str, dt.date, Decimal, int, int]


class TestAnySequence(TestCase):
    def setUp(self) -> None:
        self.sites = [make_site(), make_site()]
        self.alice = make_member(*self.sites)
        self.materials = [make_material(), make_material()]
        self.operations = [
            make_operation(),
            make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED),
        ]
        self.batches: list[Batch] = []

    @given(st.lists(steps, max_size=25))
    @settings(max_examples=60)
    def test_leaves_the_ledger_equal_to_the_records(self, taken: Sequence[Step]) -> None:
        for act, date, tons, which, site in taken:
            self._do(act, date, tons, which, self.sites[site])

        assert list(verify(list(Site.objects.all()))) == []
        self._assert_sums_equal_plain_python()

    def _do(self, act: str, date: dt.date, tons: Decimal, which: int, site: Site) -> None:
        material = self.materials[which].pk
        values: dict[str, object] = {"date": date, "material": material, "qty_ton": tons}
        match act:
            case "receive":
                self._create(RECEIVED, values, site)
            case "produce":
                self._create(PRODUCTION, values | {"operation": self.operations[tons > 150].pk}, site)
            case "count":
                count = {"date": date, "material": material, "counted_ton": tons, "notes": "Drone survey"}
                self._create(COUNTS, count, site)
            case "change":
                self._change(values, site)
            case "delete":
                if which:
                    self._delete(RECEIVED)
                else:
                    self._delete(COUNTS)
            case "import":
                self._import(date, tons, which, site)
            case "undo" if self.batches:
                undo_batch(module=RECEIVED, batch=self.batches.pop(), by=self.alice, source=Source.IMPORT)

    def _create[R: DailyRecord](self, module: RecordModule[R], values: dict[str, object], site: Site) -> None:
        with contextlib.suppress(DuplicateRecord):
            operations.create(
                module=module, values=values, site=site, by=self.alice, source=Source.PAGE, confirmed=True
            )

    def _change(self, values: dict[str, object], site: Site) -> None:
        record = ReceivedMaterial.objects.order_by("version", "id").first()
        if record is not None:
            operations.update(
                module=RECEIVED,
                record_id=record.pk,
                values=values,
                site=site,
                by=self.alice,
                source=Source.API,
                confirmed=True,
            )

    def _delete[R: DailyRecord](self, module: RecordModule[R]) -> None:
        record = module.model._default_manager.order_by("id").first()
        if record is not None:
            operations.delete(
                module=module, record_id=record.pk, by=self.alice, source=Source.PAGE, confirmed=True
            )

    def _import(self, date: dt.date, tons: Decimal, which: int, site: Site) -> None:
        batch = Batch.objects.create(module="received", source=Source.IMPORT, created_by=self.alice)
        self.batches.append(batch)
        records = [
            ReceivedMaterial(
                site=site,
                date=date + dt.timedelta(days=offset),
                material=self.materials[(which + offset) % 2],
                qty_ton=tons,
            )
            for offset in range(6)
        ]
        create_many(module=RECEIVED, records=records, batch=batch, by=self.alice, source=Source.IMPORT)

    def _assert_sums_equal_plain_python(self) -> None:
        for site in self.sites:
            for material in self.materials:
                received = sum(
                    (r.qty_ton for r in ReceivedMaterial.objects.filter(site=site, material=material)),
                    Decimal(0),
                )
                rows = InventorySnapshot.objects.filter(site=site, material=material)
                assert sum((row.received_ton for row in rows), Decimal(0)) == received
                made = Production.objects.filter(site=site, material=material, operation=self.operations[0])
                assert sum((row.produced_ton for row in rows), Decimal(0)) == sum(
                    (record.qty_ton for record in made), Decimal(0)
                )
