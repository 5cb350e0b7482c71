"""What keeps imports going and files from staying: done by every worker, every few seconds."""

import datetime as dt

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.models import ACTIVE, Upload, UploadStatus
from imports.uploads import discard
from imports.worker import MOST_ATTEMPTS, fail, queue

logger = structlog.get_logger(__name__)

# What waits for so long is queued again: whoever took it from the queue may have died before beginning.
QUEUED_AGAIN_AFTER = dt.timedelta(seconds=40)


def tidy() -> None:
    """Queue what was left lying, give up what failed too often, clear away what has had its time."""
    take_up_abandoned()
    expire()


def take_up_abandoned() -> None:
    """Queue the files whose worker gave no sign of life, and those that nobody took from the queue."""
    now = timezone.now()
    for upload in Upload.objects.active().filter(lease_until__lt=now):
        if upload.attempts >= MOST_ATTEMPTS:
            _give_up(upload)
            continue
        held = Upload.objects.filter(pk=upload.pk).held_by(upload.worker)
        if held.update(worker="", lease_until=None, queued_at=now):
            logger.warning("import_taken_up_again", upload=upload.pk, attempts=upload.attempts)
            queue(upload.pk)
    for upload in Upload.objects.active().filter(worker="", queued_at__lt=now - QUEUED_AGAIN_AFTER):
        waiting = Upload.objects.filter(
            pk=upload.pk, worker="", status__in=ACTIVE, queued_at=upload.queued_at
        )
        if waiting.update(queued_at=now):
            queue(upload.pk)


def _give_up(upload: Upload) -> None:
    """End what was interrupted too often; what it wrote is taken back."""
    logger.error("import_given_up", upload=upload.pk, attempts=upload.attempts)
    sentence = _(
        "The portal was interrupted %(times)d times while it worked on this file. Try again, or part the"
        " file; if that does not help, tell an admin."
    ) % {"times": MOST_ATTEMPTS}
    if upload.status == UploadStatus.WRITING and upload.batch_id is not None:
        held = Upload.objects.filter(pk=upload.pk).held_by(upload.worker)
        if held.update(
            status=UploadStatus.UNDOING,
            error=sentence,
            attempts=0,
            worker="",
            lease_until=None,
            queued_at=timezone.now(),
        ):
            queue(upload.pk)
    else:
        fail(upload, sentence)


def expire() -> None:
    """Delete the files that have been kept long enough; of what was never imported, everything."""
    for upload in (
        Upload.objects.filter(expires_at__lte=timezone.now())
        .exclude(storage_name="")
        .exclude(status__in=ACTIVE)
    ):
        # The files first: should we be stopped in between, the row is found again.
        discard(upload.storage_name)
        if upload.batch_id is None:
            discard(upload.report_name)
            Upload.objects.filter(pk=upload.pk, batch=None).exclude(status__in=ACTIVE).delete()
        else:
            Upload.objects.filter(pk=upload.pk).update(storage_name="", heads=[])
