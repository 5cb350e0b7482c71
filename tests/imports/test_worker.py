"""What a worker does with a file: once, as the preview showed, to the end or not at all."""

import datetime as dt
from unittest.mock import patch

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs.lease import Lease, grace_period
from core.jobs.runner import MAX_ATTEMPTS, JobOutcome, do_housekeeping
from imports import commit
from imports.models import Upload, UploadStatus
from imports.worker import ImportRunner
from received.models import ReceivedMaterial
from records.choices import BatchStatus
from records.models import Batch
from sites.models import Material, Site, StockEffect
from tests.factories import make_operation, make_submitted_day
from tests.imports.commands import assert_ledger_is_right
from tests.imports.pages_case import PagesCase, csv_of
from tests.imports.test_pages import HEADINGS
from tests.records.case import MONDAY

DAYS = [MONDAY + dt.timedelta(days=day) for day in range(7)]
WEEK = csv_of(HEADINGS, *((day, "DEBRIS", "1.5") for day in DAYS))


class KilledError(BaseException):
    """The process is killed: nothing of it runs any more."""


class RunningCase(PagesCase):
    def queued(self, content: bytes = WEEK, **values: str) -> Upload:
        """Return a file whose import is queued."""
        upload = self.upload(content)
        self.client.post(f"/imports/{upload.pk}/write/", {"digest": upload.digest, **values})
        upload.refresh_from_db()
        assert upload.status == UploadStatus.WRITING
        return upload

    def killed_in_the_middle(self, upload: Upload) -> None:
        """Write two parts of two rows each and die, without a chance to clean up."""
        report = Lease.report

        def report_and_die(lease: Lease, done: int, total: int) -> None:
            report(lease, done, total)
            if done == 4:
                raise KilledError

        with (
            patch.object(commit, "PART", 2),
            patch.object(Lease, "report", report_and_die),
            patch.object(commit._BatchWriter, "undo", lambda _writer: None),
            pytest.raises(KilledError),
        ):
            ImportRunner().run(upload.pk)
        upload.refresh_from_db()
        assert upload.status == UploadStatus.WRITING

    def let_lease_run_out(self) -> None:
        Upload.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))


class TestKilledWorker(RunningCase):
    def test_is_followed_by_one_that_writes_the_missing_rows(self) -> None:
        upload = self.queued()
        self.killed_in_the_middle(upload)
        assert ReceivedMaterial.objects.count() == 4
        assert ImportRunner().run(upload.pk) is JobOutcome.SKIPPED
        self.let_lease_run_out()

        with self.captureOnCommitCallbacks() as queued:
            do_housekeeping()
        upload = self.done(upload)

        assert len(queued) == 1
        assert upload.status == UploadStatus.DONE
        batch = Batch.objects.get()
        assert (batch.status, batch.rows_written, batch.rows_known) == (BatchStatus.DONE, 7, 0)
        assert [record.date for record in ReceivedMaterial.objects.order_by("date")] == DAYS
        assert_ledger_is_right()

    def test_that_dies_too_often_is_given_up_and_its_rows_deleted(self) -> None:
        upload = self.queued()
        self.killed_in_the_middle(upload)
        Upload.objects.update(attempts=MAX_ATTEMPTS)
        self.let_lease_run_out()

        do_housekeeping()
        upload = self.done(upload)

        assert upload.status == UploadStatus.FAILED
        assert upload.error.startswith("The portal was interrupted 3 times")
        assert not ReceivedMaterial.objects.exists()
        assert Batch.objects.get().status == BatchStatus.FAILED
        assert_ledger_is_right()

    def test_leaves_a_batch_that_can_be_stopped_and_undone(self) -> None:
        upload = self.queued()
        self.killed_in_the_middle(upload)

        upload = self.post(upload, "stop")

        assert upload.status == UploadStatus.FAILED
        assert not ReceivedMaterial.objects.exists()

    def test_that_comes_back_writes_nothing_more(self) -> None:
        upload = self.queued()
        report = Lease.report

        def report_late(lease: Lease, done: int, total: int) -> None:
            if done == 2:
                Upload.objects.filter(pk=upload.pk).update(worker="another worker")
                lease._lost.set()
            report(lease, done, total)

        with patch.object(commit, "PART", 2), patch.object(Lease, "report", report_late):
            outcome = ImportRunner().run(upload.pk)

        assert outcome is JobOutcome.SKIPPED
        assert ReceivedMaterial.objects.count() == 2

    def test_sites_and_materials_of_a_stopped_import_are_deleted(self) -> None:
        client = self.as_(self.ada)
        content = csv_of(("site", *HEADINGS), *(("NEW YARD", day, "NEW ROCK", "1") for day in DAYS))
        upload = self.upload(content, client=client)
        answers = {
            "site": "column:site",
            "column-date": "date",
            "column-material": "material",
            "column-qty_ton": "tons",
            "unit-qty_ton": "t",
            "creating": ["sites", "materials"],
            "timezone": "America/Chicago",
            "category": "raw_feed",
        }
        upload = self.post(upload, "columns", answers, client=client)
        client.post(f"/imports/{upload.pk}/write/", {"digest": upload.digest})
        self.killed_in_the_middle(upload)
        assert Site.objects.get(name="NEW YARD").timezone == "America/Chicago"

        self.post(upload, "stop", client=client)

        assert not Site.objects.filter(name="NEW YARD").exists()
        assert not Material.objects.filter(name="NEW ROCK").exists()


