"""The worker's side of an import: check the file, write its records, undo them."""

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import override

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.files import StorageUnavailableError, random_name
from core.jobs.lease import Lease, LeaseLost, WorkerStopping
from core.jobs.runner import LEFT_TO_OTHERS, MAX_ATTEMPTS, Runner, queue
from imports import actions
from imports.commit import commit, revert, sites_of
from imports.errors import ImportRefused
from imports.mapping.column_mapping import Answers
from imports.models import WHOLE_ROW, Creatable, Problem, Upload, UploadStatus
from imports.readers.base import ReadOptions
from imports.uploads import IMPORT_FILES, heads_of, local_copy, read_file, read_text_again, store
from imports.validation.new_master_data import CreatedMasterData
from imports.validation.preview import errors_of, outcome_of, preview_of, warnings_of, write_rows
from imports.validation.results import CorrectionRule, Corrections, Plan, ValidatedFile
from imports.validation.validate import Basis, basis_of, validate
from records import registry
from records.choices import BatchStatus
from records.models import Batch

logger = structlog.get_logger(__name__)

GC_THRESHOLD = 50_000


class ImportRunner(Runner[Upload]):
    model = Upload

    @override
    def prepare(self, job: Upload) -> None:
        job.rows_total = None

    @override
    def clean_up(self, job: Upload) -> None:
        """Leave what is written: the next attempt continues it, or the batch is undone."""

    @override
    def work(self, job: Upload, lease: Lease) -> None:
        with _rare_garbage_collection():
            match job.status:
                case UploadStatus.READING:
                    _read(job, lease)
                case UploadStatus.CHECKING:
                    _check(job, lease)
                case UploadStatus.WRITING:
                    _write(job, lease)
                case UploadStatus.UNDOING:
                    _undo(job, lease)

    @override
    def explain(self, job: Upload, error: Exception) -> str:
        return error.message if isinstance(error, ImportRefused) else super().explain(job, error)

    @override
    def explain_interruptions(self, job: Upload) -> str:
        return _(
            "The portal was interrupted %(times)d times while it worked on this file. Try again, or split the"
            " file; if that does not help, contact an admin."
        ) % {"times": MAX_ATTEMPTS}

    @override
    def give_up(self, job: Upload, sentence: str) -> None:
        """End a job that was interrupted too often; undo what it wrote."""
        if job.status != UploadStatus.WRITING or job.batch_id is None:
            super().give_up(job, sentence)
            return
        now = timezone.now()
        undoing = {"status": UploadStatus.UNDOING, "error": sentence, "attempts": 0, "queued_at": now}
        if job.held_row.update(worker="", lease_until=None, **undoing):
            logger.error("job_given_up", job=job.log_name, attempts=job.attempts)
            queue(job)

    @override
    def expire(self) -> None:
        """Delete the files that have been kept long enough, and all of what was never imported."""
        now = timezone.now()
        expired = Upload.objects.filter(expires_at__lte=now).exclude(storage_name="")
        for upload in expired.exclude(status__in=Upload.ACTIVE):
            if not IMPORT_FILES.has(upload.storage_name) and upload.expires_at > now - LEFT_TO_OTHERS:
                continue
            # The files first: if this is interrupted, the row is found again.
            IMPORT_FILES.delete(upload.storage_name)
            if upload.batch_id is None:
                IMPORT_FILES.delete(upload.report_name)
                upload.row.filter(batch=None).exclude(status__in=Upload.ACTIVE).delete()
            else:
                upload.row.update(storage_name="", heads=[])


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Collect garbage less often: rows make no cycles, and looking for them takes an eighth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _plan(upload: Upload, path: Path) -> Plan:
    """Return how a file is to be imported. Raises ImportRefused."""
    answers = Answers.from_json(upload.answers)
    creating = answers.creatable
    head = next((head for head in heads_of(upload) if head.sheet == upload.sheet), None)
    corrections = list(upload.corrections.values_list("line", "place", "text"))
    site_fields = {"timezone": answers.timezone} if answers.timezone else {}
    material_fields = {"category": answers.category} if answers.category else {}
    return Plan(
        module=registry.module(upload.module),
        path=path,
        name=upload.file_name,
        layout=answers.layout(upload.replacements),
        by=upload.owner,
        read_options=ReadOptions(
            delimiter=upload.delimiter or None,
            encoding=upload.encoding or "utf-8-sig",
            sheets=(upload.sheet, *answers.sheets) if upload.sheet else (),
            headings_line=upload.headings_line,
            headings_depth=head.headings_depth if head else 1,
        ),
        corrections=Corrections(
            cells={(line, place): text for line, place, text in corrections if place != WHOLE_ROW},
            skipped_lines=frozenset(line for line, place, _text in corrections if place == WHOLE_ROW),
            rules=[CorrectionRule(**rule) for rule in upload.rules],
        ),
        hidden_columns=head.hidden_columns if head else (),
        creating=creating,
        site_fields=site_fields if Creatable.SITES in creating else {},
        material_fields=material_fields if Creatable.MATERIALS in creating else {},
        skip_rejected=upload.skip_rejected,
    )


