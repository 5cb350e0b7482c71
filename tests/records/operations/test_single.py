"""The one way in: what is refused, and what a change leaves behind."""

import datetime as dt
from decimal import Decimal

import pytest

from inventory.models import InventorySnapshot
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import (
    ConfirmationNeeded,
    DayClosed,
    DuplicateRecord,
    EditConflict,
    InputRefused,
)
from tests.factories import make_member, make_submitted_day
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class TestInput(RecordsTestCase):
    def test_that_is_invalid_is_reported_by_field_and_kept(self) -> None:
        with pytest.raises(InputRefused) as refused:
            self.receive(date="31/31/2026", material="NOWHERE", qty_ton="lots", notes="x" * 2001)

        form = refused.value.form
        assert set(form.errors) == {"date", "material", "qty_ton", "notes"}
        assert form["qty_ton"].value() == "lots"
        assert not ReceivedMaterial.objects.exists()

    def test_names_master_data_by_id_or_code(self) -> None:
        by_id = self.receive(material=str(self.debris.pk)).record
        by_code = self.receive(material="DEBRIS").record

        assert by_id.material == by_code.material == self.debris

    def test_does_not_offer_what_is_no_longer_active(self) -> None:
        record = self.receive().record
        self.debris.is_active = False
        self.debris.save()

        with pytest.raises(InputRefused):
            self.receive()
        kept = self.correct(record, {"qty_ton": "11"}).record

        assert kept.material == self.debris

    def test_is_offered_what_is_active_and_what_an_older_record_names(self) -> None:
        record = self.receive().record
        self.debris.is_active = False
        self.debris.save()

        for form, offered in (
            (RECEIVED.form(site=self.site), ["Aggregate"]),
            (RECEIVED.form(site=self.site, instance=record), ["Debris", "Aggregate"]),
        ):
            drawn = str(form["material"])

            assert [name for name in ("Debris", "Aggregate") if f">{name}</option>" in drawn] == offered

    def test_cannot_set_what_is_not_typed(self) -> None:
        record = self.receive(
            version=7, change_number=70, entry_source="admin", created_by=self.mona.pk, site=self.site
        ).record

        assert (record.version, record.change_number, record.created_by) == (1, 1, self.alice)
        assert record.entry_source == Source.PAGE


class TestClosedDay(RecordsTestCase):
    def test_accepts_no_new_moved_or_deleted_record(self) -> None:
        monday = self.receive().record
        tuesday = self.receive(date=TUESDAY).record
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed, match="2026-03-02 is submitted"):
            self.receive()
        with pytest.raises(DayClosed):
            self.correct(monday, {"notes": "changed"})
        with pytest.raises(DayClosed):
            self.correct(monday, {"date": TUESDAY})
        with pytest.raises(DayClosed):
            self.correct(tuesday, {"date": MONDAY})
        with pytest.raises(DayClosed):
            self.remove(monday)

        assert set(ReceivedMaterial.objects.values_list("date", "version")) == {(MONDAY, 1), (TUESDAY, 1)}

    def test_of_another_site_is_no_matter_unless_the_record_moves_there(self) -> None:
        make_member(self.other_site, user=self.alice)
        make_submitted_day(self.other_site, MONDAY, by=self.oscar)
        record = self.receive().record

        with pytest.raises(DayClosed):
            self.correct(record, {}, site=self.other_site)

        assert self.correct(record, {"notes": "stays"}).record.site == self.site


class TestEdit(RecordsTestCase):
    def test_of_a_version_that_is_gone_shows_what_is_there_now(self) -> None:
        record = self.receive().record
        self.correct(record, {"notes": "first"}, version=1)

        with pytest.raises(EditConflict) as conflict:
            self.correct(record, {"notes": "second"}, version=1)
        with pytest.raises(EditConflict):
            self.remove(record, version=1)

        assert conflict.value.current.notes == "first"
        assert ReceivedMaterial.objects.get().notes == "first"

    def test_without_a_version_changes_whatever_is_there(self) -> None:
        record = self.receive().record
        self.correct(record, {"notes": "first"})

        changed = self.correct(record, {"qty_ton": "11"}).record

        assert (changed.version, changed.notes, changed.qty_ton) == (3, "first", Decimal(11))

    def test_without_a_change_writes_nothing(self) -> None:
        record = self.receive(notes="as it is").record
        before = self.change_number()

        outcome = self.correct(record, {"qty_ton": "10.000", "date": "2026-03-02"}, version=1)

        assert outcome.record.version == 1
        assert self.change_number() == before
        assert record.history.count() == 1

    def test_that_turns_an_estimate_into_the_same_tons_weighed_is_a_change(self) -> None:
        record = self.receive(qty_ton="", loads="2").record

        changed = self.correct(record, {"qty_ton": "36"}).record

        assert (changed.version, changed.is_estimated, changed.tons_per_load) == (2, False, None)

    def test_keeps_what_was_not_given(self) -> None:
        record = self.receive(source="Bridge", vehicle_ref="AB 12", loads="3").record

        changed = self.correct(record, {"notes": "checked"}).record

        assert (changed.source, changed.vehicle_ref, changed.loads) == ("Bridge", "AB 12", 3)

    def test_stamps_who_and_keeps_who_entered_it(self) -> None:
        record = self.receive().record

        changed = self.correct(record, {"notes": "checked"}, by=self.mona).record

        assert (changed.created_by, changed.updated_by) == (self.alice, self.mona)
        assert (changed.created_at, changed.entry_source) == (record.created_at, Source.API)
        assert changed.updated_at > record.updated_at


