"""Exports whose files are in an S3 bucket, and what its faults do to a job."""

from http import HTTPStatus
from pathlib import Path
from unittest import mock

import pytest
from botocore.config import Config
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from api.auth import make_token
from core.files import StorageUnavailableError
from core.jobs.lease import Lease
from core.jobs.models import JobStatus
from core.jobs.runner import QUEUE_AGAIN_AFTER, JobOutcome, do_housekeeping
from deskops import bucket
from deskops.storage import storage_at
from exports import actions
from exports.models import ExportAudit, ExportJob
from tests.bucket import open_bucket
from tests.exports.jobs_case import runner
from tests.exports.pages_case import PagesCase

# A connection that breaks is closed when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
QUICK = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1})


class TestBucket(PagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(bucket, "LIMITS", QUICK))
        self.bucket = self.enterContext(open_bucket())
        exports = storage_at(self.bucket.url, folder=Path("nowhere"))
        self.enterContext(override_settings(STORAGES={**settings.STORAGES, "exports": exports}))

    def test_holds_the_file_until_it_expires(self) -> None:
        self.receive()
        job = self.made()
        client = self.as_(self.alice)

        whole = client.get(f"/exports/{job.pk}/file/")
        part = client.get(f"/exports/{job.pk}/file/", headers={"Range": "bytes=3-6"})

        assert list(self.bucket.files) == [f"portal/{job.storage_name}"]
        assert whole.getvalue() == self.bucket.files[f"portal/{job.storage_name}"]
        assert part.getvalue() == b"site"
        ExportJob.objects.update(expires_at=timezone.now())
        do_housekeeping()
        assert self.bucket.files == {}

    def test_gets_no_file_of_a_job_that_was_cancelled_during_the_upload(self) -> None:
        job = self.request()
        report = Lease.report

        def cancelled(lease: Lease, done: int, of: int) -> None:
            report(lease, done, of)
            actions.cancel(job_id=job.pk, by=self.alice)
            lease._lost.set()

        with mock.patch.object(Lease, "report", cancelled):
            outcome = runner.run(job.pk)

        assert outcome is JobOutcome.SKIPPED
        assert self.bucket.files == {}

    def test_that_is_gone_during_the_upload_gets_the_file_at_the_next_attempt(self) -> None:
        for number in range(100):
            self.receive(notes=f"load {number}")
        job = self.request()
        self.bucket.wire.up_left = 3000

        outcome = runner.run(job.pk)

        job.refresh_from_db()
        assert outcome is JobOutcome.RELEASED
        assert (job.status, job.attempts, job.error) == (JobStatus.PENDING, 1, "")
        assert self.bucket.files == {}
        self.bucket.wire.repair()
        self.queue_again(job)
        assert runner.run(job.pk) is JobOutcome.DONE
        job.refresh_from_db()
        assert list(self.bucket.files) == [f"portal/{job.storage_name}"]
        assert ExportAudit.objects.count() == 1

    def queue_again(self, job: ExportJob) -> None:
        """Let housekeeping queue the job as it does some time after the attempt."""
        ExportJob.objects.update(queued_at=timezone.now() - QUEUE_AGAIN_AFTER)
        with self.captureOnCommitCallbacks() as queued:
            do_housekeeping()
        assert len(queued) == 1

    def test_that_stays_away_fails_the_job_with_a_sentence(self) -> None:
        job = self.request()
        self.bucket.wire.cut()

        outcomes = [runner.run(job.pk) for _attempt in range(3)]

        job.refresh_from_db()
        assert outcomes == [JobOutcome.RELEASED, JobOutcome.RELEASED, JobOutcome.FAILED]
        assert job.status == JobStatus.FAILED
        assert job.error.startswith("The storage of the portal's files does not answer.")
        assert not ExportAudit.objects.exists()

    def test_that_refuses_or_is_missing_fails_the_job_with_a_sentence(self) -> None:
        refused = self.request()
        self.bucket.deny("s3:PutObject")
        outcomes = [runner.run(refused.pk) for _attempt in range(3)]
        missing = self.request()
        self.bucket.remove()
        outcomes += [runner.run(missing.pk) for _attempt in range(3)]

        assert outcomes == [JobOutcome.RELEASED, JobOutcome.RELEASED, JobOutcome.FAILED] * 2
        for job in (refused, missing):
            job.refresh_from_db()
            assert job.error.startswith("The storage of the portal's files does not answer.")

    def test_that_is_away_leaves_a_file_ready_and_answers_that_it_is_busy(self) -> None:
        job = self.made()
        self.bucket.wire.cut()

        page = self.as_(self.alice).get(f"/exports/{job.pk}/file/", follow=True)
        _token, secret = make_token(owner=self.alice, name="Reports")
        answer = self.client.get(
            f"/api/exports/{job.pk}/download", headers={"Authorization": f"Bearer {secret}"}
        )

        assert "does not answer" in page.content.decode()
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.json()["code"] == "BUSY"
        assert answer["Retry-After"]
        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED
        self.bucket.wire.repair()
        assert self.as_(self.alice).get(f"/exports/{job.pk}/file/").status_code == HTTPStatus.OK

    def test_that_is_gone_during_a_download_ends_it_with_an_error(self) -> None:
        job = self.made()
        name = f"portal/{job.storage_name}"
        large = b"x" * 5_000_000
        self.bucket.client.put_object(Bucket="files", Key=name, Body=large)
        ExportJob.objects.update(size=len(large))
        self.bucket.wire.down_left = 1_000_000

        answer = self.as_(self.alice).get(f"/exports/{job.pk}/file/")

        assert answer["Content-Length"] == str(len(large))
        with pytest.raises(StorageUnavailableError):
            answer.getvalue()

    def test_whose_file_is_not_the_one_that_was_made_gives_nothing_out(self) -> None:
        job = self.made()
        self.bucket.put(job.storage_name, b"the beginn")

        page = self.as_(self.alice).get(f"/exports/{job.pk}/file/", follow=True)

        assert page.redirect_chain
        assert "not on this machine" in page.content.decode()

    def test_that_is_away_expires_nothing_and_stops_no_other_housekeeping(self) -> None:
        job, other = self.made(), self.request(file_format="xlsx")
        ExportJob.objects.filter(pk=job.pk).update(expires_at=timezone.now())
        ExportJob.objects.filter(pk=other.pk).update(queued_at=timezone.now() - QUEUE_AGAIN_AFTER)
        self.bucket.wire.cut()

        with self.captureOnCommitCallbacks() as queued:
            do_housekeeping()

        assert len(queued) == 1
        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED

    def test_that_is_away_keeps_the_export_whose_file_should_be_removed(self) -> None:
        job = self.made()
        self.bucket.wire.cut()

        page = self.as_(self.alice).post(f"/exports/{job.pk}/remove/", follow=True)

        assert "does not answer" in page.content.decode()
        assert ExportJob.objects.filter(pk=job.pk).exists()
