"""What a worker does with a file: once, as it was shown, to the end or back."""

import datetime as dt
from unittest.mock import patch

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs.lease import grace_period
from core.jobs.runner import Outcome
from imports import commit, housekeeping, worker
from imports.models import Upload, UploadStatus
from received.models import ReceivedMaterial
from records.choices import BatchStatus
from records.models import Batch
from sites.models import Material, Site
from tests.factories import make_submitted_day
from tests.imports.commands import assert_ledger_is_right
from tests.imports.pages_case import PagesCase, csv_of
from tests.imports.test_pages import HEADINGS
from tests.records.case import MONDAY

DAYS = [MONDAY + dt.timedelta(days=day) for day in range(7)]
WEEK = csv_of(HEADINGS, *((day, "DEBRIS", "1.5") for day in DAYS))


class KilledError(BaseException):
    """The process is gone: nothing of it runs any more."""


class RunningCase(PagesCase):
    def asked(self, content: bytes = WEEK, **values: str) -> Upload:
        """Return a file that waits to be written."""
        upload = self.bring(content)
        self.client.post(f"/imports/{upload.pk}/write/", {"digest": upload.digest, **values})
        upload.refresh_from_db()
        assert upload.status == UploadStatus.WRITING
        return upload

    def killed_in_the_middle(self, upload: Upload) -> None:
        """Write two parts of two rows each and be gone, without a chance to tidy."""
        parts = 0
        told = worker._Follower.told

        def told_twice(follower: worker._Follower, done: int, of: int) -> None:
            nonlocal parts
            parts += 1
            told(follower, done, of)
            if parts == 2:
                raise KilledError

        with (
            patch.object(commit, "PART", 2),
            patch.object(worker._Follower, "told", told_twice),
            patch.object(commit._Writing, "undo", lambda _writing: None),
            pytest.raises(KilledError),
        ):
            worker.run(upload.pk)
        upload.refresh_from_db()
        assert upload.status == UploadStatus.WRITING

    def let_lease_run_out(self) -> None:
        Upload.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))


class TestKilledWorker(RunningCase):
    def test_is_followed_by_one_that_writes_what_is_missing(self) -> None:
        upload = self.asked()
        self.killed_in_the_middle(upload)
        assert ReceivedMaterial.objects.count() == 4
        assert worker.run(upload.pk) is Outcome.SKIPPED
        self.let_lease_run_out()

        with self.captureOnCommitCallbacks() as queued:
            housekeeping.tidy()
        upload = self.done(upload)

        assert len(queued) == 1
        assert upload.status == UploadStatus.DONE
        batch = Batch.objects.get()
        assert (batch.status, batch.rows_written, batch.rows_known) == (BatchStatus.DONE, 7, 0)
        assert [record.date for record in ReceivedMaterial.objects.order_by("date")] == DAYS
        assert_ledger_is_right()

    def test_too_often_is_given_up_and_taken_back(self) -> None:
        upload = self.asked()
        self.killed_in_the_middle(upload)
        Upload.objects.update(attempts=worker.MOST_ATTEMPTS)
        self.let_lease_run_out()

        housekeeping.tidy()
        upload = self.done(upload)

        assert upload.status == UploadStatus.FAILED
        assert upload.error.startswith("The portal was interrupted 3 times")
        assert not ReceivedMaterial.objects.exists()
        assert Batch.objects.get().status == BatchStatus.FAILED
        assert_ledger_is_right()

    def test_leaves_a_batch_that_can_be_stopped_and_taken_back(self) -> None:
        upload = self.asked()
        self.killed_in_the_middle(upload)

        upload = self.post(upload, "stop")

        assert upload.status == UploadStatus.FAILED
        assert not ReceivedMaterial.objects.exists()

    def test_that_comes_back_writes_nothing_more(self) -> None:
        upload = self.asked()
        told = worker._Follower.told

        def told_late(follower: worker._Follower, done: int, of: int) -> None:
            Upload.objects.filter(pk=upload.pk).update(worker="somebody else")
            follower.pulse._lost.set()
            told(follower, done, of)

        with patch.object(commit, "PART", 2), patch.object(worker._Follower, "told", told_late):
            outcome = worker.run(upload.pk)

        assert outcome is Outcome.SKIPPED
        assert ReceivedMaterial.objects.count() == 2

    def test_what_it_created_goes_with_what_is_given_up(self) -> None:
        client = self.as_(self.ada)
        content = csv_of(("site", *HEADINGS), *(("NEW YARD", day, "NEW ROCK", "1") for day in DAYS))
        upload = self.bring(content, client=client)
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


