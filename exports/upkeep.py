"""What keeps jobs going and files from staying: done by every worker, every few seconds."""

import datetime as dt

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from exports.choices import ACTIVE, JobStatus
from exports.models import ExportJob
from exports.running import MOST_ATTEMPTS, fail
from exports.storage import discard
from exports.tasks import queue

logger = structlog.get_logger(__name__)

# A job that waits for so long is queued again: whoever took it from the queue may have died before beginning.
# Queued twice, it is still made once.
QUEUED_AGAIN_AFTER = dt.timedelta(seconds=40)
# How long a person can make an export that is over once more by a press.
JOBS_KEPT = dt.timedelta(days=30)


def tidy() -> None:
    """Queue what was left lying, give up what failed too often, clear away what has had its time."""
    take_up_abandoned()
    expire()


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
        # The file first: should we be stopped in between, the job is found again.
        discard(job.storage_name)
        ExportJob.objects.filter(pk=job.pk, status=JobStatus.COMPLETED, sha256=job.sha256).update(
            status=JobStatus.EXPIRED, storage_name=""
        )
    old = timezone.now() - JOBS_KEPT
    ExportJob.objects.exclude(status__in=(*ACTIVE, JobStatus.COMPLETED)).filter(finished_at__lt=old).delete()
