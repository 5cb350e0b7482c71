"""The worker's side of an export: write the file, store it and record that it was made."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from typing import IO, BinaryIO, override

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.lease import Lease, LeaseLost
from core.jobs.models import JobStatus
from core.jobs.runner import MAX_ATTEMPTS, Runner
from exports import actions
from exports.errors import ExportRefused, RowsDifferError
from exports.models import ExportAudit, ExportJob
from exports.permissions import require_range, visible_sites
from exports.requests import ExportRequest, request_of
from exports.storage import discard, export_files, new_name
from exports.writers.cover import Imprint
from exports.writers.day_report import write_day_report
from exports.writers.sink import Written
from exports.writers.write import write_file
from records.errors import NotVisible


class ExportRunner(Runner[ExportJob]):
    model = ExportJob

    @override
    def prepare(self, job: ExportJob) -> None:
        # The name is saved before the first byte is stored, so that the next attempt can delete what is left.
        discard(job.storage_name)
        job.storage_name = new_name(job.file_format)
        job.started_at = timezone.now()
        job.rows_total = None

    @override
    def clean_up(self, job: ExportJob) -> None:
        discard(job.storage_name)

    @override
    def expire(self) -> None:
        actions.expire_files()
        actions.delete_old_jobs()

    @override
    def explain(self, job: ExportJob, error: Exception) -> str:
        if isinstance(error, ExportRefused):
            return error.message
        if isinstance(error, NotVisible):
            return _("You may no longer see one of the sites of this export. Request it without that site.")
        sentence = super().explain(job, error)
        if isinstance(error, RowsDifferError):
            return _("The file did not hold every row that was counted, so it was deleted. Try again.")
        return sentence

    @override
    def explain_interruptions(self, job: ExportJob) -> str:
        return _(
            "The portal was interrupted %(times)d times while it made this file. Choose a shorter range or "
            "fewer sites; if that does not help, tell an admin."
        ) % {"times": MAX_ATTEMPTS}

    @override
    def work(self, job: ExportJob, lease: Lease) -> None:
        request = request_of(job, visible_sites(job.owner, job.sites.values_list("pk", flat=True)))
        require_range(job.owner, request.sites, first=job.first, last=job.last)
        # A temporary file without a name: nothing is left of it, whatever happens to this process.
        with tempfile.TemporaryFile() as draft:
            written = _write(job, request, to=draft, lease=lease)
            draft.seek(0)
            job.storage_name = export_files().save(job.storage_name, _CancellableFile(draft, lease))
            lease.check()
        _finish(job, request, written)


def _write(job: ExportJob, request: ExportRequest, *, to: BinaryIO, lease: Lease) -> Written:
    imprint = Imprint(by=str(job.owner), at=timezone.now(), number=str(job.pk))
    if request.is_day_report:
        (site,) = request.sites
        return write_day_report(
            site,
            request.first,
            file_format=request.file_format,
            imprint=imprint,
            to=to,
            progress=lease.report,
            require_wanted=lease.check,
        )
    return write_file(
        request.selection,
        file_format=request.file_format,
        imprint=imprint,
        to=to,
        progress=lease.report,
        require_wanted=lease.check,
    )


class _CancellableFile(File):  # type: ignore[type-arg]  # of bytes; it cannot be subscripted when the program runs
    """A file whose upload ends when its job is cancelled."""

    def __init__(self, draft: IO[bytes], lease: Lease) -> None:
        super().__init__(draft)
        self._lease = lease

    @override
    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(chunk_size):
            self._lease.check()
            yield chunk

    def read(self, size: int = -1) -> bytes:
        """Read as the client of an S3 bucket does, which does not use `chunks`."""
        self._lease.check()
        assert self.file is not None
        return bytes(self.file.read(size))


def _finish(job: ExportJob, request: ExportRequest, written: Written) -> None:
    """Complete the job and record what was made, in one transaction. Raises LeaseLost."""
    now = timezone.now()
    with transaction.atomic():
        ended = job.end(
            JobStatus.COMPLETED,
            rows_total=written.rows,
            rows_done=written.rows,
            storage_name=job.storage_name,
            size=written.size,
            sha256=written.sha256,
            finished_at=now,
            expires_at=now + dt.timedelta(hours=settings.EXPORT_HOURS),
        )
        if not ended:
            raise LeaseLost
        _record(job, request, written)


def _record(job: ExportJob, request: ExportRequest, written: Written) -> None:
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
