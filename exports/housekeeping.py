"""What keeps jobs going and files from staying: done by every worker, every few seconds."""

import datetime as dt

import structlog
from django.db.models import Q
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from exports.models import ACTIVE, ExportJob, JobStatus
from exports.storage import discard
from exports.worker import MOST_ATTEMPTS, fail, queue

logger = structlog.get_logger(__name__)

# A job that waits for so long is queued again: whoever took it from the queue may have died before beginning.
# Queued twice, it is still made once.
QUEUED_AGAIN_AFTER = dt.timedelta(seconds=40)
# How long a person can make an export that is over once more by a press.
JOBS_KEPT = dt.timedelta(days=30)
# How long the queue's own rows are kept, for an admin to look at; the jobs do not need them.
TASKS_KEPT = dt.timedelta(days=7)


def tidy() -> None:
    """Do all that time asks of exports, once: the one door for workers, timers and commands.

    Queues what was left lying, gives up what failed too often, clears away what has had its time. It may be
    called from anywhere, as often as wanted and by several at once: each step is taken by one of them.
    """
    take_up_abandoned()
    expire()
    forget_finished_tasks()


def take_up_abandoned() -> None:
    """Queue the jobs whose worker gave no sign of life, and those that nobody took from the queue."""
    now = timezone.now()
    for job in ExportJob.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=now):
        if job.attempts >= MOST_ATTEMPTS:
            if fail(job, _gave_up()):
                logger.error("export_given_up", export_job=job.pk, attempts=job.attempts)
            continue
        taken = (
            ExportJob.objects.filter(pk=job.pk)
            .held_by(job.worker)
            .update(status=JobStatus.PENDING, worker="", lease_until=None, queued_at=now)
        )
        if taken:
            logger.warning("export_taken_up_again", export_job=job.pk, attempts=job.attempts)
            queue(job.pk)
    for job in ExportJob.objects.filter(status=JobStatus.PENDING, queued_at__lt=now - QUEUED_AGAIN_AFTER):
        waiting = ExportJob.objects.filter(pk=job.pk, status=JobStatus.PENDING, queued_at=job.queued_at)
        if waiting.update(queued_at=now):
            queue(job.pk)


def _gave_up() -> str:
    return _(
        "The portal was interrupted %(times)d times while it made this file. Choose a shorter range or "
        "fewer sites; if that does not help, tell an admin."
    ) % {"times": MOST_ATTEMPTS}


def expire() -> None:
    """Delete the files that have been kept long enough, later the job too. What was made stays on record."""
    for job in ExportJob.objects.filter(status=JobStatus.COMPLETED, expires_at__lte=timezone.now()):
        expire_job(job)
    old = timezone.now() - JOBS_KEPT
    ExportJob.objects.exclude(status__in=(*ACTIVE, JobStatus.COMPLETED)).filter(finished_at__lt=old).delete()


def expire_job(job: ExportJob) -> None:
    """Delete the file of a job that is ready, so that it can be asked for again."""
    # The file first: should we be stopped in between, the job is found again.
    discard(job.storage_name)
    ExportJob.objects.filter(pk=job.pk, status=JobStatus.COMPLETED, sha256=job.sha256).update(
        status=JobStatus.EXPIRED, storage_name=""
    )


def forget_finished_tasks() -> None:
    """Delete what the queue in the database keeps of tasks that are over, or whose worker died long ago."""
    old = timezone.now() - TASKS_KEPT
    over = DBTaskResult.objects.filter(
        Q(finished_at__lt=old) | Q(status=TaskResultStatus.RUNNING, started_at__lt=old)
    )
    # Looked for first: on SQLite even a deletion of nothing keeps others from writing.
    if over.exists():
        over.delete()
