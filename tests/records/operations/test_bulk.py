"""Many records at once, and taking them back."""

from decimal import Decimal
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from inventory.models import InventorySnapshot
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.choices import BatchStatus, Source
from records.errors import DayClosed, NegativeStock, NotVisible
from records.models import Batch
from records.operations.bulk import PART, Pace, Part, create_many, undo_batch
from sites.models import Site, User
from tests.factories import make_submitted_day
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class TestPace:
    def test_lets_others_in_between_two_parts_where_one_lock_is_everybodys(self) -> None:
        pace = Pace(PART)
        with mock.patch("records.operations.bulk.time.sleep") as pause:
            with pace.part():
                pass
            assert not pause.called

            with pace.part():
                pass

        assert pause.called == (connection.vendor == "sqlite")


class BatchTestCase(RecordsTestCase):
    def batch(self, *, by: User | None = None) -> Batch:
        return Batch.objects.create(module="received", source=Source.IMPORT, created_by=by or self.alice)

    def row(
        self, key: str = "", *, tons: str = "10", site: Site | None = None, **changes: object
    ) -> ReceivedMaterial:
        values = {"date": MONDAY, "material": self.debris, **changes}
        return ReceivedMaterial(site=site or self.site, qty_ton=Decimal(tons), import_key=key, **values)

    def run_row(self, *, tons: str = "10", **changes: object) -> Production:
        values = {"date": MONDAY, "material": self.aggregate, "operation": self.making, **changes}
        return Production(site=self.site, qty_ton=Decimal(tons), **values)

    def write(
        self,
        *rows: ReceivedMaterial,
        batch: Batch | None = None,
        by: User | None = None,
        dry_run: bool = False,
    ) -> Part[ReceivedMaterial]:
        return create_many(
            module=RECEIVED,
            records=rows,
            batch=batch or self.batch(by=by),
            by=by or self.alice,
            source=Source.IMPORT,
            dry_run=dry_run,
        )


class TestCreateMany(BatchTestCase):
    def test_writes_records_ledger_and_history(self) -> None:
        part = self.write(self.row("a"), self.row("b", date=TUESDAY), self.row("c", tons="2.5"))

        records = ReceivedMaterial.objects.order_by("change_number")
        assert [record.change_number for record in records] == [1, 2, 3]
        assert {record.entry_source for record in records} == {Source.IMPORT}
        assert [line.history_type for line in ReceivedMaterial.history.all()] == ["+"] * 3
        assert InventorySnapshot.objects.get(date=MONDAY).received_ton == Decimal("12.5")
        assert (len(part.written), self.change_number()) == (3, 3)

    def test_knows_rows_that_came_before_and_twice_in_one_file(self) -> None:
        self.write(self.row("a"))

        part = self.write(self.row("a"), self.row("b"), self.row("b"))

        assert [len(rows) for rows in (part.written, part.known, part.refused)] == [1, 2, 0]
        assert ReceivedMaterial.objects.count() == 2

    def test_rejects_rows_of_a_closed_day_and_writes_the_others(self) -> None:
        make_submitted_day(self.site, MONDAY, by=self.alice)

        part = self.write(self.row("a"), self.row("b", date=TUESDAY))

        assert [refusal.reason for refusal in part.refused] == [
            "This day is closed. A manager can reopen it."
        ]
        assert ReceivedMaterial.objects.get().import_key == "b"

    def test_rejects_duplicates_of_records_and_within_a_file(self) -> None:
        self.produce()

        part = create_many(
            module=PRODUCTION,
            records=[self.run_row(), self.run_row(shift="night"), self.run_row(shift="night", tons="3")],
            batch=self.batch(),
            by=self.alice,
            source=Source.IMPORT,
        )

        assert [len(rows) for rows in (part.written, part.refused)] == [1, 2]
        assert "already" in part.refused[0].reason
        assert Production.objects.count() == 2

    def test_on_a_dry_run_returns_the_same_and_writes_nothing(self) -> None:
        part = self.write(self.row("a"), self.row("a"), dry_run=True)

        assert [len(rows) for rows in (part.written, part.known)] == [1, 1]
        assert not ReceivedMaterial.objects.exists()
        assert not InventorySnapshot.objects.exists()
        assert self.change_number() == 0

    def test_writes_nothing_where_one_site_is_not_the_persons(self) -> None:
        with pytest.raises(NotVisible):
            self.write(self.row("a"), self.row("b", site=self.other_site))
        with pytest.raises(PermissionDenied):
            self.write(self.row("a"), by=self.victor)

        assert not ReceivedMaterial.objects.exists()

    def test_gives_each_site_its_own_change_numbers(self) -> None:
        self.write(self.row("a"), self.row("b", site=self.other_site), self.row("c"), by=self.ada)

        assert (self.change_number(), self.change_number(self.other_site)) == (2, 1)

    def test_writes_nothing_where_a_site_forbids_stock_below_zero(self) -> None:
        self.site.refuses_negative_stock = True
        self.site.save()

        with pytest.raises(NegativeStock):
            create_many(
                module=PRODUCTION,
                records=[self.run_row(tons="5"), self.run_row(tons="6", operation=self.feeding)],
                batch=self.batch(),
                by=self.alice,
                source=Source.IMPORT,
            )

        assert not Production.objects.exists()

    def test_takes_a_part_at_a_time(self) -> None:
        with pytest.raises(ValueError, match="at most"):
            self.write(*[self.row(str(number)) for number in range(PART + 1)])


