"""Eight people at one site: nothing is lost, nothing waits for ever, no record enters a closed day."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random
from threading import Event

from django.db.models import F, Value

from core.db.fields import TonsField
from inventory.models import InventorySnapshot, StockCount
from inventory.module import STOCK_COUNTS
from inventory.rebuild import rebuild
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.closing.workflow import submit_day
from records.errors import DayClosed, DuplicateRecord, NotVisible
from records.models import DailyRecord, SiteDay
from records.module import RecordModule
from sites.models import Purpose, Site, StockEffect
from tests.factories import make_material, make_member, make_operation, make_site
from tests.inventory.threads import PATIENCE_SECONDS, ThreadsTestCase, all_at_once

MARCH = dt.date(2026, 3, 1)
WRITERS = 8
EACH = 25


class Clerk:
    """One writer: takes random steps and keeps the change numbers that were given for them."""

    def __init__(self, site: Site, number: int, *, dates: int = 6) -> None:
        self.site = site
        self.dates = dates
        self.random = Random(number)  # noqa: S311  # a repeatable day, not a secret
        self.user = make_member(site)
        self.changes: list[int] = []
        self.refused = 0

    def date(self) -> dt.date:
        return MARCH + dt.timedelta(days=self.random.randrange(self.dates))

    def tons(self) -> Decimal:
        return Decimal(self.random.randrange(1, 900_000)).scaleb(-3)

    def work(self, steps: int = EACH) -> None:
        acts = [self.receive, self.receive, self.produce, self.produce, self.count, self.change, self.delete]
        for _ in range(steps):
            self.take(self.random.choice(acts))

    def take(self, act: Callable[[], DailyRecord]) -> None:
        try:
            self.changes.append(act().change_number)
        except (DayClosed, DuplicateRecord, NotVisible):
            # Somebody was quicker: the day is closed, the record is there already, or is gone.
            self.refused += 1

    def receive(self) -> DailyRecord:
        return self.create(RECEIVED, qty_ton=self.tons())

    def produce(self) -> DailyRecord:
        operation = self.random.choice(["MAKE", "FEED"])
        return self.create(PRODUCTION, qty_ton=self.tons(), operation=operation)

    def count(self) -> DailyRecord:
        return self.create(STOCK_COUNTS, counted_ton=self.tons(), notes="Drone survey")

    def create[R: DailyRecord](self, module: RecordModule[R], **values: object) -> R:
        values |= {"date": self.date(), "material": self.random.choice(["DEBRIS", "AGGREGATE"])}
        return operations.create(
            module=module, values=values, site=self.site, by=self.user, source=Source.PAGE, confirmed=True
        ).record

    def any_load(self) -> int:
        keys = list(ReceivedMaterial.objects.values_list("pk", flat=True))
        return self.random.choice(keys) if keys else 0

    def change(self) -> DailyRecord:
        return operations.update(
            module=RECEIVED,
            record_id=self.any_load(),
            values={"date": self.date(), "qty_ton": self.tons()},
            by=self.user,
            source=Source.API,
            confirmed=True,
        ).record

    def delete(self) -> DailyRecord:
        return operations.delete(
            module=RECEIVED, record_id=self.any_load(), by=self.user, source=Source.PAGE, confirmed=True
        ).record


class ConcurrencyTestCase(ThreadsTestCase):
    def setUp(self) -> None:
        self.site = make_site(code="YARD-NORTH")
        self.material = make_material(code="DEBRIS")
        make_material(code="AGGREGATE")
        make_operation(code="MAKE")
        make_operation(code="FEED", stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)

    def lines_of_history(self) -> int:
        return sum(model.history.count() for model in (Production, ReceivedMaterial, StockCount))


class TestEightWriters(ConcurrencyTestCase):
    def test_at_one_site_lose_nothing_and_keep_one_order(self) -> None:
        clerks = [Clerk(self.site, number) for number in range(WRITERS)]

        all_at_once(*[clerk.work for clerk in clerks])

        changes = sorted(change for clerk in clerks for change in clerk.changes)
        assert len(changes) + sum(clerk.refused for clerk in clerks) == WRITERS * EACH
        assert changes == list(range(1, len(changes) + 1))
        assert Site.objects.get().change_number == len(changes) == self.lines_of_history()
        self.assert_ledger_equals_records()

    def test_leave_a_day_as_it_was_submitted(self) -> None:
        clerks = [Clerk(self.site, number, dates=2) for number in range(WRITERS)]
        manager = make_member(self.site)
        somebody_has_begun, is_submitted = Event(), Event()

        def submit() -> None:
            assert somebody_has_begun.wait(PATIENCE_SECONDS)
            submit_day(site=self.site, date=MARCH, by=manager)
            is_submitted.set()

        def work(clerk: Clerk) -> None:
            clerk.work(4)
            somebody_has_begun.set()
            clerk.work(8)
            assert is_submitted.wait(PATIENCE_SECONDS)
            clerk.dates = 1
            clerk.take(clerk.receive)

        all_at_once(submit, *[partial(work, clerk) for clerk in clerks])

        closed_at = SiteDay.objects.get().submitted_at
        assert closed_at is not None
        for model in (Production, ReceivedMaterial, StockCount):
            assert not model.history.filter(date=MARCH, history_date__gt=closed_at).exists()
            assert not model.objects.filter(date=MARCH, updated_at__gt=closed_at).exists()
        assert all(clerk.refused for clerk in clerks)
        self.assert_ledger_equals_records()

    def test_go_on_while_the_ledger_is_rebuilt(self) -> None:
        clerks = [Clerk(self.site, number) for number in range(4)]
        for clerk in clerks:
            clerk.work(3)
        wrong = Value(Decimal(7), output_field=TonsField())
        InventorySnapshot.objects.filter(counted_ton__isnull=True).update(
            opening_ton=F("opening_ton") + wrong, closing_ton=F("closing_ton") + wrong
        )

        def rebuild_again_and_again() -> None:
            for _ in range(5):
                list(rebuild([self.site]))

        all_at_once(rebuild_again_and_again, *[partial(clerk.work, 12) for clerk in clerks])

        changes = [change for clerk in clerks for change in clerk.changes]
        assert len(changes) == len(set(changes)) == self.lines_of_history()
        self.assert_ledger_equals_records()


class TestOneForm(ConcurrencyTestCase):
    def test_sent_eight_times_at_the_same_moment_makes_one_record(self) -> None:
        alice = make_member(self.site)
        values = {"date": MARCH, "material": "DEBRIS", "qty_ton": "5"}

        def send() -> tuple[int, bool]:
            outcome = operations.create(
                module=RECEIVED, values=values, site=self.site, by=alice, source=Source.PAGE, key="form-1"
            )
            return outcome.record.pk, outcome.is_repeat

        answers = all_at_once(*[send] * WRITERS)

        assert {pk for pk, _is_repeat in answers} == {ReceivedMaterial.objects.get().pk}
        assert sorted(is_repeat for _pk, is_repeat in answers) == [False] + [True] * (WRITERS - 1)
        assert ReceivedMaterial.history.count() == 1
        self.assert_ledger_equals_records()


class TestTwoSites(ConcurrencyTestCase):
    def test_whose_records_change_places_do_not_wait_for_each_other_for_ever(self) -> None:
        sites = [self.site, make_site(code="YARD-EAST")]
        alice = make_member(*sites)

        def receive(site: Site) -> int:
            values = {"date": MARCH, "material": "DEBRIS", "qty_ton": "5"}
            return operations.create(
                module=RECEIVED, values=values, site=site, by=alice, source=Source.PAGE, confirmed=True
            ).record.pk

        def move_to_and_fro(record_id: int, there: Site, back: Site) -> None:
            for site in (there, back) * 6:
                operations.update(
                    module=RECEIVED,
                    record_id=record_id,
                    values={},
                    site=site,
                    by=alice,
                    source=Source.PAGE,
                    confirmed=True,
                )

        pairs = [(receive(here), there, here) for here, there in (sites, sites[::-1]) for _ in range(2)]
        all_at_once(*[partial(move_to_and_fro, *pair) for pair in pairs])

        kept = ReceivedMaterial.objects.values_list("version", "site__code").order_by("id")
        assert list(kept) == [(13, "YARD-NORTH")] * 2 + [(13, "YARD-EAST")] * 2
        self.assert_ledger_equals_records()