def _read(upload: Upload, lease: Lease) -> None:
    """Read a file that is too large to be read while its user waits; set a new one up. Raises LeaseLost."""
    is_new, stored = not upload.heads, upload.storage_name
    with local_copy(upload) as path:
        if upload.encoding:
            read_text_again(upload, path, lease.report)
        elif read_file(upload, path, lease.report):
            store(upload, path)
    names = ("heads", "encoding", "delimiter", "storage_name")
    with transaction.atomic():
        if not upload.end(
            UploadStatus.NEW, finished_at=None, **{name: getattr(upload, name) for name in names}
        ):
            raise LeaseLost
        if is_new:
            upload.refresh_from_db()
            sites = list(upload.sites.all()) or actions.sites_to_import_onto(upload.owner)
            actions.set_up(upload=upload, by=upload.owner, module=upload.module, sites=sites)
    if stored != upload.storage_name:
        IMPORT_FILES.discard(stored)


def _check(upload: Upload, lease: Lease) -> None:
    basis = basis_of(registry.module(upload.module), upload.owner)
    with local_copy(upload) as path, validate(_plan(upload, path), progress=lease.report) as validated:
        # The error says why a file that was checked before is checked again.
        _save_preview(upload, validated, lease, basis, error=upload.error)
        # After the first check only: what a person has changed, a person imports.
        if upload.place_id is not None and upload.mapping_id is not None and not upload.digest:
            _go_on_unattended(upload, validated)


def _go_on_unattended(upload: Upload, validated: ValidatedFile) -> None:
    """Import a file of a watched place where there is nothing to ask; remove one with nothing new."""
    is_open = validated.rows_rejected or validated.staging.warned_count or validated.old_dates.count
    if is_open or validated.new_rows:
        return
    checked = upload.row.filter(status=UploadStatus.CHECKED, digest=validated.digest)
    if not validated.rows_to_write:
        if checked.filter(batch=None).delete()[0]:
            IMPORT_FILES.discard(upload.storage_name)
    elif checked.update(status=UploadStatus.WRITING, attempts=0, rows_done=0, queued_at=timezone.now()):
        queue(upload)


def _save_preview(
    upload: Upload, validated: ValidatedFile, lease: Lease, basis: Basis, *, error: str = ""
) -> None:
    """Save the preview for the user. Raises LeaseLost."""
    report = _saved_report(validated)
    lease.check()
    with transaction.atomic():
        ended = upload.end(
            UploadStatus.CHECKED,
            error=error,
            finished_at=None,
            report_name=report,
            digest=validated.digest,
            preview=preview_of(validated) | {"basis": basis},
            rows_read=validated.rows_read,
            rows_skipped=validated.rows_skipped,
            rows_known=validated.rows_known,
            rows_rejected=validated.rows_rejected,
            rows_to_write=validated.rows_to_write,
        )
        if not ended:
            raise LeaseLost
        upload.problems.all().delete()
        for problems in (errors_of(upload, validated), warnings_of(upload, validated)):
            Problem.objects.bulk_create(problems, batch_size=500)
        upload.sites.set([key for key in validated.totals.site_ids if key > 0])
    IMPORT_FILES.discard(upload.report_name)