class TestPreview(RunningCase):
    def test_is_shown_again_where_it_has_changed(self) -> None:
        upload = self.queued()
        make_submitted_day(self.site, DAYS[3], by=self.alice)

        upload = self.done(upload)

        assert upload.status == UploadStatus.CHECKED
        assert "Something has changed since the last check" in self.page(upload)
        assert (upload.rows_to_write, upload.rows_rejected) == (6, 1)
        assert not ReceivedMaterial.objects.exists()
        assert "This day is closed." in self.page(upload)

    def test_must_be_the_one_that_is_confirmed(self) -> None:
        upload = self.upload(WEEK)

        answer = self.client.post(f"/imports/{upload.pk}/write/", {"digest": "0" * 64}, follow=True)

        assert "The preview has changed. Check it again." in answer.content.decode()
        assert Upload.objects.get().status == UploadStatus.CHECKED

    def test_with_rejected_rows_is_imported_only_if_these_are_skipped(self) -> None:
        upload = self.upload(csv_of(HEADINGS, (MONDAY, "DEBRIS", "1"), (MONDAY, "DEBRIS", "x")))

        upload = self.import_it(upload)

        assert upload.status == UploadStatus.CHECKED
        assert not ReceivedMaterial.objects.exists()


class TestRowsThatFailWhileWriting(PagesCase):
    def feed(self, *tons: str) -> Upload:
        """Upload tons of debris that a site without stock used, one day each."""
        self.site.refuses_negative_stock = True
        self.site.save()
        make_operation(code="USED", stock_effect=StockEffect.REMOVES)
        rows = [(day, "", "DEBRIS", "USED", each) for day, each in zip(DAYS, tons, strict=False)]
        return self.upload(
            csv_of(["Date", "Shift", "Material", "Operation", "Tons"], *rows), module="production"
        )

    def test_are_listed_where_nothing_could_be_written(self) -> None:
        upload = self.import_it(self.feed("5"), skip=True)

        assert (upload.status, upload.batch, upload.rows_rejected) == (UploadStatus.CHECKED, None, 1)
        assert not Batch.objects.exists()
        page = self.page(upload)
        assert "No record could be written" in page
        assert "This site refuses stock below zero" in page

    def test_are_counted_and_named_next_to_those_that_were_written(self) -> None:
        self.import_it(self.upload(csv_of(HEADINGS, (DAYS[0], "DEBRIS", "10"))))

        upload = self.import_it(self.feed("4", "50", "6"), skip=True)

        assert upload.batch is not None
        assert (upload.batch.rows_written, upload.rows_rejected) == (2, 1)
        assert upload.preview["sites"] == ["YARD-NORTH"]
        assert "This site refuses stock below zero" in self.page(upload)


class TestStop(RunningCase):
    def test_of_a_worker_leaves_the_rest_to_the_next_worker(self) -> None:
        upload = self.queued()
        grace_period.start(0)
        self.addCleanup(grace_period.reset)

        outcome = ImportRunner().run(upload.pk)

        upload.refresh_from_db()
        assert outcome is JobOutcome.RELEASED
        assert (upload.status, upload.worker, upload.attempts) == (UploadStatus.WRITING, "", 0)

    def test_of_a_check_returns_to_the_columns(self) -> None:
        upload = self.upload(WEEK)
        self.client.post(f"/imports/{upload.pk}/check/")

        self.client.post(f"/imports/{upload.pk}/stop/")

        upload.refresh_from_db()
        assert upload.status == UploadStatus.NEW
        assert ImportRunner().run(upload.pk) is JobOutcome.SKIPPED


class TestHousekeeping(RunningCase):
    def test_queues_again_what_no_worker_claimed(self) -> None:
        upload = self.queued()
        DBTaskResult.objects.all().delete()
        Upload.objects.update(queued_at=timezone.now() - dt.timedelta(minutes=1))

        with self.captureOnCommitCallbacks() as queued:
            do_housekeeping()
            do_housekeeping()

        assert len(queued) == 1
        assert upload.status == UploadStatus.WRITING

    def test_deletes_an_expired_file_that_was_never_imported(self) -> None:
        self.upload(WEEK)
        Upload.objects.update(expires_at=timezone.now())

        do_housekeeping()

        assert not Upload.objects.exists()
        assert list(self.folder.iterdir()) == []

    def test_keeps_an_import_on_record_after_its_file_has_expired(self) -> None:
        upload = self.import_it(self.upload(WEEK))
        Upload.objects.update(expires_at=timezone.now())

        do_housekeeping()

        upload.refresh_from_db()
        assert (upload.storage_name, len(upload.sha256)) == ("", 64)
        assert list(self.folder.iterdir()) == []
        assert "7 records imported" in self.page(upload)
        assert self.post(upload, "undo").status == UploadStatus.UNDONE
