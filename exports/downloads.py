"""Handing out a file: streamed, in parts where they are asked for, with its fingerprint, put on record."""

import base64
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple

import structlog
from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from core.jobs.models import JobStatus
from exports.actions import expire_file
from exports.datasets.selection import FileFormat
from exports.errors import FileExpired, NotAsItIs
from exports.models import ExportAudit, ExportDownload, ExportJob
from exports.storage import stored_blocks
from sites.models import User

logger = structlog.get_logger(__name__)

RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})\Z")


class Part(NamedTuple):
    """Bytes of a file, both ends included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class NotInFileError(ValueError):
    """The part asked for lies outside the file."""


def wanted_part(header: str, size: int) -> Part | None:
    """Return the part that a Range header asks for; None for the whole, as for what is no single range.

    Raises NotInFileError where the file has no such bytes.
    """
    match = RANGE.match(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0:
            raise NotInFileError
        return Part(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise NotInFileError
    return Part(int(first), min(int(last), size - 1) if last else size - 1)


def hand_out(request: HttpRequest, job: ExportJob) -> HttpResponseBase:
    """Return the answer with the file of a job, or with the part of it that is asked for.

    Raises FileExpired where the file has had its time or is gone, NotAsItIs where it is not made.
    """
    assert isinstance(request.user, User)
    if not job.is_ready:
        if job.status in (JobStatus.COMPLETED, JobStatus.EXPIRED):
            raise FileExpired(_("This file is past its time. Have it made again."))
        raise NotAsItIs(_("There is no file: this export is not ready."))
    assert job.size is not None
    audit = ExportAudit.objects.filter(job_number=job.pk, sha256=job.sha256).latest("pk")
    etag = f'"{job.sha256}"'
    header = request.headers.get("Range", "")
    # A part of an earlier file is of no use to somebody who has the rest of that one.
    if request.headers.get("If-Range", etag) != etag:
        header = ""
    try:
        part = wanted_part(header, job.size)
    except NotInFileError:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused["Content-Range"] = f"bytes */{job.size}"
        return refused
    whole = Part(0, job.size - 1)
    answer = StreamingHttpResponse(
        status=HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT,
        content_type=FileFormat(job.file_format).content_type,
    )
    answer["Content-Length"] = (part or whole).length
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = etag
    answer["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(job.sha256)).decode()}:"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=audit.file_name)
    if part is not None:
        answer["Content-Range"] = f"bytes {part.first}-{part.last}/{job.size}"
    if request.method == "GET":
        answer.streaming_content = _content(job, part or whole)
        ExportDownload.objects.create(
            audit=audit,
            by=request.user,
            address=get_adapter(request).get_client_ip(request),
            part="" if part is None else f"{part.first}-{part.last}",
        )
    return answer


def _content(job: ExportJob, part: Part) -> Iterator[bytes]:
    """Return the bytes of a part. Raises FileExpired where somebody has taken the file away."""
    try:
        return stored_blocks(job.storage_name, part.first, part.last)
    except FileNotFoundError as error:
        logger.warning("export_file_missing", export_job=job.pk)
        expire_file(job)
        raise FileExpired(_("This file is not there any more. Have it made again.")) from error
