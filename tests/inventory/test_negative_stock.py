"""A site that refuses negative stock refuses a change that makes a day worse, and no other."""

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from inventory.models import InventorySnapshot, StockCount
from inventory.module import STOCK_COUNTS
from production.models import Production
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import DuplicateRecord, NegativeStock
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import create_many
from tests.factories import make_material, make_member, make_operation, make_site
from tests.inventory.ledger_case import MARCH, LedgerTestCase, day_of_march

DAYS = range(8)
ACTS = (
    *("receive", "dispatch", "count", "import"),
    *("move receipt", "move dispatch", "move count", "delete receipt", "delete count"),
)

steps = st.tuples(
    st.sampled_from(ACTS),
    st.sampled_from(DAYS).map(lambda day: MARCH + dt.timedelta(days=day)),
    st.integers(1, 60).map(Decimal),
)
type Step = tuple[str, dt.date, Decimal]


class TestAnyChange(TestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.alice = make_member(self.site)
        self.debris = make_material()
        self.making = make_operation()

    @given(st.lists(steps, max_size=8), st.lists(steps, max_size=4))
    @settings(max_examples=40)
    def test_is_refused_where_it_makes_a_day_worse(self, old: Sequence[Step], new: Sequence[Step]) -> None:
        self._refuse(is_refusing=False)
        for step in old:
            self._do(*step)

        for step in new:
            before = self._closings()
            self._refuse(is_refusing=False)
            after = self._closings_after(step)
            self._refuse(is_refusing=True)

            assert self._is_refused(step) == any(
                now < min(was, Decimal(0)) for was, now in zip(before, after, strict=True)
            )

    def _refuse(self, *, is_refusing: bool) -> None:
        self.site.refuses_negative_stock = is_refusing
        self.site.save(update_fields=["refuses_negative_stock"])

    def _closings(self) -> list[Decimal]:
        """Return the stock at the end of each day, with days that have no row of the ledger."""
        rows = dict(InventorySnapshot.objects.filter(site=self.site).values_list("date", "closing_ton"))
        closings = [Decimal(0)]
        for day in range(DAYS.stop + 3):
            closings.append(rows.get(MARCH + dt.timedelta(days=day), closings[-1]))
        return closings[1:]

    def _closings_after(self, step: Step) -> list[Decimal]:
        """Return the closings as a step would make them, and undo it."""
        with transaction.atomic():
            self._do(*step)
            closings = self._closings()
            transaction.set_rollback(True)
        return closings

    def _is_refused(self, step: Step) -> bool:
        try:
            self._do(*step)
        except NegativeStock:
            return True
        return False

    def _do(self, act: str, date: dt.date, tons: Decimal) -> None:
        values = {"date": date, "material": self.debris.pk, "qty_ton": tons, "operation": self.making.pk}
        counted = {"date": date, "material": self.debris.pk, "counted_ton": tons, "notes": "Drone survey"}
        moved: dict[str, object] = {"date": date}
        acts: dict[str, Callable[[], object]] = {
            "receive": lambda: self._create(RECEIVED, values),
            "dispatch": lambda: self._create(DISPATCH, values),
            "count": lambda: self._create(STOCK_COUNTS, counted),
            "move receipt": lambda: self._update(RECEIVED, ReceivedMaterial, moved),
            "move dispatch": lambda: self._update(DISPATCH, Dispatch, moved),
            "move count": lambda: self._update(STOCK_COUNTS, StockCount, moved),
            "delete receipt": lambda: self._delete(RECEIVED, ReceivedMaterial),
            "delete count": lambda: self._delete(STOCK_COUNTS, StockCount),
            "import": lambda: self._import(date, tons),
        }
        with contextlib.suppress(DuplicateRecord):
            acts[act]()

    def _create[R: DailyRecord](self, module: RecordModule[R], values: dict[str, object]) -> None:
        operations.create(
            module=module, values=values, site=self.site, by=self.alice, source=Source.PAGE, confirmed=True
        )

    def _update[R: DailyRecord](
        self, module: RecordModule[R], model: type[R], values: dict[str, object]
    ) -> None:
        record = model._default_manager.order_by("id").first()
        if record is not None:
            operations.update(
                module=module,
                record_id=record.pk,
                values=values,
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            )

    def _delete[R: DailyRecord](self, module: RecordModule[R], model: type[R]) -> None:
        record = model._default_manager.order_by("id").first()
        if record is not None:
            operations.delete(
                module=module, record_id=record.pk, by=self.alice, source=Source.PAGE, confirmed=True
            )

    def _import(self, date: dt.date, tons: Decimal) -> None:
        batch = Batch.objects.create(module="dispatch", source=Source.IMPORT, created_by=self.alice)
        records = [
            Dispatch(
                site=self.site,
                date=date + dt.timedelta(days=offset // 2),
                material=self.debris,
                operation=self.making,
                qty_ton=tons,
            )
            for offset in range(6)
        ]
        create_many(module=DISPATCH, records=records, batch=batch, by=self.alice, source=Source.IMPORT)


class TestOldDip(LedgerTestCase):
    def setUp(self) -> None:
        self.receive(day=1, tons="10")
        self.dispatch(day=10, tons="55")
        self.receive(day=12, tons="100")
        self.feed(day=12, tons="90")
        self.site.refuses_negative_stock = True
        self.site.save()

    def move(self, *, to: int, **values: object) -> None:
        operations.update(
            module=DISPATCH,
            record_id=Dispatch.objects.get().pk,
            values={"date": day_of_march(to), **values},
            by=self.alice,
            source=Source.PAGE,
        )

    def test_may_become_shorter(self) -> None:
        self.move(to=11)

        assert self.closings() == {1: "10.000", 11: "-45.000", 12: "-35.000"}

    def test_may_become_less_deep(self) -> None:
        self.move(to=10, qty_ton="50")

        assert self.closings() == {1: "10.000", 10: "-40.000", 12: "-30.000"}

    def test_may_not_become_longer_or_deeper(self) -> None:
        with pytest.raises(NegativeStock, match=r"45\.00 t below zero on 9 Mar 2026"):
            self.move(to=9)
        with pytest.raises(NegativeStock, match=r"46\.00 t below zero on 10 Mar 2026"):
            self.move(to=10, qty_ton="56")

        assert Production.objects.count() == 1
        assert self.closings() == {1: "10.000", 10: "-45.000", 12: "-35.000"}

    def test_is_seen_on_a_day_without_a_row(self) -> None:
        receipt = ReceivedMaterial.objects.get(date=day_of_march(1))

        with pytest.raises(NegativeStock, match=r"below zero on 10 Mar 2026"):
            operations.update(
                module=RECEIVED,
                record_id=receipt.pk,
                values={"date": day_of_march(11)},
                by=self.alice,
                source=Source.PAGE,
            )
