"""What users do with exports (request, cancel, retry, remove), which of them they may, and how files expire.

Permissions are checked on request, when the file is made, and on download.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.files import StorageUnavailableError
from core.jobs.models import JobStatus
from core.jobs.runner import LEFT_TO_OTHERS, queue
from exports.datasets.selection import ExportRequest, FileFormat
from exports.errors import FileUnavailable, RangeTooLong, TooManyActive, WrongStatus
from exports.models import EXPORT_FILES, ExportDownload, ExportJob
from exports.writers.pdf.text import require_pdf
from records.errors import NotVisible
from sites.accounts.privacy import FORMER
from sites.accounts.security import record_event
from sites.models import EventKind, Role, Site, User

logger = structlog.get_logger(__name__)

MAX_ACTIVE = 5
# How long an export that has ended can be requested again with one click.
KEEP_JOBS = dt.timedelta(days=30)
# Days, both ends included. An admin may export any range.
MAX_DAYS = {Role.VIEWER: 366, Role.OPERATOR: 90, Role.MANAGER: 366}


def visible_sites(by: User, site_ids: Iterable[int]) -> tuple[Site, ...]:
    """Return these sites with the user's role on each. Raises NotVisible where one is not theirs."""
    wanted = set(site_ids)
    sites = tuple(Site.objects.for_user(by).with_role(by).filter(pk__in=wanted).order_by("code"))
    if not wanted or len(sites) != len(wanted):
        raise NotVisible
    return sites


def require_range(by: User, sites: Iterable[Site], *, first: dt.date, last: dt.date) -> None:
    """Raise RangeTooLong where the user's role on one of the sites does not allow so many days."""
    if by.is_superuser:
        return
    days = (last - first).days + 1
    site = min(sites, key=lambda site: MAX_DAYS[_role(site)])
    most = MAX_DAYS[_role(site)]
    if days <= most:
        return
    raise RangeTooLong(
        ngettext(
            "These are %(days)d days; as %(role)s of %(site)s you may export %(most)d at once.",
            "These are %(days)d days; as %(role)s of %(site)s you may export %(most)d at once.",
            days,
        )
        % {"days": days, "role": _role(site).label.lower(), "site": site.name, "most": most}
        + " "
        + _("Choose a shorter range, or ask an admin.")
    )


def require_permitted_range(by: User, request: ExportRequest, sites: Iterable[Site]) -> None:
    """Raise RangeTooLong where the roles do not allow so many days; a report shows what its page shows."""
    if request.report_source is None:
        require_range(by, sites, first=request.first, last=request.last)


def _role(site: Site) -> Role:
    """Return the role that `visible_sites` has read with a site."""
    return Role(site.role or Role.VIEWER)


def require_own(by: User, job_id: int) -> ExportJob:
    """Return the user's own job, all of whose sites they still see. Raises NotVisible."""
    job = ExportJob.objects.for_user(by).filter(pk=job_id).first()
    if job is None:
        raise NotVisible
    return job


@dataclass(frozen=True)
class Requested:
    """A job, and whether it was in progress already."""

    job: ExportJob
    is_repeat: bool = False


def request_export(*, request: ExportRequest, by: User) -> Requested:
    """Request a file; return the job in progress where the user has requested the same before.

    Raises NotVisible for a site that the user may not see, RangeTooLong, TooManyActive, and ExportRefused for
    a filter or columns that do not exist or a PDF file where none can be made.
    """
    sites = visible_sites(by, (site.pk for site in request.sites))
    require_permitted_range(by, request, sites)
    _require_possible(request)
    with transaction.atomic():
        _lock_requests(by)
        same = ExportJob.objects.active().filter(owner=by, fingerprint=request.fingerprint).first()
        if same is not None:
            return Requested(same, is_repeat=True)
        _require_room(by)
        job = ExportJob.objects.create(
            owner=by,
            module=request.module,
            first=request.first,
            last=request.last,
            granularity=request.granularity,
            filters=dict(request.filters),
            filter_words=request.filter_labels,
            columns=list(request.columns),
            file_format=request.file_format,
            fingerprint=request.fingerprint,
        )
        job.sites.set(sites)
        queue(job)
        sites_in_words = ", ".join(sorted(site.code for site in sites))
        record_event(EventKind.EXPORTED, person=by, by=by, detail=f"{request.module}: {sites_in_words}")
    return Requested(job)


def _require_possible(request: ExportRequest) -> None:
    """Raise ExportRefused where the file could not be made."""
    request.check()
    if request.file_format == FileFormat.PDF:
        require_pdf()


