"""How a worker makes the file of a job: it alone, and whole or not at all."""

import datetime as dt
import secrets
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import IO, BinaryIO, override

import structlog
from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.lease import LEASE, HoldLost, Outcome, Pulse, WorkerStopping
from exports.errors import ExportRefused, RowsDifferError
from exports.models import ExportAudit, ExportJob, JobStatus
from exports.permissions import require_range, visible_sites
from exports.requests import ExportRequest, request_of
from exports.storage import discard, export_files, new_name
from exports.writers.cover import Imprint
from exports.writers.day_report import write_day_report
from exports.writers.sink import Written
from exports.writers.write import write_file
from records.errors import NotVisible

logger = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3


def run(job_id: int) -> Outcome:
    """Make a job's file, unless another worker has it or nobody wants it any more."""
    job = claim(job_id)
    if job is None:
        return Outcome.NOT_OURS
    with structlog.contextvars.bound_contextvars(export_job=job.pk):
        try:
            _make(job)
        except HoldLost:
            logger.info("export_stopped")
            discard(job.storage_name)
            return Outcome.NOT_OURS
        except WorkerStopping:
            logger.info("export_left_to_another_worker")
            _give_back(job)
            return Outcome.LEFT
        except Exception as error:
            fail(job, _explained(job, error))
            return Outcome.FAILED
    return Outcome.DONE


def _explained(job: ExportJob, error: Exception) -> str:
    """Return what a person can do about it; what they cannot understand goes to the log."""
    if isinstance(error, ExportRefused):
        return error.message
    if isinstance(error, NotVisible):
        return _("You may no longer see one of the sites of this export. Ask for it without that site.")
    # With the number of the job, which is bound.
    logger.error("export_failed", exc_info=error)
    if isinstance(error, RowsDifferError):
        return _("The file did not hold every row that was counted, so it was thrown away. Try again.")
    return _(
        "Something went wrong on our side. Try again; if it fails again, tell an admin the number %(number)d."
    ) % {"number": job.pk}


def claim(job_id: int) -> ExportJob | None:
    """Take a waiting job, or one whose worker gave no sign of life; None where there is nothing to take."""
    now = timezone.now()
    with transaction.atomic():
        job = ExportJob.objects.select_for_update(no_key=True).filter(pk=job_id).first()
        if job is None or not _is_free(job) or job.attempts >= MOST_ATTEMPTS:
            return None
        left_behind = job.storage_name
        job.status = JobStatus.PROCESSING
        job.worker = secrets.token_hex(16)
        job.lease_until, job.heartbeat_at, job.started_at = now + LEASE, now, now
        job.attempts += 1
        job.rows_counted, job.rows_written = None, 0
        job.storage_name = new_name(job.file_format)
        job.save()
    discard(left_behind)
    return job


def _is_free(job: ExportJob) -> bool:
    abandoned = job.lease_until is not None and job.lease_until < timezone.now()
    return job.status == JobStatus.PENDING or (job.status == JobStatus.PROCESSING and abandoned)


def fail(job: ExportJob, sentence: str) -> bool:
    """End a job that its worker still holds with the sentence that its person reads."""
    ended = (
        ExportJob.objects.filter(pk=job.pk)
        .held_by(job.worker)
        .update(
            status=JobStatus.FAILED, error=sentence, worker="", lease_until=None, finished_at=timezone.now()
        )
    )
    discard(job.storage_name)
    return bool(ended)


def _make(job: ExportJob) -> None:
    request = request_of(job, visible_sites(job.owner, job.sites.values_list("pk", flat=True)))
    require_range(job.owner, request.sites, first=job.first, last=job.last)
    # A file without a name: nothing is left of it, whatever happens to this process.
    with _pulse_of(job) as pulse, tempfile.TemporaryFile() as draft:
        written = _write(job, request, to=draft, pulse=pulse)
        draft.seek(0)
        job.storage_name = export_files().save(job.storage_name, _Watched(draft, pulse))
        pulse.require_hold()
    _finish(job, request, written)


def _pulse_of(job: ExportJob) -> Pulse:
    held = ExportJob.objects.filter(pk=job.pk).held_by(job.worker)
    return Pulse(held, progress=("rows_written", "rows_counted"), name=f"export-{job.pk}")


def _write(job: ExportJob, request: ExportRequest, *, to: BinaryIO, pulse: Pulse) -> Written:
    imprint = Imprint(by=str(job.owner), at=timezone.now(), number=str(job.pk))
    if request.is_day_report:
        (site,) = request.sites
        return write_day_report(
            site,
            request.first,
            file_format=request.file_format,
            imprint=imprint,
            to=to,
            progress=pulse.told,
            require_wanted=pulse.require_hold,
        )
    return write_file(
        request.selection,
        file_format=request.file_format,
        imprint=imprint,
        to=to,
        progress=pulse.told,
        require_wanted=pulse.require_hold,
    )


class _Watched(File):  # type: ignore[type-arg]  # of bytes; it cannot be subscripted when the program runs
    """A file whose copying ends when its job does."""

    def __init__(self, draft: IO[bytes], pulse: Pulse) -> None:
        super().__init__(draft)
        self._pulse = pulse

    @override
    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(chunk_size):
            self._pulse.require_hold()
            yield chunk

    def read(self, size: int = -1) -> bytes:
        """Read as a bucket's client does, which asks for no chunks."""
        self._pulse.require_hold()
        assert self.file is not None
        return bytes(self.file.read(size))


def _finish(job: ExportJob, request: ExportRequest, written: Written) -> None:
    """Hand the file over, and put on record that it was made. Raises HoldLost."""
    now = timezone.now()
    with transaction.atomic():
        ended = (
            ExportJob.objects.filter(pk=job.pk)
            .held_by(job.worker)
            .update(
                status=JobStatus.COMPLETED,
                worker="",
                lease_until=None,
                rows_counted=written.rows,
                rows_written=written.rows,
                storage_name=job.storage_name,
                size=written.size,
                sha256=written.sha256,
                finished_at=now,
                expires_at=now + dt.timedelta(hours=settings.EXPORT_HOURS),
            )
        )
        if not ended:
            raise HoldLost
        _put_on_record(job, request, written)


def _put_on_record(job: ExportJob, request: ExportRequest, written: Written) -> None:
    ExportAudit.objects.create(
        job_number=job.pk,
        by=job.owner,
        module=job.module,
        site_ids=[site.pk for site in request.sites],
        site_codes=", ".join(site.code for site in request.sites),
        first=job.first,
        last=job.last,
        granularity=job.granularity,
        filters=dict(request.filter_words),
        columns=request.column_names,
        file_format=job.file_format,
        file_name=request.file_name,
        rows=written.rows,
        size=written.size,
        sha256=written.sha256,
    )


def _give_back(job: ExportJob) -> None:
    """Let another worker make the file; being told to stop is no failed attempt."""
    discard(job.storage_name)
    ExportJob.objects.filter(pk=job.pk).held_by(job.worker).update(
        status=JobStatus.PENDING,
        worker="",
        lease_until=None,
        attempts=F("attempts") - 1,
        queued_at=timezone.now(),
    )


@task
def make_file(job_id: int) -> None:
    """Make the file of a job, or leave it to the next worker where this one is told to stop."""
    if run(job_id).is_left:
        queue(job_id)


def queue(job_id: int) -> None:
    """Queue a job once the transaction that wrote it is there for others to see."""
    transaction.on_commit(partial(make_file.enqueue, job_id))
