"""What is special about equipment: machines belong to a site, hours are per unit, overtime is warned of."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.db.constraints import violated_constraint
from equipment.forms import EquipmentLogForm
from equipment.models import EquipmentLog, Machine, Status
from equipment.module import EQUIPMENT
from records import operations
from records.choices import Shift, Source
from records.errors import ConfirmationNeeded, DuplicateRecord
from records.models import operation_writes
from records.operations import Outcome
from tests.factories import make_machine
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class EquipmentTestCase(RecordsTestCase):
    crusher: Machine

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.crusher = make_machine(cls.site, code="CRUSHER-01", name="Jaw crusher", position=1)

    def typed(self, **changes: object) -> dict[str, object]:
        """Return what a clerk types for the crusher's morning of Monday."""
        return {
            "date": MONDAY,
            "shift": "morning",
            "equipment": self.crusher.pk,
            "hours": "7.5",
            **changes,
        }

    def log(self, *, confirmed: bool = False, **changes: object) -> Outcome[EquipmentLog]:
        return operations.create(
            module=EQUIPMENT,
            values=self.typed(**changes),
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=confirmed,
        )

    def refused(self, **changes: object) -> dict[str, list[str]]:
        return self.refusal_of(EQUIPMENT, self.typed(**changes))


class TestEquipmentLog(EquipmentTestCase):
    def test_has_one_record_for_each_machine_and_shift_of_a_day(self) -> None:
        self.log()

        self.log(shift="night")
        self.log(shift="")
        self.log(date=TUESDAY)
        self.log(equipment=make_machine(self.site).pk)

        assert EquipmentLog.objects.count() == 5
        with pytest.raises(DuplicateRecord) as refused:
            self.log(hours="1")
        assert refused.value.form.non_field_errors() == [
            "This machine has a record for this date and shift already: edit that one."
        ]

    def test_is_of_one_operational_unit_by_default(self) -> None:
        record = self.log(count="").record

        assert (record.count, record.status) == (1, Status.OPERATIONAL)

    def test_hours_are_from_nothing_to_a_whole_day(self) -> None:
        sentence = "Hours are between 0 and 24 for each unit."

        assert self.refused(hours="24.01") == {"hours": [sentence]}
        assert self.refused(hours="-0.01") == {"hours": [sentence]}
        assert set(self.refused(hours="1.234")) == set(self.refused(hours="")) == {"hours"}
        assert self.log(hours="0", status="breakdown").record.hours == Decimal(0)
        assert self.log(hours="24", shift="", confirmed=True).record.hours == Decimal(24)

    def test_units_are_from_one_to_999(self) -> None:
        sentence = "The count of units is between 1 and 999."

        assert self.refused(count="0") == {"count": [sentence]}
        assert self.refused(count="1000") == {"count": [sentence]}
        assert set(self.refused(count="1.5")) == set(self.refused(count="-1")) == {"count"}
        assert self.log(count="999").record.machine_hours == Decimal("7492.5")

    def test_knows_its_shifts_and_states(self) -> None:
        assert set(self.refused(shift="dusk", status="asleep")) == {"shift", "status"}

    def test_needs_date_machine_and_hours(self) -> None:
        assert set(self.refused(date="", equipment="", hours="")) == {"date", "equipment", "hours"}

    def test_is_held_to_its_rules_by_the_database_too(self) -> None:
        record = self.log().record
        wrong: dict[str, Callable[[EquipmentLog], None]] = {
            "hours_range": lambda row: setattr(row, "hours", Decimal("24.01")),
            "count_range": lambda row: setattr(row, "count", 0),
            "shift_known": lambda row: setattr(row, "shift", "dusk"),
            "status_known": lambda row: setattr(row, "status", "asleep"),
        }

        for name, spoil in wrong.items():
            row = EquipmentLog.objects.get(pk=record.pk)
            spoil(row)
            with pytest.raises(IntegrityError) as refused, transaction.atomic(), operation_writes():
                row.save()

            constraint = violated_constraint(EquipmentLog, refused.value)
            assert constraint is not None
            assert constraint.name == f"equipment_equipmentlog_{name}"


