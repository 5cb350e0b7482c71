"""The same form sent twice makes one record and gets the first answer."""

import datetime as dt
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from records import operations
from records.choices import Source
from records.errors import DuplicateRecord, InputRefused, KeyReused
from records.models import Submission
from tests.factories import make_submitted_day
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class TestRepeat(RecordsTestCase):
    def test_makes_one_record_and_gets_the_first_answer(self) -> None:
        first = self.receive(key="form-1")

        second = self.receive(key="form-1")

        assert ReceivedMaterial.objects.get() == first.record == second.record
        assert (first.is_repeat, second.is_repeat) == (False, True)
        assert self.change_number() == 1

    def test_gets_the_first_answer_also_after_the_day_closed(self) -> None:
        first = self.receive(key="form-1")
        make_submitted_day(self.site, MONDAY, by=self.alice)

        assert self.receive(key="form-1").record == first.record

    def test_gets_the_first_answer_although_the_record_changed_since(self) -> None:
        first = self.receive(key="form-1", qty_ton="10")
        self.correct(first.record, {"qty_ton": "11"})
        self.remove(first.record)

        again = self.receive(key="form-1", qty_ton="10")

        assert (again.record.qty_ton, again.record.version) == (Decimal(10), 1)
        assert not ReceivedMaterial.objects.exists()

    def test_of_something_unique_is_no_duplicate(self) -> None:
        def send() -> operations.Outcome[Production]:
            return operations.create(
                module=PRODUCTION,
                values=self.run_of(),
                site=self.site,
                by=self.alice,
                source=Source.PAGE,
                key="form-1",
            )

        assert send().record == send().record
        with pytest.raises(DuplicateRecord):
            self.produce()

    def test_of_an_edit_changes_once(self) -> None:
        record = self.receive().record
        first = self.correct(record, {"qty_ton": "11"}, version=1, key="edit-1")

        second = self.correct(record, {"qty_ton": "11"}, version=1, key="edit-1")

        assert (first.record.version, second.record.version, second.is_repeat) == (2, 2, True)
        assert record.history.count() == 2

    def test_carries_the_first_warnings(self) -> None:
        def send() -> operations.Outcome[Production]:
            return operations.create(
                module=PRODUCTION,
                values=self.run_of(operation=self.feeding.pk),
                site=self.site,
                by=self.alice,
                source=Source.API,
                key="form-1",
                confirmed=True,
            )

        first = send()

        assert first.warnings != ()
        assert send().warnings == first.warnings


class TestKey(RecordsTestCase):
    def test_with_another_body_is_rejected(self) -> None:
        self.receive(key="form-1")

        with pytest.raises(KeyReused, match="used before for something else"):
            self.receive(key="form-1", qty_ton="99")

        assert ReceivedMaterial.objects.count() == 1

    def test_for_another_operation_is_rejected(self) -> None:
        record = self.receive(key="form-1").record

        with pytest.raises(KeyReused):
            self.correct(record, self.load(), key="form-1")

    def test_of_another_person_is_another_key(self) -> None:
        self.receive(key="form-1")

        theirs = self.receive(key="form-1", by=self.mona, qty_ton="20")

        assert theirs.is_repeat is False
        assert ReceivedMaterial.objects.count() == 2

    def test_that_has_expired_is_new(self) -> None:
        first = self.receive(key="form-1")
        Submission.objects.update(
            created_at=timezone.now() - dt.timedelta(days=settings.SUBMISSION_KEEP_DAYS, seconds=1)
        )

        second = self.receive(key="form-1", qty_ton="99")

        assert second.record != first.record
        assert Submission.objects.get().answer["record_id"] == second.record.pk

    def test_is_not_used_up_by_a_rejected_change(self) -> None:
        with pytest.raises(InputRefused):
            self.receive(key="form-1", qty_ton="")

        assert self.receive(key="form-1", qty_ton="5").is_repeat is False

    def test_ignores_fields_that_are_no_input(self) -> None:
        first = self.receive(key="form-1", csrfmiddlewaretoken="one", submission_key="form-1")

        second = self.receive(key="form-1", csrfmiddlewaretoken="two", submission_key="form-1")

        assert second.record == first.record

    def test_that_is_empty_is_never_kept(self) -> None:
        self.receive()
        self.receive()

        assert ReceivedMaterial.objects.count() == 2
        assert not Submission.objects.exists()

    def test_at_another_site_is_rejected(self) -> None:
        self.receive(key="form-1", by=self.ada)

        with pytest.raises(KeyReused):
            self.receive(key="form-1", by=self.ada, site=self.other_site)

    def test_is_one_for_each_form_of_a_busy_day(self) -> None:
        for number in range(5):
            self.receive(key=f"form-{number}", date=TUESDAY)

        assert ReceivedMaterial.objects.on(TUESDAY).count() == 5