def cancel(*, job_id: int, by: User) -> ExportJob:
    """Cancel a job; its worker stops within a second and leaves no file.

    Raises NotVisible, and WrongStatus where the job has ended.
    """
    job = require_own(by, job_id)
    now = timezone.now()
    if not job.cancel(notified_at=now, seen_at=now):
        raise WrongStatus(_("This export has ended, so it cannot be cancelled."))
    job.refresh_from_db()
    EXPORT_FILES.discard(job.storage_name)
    return job


def retry(*, job_id: int, by: User) -> ExportJob:
    """Request a failed, cancelled or expired export again, with the permissions of now.

    Raises NotVisible, RangeTooLong, TooManyActive, WrongStatus, and ExportRefused as `request_export` does.
    """
    require_own(by, job_id)
    with transaction.atomic():
        _lock_requests(by)
        job = ExportJob.objects.select_for_update(no_key=True).get(pk=job_id)
        if not job.is_repeatable:
            raise WrongStatus(_("Only a failed, cancelled or expired export can be requested again."))
        sites = visible_sites(by, job.sites.values_list("pk", flat=True))
        require_permitted_range(by, job.request(sites), sites)
        _require_possible(job.request(sites))
        if ExportJob.objects.active().filter(owner=by, fingerprint=job.fingerprint).exists():
            raise WrongStatus(_("This export is already in progress."))
        _require_room(by)
        job.restart()
        job.sha256, job.size, job.rows_total = "", None, None
        job.requested_at = job.queued_at
        job.started_at = job.expires_at = job.notified_at = job.seen_at = None
        job.save()
        queue(job)
    return job


def remove(*, job_id: int, by: User) -> None:
    """Delete an export that has ended, with its file. The audit record stays.

    Raises NotVisible, WrongStatus while it is in progress, FileUnavailable.
    """
    job = require_own(by, job_id)
    with transaction.atomic():
        deleted, _each = ExportJob.objects.filter(pk=job.pk).exclude(status__in=ExportJob.ACTIVE).delete()
        if not deleted:
            raise WrongStatus(_("This export is in progress. Cancel it first."))
        try:
            EXPORT_FILES.delete(job.storage_name)
        except StorageUnavailableError as error:
            logger.warning("export_file_not_deleted", export_job=job.pk, exc_info=True)
            raise FileUnavailable(error.message) from error


def _lock_requests(by: User) -> None:
    """Let the user's requests be decided one after the other, so that six at once do not all count five."""
    User.objects.select_for_update(no_key=True).order_by().get(pk=by.pk)


def _require_room(by: User) -> None:
    if ExportJob.objects.active().filter(owner=by).count() >= MAX_ACTIVE:
        raise TooManyActive(
            _("You have %(most)d exports in progress, which is the maximum. ") % {"most": MAX_ACTIVE}
            + _("Wait until one is ready, or cancel one.")
        )


def expire_files() -> None:
    """Delete the files that were kept long enough; their jobs can then be requested again."""
    now = timezone.now()
    for job in ExportJob.objects.filter(status=JobStatus.COMPLETED, expires_at__lte=now):
        if EXPORT_FILES.has(job.storage_name):
            # The file first: if this process dies in between, the job is found again.
            EXPORT_FILES.delete(job.storage_name)
        elif job.expires_at is not None and job.expires_at > now - LEFT_TO_OTHERS:
            continue
        job.row.filter(status=JobStatus.COMPLETED, sha256=job.sha256).update(
            status=JobStatus.EXPIRED, storage_name=""
        )


def forget_addresses() -> None:
    """Remove the network addresses of downloads that are old, or of people who were anonymised."""
    is_old = Q(at__lt=timezone.now() - dt.timedelta(days=settings.ADDRESS_DAYS))
    known: models.QuerySet[ExportDownload] = models.QuerySet(ExportDownload).filter(address__isnull=False)
    found = known.filter(is_old | Q(by__email__endswith=FORMER))
    # Checked first, since on SQLite even an update without rows blocks other writers.
    if found.exists():
        found.update(address=None)


def delete_old_jobs() -> None:
    """Delete the jobs that ended long ago. The audit records stay."""
    old = timezone.now() - KEEP_JOBS
    ended = ExportJob.objects.exclude(status__in=(*ExportJob.ACTIVE, JobStatus.COMPLETED))
    ended.filter(finished_at__lt=old).delete()