def _write(upload: Upload, lease: Lease) -> None:
    basis = basis_of(registry.module(upload.module), upload.owner)
    interrupted = upload.batch if upload.batch and upload.batch.status == BatchStatus.RUNNING else None
    with local_copy(upload) as path, validate(_plan(upload, path), progress=lease.report) as validated:
        if interrupted is None and validated.digest != upload.digest:
            error = _(
                "Something has changed since the last check: other records, a closed day, or a list of"
                " names. Nothing was imported. Check the new preview."
            )
            _save_preview(upload, validated, lease, basis, error=error)
            return

        def save_start(batch: Batch, created: CreatedMasterData) -> None:
            upload.batch = batch
            upload.created = created.ids
            if not upload.held_row.update(batch=batch, created=upload.created):
                raise LeaseLost

        try:
            batch = commit(validated, on_start=save_start, progress=lease.report, interrupted=interrupted)
        except (LeaseLost, WorkerStopping):
            raise
        except BaseException:
            # Those of an interrupted run too, of which `commit` knows nothing.
            CreatedMasterData.from_ids(upload.created).remove(upload.owner)
            raise
        if batch is None and not validated.rows_rejected:
            raise ImportRefused(_("There is nothing new in this file to import."))
        if batch is None:
            error = _("No record could be written; each row is listed with the reason. Nothing was imported.")
            _save_preview(upload, validated, lease, basis, error=error)
            return
        _save_outcome(upload, validated, batch)


def _save_outcome(upload: Upload, validated: ValidatedFile, batch: Batch) -> None:
    """Save that everything is written. Raises LeaseLost."""
    try:
        report = _saved_report(validated)
    except StorageUnavailableError:
        # The records are written: the import is done, with the report of its check.
        logger.warning("report_not_saved", upload=upload.pk, exc_info=True)
        report = upload.report_name
    with transaction.atomic():
        ended = upload.end(
            UploadStatus.DONE,
            report_name=report,
            preview=outcome_of(validated, batch),
            rows_known=batch.rows_known,
            rows_rejected=batch.rows_refused,
        )
        if not ended:
            raise LeaseLost
        upload.sites.set(sites_of(batch))
        upload.problems.all().delete()
    if report != upload.report_name:
        IMPORT_FILES.discard(upload.report_name)


def _undo(upload: Upload, lease: Lease) -> None:
    batch = upload.batch
    assert batch is not None
    by = upload.undo_by or upload.owner
    count = batch.rows_written
    # An import that was stopped or given up has an error; one that is undone later has none.
    is_stopped = bool(upload.error)
    try:
        if batch.undone_at is None:
            revert(
                registry.module(batch.module),
                batch,
                by=by,
                status=BatchStatus.FAILED if is_stopped else BatchStatus.UNDONE,
                progress=lambda removed: lease.report(removed, count),
            )
    except ImportRefused as refused:
        ended = upload.end(UploadStatus.FAILED if is_stopped else UploadStatus.DONE, error=refused.message)
    else:
        if is_stopped:
            CreatedMasterData.from_ids(upload.created).remove(by)
        ended = upload.end(UploadStatus.FAILED if is_stopped else UploadStatus.UNDONE)
    if not ended:
        raise LeaseLost


def _saved_report(validated: ValidatedFile) -> str:
    """Store the report of errors and warnings and return its name; empty where there are none."""
    if not validated.rows_rejected and not validated.staging.warned_count and not validated.notices:
        return ""
    text = io.StringIO(newline="")
    write_rows(validated, text)
    return IMPORT_FILES.save(random_name("csv"), ContentFile(text.getvalue().encode("utf-8-sig")))
