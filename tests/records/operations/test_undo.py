"""Undoing what a person did, and restoring earlier versions and deleted records."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from inventory.models import InventorySnapshot
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import (
    AlreadyUndone,
    ConfirmationNeeded,
    DayClosed,
    DuplicateRecord,
    EditConflict,
    NegativeStock,
    NotVisible,
    UndoRefused,
)
from records.models import DailyRecord
from records.operations import Act, Outcome, UndoOutcome
from sites.models import Membership, Role, Site, User
from tests.factories import make_submitted_day
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class UndoTestCase(RecordsTestCase):
    def undo(
        self, *records: DailyRecord, by: User | None = None, confirmed: bool | str = False
    ) -> UndoOutcome:
        """Undo the last change of each of these records."""
        acts = [act for record in records for act in Act.all_of([record])]
        return operations.undo(acts=acts, by=by or self.alice, source=Source.PAGE, confirmed=confirmed)

    def restore(
        self,
        record: ReceivedMaterial,
        version: int | None = None,
        *,
        by: User | None = None,
        expected: int | None = None,
        confirmed: bool | str = False,
    ) -> Outcome[ReceivedMaterial]:
        return operations.restore(
            module=RECEIVED,
            record_id=record.pk,
            version=version,
            by=by or self.alice,
            source=Source.PAGE,
            expected=expected,
            confirmed=confirmed,
        )

    def tons(self) -> list[str]:
        return [str(record.qty_ton) for record in ReceivedMaterial.objects.order_by("id")]

    def kinds(self) -> str:
        lines = ReceivedMaterial.history.order_by("history_id")
        return "".join(line.history_type for line in lines)


class TestAct(UndoTestCase):
    def test_is_written_and_read_alike(self) -> None:
        for text in ("7.12", "7.12-90"):
            assert str(Act.parse(text)) == text

    def test_rejects_other_texts(self) -> None:
        for text in (
            "",
            "7",
            "7.",
            "7.a",
            "-7.1",
            "7.1-2-3",
            "7.9-1",
            "7.\N{ARABIC-INDIC DIGIT THREE}",
            "1" * 20 + ".1",
        ):
            with pytest.raises(ValueError, match="^" + re.escape(text)):
                Act.parse(text)


class TestUndo(UndoTestCase):
    def test_undoes_a_deletion_with_the_same_id_and_goes_on_with_its_history(self) -> None:
        record = self.receive(qty_ton="12.5", source="Hill Road").record
        deleted = self.remove(record).record

        outcome = self.undo(deleted)

        stored = ReceivedMaterial.objects.get()
        assert (stored.pk, stored.qty_ton, stored.source) == (record.pk, Decimal("12.5"), "Hill Road")
        assert (stored.version, stored.change_number) == (3, 3)
        assert (stored.created_by, stored.created_at) == (self.alice, record.created_at)
        assert self.kinds() == "+-+"
        assert ReceivedMaterial.history.latest("history_id").history_change_reason == "undo"
        assert InventorySnapshot.objects.get().received_ton == Decimal("12.5")
        assert [str(act) for act in outcome.acts] == [f"{self.site.pk}.3"]

    def test_undoes_a_correction(self) -> None:
        record = self.receive(qty_ton="10", notes="as weighed").record
        changed = self.correct(record, {"qty_ton": "99", "notes": "typo"}).record

        self.undo(changed)

        stored = ReceivedMaterial.objects.get()
        assert (str(stored.qty_ton), stored.notes, stored.version) == ("10.000", "as weighed", 3)

    def test_undoes_entries_by_deleting_them(self) -> None:
        records = [self.receive(qty_ton=str(tons)).record for tons in (1, 2, 3)]

        self.undo(records[0], records[2])

        assert self.tons() == ["2.000"]
        assert self.kinds() == "+++--"

    def test_undoes_several_changes_of_one_record_together(self) -> None:
        record = self.receive(qty_ton="1").record
        second = self.correct(record, {"qty_ton": "2"}).record
        third = self.correct(record, {"qty_ton": "3"}).record

        self.undo(second, third)

        assert self.tons() == ["1.000"]

    def test_undoing_is_undone_too(self) -> None:
        record = self.receive().record
        outcome = self.undo(self.remove(record).record)

        operations.undo(acts=outcome.acts, by=self.alice, source=Source.PAGE)

        assert not ReceivedMaterial.objects.exists()
        assert self.kinds() == "+-+-"

    def test_keeps_the_factor_of_an_estimate(self) -> None:
        record = self.receive(qty_ton="", loads="2").record
        deleted = self.remove(record).record
        self.debris.tons_per_load = Decimal(20)
        self.debris.save()

        self.undo(deleted)

        stored = ReceivedMaterial.objects.get()
        assert (stored.qty_ton, stored.tons_per_load) == (Decimal(36), Decimal(18))
        assert stored.is_estimated

    def test_gives_identities_back_that_were_swapped(self) -> None:
        first = self.produce(shift="morning").record
        second = self.produce(shift="afternoon").record
        moved = self.shift(first, "night")
        taken = self.shift(second, "morning")

        self.undo(moved, taken)

        shifts = Production.objects.order_by("id").values_list("shift", flat=True)
        assert list(shifts) == ["morning", "afternoon"]

    def shift(self, record: Production, shift: str) -> Production:
        return operations.update(
            module=PRODUCTION, record_id=record.pk, values={"shift": shift}, by=self.alice, source=Source.PAGE
        ).record

    def test_undoes_a_move_to_another_site(self) -> None:
        record = self.receive(by=self.ada).record
        moved = self.correct(record, {}, by=self.ada, site=self.other_site).record

        self.undo(moved, by=self.ada)

        assert ReceivedMaterial.objects.get().site == self.site

    def test_is_refused_where_somebody_changed_the_record_since(self) -> None:
        record = self.receive().record
        changed = self.correct(record, {"qty_ton": "20"}).record
        self.correct(record, {"qty_ton": "21"}, by=self.mona)

        with pytest.raises(UndoRefused, match=rf"21\.00 t: {self.mona} changed it since"):
            self.undo(changed)

        assert self.tons() == ["21.000"]

    def test_does_not_show_what_another_site_has_of_a_record_that_was_moved_there(self) -> None:
        record = self.receive(qty_ton="20").record
        self.correct(record, {}, by=self.ada, site=self.other_site)
        self.correct(record, {"qty_ton": "21"}, by=self.oscar)

        with pytest.raises(UndoRefused) as refused:
            self.undo(record)

        assert "20.00 t: it was moved to another site since" in refused.value.message
        assert "21.00" not in refused.value.message
        assert str(self.oscar) not in refused.value.message

    def test_is_refused_as_a_whole(self) -> None:
        records = [self.receive(qty_ton=str(tons)).record for tons in (1, 2)]
        self.correct(records[1], {"notes": "seen"}, by=self.mona)

        with pytest.raises(UndoRefused):
            self.undo(*records)

        assert self.tons() == ["1.000", "2.000"]

    def test_is_known_when_sent_twice(self) -> None:
        deleted = self.remove(self.receive().record).record
        self.undo(deleted)

        with pytest.raises(AlreadyUndone, match="undone already"):
            self.undo(deleted)

        assert self.kinds() == "+-+"

    def test_is_refused_on_a_closed_day(self) -> None:
        deleted = self.remove(self.receive().record).record
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed):
            self.undo(deleted)

        assert not ReceivedMaterial.objects.exists()

    def test_is_refused_where_the_day_that_the_record_left_is_closed(self) -> None:
        changed = self.correct(self.receive().record, {"date": TUESDAY}).record
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed):
            self.undo(changed)

    def test_needs_confirmation_where_stock_falls_below_zero(self) -> None:
        received = self.receive(material=self.aggregate.pk, qty_ton="10").record
        self.produce(operation=self.feeding.pk, qty_ton="8")

        with pytest.raises(ConfirmationNeeded) as needed:
            self.undo(received)
        self.undo(received, confirmed=True)

        assert "below zero" in needed.value.warnings[0]
        assert not ReceivedMaterial.objects.exists()

    def test_is_refused_where_the_site_refuses_negative_stock(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(refuses_negative_stock=True)
        received = self.receive(material=self.aggregate.pk, qty_ton="10").record
        self.produce(operation=self.feeding.pk, qty_ton="8")

        with pytest.raises(NegativeStock):
            self.undo(received, confirmed=True)

        assert ReceivedMaterial.objects.exists()

    def test_is_refused_where_another_record_took_the_place(self) -> None:
        record = self.produce().record
        deleted = operations.delete(
            module=PRODUCTION, record_id=record.pk, by=self.alice, source=Source.PAGE
        ).record
        self.produce(qty_ton="11")

        with pytest.raises(UndoRefused, match="already: edit that one"):
            self.undo(deleted)

    def test_is_for_the_person_who_did_it(self) -> None:
        deleted = self.remove(self.receive().record).record

        for person in (self.mona, self.ada):
            with pytest.raises(PermissionDenied, match="Only the person who made a change"):
                self.undo(deleted, by=person)
        with pytest.raises(PermissionDenied):
            self.undo(deleted, by=self.victor)
        with pytest.raises(NotVisible):
            self.undo(deleted, by=self.oscar)

    def test_of_ones_own_and_anothers_change_is_refused(self) -> None:
        record = self.receive().record
        changed = self.correct(record, {"qty_ton": "20"}, by=self.mona).record

        with pytest.raises(PermissionDenied, match="Only the person who made a change"):
            self.undo(record, changed)

    def test_needs_the_role_still(self) -> None:
        deleted = self.remove(self.receive().record).record
        Membership.objects.filter(user=self.alice).update(role=Role.VIEWER)

        with pytest.raises(PermissionDenied, match="requires the Operator role"):
            self.undo(deleted)


class TestRestore(UndoTestCase):
    def test_gives_a_record_an_earlier_version_as_a_new_one(self) -> None:
        record = self.receive(qty_ton="10", notes="first").record
        self.correct(record, {"qty_ton": "20"})
        self.correct(record, {"notes": "third"})

        outcome = self.restore(record, 1, by=self.mona, expected=3)

        stored = ReceivedMaterial.objects.get()
        assert (str(stored.qty_ton), stored.notes, stored.version) == ("10.000", "first", 4)
        assert (outcome.record.pk, stored.updated_by) == (record.pk, self.mona)
        assert ReceivedMaterial.history.latest("history_id").history_change_reason == "restored"

    def test_gives_a_deleted_record_its_id_back(self) -> None:
        record = self.receive(qty_ton="10").record
        self.correct(record, {"qty_ton": "20"})
        self.remove(record)

        self.restore(record, by=self.mona)

        stored = ReceivedMaterial.objects.get()
        assert (stored.pk, str(stored.qty_ton), stored.version) == (record.pk, "20.000", 4)
        assert self.kinds() == "+~-+"

    def test_of_the_same_values_makes_no_version(self) -> None:
        record = self.receive().record

        assert self.restore(record, 1).record.version == 1

    def test_asks_the_warnings_of_a_correction(self) -> None:
        record = self.receive(date=TUESDAY).record
        Site.objects.filter(pk=self.site.pk).update(entry_days_back=1)
        self.remove(record)

        with pytest.raises(ConfirmationNeeded):
            self.restore(record)
        self.restore(record, confirmed=True)

        assert "days back" in ReceivedMaterial.objects.get().confirmed_warnings[0]

    def test_is_refused_where_somebody_changed_the_record_since(self) -> None:
        record = self.receive().record
        self.correct(record, {"qty_ton": "20"})
        self.correct(record, {"qty_ton": "30"}, by=self.mona)

        with pytest.raises(EditConflict):
            self.restore(record, 1, expected=2)

    def test_is_refused_where_another_record_took_the_place(self) -> None:
        record = self.produce().record
        operations.delete(module=PRODUCTION, record_id=record.pk, by=self.alice, source=Source.PAGE)
        self.produce(qty_ton="11")

        with pytest.raises(DuplicateRecord):
            operations.restore(module=PRODUCTION, record_id=record.pk, by=self.alice, source=Source.PAGE)

    def test_is_refused_on_a_closed_day(self) -> None:
        record = self.receive().record
        self.remove(record)
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed):
            self.restore(record)

    def test_follows_sites_and_roles(self) -> None:
        record = self.receive().record
        self.remove(record)

        with pytest.raises(PermissionDenied):
            self.restore(record, by=self.victor)
        with pytest.raises(NotVisible):
            self.restore(record, by=self.oscar)
        with pytest.raises(NotVisible):
            self.restore(record, 9)


def test_acts_that_follow_each_other_are_joined() -> None:
    acts = [Act(1, 7, 7), Act(2, 4, 4), Act(1, 4, 5), Act(1, 6, 6), Act(1, 9, 9), Act(1, 5, 5)]

    assert Act.joined(acts) == (Act(1, 4, 7), Act(1, 9, 9), Act(2, 4, 4))
