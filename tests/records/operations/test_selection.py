"""Changing and deleting a selection of records: all of them or none."""

from collections.abc import Mapping
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
from records.errors import ConfirmationNeeded, NegativeStock, NotVisible, SelectionRefused
from records.models import DailyRecord
from records.operations import BulkOutcome
from sites.models import Site, User
from tests.factories import make_submitted_day
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class SelectionTestCase(RecordsTestCase):
    def setUp(self) -> None:
        self.records = [self.receive(qty_ton=str(tons)).record for tons in (1, 2, 3)]

    @staticmethod
    def versions(*records: DailyRecord) -> dict[int, int | None]:
        return {record.pk: record.version for record in records}

    def change(
        self,
        values: Mapping[str, object],
        *records: ReceivedMaterial,
        by: User | None = None,
        confirmed: bool | str = False,
        dry_run: bool = False,
    ) -> BulkOutcome[ReceivedMaterial]:
        return operations.bulk_update(
            module=RECEIVED,
            selected=self.versions(*(records or self.records)),
            values=values,
            by=by or self.alice,
            source=Source.PAGE,
            confirmed=confirmed,
            dry_run=dry_run,
        )

    def delete(
        self, *records: ReceivedMaterial, by: User | None = None, confirmed: bool | str = False
    ) -> BulkOutcome[ReceivedMaterial]:
        return operations.bulk_delete(
            module=RECEIVED,
            selected=self.versions(*(records or self.records)),
            by=by or self.alice,
            source=Source.PAGE,
            confirmed=confirmed,
        )

    def dates(self) -> set[object]:
        return set(ReceivedMaterial.objects.values_list("date", flat=True))


class TestBulkUpdate(SelectionTestCase):
    def test_changes_all_records_with_ledger_and_history(self) -> None:
        outcome = self.change({"date": TUESDAY, "source": "Hill Road"})

        assert self.dates() == {TUESDAY}
        assert InventorySnapshot.objects.get(date=TUESDAY).received_ton == 6
        assert list(ReceivedMaterial.objects.values_list("version", flat=True)) == [2, 2, 2]
        history = ReceivedMaterial.history.filter(history_type="~")
        assert {line.history_change_reason for line in history} == {"selection"}
        assert [str(act) for act in outcome.acts] == [f"{self.site.pk}.4-6"]

    def test_is_undone_as_one(self) -> None:
        outcome = self.change({"date": TUESDAY, "material": self.aggregate.pk})

        operations.undo(acts=outcome.acts, by=self.alice, source=Source.PAGE)

        assert self.dates() == {MONDAY}
        assert set(ReceivedMaterial.objects.values_list("material", flat=True)) == {self.debris.pk}

    def test_leaves_records_out_that_have_the_values_already(self) -> None:
        self.correct(self.records[0], {"date": TUESDAY})

        outcome = self.change({"date": TUESDAY})

        assert len(outcome.changes) == 2

    def test_stores_nothing_on_a_dry_run(self) -> None:
        outcome = self.change({"date": TUESDAY}, dry_run=True)

        assert [(change.before.date, change.after.date) for change in outcome.changes] == [  # type: ignore[union-attr]  # both are there
            (MONDAY, TUESDAY)
        ] * 3
        assert self.dates() == {MONDAY}
        assert self.change_number() == 3

    def test_changes_none_where_one_cannot_be_changed(self) -> None:
        self.correct(self.records[1], {"notes": "seen"}, by=self.mona)

        with pytest.raises(SelectionRefused) as refused:
            self.change({"date": TUESDAY})

        assert list(refused.value.reasons) == [self.records[1].pk]
        assert "Somebody changed this record" in refused.value.reasons[self.records[1].pk]
        assert self.dates() == {MONDAY}

    def test_says_at_each_record_what_is_wrong(self) -> None:
        with pytest.raises(SelectionRefused) as refused:
            self.change({"date": "2026-03-99", "qty_ton": ""})

        assert set(refused.value.reasons) == {record.pk for record in self.records}
        assert "Date: Enter a date as year-month-day" in refused.value.reasons[self.records[0].pk]

    def test_says_which_record_is_a_duplicate(self) -> None:
        morning, night = (self.produce(shift=shift).record for shift in ("morning", "night"))

        with pytest.raises(SelectionRefused) as refused:
            operations.bulk_update(
                module=PRODUCTION,
                selected=self.versions(morning, night),
                values={"shift": "afternoon"},
                by=self.alice,
                source=Source.PAGE,
            )

        (reason,) = refused.value.reasons.values()
        assert "has a record for this date, shift and operation already" in reason
        assert set(Production.objects.values_list("shift", flat=True)) == {"morning", "night"}

    def test_is_refused_where_a_day_is_closed(self) -> None:
        make_submitted_day(self.site, TUESDAY, by=self.alice)

        with pytest.raises(SelectionRefused) as refused:
            self.change({"date": TUESDAY})

        assert "takes no changes" in refused.value.reasons[self.records[0].pk]

    def test_collects_the_warnings_of_all_records_and_keeps_them(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(entry_days_back=1)

        with pytest.raises(ConfirmationNeeded) as needed:
            self.change({"date": TUESDAY})
        self.change({"date": TUESDAY}, confirmed=True)

        assert len(needed.value.warnings) == 1
        assert all("days back" in record.confirmed_warnings[0] for record in ReceivedMaterial.objects.all())

    def test_says_that_a_record_is_no_longer_here(self) -> None:
        self.remove(self.records[0])

        with pytest.raises(SelectionRefused) as refused:
            self.change({"date": TUESDAY})

        assert refused.value.reasons == {self.records[0].pk: "This record is no longer here."}

    def test_follows_sites_and_roles(self) -> None:
        with pytest.raises(PermissionDenied):
            self.change({"date": TUESDAY}, by=self.victor)
        with pytest.raises(NotVisible):
            self.change({"date": TUESDAY}, by=self.oscar)
        with pytest.raises(NotVisible):
            self.delete(by=self.oscar)


class TestBulkDelete(SelectionTestCase):
    def test_deletes_all_records_and_keeps_their_histories(self) -> None:
        self.delete()

        assert not ReceivedMaterial.objects.exists()
        assert ReceivedMaterial.history.filter(history_type="-").count() == 3
        assert InventorySnapshot.objects.filter(received_ton__gt=0).count() == 0

    def test_is_undone_as_one(self) -> None:
        outcome = self.delete()

        operations.undo(acts=outcome.acts, by=self.alice, source=Source.PAGE)

        assert [record.qty_ton for record in ReceivedMaterial.objects.order_by("id")] == [1, 2, 3]

    def test_deletes_none_where_one_was_changed(self) -> None:
        self.correct(self.records[2], {"notes": "seen"}, by=self.mona)

        with pytest.raises(SelectionRefused) as refused:
            self.delete()

        assert list(refused.value.reasons) == [self.records[2].pk]
        assert ReceivedMaterial.objects.count() == 3

    def test_needs_confirmation_where_stock_falls_below_zero(self) -> None:
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="5")

        with pytest.raises(ConfirmationNeeded):
            self.delete()
        self.delete(confirmed=True)

        assert not ReceivedMaterial.objects.exists()

    def test_is_refused_where_the_site_refuses_negative_stock(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(refuses_negative_stock=True)
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="5")

        with pytest.raises(NegativeStock):
            self.delete(confirmed=True)

        assert InventorySnapshot.objects.get().closing_ton == Decimal(1)
