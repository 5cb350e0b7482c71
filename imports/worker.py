"""What a worker does with a file: check it, write it, take it back. It alone, and never twice."""

import gc
import io
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.lease import Lease, LeaseLost, WorkerStopping
from core.jobs.models import LEASE
from core.jobs.runner import Outcome
from imports.commit import Watcher, write
from imports.error_report import report_of
from imports.errors import ImportRefused
from imports.mapping.column_mapping import Answers
from imports.models import ACTIVE, WHOLE_LINE, Creatable, Problem, Upload, UploadStatus
from imports.readers.base import ReadOptions
from imports.revert import take_back
from imports.uploads import discard, import_files, local_copy, new_name
from imports.validation.new_master_data import Created
from imports.validation.preview import findings_of, oddities_of, problems_of
from imports.validation.results import Checked, Mended, Plan
from imports.validation.validate import check
from records import registry
from records.choices import BatchStatus
from records.models import Batch
from sites.models import Material, Site

logger = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3
OBJECTS_BETWEEN = 50_000


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Look for cycles less often: rows make none, and the search takes an eighth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def run(upload_id: int) -> Outcome:
    """Do what is to be done with a file, unless another worker is at it."""
    upload = claim(upload_id)
    if upload is None:
        return Outcome.SKIPPED
    held = Upload.objects.filter(pk=upload.pk).held_by(upload.worker)
    with structlog.contextvars.bound_contextvars(upload=upload.pk):
        try:
            with collecting_seldom(), Lease(held) as pulse:
                _DOES[UploadStatus(upload.status)](upload, pulse)
        except LeaseLost:
            logger.info("import_stopped")
            return Outcome.SKIPPED
        except WorkerStopping:
            logger.info("import_left_to_another_worker")
            held.update(worker="", lease_until=None, attempts=F("attempts") - 1, queued_at=timezone.now())
            return Outcome.RELEASED
        except Exception as error:
            fail(upload, _explained(upload, error))
            return Outcome.FAILED
    return Outcome.DONE


def claim(upload_id: int) -> Upload | None:
    """Take a file that waits, or whose worker gave no sign of life; None where there is nothing to take."""
    now = timezone.now()
    with transaction.atomic():
        upload = (
            Upload.objects.select_for_update(no_key=True, of=("self",))
            .select_related("owner", "batch", "undo_by")
            .filter(pk=upload_id, status__in=ACTIVE)
            .first()
        )
        is_held = upload is not None and upload.lease_until is not None and upload.lease_until >= now
        if upload is None or is_held or upload.attempts >= MOST_ATTEMPTS:
            return None
        upload.worker = secrets.token_hex(16)
        upload.lease_until, upload.heartbeat_at = now + LEASE, now
        upload.attempts += 1
        upload.rows_done = upload.rows_total = 0
        upload.save(
            update_fields=["worker", "lease_until", "heartbeat_at", "attempts", "rows_done", "rows_total"]
        )
    return upload


def fail(upload: Upload, sentence: str) -> bool:
    """End what its worker still does with a file, with the sentence that its person reads."""
    is_check = upload.status == UploadStatus.CHECKING
    status = UploadStatus.NEW if is_check else UploadStatus.FAILED
    return bool(
        Upload.objects.filter(pk=upload.pk)
        .held_by(upload.worker)
        .update(status=status, error=sentence, worker="", lease_until=None, finished_at=timezone.now())
    )


def _explained(upload: Upload, error: Exception) -> str:
    """Return what a person can do about it; what they cannot understand goes to the log."""
    if isinstance(error, ImportRefused):
        return error.message
    # With the number of the file, which is bound.
    logger.error("import_failed", exc_info=error)
    return _(
        "Something went wrong on our side. Try again; if it fails again, tell an admin the number %(number)d."
    ) % {"number": upload.pk}


def _check(upload: Upload, pulse: Lease) -> None:
    with local_copy(upload) as path, check(plan_of(upload, path), told=pulse.report) as checked:
        _show(upload, checked, pulse)


def _show(upload: Upload, checked: Checked, pulse: Lease, *, error: str = "") -> None:
    """Keep what was found, for its person to look at. Raises LeaseLost."""
    report = _kept_report(checked)
    pulse.check()
    with transaction.atomic():
        _end(
            upload,
            status=UploadStatus.CHECKED,
            error=error,
            report_name=report,
            digest=checked.digest,
            findings=findings_of(checked),
            rows_read=checked.rows_read,
            rows_left_out=checked.rows_left_out,
            rows_known=checked.rows_known,
            rows_refused=checked.rows_refused,
            rows_waiting=checked.rows_waiting,
        )
        upload.problems.all().delete()
        for problems in (problems_of(upload, checked), oddities_of(upload, checked)):
            Problem.objects.bulk_create(problems, batch_size=500)
        upload.sites.set([key for key in checked.outlook.site_ids if key > 0])
    discard(upload.report_name)


def _write(upload: Upload, pulse: Lease) -> None:
    interrupted = upload.batch if upload.batch and upload.batch.status == BatchStatus.RUNNING else None
    with local_copy(upload) as path, check(plan_of(upload, path), told=pulse.report) as checked:
        if interrupted is None and checked.digest != upload.digest:
            _show(upload, checked, pulse, error=_changed_meanwhile())
            return
        site_ids = [key for key in checked.outlook.site_ids if key > 0]
        try:
            batch = write(checked, watcher=_Follower(upload, pulse), interrupted=interrupted)
        except ImportRefused:
            created_of(upload).remove(upload.owner)
            raise
        _finish(upload, checked, batch, site_ids)