class TestMachineOfARecord(EquipmentTestCase):
    def test_is_named_by_id_or_by_its_code_at_the_site(self) -> None:
        twin = make_machine(self.other_site, code="CRUSHER-01")

        by_code = self.log(equipment="CRUSHER-01").record
        by_id = self.log(equipment=str(self.crusher.pk), shift="night").record

        assert twin.code == self.crusher.code
        assert by_code.equipment == by_id.equipment == self.crusher

    def test_of_another_site_is_rejected_like_a_missing_one(self) -> None:
        elsewhere = make_machine(self.other_site, code="SECRET-01")

        refusals = [self.refused(equipment=named) for named in (elsewhere.pk, "SECRET-01", 987654, "NONE")]

        assert refusals == [
            {"equipment": [f"“{named}” does not belong to this site. Choose one from the list."]}
            for named in (elsewhere.pk, "SECRET-01", 987654, "NONE")
        ]

    def test_that_is_inactive_is_rejected_for_new_records_and_kept_by_old_ones(self) -> None:
        record = self.log().record
        self.crusher.is_active = False
        self.crusher.save()

        corrected = operations.update(
            module=EQUIPMENT,
            record_id=record.pk,
            values={"hours": "6"},
            by=self.alice,
            source=Source.PAGE,
        ).record

        assert corrected.hours == Decimal(6)
        assert set(self.refused(date=TUESDAY)) == {"equipment"}

    def test_must_be_changed_when_the_record_moves_to_another_site(self) -> None:
        record = self.log().record
        there = make_machine(self.other_site)

        moved = operations.update(
            module=EQUIPMENT,
            record_id=record.pk,
            values={"equipment": there.pk},
            site=self.other_site,
            by=self.ada,
            source=Source.PAGE,
        ).record

        assert (moved.site, moved.equipment) == (self.other_site, there)

    def test_is_offered_from_the_sites_active_ones_those_in_maintenance_last(self) -> None:
        make_machine(self.site, name="Old loader", is_active=False)
        make_machine(self.other_site, name="Not ours")
        make_machine(self.site, name="Screen", position=2, in_maintenance=True)
        make_machine(self.site, name="Loader", position=3)

        field = EquipmentLogForm(site=self.site).fields["equipment"]

        labels = [str(label) for _value, label in list(field.choices)[1:]]  # type: ignore[attr-defined]
        assert labels == ["Jaw crusher", "Loader", "Screen (in maintenance)"]


class TestOvertime(EquipmentTestCase):
    def test_beyond_the_shift_needs_confirmation_once(self) -> None:
        with pytest.raises(ConfirmationNeeded) as needed:
            self.log(hours="8.01")
        saved = self.log(hours="8.01", confirmed=True)

        sentence = "8.01 hours are more than the 8.00 of a shift."
        assert list(needed.value.warnings) == [sentence]
        assert saved.warnings == (sentence,)
        assert saved.record.confirmed_warnings == [sentence]

    def test_of_a_whole_day_begins_where_the_sites_working_day_ends(self) -> None:
        self.site.working_hours = Decimal("10.5")
        self.site.save()

        accepted = self.log(shift=Shift.WHOLE_DAY, hours="10.5")
        with pytest.raises(ConfirmationNeeded) as needed:
            self.log(shift=Shift.WHOLE_DAY, hours="10.51", date=TUESDAY)

        assert accepted.warnings == ()
        assert list(needed.value.warnings) == [
            "10.51 hours are more than the 10.50 that the site works a day."
        ]

    def test_needs_no_new_confirmation_while_another_field_is_corrected(self) -> None:
        record = self.log(hours="9", confirmed=True).record

        noted = operations.update(
            module=EQUIPMENT,
            record_id=record.pk,
            values={"notes": "belt changed"},
            by=self.alice,
            source=Source.PAGE,
        )
        with pytest.raises(ConfirmationNeeded):
            operations.update(
                module=EQUIPMENT,
                record_id=record.pk,
                values={"hours": "10"},
                by=self.alice,
                source=Source.PAGE,
            )

        assert noted.warnings == ()

    def test_is_not_the_count_of_units(self) -> None:
        assert self.log(hours="8", count="12").warnings == ()


class TestMachine(EquipmentTestCase):
    def test_has_a_code_of_its_own_at_its_site(self) -> None:
        Machine(site=self.other_site, code="CRUSHER-01", name="Jaw", type="hauling").full_clean()

        with pytest.raises(ValidationError, match="This site has a machine with this code already"):
            Machine(site=self.site, code="CRUSHER-01", name="Jaw", type="hauling").full_clean()

    def test_moves_to_another_site_only_until_it_is_used(self) -> None:
        unused = make_machine(self.site)
        unused.site = self.other_site
        unused.full_clean()
        self.log()

        self.crusher.site = self.other_site

        with pytest.raises(ValidationError, match="It has been used, so this stays as it is"):
            self.crusher.full_clean()

    def test_keeps_its_history(self) -> None:
        self.crusher.in_maintenance = True
        self.crusher.save()

        assert [was.in_maintenance for was in self.crusher.history.order_by("history_id")] == [False, True]