class TestUndo(BatchTestCase):
    def undo(self, batch: Batch, *, by: User | None = None) -> int:
        return undo_batch(module=RECEIVED, batch=batch, by=by or self.alice, source=Source.IMPORT)

    def test_removes_exactly_the_batch_and_keeps_its_history(self) -> None:
        typed = self.receive(qty_ton="1").record
        batch = self.batch()
        self.write(self.row("a"), self.row("b", date=TUESDAY), batch=batch)

        removed = self.undo(batch)

        assert removed == 2
        assert ReceivedMaterial.objects.get() == typed
        assert ReceivedMaterial.history.filter(history_type="-").count() == 2
        assert {row.closing_ton for row in InventorySnapshot.objects.all()} == {Decimal(1)}
        batch.refresh_from_db()
        assert (batch.status, batch.undone_by) == (BatchStatus.UNDONE, self.alice)

    def test_lets_the_same_rows_in_again(self) -> None:
        batch = self.batch()
        self.write(self.row("a"), batch=batch)
        self.undo(batch)

        part = self.write(self.row("a"))

        assert len(part.written) == 1

    def test_is_for_who_made_it_and_admins(self) -> None:
        batch = self.batch()
        self.write(self.row("a"), batch=batch)

        with pytest.raises(PermissionDenied, match="Only the person who made a batch"):
            self.undo(batch, by=self.mona)

        assert self.undo(batch, by=self.ada) == 1

    def test_deletes_nothing_where_a_day_has_been_closed_since(self) -> None:
        batch = self.batch()
        self.write(self.row("a"), self.row("b", date=TUESDAY), batch=batch)
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed):
            self.undo(batch)

        assert ReceivedMaterial.objects.count() == 2
        batch.refresh_from_db()
        assert batch.status == BatchStatus.RUNNING

    def test_takes_back_what_is_left_of_it(self) -> None:
        batch = self.batch()
        part = self.write(self.row("a"), self.row("b"), batch=batch)
        self.remove(part.written[0])

        assert self.undo(batch) == 1

    def test_goes_on_over_several_parts(self) -> None:
        batch = self.batch()
        for part in "abc":
            self.write(*[self.row(f"{part}{number}", tons="0.1") for number in range(20)], batch=batch)

        with mock.patch("records.operations.bulk.PART", 25):
            removed = self.undo(batch)

        assert removed == 60
        assert not InventorySnapshot.objects.exists()
