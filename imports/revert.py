"""Undo an import as a whole, whether it is done, failed, was interrupted or is still in progress."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus
from records.choices import BatchStatus, Source
from records.errors import Refused
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import undo_batch
from sites.models import User


def revert(
    module: RecordModule[DailyRecord],
    batch: Batch,
    *,
    by: User,
    status: BatchStatus = BatchStatus.UNDONE,
    progress: Callable[[int], object] = lambda _removed: None,
) -> int:
    """Delete what is left of a batch and return how many records that were.

    Raises ImportRefused where it was undone before or a rule forbids it: another user's batch, a day closed
    since, stock that a site would not have without it. It can be tried again.
    """
    if batch.created_by_id != by.pk and not by.is_superuser:
        raise ImportRefused(_("Only the user who imported this, or an admin, may undo it."))
    _stop(batch)
    try:
        removed = undo_batch(module=module, batch=batch, by=by, source=Source.IMPORT, progress=progress)
    except (Refused, PermissionDenied, Http404) as error:
        raise ImportRefused(
            _("Batch %(batch)d cannot be undone: %(reason)s %(left)d of its records are left.")
            % {
                "batch": batch.pk,
                "reason": str(error) or _("it wrote to a site that you may no longer see."),
                "left": module.model._default_manager.filter(batch=batch).count(),
            }
        ) from error
    if status != batch.status:
        batch.status = status
        batch.save(update_fields=["status"])
    return removed


def mark_undone(batch: Batch) -> None:
    """Show in the list of imports that an import was undone by the command."""
    if batch.status == BatchStatus.UNDONE:
        Upload.objects.filter(batch=batch, status=UploadStatus.DONE).update(
            status=UploadStatus.UNDONE, finished_at=timezone.now()
        )


def _stop(batch: Batch) -> None:
    """Prevent further parts; wait for one that is being written."""
    with transaction.atomic():
        current = Batch.objects.select_for_update().get(pk=batch.pk)
        if current.undone_at is not None:
            raise ImportRefused(_("Batch %(batch)d was undone before.") % {"batch": batch.pk})
        if current.status == BatchStatus.RUNNING:
            current.status = BatchStatus.FAILED
            current.save(update_fields=["status"])
    batch.refresh_from_db()
