"""After any sequence of operations, through any path, the ledger equals the records."""

import contextlib
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from inventory.models import InventorySnapshot, LoadState
from inventory.module import STOCK_COUNTS
from inventory.rebuild import verify
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import DeletionRefused, DuplicateRecord, InputRefused, SelectionRefused, UndoRefused
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations import Act
from records.operations.bulk import create_many, undo_batch
from sites.models import Purpose, Site, StockEffect
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_party,
    make_site,
    make_weighbridge,
)
from transfers.actions import cancel_transfer, receive_transfer, send_transfer

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
    st.tuples(st.just("undo import"), days, amounts, two, two),
    st.tuples(st.just("change several"), days, amounts, two, two),
    st.tuples(st.just("delete several"), days, amounts, two, two),
    st.tuples(st.just("undo"), days, amounts, two, two),
    st.tuples(st.just("restore"), days, amounts, two, two),
    st.tuples(st.just("weigh"), days, amounts, two, two),
    st.tuples(st.just("weigh again"), days, amounts, two, two),
    st.tuples(st.just("cancel"), days, amounts, two, two),
    st.tuples(st.just("complete again"), days, amounts, two, two),
    st.tuples(st.just("use on site"), days, amounts, two, two),
    st.tuples(st.just("dispatch"), days, amounts, two, two),
    st.tuples(st.just("leave"), days, amounts, two, two),
    st.tuples(st.just("change dispatch"), days, amounts, two, two),
    st.tuples(st.just("delete dispatch"), days, amounts, two, two),
    st.tuples(st.just("send"), days, amounts, two, two),
    st.tuples(st.just("arrive"), days, amounts, two, two),
    st.tuples(st.just("cancel transfer"), days, amounts, two, two),
    st.tuples(st.just("restore dispatch"), days, amounts, two, two),
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
        self.on_site = [
            make_operation(stock_effect=StockEffect.REMOVES, purpose=purpose)
            for purpose in (Purpose.USED, Purpose.DISPOSED)
        ]
        self.leaving = make_operation(purpose=Purpose.RESIDUE, made_by_loads=True)
        self.taken_by = {
            "party": make_party("Landfill", is_disposal=True).pk,
            "carrier": make_party("Haulier", is_carrier=True).pk,
            "waste_code": "19 12 12",
        }
        self.bridges = {site: make_weighbridge(site) for site in self.sites}
        self.batches: list[Batch] = []
        self.acts: list[tuple[Act, ...]] = []

    @given(st.lists(steps, max_size=25))
    @settings(max_examples=60)
    def test_leaves_the_ledger_equal_to_the_records(self, taken: Sequence[Step]) -> None:
        for act, date, tons, which, site in taken:
            self._do(act, date, tons, which, self.sites[site])

        assert list(verify(list(Site.objects.all()))) == []
        self._assert_sums_equal_plain_python()
        self._assert_loads_are_whole()
        self._assert_residue_is_that_of_its_loads()
        self._assert_transfers_are_received_once()

    def _do(self, act: str, date: dt.date, tons: Decimal, which: int, site: Site) -> None:
        material = self.materials[which].pk
        values: dict[str, object] = {"date": date, "material": material, "qty_ton": tons}
        match act:
            case "receive":
                self._create(RECEIVED, values, site)
            case "produce":
                self._create(PRODUCTION, values | {"operation": self.operations[tons > 150].pk}, site)
            case "use on site":
                self._create(PRODUCTION, values | {"operation": self.on_site[tons > 150].pk}, site)
            case "dispatch" | "leave" | "change dispatch" | "delete dispatch" | "restore dispatch":
                self._dispatch(act, values, site)
            case "send" | "arrive" | "cancel transfer":
                self._transfer(act, values, site)
            case "weigh" | "weigh again" | "cancel" | "complete again":
                self._do_with_load(act, values, tons, site)
            case "count":
                count = {"date": date, "material": material, "counted_ton": tons, "notes": "Drone survey"}
                self._create(STOCK_COUNTS, count, site)
            case "change":
                self._change(values, site)
            case "import":
                self._import(date, tons, which, site)
            case _:
                self._do_with_several(act, values, which)

    def _do_with_load(self, act: str, values: dict[str, object], tons: Decimal, site: Site) -> None:
        """Weigh a load, correct its tare, cancel it, or take that back."""
        weights = {"gross_ton": 13 + tons % 28, "tare_ton": Decimal(12) - tons % 5}
        if act == "weigh":
            bridge = self.bridges[site].pk if tons > 100 else ""
            self._create(RECEIVED, {**values, "qty_ton": "", **weights, "weighbridge": bridge}, site)
            return
        is_void = act == "complete again"
        state = LoadState.CANCELLED if is_void else LoadState.COMPLETE
        load = ReceivedMaterial.objects.filter(load_state=state).order_by("version", "id").first()
        changes: dict[str, dict[str, object]] = {
            "weigh again": {"tare_ton": weights["tare_ton"]},
            "cancel": {"load_state": "cancelled", "load_reason": "Weighed twice"},
            "complete again": {"load_state": "complete", "load_reason": ""},
        }
        if load is None:
            return
        # What arrived of a transfer that was cancelled stays cancelled.
        with contextlib.suppress(InputRefused):
            outcome = operations.update(
                module=RECEIVED,
                record_id=load.pk,
                values=changes[act],
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            )
            if outcome.is_new_version:
                self.acts.append(Act.all_of([outcome.record]))

    def _dispatch(self, act: str, values: dict[str, object], site: Site) -> None:
        match act:
            case "dispatch":
                self._create(DISPATCH, values | {"operation": self.operations[0].pk}, site)
            case "leave":
                self._create(DISPATCH, values | {"operation": self.leaving.pk} | self.taken_by, site)
            case "change dispatch":
                self._change_dispatch(values, site)
            case "restore dispatch":
                self._restore(DISPATCH)
            case _:
                self._delete(DISPATCH)

    def _change_dispatch(self, values: dict[str, object], site: Site) -> None:
        record = Dispatch.objects.exclude(load_state="cancelled").order_by("version", "id").first()
        if record is None:
            return
        cancels = record.load_state and record.qty_ton < 150
        changes = {"load_state": "cancelled", "load_reason": "Never left"} if cancels else values
        with contextlib.suppress(InputRefused):
            outcome = operations.update(
                module=DISPATCH,
                record_id=record.pk,
                values=changes,
                site=None if cancels else site,
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            )
            if outcome.is_new_version:
                self.acts.append(Act.all_of([outcome.record]))

    def _transfer(self, act: str, values: dict[str, object], site: Site) -> None:
        if act == "send":
            to = next(other for other in self.sites if other != site)
            typed = values | {"operation": self.operations[0].pk}
            send_transfer(
                site=site, destination=to, values=typed, by=self.alice, source=Source.PAGE, confirmed=True
            )
        elif act == "arrive" and (sent := Dispatch.objects.in_transit().first()) is not None:
            # Not before it was sent.
            with contextlib.suppress(InputRefused):
                arrived = receive_transfer(
                    transfer_id=sent.pk,
                    values={"date": values["date"], "qty_ton": values["qty_ton"]},
                    by=self.alice,
                    source=Source.PAGE,
                    confirmed=True,
                )
                self.acts.append(Act.all_of([arrived.record]))
        elif act == "cancel transfer" and (sent := Dispatch.objects.transfers().first()) is not None:
            cancel_transfer(transfer_id=sent.pk, reason="Never left", by=self.alice, source=Source.PAGE)

    def _assert_residue_is_that_of_its_loads(self) -> None:
        keys = ("site", "date", "material")
        loads = Dispatch.objects.filter(operation=self.leaving, qty_ton__gt=0).order_by(*keys)
        made = Production.objects.filter(operation=self.leaving).order_by(*keys)
        sums = loads.values_list(*keys).annotate(Sum("qty_ton"))
        assert list(sums) == list(made.values_list(*keys, "qty_ton"))

    def _assert_transfers_are_received_once(self) -> None:
        received = ReceivedMaterial.objects.filter(sent_id__isnull=False).exclude(load_state="cancelled")
        arrived = list(received.order_by("sent_id").values_list("sent_id", flat=True))
        assert len(arrived) == len(set(arrived))
        left = dict(Dispatch.objects.values_list("pk", "date"))
        for arrival in received:
            assert arrival.sent_id is not None
            assert arrival.date >= left[arrival.sent_id] - dt.timedelta(days=1)
        sent = set(Dispatch.objects.transfers().values_list("pk", flat=True))
        waiting = set(Dispatch.objects.in_transit().values_list("pk", flat=True))
        assert (sent - waiting, waiting <= sent) == (set(arrived), True)

    def _do_with_several(self, act: str, values: dict[str, object], which: int) -> None:
        match act:
            case "change several" if which:
                self._change_several(PRODUCTION, values)
            case "change several":
                self._change_several(RECEIVED, values)
            case "delete several" if which:
                self._delete_several(STOCK_COUNTS)
            case "delete several":
                self._delete_several(RECEIVED)
            case "delete":
                self._delete_first(which)
            case "undo import" if self.batches:
                undo_batch(module=RECEIVED, batch=self.batches.pop(), by=self.alice, source=Source.IMPORT)
            case "undo" if self.acts:
                with contextlib.suppress(UndoRefused):
                    operations.undo(acts=self.acts.pop(), by=self.alice, source=Source.PAGE, confirmed=True)
            case "restore" if which:
                self._restore(STOCK_COUNTS)
            case "restore":
                self._restore(RECEIVED)

    def _create[R: DailyRecord](self, module: RecordModule[R], values: dict[str, object], site: Site) -> None:
        with contextlib.suppress(DuplicateRecord):
            operations.create(
                module=module, values=values, site=site, by=self.alice, source=Source.PAGE, confirmed=True
            )

    def _change(self, values: dict[str, object], site: Site) -> None:
        # The tons of a load follow from its weights.
        record = ReceivedMaterial.objects.filter(load_state="").order_by("version", "id").first()
        if record is None:
            return
        # A transfer keeps its material and its site.
        with contextlib.suppress(InputRefused):
            operations.update(
                module=RECEIVED,
                record_id=record.pk,
                values=values,
                site=site,
                by=self.alice,
                source=Source.API,
                confirmed=True,
            )

    def _delete_first(self, which: int) -> None:
        if which:
            self._delete(RECEIVED)
        else:
            self._delete(STOCK_COUNTS)

    def _delete[R: DailyRecord](self, module: RecordModule[R]) -> None:
        record = module.model._default_manager.order_by("id").first()
        if record is not None:
            with contextlib.suppress(DeletionRefused):
                operations.delete(
                    module=module, record_id=record.pk, by=self.alice, source=Source.PAGE, confirmed=True
                )

    @staticmethod
    def _oldest[R: DailyRecord](module: RecordModule[R]) -> dict[int, int | None]:
        return dict.fromkeys(module.model._default_manager.order_by("id").values_list("pk", flat=True)[:4])

    def _change_several[R: DailyRecord](self, module: RecordModule[R], values: dict[str, object]) -> None:
        selected = self._oldest(module)
        if not selected:
            return
        with contextlib.suppress(SelectionRefused):
            outcome = operations.bulk_update(
                module=module,
                selected=selected,
                values={"date": values["date"], "material": values["material"]},
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            )
            self.acts.append(outcome.acts)

    def _delete_several[R: DailyRecord](self, module: RecordModule[R]) -> None:
        if selected := self._oldest(module):
            with contextlib.suppress(SelectionRefused):
                outcome = operations.bulk_delete(
                    module=module, selected=selected, by=self.alice, source=Source.PAGE, confirmed=True
                )
                self.acts.append(outcome.acts)

    def _restore[R: DailyRecord](self, module: RecordModule[R]) -> None:
        # A deletion, where there is one.
        version = module.model.history.order_by("-history_type", "history_id").last()
        if version is not None:
            with contextlib.suppress(InputRefused):
                operations.restore(
                    module=module,
                    record_id=version.id,
                    version=version.version,
                    by=self.alice,
                    source=Source.PAGE,
                    confirmed=True,
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

    def _assert_loads_are_whole(self) -> None:
        for load in ReceivedMaterial.objects.exclude(gross_ton=None):
            assert load.gross_ton is not None
            assert load.tare_ton is not None
            net = load.gross_ton - load.tare_ton
            assert load.qty_ton == (Decimal(0) if load.load_state == LoadState.CANCELLED else net)
        for site, bridge in self.bridges.items():
            bridge.refresh_from_db()
            numbers = ReceivedMaterial.objects.filter(site=site).exclude(ticket_no="").order_by("ticket_no")
            expected = [f"W1-{number:06d}" for number in range(1, bridge.last_number + 1)]
            assert list(numbers.values_list("ticket_no", flat=True)) == expected

    def _assert_sums_equal_plain_python(self) -> None:
        for site in self.sites:
            for material in self.materials:
                received = sum(
                    (r.qty_ton for r in ReceivedMaterial.objects.filter(site=site, material=material)),
                    Decimal(0),
                )
                rows = InventorySnapshot.objects.filter(site=site, material=material)
                assert sum((row.received_ton for row in rows), Decimal(0)) == received
                sent = Dispatch.objects.filter(site=site, material=material)
                assert sum((row.dispatched_ton for row in rows), Decimal(0)) == sum(
                    (record.qty_ton for record in sent), Decimal(0)
                )
                for flow, operations_of in (
                    ("produced_ton", [self.operations[0], self.leaving]),
                    ("consumed_ton", [self.operations[1]]),
                    ("used_ton", [self.on_site[0]]),
                    ("disposed_ton", [self.on_site[1]]),
                ):
                    made = Production.objects.filter(
                        site=site, material=material, operation__in=operations_of
                    )
                    assert sum((getattr(row, flow) for row in rows), Decimal(0)) == sum(
                        (record.qty_ton for record in made), Decimal(0)
                    )
