"""Files that were made: downloaded, whole or in part, and verified by their SHA-256, which the audit has."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

import structlog
from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.files import StorageUnavailableError
from core.jobs.models import JobStatus
from exports.datasets.selection import FileFormat, label_of
from exports.errors import FileExpired, FileUnavailable, WrongStatus
from exports.models import EXPORT_FILES, ExportAudit, ExportDownload, ExportJob
from exports.writers.cover import common_zone, format_dates, format_moment
from sites.models import Site, User

logger = structlog.get_logger(__name__)

RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})\Z")
# Two exports of an empty list are equal files.
MAX_SHOWN = 10
SHA256 = re.compile(r"^[0-9a-f]{64}\Z")


class ByteRange(NamedTuple):
    """Bytes of a file, both ends included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class NotInFileError(ValueError):
    """The requested part lies outside of the file."""


def requested_part(header: str, size: int) -> ByteRange | None:
    """Return the part that a Range header requests; None for the whole file and for anything but one range.

    Raises NotInFileError where the file has no such bytes.
    """
    match = RANGE.match(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0:
            raise NotInFileError
        return ByteRange(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise NotInFileError
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


def download(request: HttpRequest, job: ExportJob) -> HttpResponseBase:
    """Return the response with a job's file, or with the requested part, and record a GET.

    Raises FileExpired where the file was deleted, WrongStatus where it is not ready, FileUnavailable.
    """
    assert isinstance(request.user, User)
    _require_file(job)
    assert job.size is not None
    audit = ExportAudit.objects.filter(job_number=job.pk, sha256=job.sha256).latest("pk")
    etag = f'"{job.sha256}"'
    header = request.headers.get("Range", "")
    # The client has a part of another file: it gets the whole of this one.
    if request.headers.get("If-Range", etag) != etag:
        header = ""
    try:
        part = requested_part(header, job.size)
    except NotInFileError:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused["Content-Range"] = f"bytes */{job.size}"
        return refused
    whole = ByteRange(0, job.size - 1)
    response = StreamingHttpResponse(
        status=HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT,
        content_type=FileFormat(job.file_format).content_type,
        headers={
            "Content-Length": (part or whole).length,
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(job.sha256)).decode()}:",
            "Cache-Control": "private, no-store",
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=audit.file_name),
        },
    )
    if part is not None:
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{job.size}"
    if request.method == "GET":
        response.streaming_content = _content(job, part or whole)
        ExportDownload.objects.create(
            audit=audit,
            by=request.user,
            address=get_adapter(request).get_client_ip(request),
            part="" if part is None else f"{part.first}-{part.last}",
        )
    return response


def _require_file(job: ExportJob) -> None:
    """Raise FileExpired where the file was deleted, WrongStatus where it is not ready."""
    if not job.is_ready:
        if job.status in (JobStatus.COMPLETED, JobStatus.EXPIRED):
            raise FileExpired(_("This file has expired. Request it again."))
        raise WrongStatus(_("There is no file: this export is not ready."))


def _content(job: ExportJob, part: ByteRange) -> Iterator[bytes]:
    """Return the bytes of a part. Raises FileUnavailable where the storage does not have the whole file."""
    try:
        return EXPORT_FILES.blocks(job.storage_name, part.first, part.last, size=job.size)
    except StorageUnavailableError as error:
        logger.warning("export_file_unavailable", export_job=job.pk, exc_info=True)
        raise FileUnavailable(error.message) from error


@dataclass(frozen=True)
class Verdict:
    """What is known about a file, in sentences."""

    sha256: str
    is_ours: bool
    sentences: tuple[str, ...]


def clean_sha256(text: str) -> str:
    """Return a SHA-256 that was typed or pasted, in lower case; empty for anything else."""
    plain = "".join(text.split()).lower()
    return plain if SHA256.match(plain) else ""


def sha256_of(blocks: Iterable[bytes]) -> str:
    """Return the SHA-256 of a file that comes in blocks."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def verdict_on(sha256: str, *, by: User | None = None) -> Verdict:
    """Return what a user may know about a file; everything where there is no user.

    Everybody may know that a file is genuine; only users who see its sites, who made it.
    """
    audits = list(ExportAudit.objects.filter(sha256=sha256.lower()).select_related("by")[:MAX_SHOWN])
    if not audits:
        unknown = _("This file was not made by this portal, or it was changed.")
        return Verdict(sha256, is_ours=False, sentences=(unknown,))
    visible = set(Site.objects.for_user(by).values_list("pk", flat=True)) if by is not None else set()
    readable = [audit for audit in audits if by is None or audit.is_visible_to(by, visible)]
    if not readable:
        hidden = _(
            "This file was made by this portal and is unchanged."
            " Only users who see its sites can read who made it."
        )
        return Verdict(sha256, is_ours=True, sentences=(hidden,))
    return Verdict(sha256, is_ours=True, sentences=tuple(_sentence(audit) for audit in readable))


def _sentence(audit: ExportAudit) -> str:
    zone = common_zone(Site.objects.filter(pk__in=audit.site_ids))
    return _("Made on %(moment)s by %(person)s: %(what)s of %(sites)s, %(dates)s, %(rows)s. Unchanged.") % {
        "moment": format_moment(audit.made_at, zone),
        "person": audit.by,
        "what": label_of(audit.module),
        "sites": audit.site_codes,
        "dates": format_dates(audit.first, audit.last),
        "rows": ngettext("%(count)d row", "%(count)d rows", audit.rows) % {"count": audit.rows},
    }
