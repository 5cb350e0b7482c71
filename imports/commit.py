"""Write a validated file part by part under a batch, and undo a batch as a whole."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.lease import LeaseLost, WorkerStopping
from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus
from imports.readers.base import shown_line
from imports.validation.new_master_data import CreatedMasterData, create_master_data
from imports.validation.preview import outcome_of
from imports.validation.results import Progress, ValidatedFile, no_progress
from imports.validation.staging import RecordBuilder, StagedRow
from imports.validation.validate import reject_staged
from records import registry
from records.choices import BatchStatus, Source
from records.errors import NegativeStock, Refused
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import PART, Pace, Part, Refusal, create_many, undo_batch
from sites.models import User

# Called with the batch and what was created for it, in the transaction that creates them.
type OnStart = Callable[[Batch, CreatedMasterData], None]


def commit(
    validated: ValidatedFile,
    *,
    on_start: OnStart = lambda _batch, _created: None,
    progress: Progress = no_progress,
    interrupted: Batch | None = None,
) -> Batch | None:
    """Write the staged rows and return their batch; None where none of them is written.

    A batch that was interrupted is continued. If a part fails, or the process must stop, the records are
    deleted again, and the sites and materials created for them. A worker that loses its lease, or leaves
    the rest to another one, leaves the batch as it is. Raises ImportRefused.
    """
    if not validated.is_committable:
        raise ImportRefused(_("Some rows are rejected: nothing was written."))
    if not validated.rows_to_write and interrupted is None:
        return None
    writer = _BatchWriter(validated, on_start, interrupted)
    try:
        writer.write_all(progress)
    except (LeaseLost, WorkerStopping):
        raise
    except (Refused, PermissionDenied, Http404) as error:
        writer.undo()
        raise ImportRefused(
            _("%(reason)s Nothing was imported.") % {"reason": str(error) or _("A site was deleted.")}
        ) from error
    except BaseException:
        # Ctrl-C too: half a file is worse than none.
        writer.undo()
        raise
    if not writer.batch.rows_written:
        writer.remove_empty_batch()
        return None
    writer.remove_unused()
    return writer.batch


def record_command_import(validated: ValidatedFile, batch: Batch) -> Upload:
    """Add an import by the command to the list of imports."""
    plan = validated.plan
    now = timezone.now()
    upload = Upload.objects.create(
        owner=plan.by,
        file_name=batch.file_name,
        size=plan.path.stat().st_size,
        sha256=batch.file_hash,
        is_workbook=plan.path.suffix.lower() not in (".csv", ".tsv", ".txt"),
        expires_at=now,
        module=batch.module,
        status=UploadStatus.DONE,
        finished_at=now,
        batch=batch,
        preview=outcome_of(validated, batch),
        rows_read=validated.rows_read,
        rows_skipped=validated.rows_skipped,
        rows_known=validated.rows_known,
        rows_rejected=validated.rows_rejected,
        rows_to_write=batch.rows_written,
    )
    upload.sites.set(sites_of(batch))
    return upload


def sites_of(batch: Batch) -> list[int]:
    """Return the ids of the sites at which a batch has records."""
    records = registry.module(batch.module).model._default_manager.filter(batch=batch)
    return list(records.order_by().values_list("site_id", flat=True).distinct())


class _BatchWriter:
    def __init__(self, validated: ValidatedFile, on_start: OnStart, interrupted: Batch | None) -> None:
        self._validated = validated
        self._plan = validated.plan
        self._row_count = validated.rows_to_write
        self._written_before = interrupted.rows_written if interrupted is not None else 0
        self._created = CreatedMasterData()
        self.batch = interrupted or self._start(on_start)
        self._builder = RecordBuilder(self._plan.module, created=self._created)

    def _start(self, on_start: OnStart) -> Batch:
        validated, plan = self._validated, self._plan
        with transaction.atomic():
            self._created = create_master_data(validated.new, validated.new_ids, by=plan.by)
            batch = Batch.objects.create(
                module=plan.module.slug,
                source=Source.IMPORT,
                file_name=plan.file_name[:255],
                file_hash=validated.file_hash,
                rows_read=validated.rows_read,
                rows_known=validated.rows_known,
                rows_refused=validated.rows_rejected,
                created_by=plan.by,
            )
            on_start(batch, self._created)
        return batch

    def write_all(self, progress: Progress) -> None:
        done = 0
        pace = Pace(PART)
        for rows in self._validated.staging.parts(lambda: pace.size):
            with pace.part():
                self._write(rows)
            done += len(rows)
            progress(done, self._row_count)
        self.batch.refresh_from_db()
        self.batch.status = BatchStatus.DONE
        self.batch.finished_at = timezone.now()
        # What an interrupted run of this batch wrote was not known before the batch.
        self.batch.rows_known = self._validated.rows_known - self._written_before
        self.batch.rows_refused = self._validated.rows_rejected
        self.batch.save()

    def undo(self) -> None:
        self.batch.refresh_from_db()
        records = self._plan.module.model._default_manager.filter(batch=self.batch)
        if self.batch.undone_at is None and not records.exists():
            self.remove_empty_batch()
            return
        try:
            if self.batch.undone_at is None:
                revert(self._plan.module, self.batch, by=self._plan.by, status=BatchStatus.FAILED)
        finally:
            self.remove_unused()

    def remove_unused(self) -> None:
        """Delete the created sites and materials that no record names: their rows were rejected or undone."""
        self._created.remove(self._plan.by)

    def remove_empty_batch(self) -> None:
        """Delete the batch to which no record was written, and what was created for it."""
        with transaction.atomic():
            Upload.objects.filter(batch=self.batch).update(batch=None)
            self.batch.delete()
        self.remove_unused()

    def _write(self, rows: list[StagedRow]) -> None:
        records = [self._builder.record(row) for row in rows]
        try:
            part = self._write_part(records)
        except NegativeStock as error:
            if not self._plan.skip_rejected:
                raise
            self._write_in_halves(rows, error)
            return
        row_of = {id(record): row for record, row in zip(records, rows, strict=True)}
        # Others entered these after the comparison.
        self._validated.rows_known += len(part.known)
        for refusal in part.refused:
            self._reject(row_of[id(refusal.record)], refusal)

    def _write_in_halves(self, rows: list[StagedRow], error: NegativeStock) -> None:
        """Halve the rows until those are found that a site's stock does not allow."""
        if len(rows) == 1:
            self._reject(rows[0], Refusal(self._builder.record(rows[0]), error.message))
            return
        middle = len(rows) // 2
        self._write(rows[:middle])
        self._write(rows[middle:])

    def _write_part(self, records: list[DailyRecord]) -> Part[DailyRecord]:
        with transaction.atomic():
            # Locked, so that an undo waits for the part, and no part follows an undo.
            running = Batch.objects.select_for_update().filter(pk=self.batch.pk, status=BatchStatus.RUNNING)
            if not running.exists():
                raise ImportRefused(_("The import was undone while it was in progress."))
            part = create_many(
                module=self._plan.module,
                records=records,
                batch=self.batch,
                by=self._plan.by,
                source=Source.IMPORT,
            )
            running.update(rows_written=F("rows_written") + len(part.written))
        return part

    def _reject(self, row: StagedRow, refusal: Refusal[DailyRecord]) -> None:
        reject_staged(self._validated, row, refusal)
        if not self._plan.skip_rejected:
            line = shown_line(row.line, self._validated.sheets)
            raise ImportRefused(_("Line %(line)s: %(reason)s") % {"line": line, "reason": refusal.reason})


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
