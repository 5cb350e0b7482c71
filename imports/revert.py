"""Taking an import back as a whole, whether it is done, failed, was interrupted or still runs."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from records.choices import BatchStatus, Source
from records.errors import Refused
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import undo_batch
from sites.models import User


def take_back(
    module: RecordModule[DailyRecord],
    batch: Batch,
    *,
    by: User,
    status: BatchStatus = BatchStatus.UNDONE,
    told: Callable[[int], object] = lambda _removed: None,
) -> int:
    """Delete what is left of a batch and return how many records that were.

    Raises ImportRefused where it is taken back already or a rule forbids it: another person's batch, a day
    closed since, stock that a site would not have without it. It can be tried again.
    """
    _require_own(batch, by)
    _stop(batch)
    try:
        removed = undo_batch(module=module, batch=batch, by=by, source=Source.IMPORT, progress=told)
    except (Refused, PermissionDenied, Http404) as error:
        raise ImportRefused(
            _("Batch %(batch)d cannot be taken back: %(reason)s Still there: %(left)d of its records.")
            % {
                "batch": batch.pk,
                "reason": str(error) or _("it wrote to a site that is not yours."),
                "left": module.model._default_manager.filter(batch=batch).count(),
            }
        ) from error
    if status != batch.status:
        batch.status = status
        batch.save(update_fields=["status"])
    return removed


def _require_own(batch: Batch, by: User) -> None:
    if batch.created_by_id != by.pk and not by.is_superuser:
        raise ImportRefused(_("Only who made a batch, or an admin, may take it back."))


def _stop(batch: Batch) -> None:
    """Let no part follow; one that is being written is waited for."""
    with transaction.atomic():
        current = Batch.objects.select_for_update().get(pk=batch.pk)
        if current.undone_at is not None:
            raise ImportRefused(_("Batch %(batch)d is taken back already.") % {"batch": batch.pk})
        if current.status == BatchStatus.RUNNING:
            current.status = BatchStatus.FAILED
            current.save(update_fields=["status"])
    batch.refresh_from_db()
