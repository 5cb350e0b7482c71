"""A worker that dies, hangs or must stop while it makes a file."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs.lease import grace_period
from core.jobs.models import LEASE, JobStatus
from core.jobs.runner import QUEUE_AGAIN_AFTER, JobOutcome, do_housekeeping
from exports import actions, worker
from exports.models import ExportAudit, ExportJob
from tests.exports.jobs_case import JobsCase, SharedJobsCase, runner
from tests.processes import database_url

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


@contextmanager
def stuck_worker(job: ExportJob, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a worker process until it is writing the file."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.exports.stuck_worker", str(job.pk)],
        cwd=PROJECT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "deskops.settings",
            "DATABASE_URL": database_url(),
            "EXPORTS_FOLDER": str(folder),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def expire_lease(job: ExportJob) -> None:
    ExportJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


class TestKilledWorker(SharedJobsCase):
    def test_leaves_nothing_and_another_worker_makes_the_file(self) -> None:
        self.receive()
        job = self.request()
        with stuck_worker(job, self.folder) as process:
            process.kill()
            process.wait()
        job.refresh_from_db()
        assert job.status == JobStatus.PROCESSING
        assert runner.run(job.pk) is JobOutcome.SKIPPED
        expire_lease(job)
        DBTaskResult.objects.all().delete()

        do_housekeeping()

        assert DBTaskResult.objects.get().args_kwargs["args"] == ["exports.exportjob", job.pk]
        assert runner.run(job.pk) is JobOutcome.DONE
        job.refresh_from_db()
        assert (job.status, job.attempts) == (JobStatus.COMPLETED, 2)
        assert self.files == [job.storage_name]
        assert ExportAudit.objects.count() == 1

    def test_saves_progress_and_renews_the_lease_while_it_lives(self) -> None:
        job = self.request()

        with stuck_worker(job, self.folder):
            first = self._row(job, beyond=0)
            later = self._row(job, beyond=first.rows_done)

        assert first.rows_total == 1_000_000
        assert later.rows_done > first.rows_done
        assert later.lease_until is not None
        assert first.lease_until is not None
        assert later.lease_until > first.lease_until

    def test_stops_without_a_file_when_the_job_is_cancelled(self) -> None:
        job = self.request()
        with stuck_worker(job, self.folder) as process:
            actions.cancel(job_id=job.pk, by=self.alice)
            assert process.stdout is not None
            answer = process.stdout.readline()

        assert answer == "skipped\n"
        assert self.files == []
        job.refresh_from_db()
        assert job.status == JobStatus.CANCELLED

    def _row(self, job: ExportJob, *, beyond: int) -> ExportJob:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = ExportJob.objects.get(pk=job.pk)
            if found.rows_done > beyond:
                return found
            time.sleep(0.05)
        raise AssertionError("The progress was not saved.")


class TestAbandonedJob(JobsCase):
    def test_with_a_valid_lease_is_left_alone(self) -> None:
        job = self.request()
        runner.claim(job.pk)

        do_housekeeping()

        job.refresh_from_db()
        assert job.status == JobStatus.PROCESSING

    def test_is_taken_up_within_a_minute(self) -> None:
        assert LEASE + dt.timedelta(seconds=10) < dt.timedelta(minutes=1)
        assert QUEUE_AGAIN_AFTER + dt.timedelta(seconds=10) < dt.timedelta(minutes=1)

    def test_fails_after_three_attempts_with_a_message(self) -> None:
        job = self.request()
        for _attempt in range(3):
            assert runner.claim(job.pk) is not None
            expire_lease(job)
            do_housekeeping()

        job.refresh_from_db()
        assert job.status == JobStatus.FAILED
        assert job.error.startswith("The portal was interrupted 3 times while it made this file.")
        assert runner.run(job.pk) is JobOutcome.SKIPPED

    def test_is_queued_again_if_no_worker_claimed_it(self) -> None:
        job = self.request()
        ExportJob.objects.update(queued_at=timezone.now() - dt.timedelta(minutes=1))

        with self.captureOnCommitCallbacks() as queued:
            do_housekeeping()
            do_housekeeping()

        assert len(queued) == 1
        job.refresh_from_db()
        assert job.status == JobStatus.PENDING

    def test_has_the_partial_file_of_the_dead_worker_deleted(self) -> None:
        job = self.request()
        held = runner.claim(job.pk)
        assert held is not None
        held.row.update(storage_name="half.csv")
        (self.folder / "half.csv").write_text("half of a fi")
        expire_lease(job)
        do_housekeeping()

        runner.run(job.pk)

        job.refresh_from_db()
        assert self.files == [job.storage_name]

    def test_is_not_completed_by_a_worker_that_comes_back_late(self) -> None:
        job = self.request()

        def write_while_another_takes_over(*_args: object, **_kwargs: object) -> int:
            expire_lease(job)
            do_housekeeping()
            assert runner.claim(job.pk) is not None
            return 0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(worker, "write_request", write_while_another_takes_over)
            outcome = runner.run(job.pk)

        assert outcome is JobOutcome.SKIPPED
        assert self.files == []
        assert not ExportAudit.objects.exists()


class TestStoppingWorker(JobsCase):
    def test_releases_the_job_without_counting_the_attempt(self) -> None:
        job = self.request()
        grace_period.start(0)
        self.addCleanup(grace_period.reset)

        outcome = runner.run(job.pk)

        job.refresh_from_db()
        assert outcome is JobOutcome.RELEASED
        assert (job.status, job.attempts) == (JobStatus.PENDING, 0)
        assert self.files == []
