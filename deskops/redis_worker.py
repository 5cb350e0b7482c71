"""The worker of jobs that Redis queues (django-tasks-rq): `manage.py work` where `TASKS_BACKEND` names it."""

from types import FrameType
from typing import override

import django_rq
from django.db import close_old_connections
from django_tasks_rq import Job as TaskJob
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job

from core.jobs.lease import GRACE_SECONDS, grace_period


class RedisWorker(SimpleWorker):
    """A worker that does jobs in its own process, and releases a long one when it must stop.

    RQ's other workers fork, which connections to the database do not survive.
    """

    @override
    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        grace_period.start(GRACE_SECONDS)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own

    @override
    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        close_old_connections()
        try:
            return bool(super().perform_job(job, queue, execution))
        finally:
            close_old_connections()


def run_worker(*, batch: bool) -> None:
    """Do jobs until stopped, or until the queue is empty."""
    queue = django_rq.get_queue("default", job_class=TaskJob)
    RedisWorker([queue], connection=queue.connection, job_class=TaskJob).work(burst=batch)
