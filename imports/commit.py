"""Writing what was checked: part by part under a batch, and back again as a whole if anything fails."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.lease import LeaseLost, WorkerStopping
from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus
from imports.revert import take_back
from imports.validation.new_master_data import Created, create
from imports.validation.preview import findings_of
from imports.validation.results import Checked
from imports.validation.staging import Unfolder, Waiting
from imports.validation.validate import note_refusal
from records.choices import BatchStatus, Source
from records.errors import NegativeStock, Refused
from records.models import Batch, DailyRecord
from records.operations.bulk import PART, Pace, Part, Refusal, create_many
from sites.models import Site, User


class Watcher:
    """Follows the writing of a file. Whatever it raises of its own ends it."""

    def begun(self, batch: Batch, created: Created) -> None:
        """Learn of the batch, and of what was created for it, in the transaction that makes them."""

    def told(self, done: int, of: int) -> None:
        """Learn how many rows are written."""


def write(
    checked: Checked, *, watcher: Watcher | None = None, interrupted: Batch | None = None
) -> Batch | None:
    """Write the rows that wait and return their batch; None where there are none.

    A batch that was interrupted is gone on with. If a part fails, or the process is told to stop, everything
    is taken back: the records, and the sites and materials created for them. A worker that loses its hold, or
    leaves the rest to another one, leaves the batch as it is. Raises ImportRefused.
    """
    if not checked.may_be_written:
        raise ImportRefused(_("Some lines are refused: nothing was written."))
    if not checked.rows_waiting and interrupted is None:
        return None
    writing = _Writing(checked, watcher or Watcher(), interrupted)
    try:
        writing.all_parts()
    except (LeaseLost, WorkerStopping):
        raise
    except (Refused, PermissionDenied, Http404) as error:
        writing.undo()
        raise ImportRefused(
            _("%(reason)s Nothing of the file was kept.") % {"reason": str(error) or _("A site is gone.")}
        ) from error
    except BaseException:
        # Ctrl-C too: half a file is worse than none.
        writing.undo()
        raise
    return writing.batch


class _Writing:
    """One batch being written."""

    def __init__(self, checked: Checked, watcher: Watcher, interrupted: Batch | None) -> None:
        self._checked = checked
        self._plan = checked.plan
        self._watcher = watcher
        self._rows = checked.rows_waiting
        self._known_before = interrupted.rows_written if interrupted is not None else 0
        self._created = Created()
        self.batch = interrupted or self._begin()
        self._unfolder = Unfolder(checked.plan.module, self._created)

    def _begin(self) -> Batch:
        checked, plan = self._checked, self._plan
        with transaction.atomic():
            self._created = create(
                checked.missing, sites=checked.new_sites, materials=checked.new_materials, by=plan.by
            )
            batch = Batch.objects.create(
                module=plan.module.slug,
                source=Source.IMPORT,
                file_name=plan.file_name[:255],
                file_hash=checked.file_hash,
                rows_read=checked.rows_read,
                rows_known=checked.rows_known,
                rows_refused=checked.rows_refused,
                created_by=plan.by,
            )
            self._watcher.begun(batch, self._created)
        return batch

    def all_parts(self) -> None:
        done = 0
        pace = Pace(PART)
        for rows in self._checked.spool.parts(lambda: pace.size):
            with pace.part():
                self._write(rows)
            done += len(rows)
            self._watcher.told(done, self._rows)
        self.batch.refresh_from_db()
        self.batch.status = BatchStatus.DONE
        self.batch.finished_at = timezone.now()
        # What an interrupted run of this very batch wrote was not there before it.
        self.batch.rows_known = self._checked.rows_known - self._known_before
        self.batch.rows_refused = self._checked.rows_refused
        self.batch.save()

    def undo(self) -> None:
        """Take back what was written and created."""
        self.batch.refresh_from_db()
        if self.batch.undone_at is None:
            take_back(self._plan.module, self.batch, by=self._plan.by, status=BatchStatus.FAILED)
        self._created.remove(self._plan.by)

    def _write(self, rows: list[Waiting]) -> None:
        records = [self._unfolder.record(row) for row in rows]
        try:
            part = self._part(records)
        except NegativeStock as error:
            if not self._plan.skip_bad:
                raise
            self._write_without(rows, error)
            return
        row_of = {id(record): row for record, row in zip(records, rows, strict=True)}
        # The file was compared before; these came in between.
        self._checked.rows_known += len(part.known)
        for refusal in part.refused:
            self._refuse(row_of[id(refusal.record)], refusal)

    def _write_without(self, rows: list[Waiting], error: NegativeStock) -> None:
        """Halve the rows until those are found that a site's stock does not allow."""
        if len(rows) == 1:
            self._refuse(rows[0], Refusal(self._unfolder.record(rows[0]), error.message))
            return
        middle = len(rows) // 2
        self._write(rows[:middle])
        self._write(rows[middle:])

    def _part(self, records: list[DailyRecord]) -> Part[DailyRecord]:
        with transaction.atomic():
            # Locked, so that an undo waits for the part, and no part follows an undo.
            running = Batch.objects.select_for_update().filter(pk=self.batch.pk, status=BatchStatus.RUNNING)
            if not running.exists():
                raise ImportRefused(_("The import was taken back while it ran."))
            part = create_many(
                module=self._plan.module,
                records=records,
                batch=self.batch,
                by=self._plan.by,
                source=Source.IMPORT,
            )
            running.update(rows_written=F("rows_written") + len(part.written))
        return part

    def _refuse(self, row: Waiting, refusal: Refusal[DailyRecord]) -> None:
        note_refusal(self._checked, row, refusal)
        if not self._plan.skip_bad:
            raise ImportRefused(_("Line %(line)d: %(reason)s") % {"line": row.line, "reason": refusal.reason})


def keep_on_record(checked: Checked, batch: Batch) -> Upload:
    """List an import that was made by command beside those of the pages."""
    plan = checked.plan
    now = timezone.now()
    upload = Upload.objects.create(
        owner=plan.by,
        file_name=batch.file_name,
        size=plan.path.stat().st_size,
        sha256=batch.file_hash,
        is_workbook=plan.path.suffix.lower() == ".xlsx",
        expires_at=now,
        module=batch.module,
        status=UploadStatus.DONE,
        finished_at=now,
        batch=batch,
        findings=findings_of(checked),
        rows_read=checked.rows_read,
        rows_left_out=checked.rows_left_out,
        rows_known=checked.rows_known,
        rows_refused=checked.rows_refused,
        rows_waiting=batch.rows_written,
    )
    upload.sites.set(_sites_of(checked))
    return upload


def note_taken_back(batch: Batch) -> None:
    """Say in the list that an import was taken back by command."""
    if batch.status == BatchStatus.UNDONE:
        Upload.objects.filter(batch=batch, status=UploadStatus.DONE).update(
            status=UploadStatus.UNDONE, finished_at=timezone.now()
        )


def imported_before(upload: Upload, by: User) -> Upload | None:
    """Return when the very same file was imported last as records of this module, and is still there."""
    return (
        Upload.objects.for_user(by)
        .filter(sha256=upload.sha256, module=upload.module, batch__undone_at=None, status=UploadStatus.DONE)
        .exclude(pk=upload.pk)
        .select_related("owner")
        .first()
    )


def _sites_of(checked: Checked) -> list[Site]:
    """Return the sites that records were written at, those that were created for them among them."""
    codes = {checked.missing.sites[-key - 1].code for key in checked.new_sites}
    known = {key for key in checked.outlook.site_ids if key > 0}
    return list(Site.objects.filter(pk__in=known) | Site.objects.filter(code__in=codes))
