"""Housekeeping of the queue, and housekeeping by several machines at once."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs.models import JobStatus
from core.jobs.runner import do_housekeeping, run_job
from exports.models import ExportAudit
from tests.exports.jobs_case import JobsCase, SharedJobsCase, runner
from tests.inventory.threads import all_at_once


class TestDeleteFinishedTasks(JobsCase):
    def queued(self, *, status: str, days_ago: int) -> None:
        result = run_job.enqueue("exports.exportjob", 1)
        then = timezone.now() - dt.timedelta(days=days_ago)
        finished = None if status in ("READY", "RUNNING") else then
        DBTaskResult.objects.filter(pk=result.id).update(
            status=status, enqueued_at=then, started_at=then, finished_at=finished
        )

    def left(self) -> list[str]:
        return sorted(DBTaskResult.objects.values_list("status", flat=True))

    def test_deletes_tasks_that_ended_a_week_ago(self) -> None:
        for status in ("SUCCESSFUL", "FAILED"):
            self.queued(status=status, days_ago=8)
            self.queued(status=status, days_ago=6)

        do_housekeeping()

        assert self.left() == ["FAILED", "SUCCESSFUL"]

    def test_deletes_tasks_that_a_killed_worker_left_running(self) -> None:
        self.queued(status="RUNNING", days_ago=8)
        self.queued(status="RUNNING", days_ago=0)

        do_housekeeping()

        assert self.left() == ["RUNNING"]

    def test_keeps_waiting_tasks(self) -> None:
        self.queued(status="READY", days_ago=100)

        do_housekeeping()

        assert self.left() == ["READY"]

    def test_writes_nothing_if_there_is_nothing_to_do(self) -> None:
        self.queued(status="SUCCESSFUL", days_ago=1)

        with CaptureQueriesContext(connection) as queries:
            do_housekeeping()

        assert {query["sql"].split()[0] for query in queries.captured_queries} == {"SELECT"}


class TestConcurrentHousekeeping(SharedJobsCase):
    def test_takes_up_each_job_once(self) -> None:
        job = self.request()
        runner.claim(job.pk)
        type(job).objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
        DBTaskResult.objects.all().delete()

        all_at_once(*[do_housekeeping for _ in range(4)])

        job.refresh_from_db()
        assert job.status == JobStatus.PENDING
        assert DBTaskResult.objects.count() == 1

    def test_expires_a_file_once(self) -> None:
        job = self.request()
        runner.run(job.pk)
        type(job).objects.update(expires_at=timezone.now())

        all_at_once(*[do_housekeeping for _ in range(4)])

        job.refresh_from_db()
        assert job.status == JobStatus.EXPIRED
        assert self.files == []
        assert ExportAudit.objects.count() == 1