class TestDuplicate(RecordsTestCase):
    def test_is_reported_with_the_message_of_the_rule(self) -> None:
        self.produce()

        with pytest.raises(DuplicateRecord) as refused:
            self.produce(qty_ton="99")

        assert refused.value.form.non_field_errors() == [
            "This material has a record for this date, shift and operation already: edit that one."
        ]
        assert Production.objects.get().qty_ton == 10

    def test_by_an_edit_leaves_both_as_they_were(self) -> None:
        self.produce()
        second = self.produce(shift="night").record
        before = self.change_number()

        with pytest.raises(DuplicateRecord):
            operations.update(
                module=PRODUCTION,
                record_id=second.pk,
                values={"shift": ""},
                by=self.alice,
                source=Source.PAGE,
            )

        assert set(Production.objects.values_list("shift", flat=True)) == {"", "night"}
        assert self.change_number() == before


class TestConfirmation(RecordsTestCase):
    def test_are_confirmed_before_anything_is_saved(self) -> None:
        with pytest.raises(ConfirmationNeeded) as response:
            self.produce(operation=self.feeding.pk)

        assert response.value.warnings == (
            "Not enough Aggregate: stock falls to 10.00 t below zero on 2 Mar 2026.",
        )
        assert not Production.objects.exists()
        assert not InventorySnapshot.objects.exists()
        assert self.change_number() == 0

    def test_once_confirmed_are_kept_on_record_and_history(self) -> None:
        outcome = self.produce(operation=self.feeding.pk, confirmed=True)

        assert outcome.record.confirmed_warnings == list(outcome.warnings)
        assert outcome.record.history.get().confirmed_warnings == list(outcome.warnings)

    def test_need_confirmation_for_a_deletion_too(self) -> None:
        record = self.receive().record
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="8")

        with pytest.raises(ConfirmationNeeded, match="check the warnings"):
            self.remove(record)

        assert ReceivedMaterial.objects.exists()


class TestChangeNumbers(RecordsTestCase):
    def test_go_up_by_one_with_every_change_and_are_stamped(self) -> None:
        first = self.receive().record
        second = self.produce().record
        corrected = self.correct(first, {"notes": "checked"}).record
        gone = self.remove(corrected).record

        numbers = [first.change_number, second.change_number, corrected.change_number, gone.change_number]
        assert numbers == [1, 2, 3, 4]
        assert self.change_number() == 4
        assert self.change_number(self.other_site) == 0

    def test_are_not_used_up_by_rejected_changes(self) -> None:
        self.produce()

        for _ in range(3):
            with pytest.raises(DuplicateRecord):
                self.produce()

        assert self.change_number() == 1
        assert self.receive().record.change_number == 2

    def test_of_both_sites_go_up_when_a_record_moves(self) -> None:
        make_member(self.other_site, user=self.alice)
        record = self.receive().record

        moved = self.correct(record, {}, site=self.other_site).record

        assert (self.change_number(), self.change_number(self.other_site)) == (2, 1)
        assert moved.change_number == 1


class TestHistory(RecordsTestCase):
    def test_shows_who_when_and_what_for_deleted_records_too(self) -> None:
        record = self.receive(qty_ton="10", notes="as typed").record
        self.correct(record, {"qty_ton": "11.5"}, by=self.mona)
        gone = self.remove(record, by=self.ada).record

        lines = list(ReceivedMaterial.history.filter(id=record.pk).order_by("history_id"))

        assert [line.history_type for line in lines] == ["+", "~", "-"]
        assert [line.history_user for line in lines] == [self.alice, self.mona, self.ada]
        assert [line.entry_source for line in lines] == [Source.PAGE, Source.API, Source.PAGE]
        assert [line.version for line in lines] == [1, 2, 3]
        assert [line.qty_ton for line in lines] == [Decimal(10), Decimal("11.5"), Decimal("11.5")]
        assert lines[2].history_date == gone.updated_at
        assert lines[0].history_date < lines[1].history_date < lines[2].history_date

    def test_shows_each_field_before_and_after(self) -> None:
        record = self.receive(qty_ton="10", source="Bridge").record
        self.correct(record, {"qty_ton": "11.5", "source": "Tunnel"})

        after, before = record.history.order_by("-history_id")
        changes = {change.field: (change.old, change.new) for change in after.diff_against(before).changes}

        assert changes["qty_ton"] == (Decimal("10.000"), Decimal("11.500"))
        assert changes["source"] == ("Bridge", "Tunnel")

    def test_has_one_line_for_each_change(self) -> None:
        record = self.receive().record
        self.correct(record, {"notes": "checked"})
        self.correct(record, {"notes": "checked"})

        assert record.history.count() == 2

    def test_keeps_every_column_of_the_record(self) -> None:
        record = self.receive(source="Bridge", loads="2", notes="all of it").record

        line = record.history.get()

        tracked = [field.attname for field in ReceivedMaterial._meta.concrete_fields]
        assert {name: getattr(line, name) for name in tracked} == {
            name: getattr(record, name) for name in tracked
        }


class TestDelete(RecordsTestCase):
    def test_returns_the_record_as_it_was(self) -> None:
        record = self.receive(date=dt.date(2026, 2, 28), notes="gone soon").record

        outcome = operations.delete(
            module=RECEIVED, record_id=record.pk, by=self.alice, source=Source.ADMIN, version=1
        )

        assert (outcome.record.pk, outcome.record.notes) == (record.pk, "gone soon")
        assert record.history.latest("history_id").entry_source == Source.ADMIN
