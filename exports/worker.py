"""The worker's side of an export: write the file, store it and record that it was made."""

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, override

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.files import random_name
from core.jobs.lease import Lease, LeaseLost
from core.jobs.models import JobStatus
from core.jobs.runner import MAX_ATTEMPTS, Runner
from exports import actions
from exports.actions import require_permitted_range, visible_sites
from exports.datasets.selection import ExportRequest
from exports.errors import ExportRefused, RowsDifferError
from exports.models import EXPORT_FILES, ExportAudit, ExportJob
from exports.writers.write import read_report, write_request
from records.errors import NotVisible


class ExportRunner(Runner[ExportJob]):
    model = ExportJob

    @override
    def prepare(self, job: ExportJob) -> None:
        job.started_at = timezone.now()
        job.rows_total = None

    @override
    def work(self, job: ExportJob, lease: Lease) -> None:
        request = job.request(visible_sites(job.owner, job.sites.values_list("pk", flat=True)))
        require_permitted_range(job.owner, request, request.sites)
        _name_file(job)
        report = read_report(request, user=job.owner, check=lease.check)
        # A temporary file without a name: nothing is left of it, whatever happens to this process.
        with tempfile.TemporaryFile() as file:
            job.rows_done = write_request(
                request,
                report=report,
                by=job.owner,
                job_number=str(job.pk),
                to=file,
                progress=lease.report,
                check=lease.check,
            )
            job.size = file.tell()
            file.seek(0)
            job.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            job.storage_name = EXPORT_FILES.save(job.storage_name, _CancellableFile(file, lease))
            lease.check()
        _finish(job, request, labels=request.filter_labels if report is None else report.facts)

    @override
    def clean_up(self, job: ExportJob) -> None:
        EXPORT_FILES.discard(job.storage_name)

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
            "fewer sites; if that does not help, contact an admin."
        ) % {"times": MAX_ATTEMPTS}


def _name_file(job: ExportJob) -> None:
    """Delete what an attempt before has stored and name the file to be made. Raises LeaseLost.

    The name is saved before the first byte is stored, so that the next attempt can delete what is left.
    """
    EXPORT_FILES.delete(job.storage_name)
    job.storage_name = random_name(job.file_format)
    if not job.held_row.update(storage_name=job.storage_name):
        raise LeaseLost


class _CancellableFile(File):  # type: ignore[type-arg]  # of bytes; it cannot be subscripted when the program runs
    """A file whose upload ends when its job is cancelled."""

    def __init__(self, file: BinaryIO, lease: Lease) -> None:
        super().__init__(file)
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


def _finish(job: ExportJob, request: ExportRequest, *, labels: Sequence[tuple[str, str]]) -> None:
    """Complete the job and record what was made, in one transaction. Raises LeaseLost."""
    assert job.size is not None
    now = timezone.now()
    with transaction.atomic():
        completed = job.end(
            JobStatus.COMPLETED,
            rows_done=job.rows_done,
            rows_total=job.rows_done,
            storage_name=job.storage_name,
            size=job.size,
            sha256=job.sha256,
            finished_at=now,
            expires_at=now + dt.timedelta(hours=settings.EXPORT_HOURS),
        )
        if not completed:
            raise LeaseLost
        ExportAudit.record(
            request,
            by=job.owner,
            job_number=job.pk,
            labels=labels,
            rows=job.rows_done,
            size=job.size,
            sha256=job.sha256,
        )
