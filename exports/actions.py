"""What a person does with exports: ask, cancel, ask again, put away. Everything they do goes through here."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.models import JobStatus
from core.jobs.runner import queue
from exports.errors import NotAsItIs, TooManyActive
from exports.models import ExportJob
from exports.permissions import require_own, require_range, visible_sites
from exports.requests import ExportRequest, request_of
from exports.storage import discard
from sites.models import User

MOST_ACTIVE = 5
# How long an export that is over can be requested again with one click.
KEEP_JOBS = dt.timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """The job, and whether it was there already."""

    job: ExportJob
    is_repeat: bool = False


def ask(*, request: ExportRequest, by: User) -> Asked:
    """Ask for a file; the same request while the first is under way gets the first.

    Raises NotVisible for a site that is not theirs, RangeTooLong, TooManyActive, and ExportRefused for a
    filter or columns that are not there.
    """
    sites = visible_sites(by, (site.pk for site in request.sites))
    require_range(by, sites, first=request.first, last=request.last)
    # What cannot be made is said now rather than by a failed job.
    request.check()
    words = request.filter_words
    with transaction.atomic():
        _take_turn(by)
        same = ExportJob.objects.active().filter(owner=by, fingerprint=request.fingerprint).first()
        if same is not None:
            return Asked(same, is_repeat=True)
        _require_room(by)
        job = ExportJob.objects.create(
            owner=by,
            module=request.module,
            first=request.first,
            last=request.last,
            granularity=request.granularity,
            filters=dict(request.filters),
            filter_words=words,
            columns=list(request.columns),
            file_format=request.file_format,
            fingerprint=request.fingerprint,
        )
        job.sites.set(sites)
        queue(job)
    return Asked(job)


def cancel(*, job_id: int, by: User) -> ExportJob:
    """Stop a job that is under way; whoever makes its file learns of it within a second and leaves nothing.

    Raises NotVisible, and NotAsItIs where the job is over already.
    """
    job = require_own(by, job_id)
    now = timezone.now()
    if not job.cancel(notified_at=now, seen_at=now):
        raise NotAsItIs(_("This export is over already, so there is nothing to cancel."))
    job.refresh_from_db()
    discard(job.storage_name)
    return job


def retry(*, job_id: int, by: User) -> ExportJob:
    """Ask again for what failed, was cancelled or has expired, by the rules of now.

    Raises NotVisible, RangeTooLong, TooManyActive, NotAsItIs, and ExportRefused as asking does.
    """
    require_own(by, job_id)
    with transaction.atomic():
        _take_turn(by)
        job = ExportJob.objects.select_for_update(no_key=True).get(pk=job_id)
        if not job.is_repeatable:
            raise NotAsItIs(_("Only an export that failed, was cancelled or has expired is made again."))
        sites = visible_sites(by, job.sites.values_list("pk", flat=True))
        require_range(by, sites, first=job.first, last=job.last)
        request_of(job, sites).check()
        if ExportJob.objects.active().filter(owner=by, fingerprint=job.fingerprint).exists():
            raise NotAsItIs(_("This export is being made already."))
        _require_room(by)
        _start_over(job)
        queue(job)
    return job


def remove(*, job_id: int, by: User) -> None:
    """Put an export that is over away, with its file. What was handed out stays on record.

    Raises NotVisible, and NotAsItIs while it is under way.
    """
    job = require_own(by, job_id)
    gone, _each = ExportJob.objects.filter(pk=job.pk).exclude(status__in=ExportJob.ACTIVE).delete()
    if not gone:
        raise NotAsItIs(_("This export is under way. Cancel it first."))
    discard(job.storage_name)


def _take_turn(by: User) -> None:
    """Let one request of a person after the other in, so that six at once do not all count five."""
    User.objects.select_for_update(no_key=True).order_by().get(pk=by.pk)


def _require_room(by: User) -> None:
    if ExportJob.objects.active().filter(owner=by).count() >= MOST_ACTIVE:
        raise TooManyActive(
            _("You have %(most)d exports under way, and that is as many as run at once for a person. ")
            % {"most": MOST_ACTIVE}
            + _("Wait until one is ready, or cancel one.")
        )


def _start_over(job: ExportJob) -> None:
    job.restart()
    job.sha256, job.size, job.rows_total = "", None, None
    job.requested_at = job.queued_at
    job.started_at = job.expires_at = job.notified_at = job.seen_at = None
    job.save()


def expire_files() -> None:
    """Delete the files that were kept long enough."""
    for job in ExportJob.objects.filter(status=JobStatus.COMPLETED, expires_at__lte=timezone.now()):
        expire_file(job)


def expire_file(job: ExportJob) -> None:
    """Delete the file of a completed job, which can then be requested again."""
    # The file first: if this process dies in between, the job is found again.
    discard(job.storage_name)
    job.row.filter(status=JobStatus.COMPLETED, sha256=job.sha256).update(
        status=JobStatus.EXPIRED, storage_name=""
    )


def delete_old_jobs() -> None:
    """Delete the jobs that ended long ago. That a file was made stays on record."""
    old = timezone.now() - KEEP_JOBS
    ExportJob.objects.exclude(status__in=(*ExportJob.ACTIVE, JobStatus.COMPLETED)).filter(
        finished_at__lt=old
    ).delete()
