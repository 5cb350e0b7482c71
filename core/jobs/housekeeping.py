"""Take up abandoned jobs and delete old ones: done by every worker every few seconds, and by `tick`."""

import datetime as dt

import structlog
from django.db.models import Q
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs.models import Job
from core.jobs.runner import MAX_ATTEMPTS, Runner, queue, runners

logger = structlog.get_logger(__name__)

# A job that waits longer is queued again: the worker that took it from the queue may have died before
# claiming it. A job that is queued twice is still done once.
QUEUE_AGAIN_AFTER = dt.timedelta(seconds=40)
# How long the rows of the queue itself are kept for an admin to look at; jobs do not need them.
KEEP_TASKS = dt.timedelta(days=7)


def do_housekeeping() -> None:
    """Take up abandoned jobs, delete what has expired.

    May be called from anywhere, any number of times and by several machines at once: each step is an update
    that only one of them wins.
    """
    for runner in runners():
        take_up_abandoned(runner)
        runner.expire()
    delete_finished_tasks()


def take_up_abandoned[J: Job](runner: Runner[J]) -> None:
    """Queue again the jobs whose worker is dead or that no worker has claimed; give up after MAX_ATTEMPTS."""
    for job in runner.jobs.abandoned():
        if job.attempts >= MAX_ATTEMPTS:
            runner.give_up(job)
        elif job.release(is_attempt=True):
            logger.warning(
                "job_taken_up_again", job=f"{job._meta.label_lower} {job.pk}", attempts=job.attempts
            )
            queue(job)
    now = timezone.now()
    for job in runner.jobs.waiting_for(QUEUE_AGAIN_AFTER):
        if job.row.active().filter(worker="", queued_at=job.queued_at).update(queued_at=now):
            queue(job)


def delete_finished_tasks() -> None:
    """Delete the queue's rows of tasks that ended, or whose worker died, long ago."""
    old = timezone.now() - KEEP_TASKS
    over = DBTaskResult.objects.filter(
        Q(finished_at__lt=old) | Q(status=TaskResultStatus.RUNNING, started_at__lt=old)
    )
    # Checked first: on SQLite even a delete that finds nothing blocks other writers.
    if over.exists():
        over.delete()