class TestWhatWasShown(RunningCase):
    def test_is_shown_again_where_it_is_something_else_by_now(self) -> None:
        upload = self.asked()
        make_submitted_day(self.site, DAYS[3], by=self.alice)

        upload = self.done(upload)

        assert upload.status == UploadStatus.CHECKED
        assert "Something has changed since this was checked" in self.page(upload)
        assert (upload.rows_waiting, upload.rows_refused) == (6, 1)
        assert not ReceivedMaterial.objects.exists()
        assert "This day is closed." in self.page(upload)

    def test_must_be_what_is_confirmed(self) -> None:
        upload = self.bring(WEEK)

        answer = self.client.post(f"/imports/{upload.pk}/write/", {"digest": "0" * 64}, follow=True)

        assert "no longer what was found in the file" in answer.content.decode()
        assert Upload.objects.get().status == UploadStatus.CHECKED

    def test_with_refused_lines_is_not_imported_without_a_word_about_them(self) -> None:
        upload = self.bring(csv_of(HEADINGS, (MONDAY, "DEBRIS", "1"), (MONDAY, "DEBRIS", "x")))

        upload = self.import_it(upload)

        assert upload.status == UploadStatus.CHECKED
        assert not ReceivedMaterial.objects.exists()


class TestToldToStop(RunningCase):
    def test_leaves_the_rest_to_the_next_worker(self) -> None:
        upload = self.asked()
        grace_period.start(0)
        self.addCleanup(grace_period.reset)

        outcome = worker.run(upload.pk)

        upload.refresh_from_db()
        assert outcome is Outcome.RELEASED
        assert (upload.status, upload.worker, upload.attempts) == (UploadStatus.WRITING, "", 0)

    def test_by_its_person_a_check_goes_back_to_the_columns(self) -> None:
        upload = self.bring(WEEK)
        self.client.post(f"/imports/{upload.pk}/check/")

        self.client.post(f"/imports/{upload.pk}/stop/")

        upload.refresh_from_db()
        assert upload.status == UploadStatus.NEW
        assert worker.run(upload.pk) is Outcome.SKIPPED


class TestUpkeep(RunningCase):
    def test_queues_again_what_was_taken_from_the_queue_and_never_begun(self) -> None:
        upload = self.asked()
        DBTaskResult.objects.all().delete()
        Upload.objects.update(queued_at=timezone.now() - dt.timedelta(minutes=1))

        with self.captureOnCommitCallbacks() as queued:
            housekeeping.tidy()
            housekeeping.tidy()

        assert len(queued) == 1
        assert upload.status == UploadStatus.WRITING

    def test_clears_away_a_file_that_was_never_imported(self) -> None:
        self.bring(WEEK)
        Upload.objects.update(expires_at=timezone.now())

        housekeeping.tidy()

        assert not Upload.objects.exists()
        assert list(self.folder.iterdir()) == []

    def test_keeps_what_is_known_of_an_import_whose_file_has_had_its_time(self) -> None:
        upload = self.import_it(self.bring(WEEK))
        Upload.objects.update(expires_at=timezone.now())

        housekeeping.tidy()

        upload.refresh_from_db()
        assert (upload.storage_name, len(upload.sha256)) == ("", 64)
        assert list(self.folder.iterdir()) == []
        assert "7 records imported" in self.page(upload)
        assert self.post(upload, "undo").status == UploadStatus.UNDONE
