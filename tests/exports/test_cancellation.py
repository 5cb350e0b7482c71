"""A slow query is cancelled when its job is."""

import threading
import time
from collections.abc import Callable
from threading import Event
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from core.jobs.cancellation import CHECK_SECONDS
from core.jobs.lease import HEARTBEAT_SECONDS, LeaseLost, grace_period
from core.jobs.models import JobStatus
from core.jobs.runner import JobOutcome
from exports import actions
from exports.datasets.rows import RecordRows, snapshot
from exports.models import ExportJob
from tests.exports.jobs_case import SharedJobsCase, runner
from tests.inventory.threads import ThreadsTestCase, all_at_once

# Longer than a test waits even where the machine is slow and has other things to do.
SLOW_QUERY = (
    "SELECT pg_sleep(300)"
    if connection.vendor == "postgresql"
    else "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
)


SOON = 60  # seconds


def run_slow_query(reading: BaseDatabaseWrapper, *, after: float = 0) -> None:
    time.sleep(after)
    with reading.cursor() as cursor:
        cursor.execute(SLOW_QUERY)


class Cancelled:
    """A check that raises after some seconds."""

    def __init__(self, *, after: float) -> None:
        self.at = time.monotonic() + after

    def check(self) -> None:
        if time.monotonic() >= self.at:
            raise LeaseLost

    @property
    def seconds_ago(self) -> float:
        return time.monotonic() - self.at


class TestSnapshot(ThreadsTestCase):
    def test_checks_often_enough_to_cancel_a_query_within_a_second(self) -> None:
        assert HEARTBEAT_SECONDS + CHECK_SECONDS <= 0.5

    def test_cancels_a_query_once_the_check_raises(self) -> None:
        given_up = Cancelled(after=0.2)

        with pytest.raises(LeaseLost), snapshot(given_up.check) as reading:
            run_slow_query(reading)

        assert 0 <= given_up.seconds_ago < SOON

    def test_cancels_the_next_query_too(self) -> None:
        given_up = Cancelled(after=0)

        with pytest.raises(LeaseLost), snapshot(given_up.check) as reading:
            run_slow_query(reading, after=0.3)

        assert given_up.seconds_ago < SOON

    def test_raises_database_errors_of_a_job_that_goes_on(self) -> None:
        with pytest.raises(DatabaseError), snapshot() as reading, reading.cursor() as cursor:
            cursor.execute("SELECT nothing_of_the_kind()")

    def test_leaves_no_thread_running(self) -> None:
        before = set(threading.enumerate())

        with snapshot():
            (watching,) = set(threading.enumerate()) - before

        assert not watching.is_alive()


class TestRunningJob(SharedJobsCase):
    """A job whose rows take the database minutes to count."""

    def stopped(self, stop: Callable[[ExportJob], object]) -> tuple[ExportJob, JobOutcome, float]:
        """Stop a job; return it, the outcome of its worker, and how many seconds that took."""
        job = self.request()
        counting = Event()

        def count(source: RecordRows) -> int:
            counting.set()
            run_slow_query(source.connection)
            raise AssertionError("The job was not stopped.")

        def work() -> tuple[JobOutcome, float]:
            return runner.run(job.pk), time.monotonic()

        def stop_it() -> tuple[JobOutcome, float]:
            assert counting.wait(SOON)
            began = time.monotonic()
            stop(job)
            return JobOutcome.SKIPPED, began

        with mock.patch.object(RecordRows, "count", count):
            (outcome, ended), (_none, began) = all_at_once(work, stop_it)
        job.refresh_from_db()
        return job, outcome, ended - began

    def test_stops_without_a_file_when_it_is_cancelled(self) -> None:
        job, outcome, seconds = self.stopped(lambda job: actions.cancel(job_id=job.pk, by=self.alice))

        assert outcome is JobOutcome.SKIPPED
        assert seconds < SOON
        assert job.status == JobStatus.CANCELLED
        assert self.files == []

    def test_stops_when_another_worker_has_claimed_it(self) -> None:
        def take_up(job: ExportJob) -> None:
            ExportJob.objects.filter(pk=job.pk).update(worker="another")

        job, outcome, seconds = self.stopped(take_up)

        assert outcome is JobOutcome.SKIPPED
        assert seconds < SOON
        assert (job.status, job.worker) == (JobStatus.PROCESSING, "another")

    def test_is_released_by_a_worker_that_must_stop(self) -> None:
        self.addCleanup(grace_period.reset)

        job, outcome, seconds = self.stopped(lambda _job: grace_period.start(0))

        assert outcome is JobOutcome.RELEASED
        assert seconds < SOON
        assert (job.status, job.attempts) == (JobStatus.PENDING, 0)
