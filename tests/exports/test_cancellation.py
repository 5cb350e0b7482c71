"""A statement that takes long ends when the job does, in the middle."""

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
from core.jobs.runner import Outcome
from exports import actions
from exports.datasets.rows import RecordRows
from exports.datasets.snapshot import snapshot
from exports.models import ExportJob
from tests.exports.jobs_case import SharedJobsCase, runner
from tests.inventory.threads import ThreadsTestCase, all_at_once

# Longer than a test waits even where the machine is slow and has other things to do.
MINUTES = (
    "SELECT pg_sleep(300)"
    if connection.vendor == "postgresql"
    else "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
)


SOON = 60  # seconds


def take_minutes(reading: BaseDatabaseWrapper, *, after: float = 0) -> None:
    time.sleep(after)
    with reading.cursor() as cursor:
        cursor.execute(MINUTES)


class GivenUp:
    """Is wanted until some seconds are over."""

    def __init__(self, *, after: float) -> None:
        self.at = time.monotonic() + after

    def check(self) -> None:
        if time.monotonic() >= self.at:
            raise LeaseLost

    @property
    def seconds_ago(self) -> float:
        return time.monotonic() - self.at


class TestOneState(ThreadsTestCase):
    def test_looks_often_enough_to_end_a_statement_within_a_second(self) -> None:
        assert HEARTBEAT_SECONDS + CHECK_SECONDS <= 0.5

    def test_ends_a_statement_once_the_file_is_given_up(self) -> None:
        given_up = GivenUp(after=0.2)

        with pytest.raises(LeaseLost), snapshot(given_up.check) as reading:
            take_minutes(reading)

        assert 0 <= given_up.seconds_ago < SOON

    def test_ends_the_statement_that_comes_next_as_well(self) -> None:
        given_up = GivenUp(after=0)

        with pytest.raises(LeaseLost), snapshot(given_up.check) as reading:
            take_minutes(reading, after=0.3)

        assert given_up.seconds_ago < SOON

    def test_tells_on_what_broke_while_the_file_was_wanted(self) -> None:
        with pytest.raises(DatabaseError), snapshot() as reading, reading.cursor() as cursor:
            cursor.execute("SELECT nothing_of_the_kind()")

    def test_leaves_no_thread_behind(self) -> None:
        before = set(threading.enumerate())

        with snapshot():
            (watching,) = set(threading.enumerate()) - before

        assert not watching.is_alive()


class TestJob(SharedJobsCase):
    """While the database counts the rows of a job, which takes it minutes."""

    def stopped(self, stop: Callable[[ExportJob], object]) -> tuple[ExportJob, Outcome, float]:
        """Stop a job; return it, what its worker made of it, and after how many seconds that ended."""
        job = self.ask()
        counting = Event()

        def count(source: RecordRows) -> int:
            counting.set()
            take_minutes(source.connection)
            raise AssertionError("Nobody ended this.")

        def work() -> tuple[Outcome, float]:
            return runner.run(job.pk), time.monotonic()

        def stop_it() -> tuple[Outcome, float]:
            assert counting.wait(SOON)
            began = time.monotonic()
            stop(job)
            return Outcome.SKIPPED, began

        with mock.patch.object(RecordRows, "count", count):
            (outcome, ended), (_none, began) = all_at_once(work, stop_it)
        job.refresh_from_db()
        return job, outcome, ended - began

    def test_that_is_cancelled_ends_and_leaves_no_file(self) -> None:
        job, outcome, seconds = self.stopped(lambda job: actions.cancel(job_id=job.pk, by=self.alice))

        assert outcome is Outcome.SKIPPED
        assert seconds < SOON
        assert job.status == JobStatus.CANCELLED
        assert self.files == []

    def test_that_another_worker_has_taken_up_ends_as_well(self) -> None:
        def take_up(job: ExportJob) -> None:
            ExportJob.objects.filter(pk=job.pk).update(worker="another")

        job, outcome, seconds = self.stopped(take_up)

        assert outcome is Outcome.SKIPPED
        assert seconds < SOON
        assert (job.status, job.worker) == (JobStatus.PROCESSING, "another")

    def test_is_given_back_by_a_worker_that_is_told_to_stop(self) -> None:
        self.addCleanup(grace_period.reset)

        job, outcome, seconds = self.stopped(lambda _job: grace_period.start(0))

        assert outcome is Outcome.RELEASED
        assert seconds < SOON
        assert (job.status, job.attempts) == (JobStatus.PENDING, 0)