def _changed_meanwhile() -> str:
    return _(
        "Something has changed since this was checked: other records, a closed day, or a list of names."
        " Nothing was imported. Look at what would be imported now."
    )


@dataclass
class _Follower(Watcher):
    """Keeps with the file what is written of it."""

    upload: Upload
    pulse: Lease

    def begun(self, batch: Batch, created: Created) -> None:
        self.upload.batch = batch
        self.upload.created = {
            "sites": [site.pk for site in created.sites.values()],
            "materials": [material.pk for material in created.materials.values()],
        }
        held = Upload.objects.filter(pk=self.upload.pk).held_by(self.upload.worker)
        if not held.update(batch=batch, created=self.upload.created):
            raise LeaseLost

    def told(self, done: int, of: int) -> None:
        self.pulse.report(done, of)


def _finish(upload: Upload, checked: Checked, batch: Batch | None, site_ids: list[int]) -> None:
    """Take down that everything is written. Raises LeaseLost."""
    if batch is None:
        raise ImportRefused(_("There is nothing new in this file to import."))
    report = _kept_report(checked)
    with transaction.atomic():
        _end(
            upload,
            status=UploadStatus.DONE,
            finished_at=timezone.now(),
            report_name=report,
            rows_known=batch.rows_known,
            rows_refused=batch.rows_refused,
        )
        upload.sites.add(*site_ids, *upload.created.get("sites", []))
        upload.problems.all().delete()
    discard(upload.report_name)


def _undo(upload: Upload, pulse: Lease) -> None:
    by = upload.undo_by or upload.owner
    assert upload.batch is not None
    count = upload.batch.rows_written
    is_stopped = bool(upload.error)
    try:
        if upload.batch.undone_at is None:
            take_back(
                registry.module(upload.batch.module),
                upload.batch,
                by=by,
                status=BatchStatus.FAILED if is_stopped else BatchStatus.UNDONE,
                told=lambda removed: pulse.report(removed, count),
            )
    except ImportRefused as refused:
        status = UploadStatus.FAILED if is_stopped else UploadStatus.DONE
        _end(upload, status=status, error=refused.message, finished_at=timezone.now())
        return
    if is_stopped:
        created_of(upload).remove(by)
    _end(
        upload,
        status=UploadStatus.FAILED if is_stopped else UploadStatus.UNDONE,
        finished_at=timezone.now(),
    )


def _end(upload: Upload, *, status: UploadStatus, **columns: object) -> None:
    """Let go of a file that is still held. Raises LeaseLost."""
    held = Upload.objects.filter(pk=upload.pk).held_by(upload.worker)
    if not held.update(status=status, worker="", lease_until=None, **columns):
        raise LeaseLost


def _kept_report(checked: Checked) -> str:
    """Return where the list of what was refused or is odd is kept; empty where nothing is."""
    if not checked.rows_refused and not checked.spool.odd_lines:
        return ""
    text = io.StringIO(newline="")
    report_of(checked, text)
    return import_files().save(new_name("csv"), ContentFile(text.getvalue().encode("utf-8-sig")))


_DOES: dict[UploadStatus, Callable[[Upload, Lease], None]] = {
    UploadStatus.CHECKING: _check,
    UploadStatus.WRITING: _write,
    UploadStatus.UNDOING: _undo,
}


@task
def go_on(upload_id: int) -> None:
    """Do what is to be done next with a file, or leave it to the next worker where this one must stop."""
    if run(upload_id) is Outcome.RELEASED:
        queue(upload_id)


def queue(upload_id: int) -> None:
    """Queue a file once the transaction that says what is to be done is there for others to see."""
    transaction.on_commit(partial(go_on.enqueue, upload_id))


def plan_of(upload: Upload, path: Path) -> Plan:
    """Return how a file that lies at a path is to be imported. Raises ImportRefused."""
    answers = Answers.kept(upload.answers)
    creating = answers.creatable
    mends = list(upload.mends.values_list("line", "place", "text"))
    return Plan(
        module=registry.module(upload.module),
        path=path,
        name=upload.file_name,
        layout=answers.layout(upload.changes),
        by=upload.owner,
        reading=ReadOptions(
            delimiter=upload.delimiter or None,
            encoding=upload.encoding or "utf-8-sig",
            sheet=upload.sheet or None,
            headings_line=upload.headings_line,
        ),
        mended=Mended(
            cells={(line, place): text for line, place, text in mends if place != WHOLE_LINE},
            left_out=frozenset(line for line, place, _text in mends if place == WHOLE_LINE),
        ),
        creating=creating,
        site_fields={"timezone": answers.timezone}
        if Creatable.SITES in creating and answers.timezone
        else {},
        material_fields={"category": answers.category}
        if Creatable.MATERIALS in creating and answers.category
        else {},
        skip_bad=upload.skips_bad,
    )


def created_of(upload: Upload) -> Created:
    """Return the sites and materials that were created for a file."""
    return Created(
        sites={site.pk: site for site in Site.objects.filter(pk__in=upload.created.get("sites", []))},
        materials={
            material.pk: material
            for material in Material.objects.filter(pk__in=upload.created.get("materials", []))
        },
    )
