"""Handing out a file: streamed, in parts where they are asked for, with its fingerprint, put on record."""

import base64
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple

from allauth.account.adapter import get_adapter
from django.core.files import File
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from exports.models import ExportAudit, ExportDownload, ExportJob
from exports.selection import FileFormat
from exports.storage import export_files
from sites.models import User

BLOCK = 256 * 1024
RANGE = re.compile(r"^bytes=(\d*)-(\d*)\Z")


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


def hand_out(request: HttpRequest, job: ExportJob, audit: ExportAudit) -> HttpResponseBase:
    """Return the answer with the file of a job, or with the part of it that is asked for."""
    assert isinstance(request.user, User)
    assert job.size is not None
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
        answer.streaming_content = blocks_of(export_files().open(job.storage_name), part or whole)
        ExportDownload.objects.create(
            audit=audit,
            by=request.user,
            address=get_adapter(request).get_client_ip(request),
            part="" if part is None else f"{part.first}-{part.last}",
        )
    return answer


def blocks_of(file: "File[bytes]", part: Part) -> Iterator[bytes]:
    """Yield the bytes of a part, and close the file at the end of it or of the connection."""
    with file:
        file.seek(part.first)
        left = part.length
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
