"""The pages of the exports, and their status in the badge of the top bar."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import BigIntegerField, Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.db.prepared import Parameter, PreparedQuery
from core.jobs.models import JobStatus
from exports import actions, files
from exports.actions import require_own
from exports.datasets.selection import ExportRequest, FileFormat, label_of
from exports.errors import ExportRefused, TooManyActive
from exports.files import clean_sha256, sha256_of, verdict_on
from exports.models import ColumnChoice, ExportJob
from exports.request_page import ColumnChoiceForm, DayReportForm, RequestPage
from exports.writers.cover import common_zone
from records.errors import NotVisible
from records.reports import report_source
from sites.models import Site, User
from sites.scope import person_of

# The fragments of the request page that htmx replaces.
FRAGMENTS = {"plan": "exports/new.html#plan", "count": "exports/new.html#count"}
# How an export ends without its owner's doing.
ENDED = (JobStatus.COMPLETED, JobStatus.FAILED)
FOLLOWED = Q(status__in=ExportJob.ACTIVE) | Q(
    Q(seen_at__isnull=True) | Q(notified_at__isnull=True), status__in=ENDED
)
LIST_LENGTH = 50


@dataclass(frozen=True)
class BadgeStatus:
    """How many exports of a user are in progress, have ended unseen, and have ended without a message."""

    active: int = 0
    unseen: int = 0
    unnotified: int = 0

    @property
    def shown(self) -> int:
        return self.active + self.unseen

    @property
    def is_changing(self) -> bool:
        """Return whether the badge must ask again: an export is in progress or a message is due."""
        return bool(self.active or self.unnotified)


# Read on every page; mostly there is nothing to follow.
_followed = PreparedQuery[ExportJob, tuple[int]](
    lambda: (
        ExportJob.objects.filter(FOLLOWED, owner=Parameter("owner", BigIntegerField()))
        .order_by()
        .values_list("pk")[:1]
    )
)


def status_of(user: User) -> BadgeStatus:
    """Return the status of a user's exports. One query, two while there are any to follow."""
    if not user.is_active or not _followed.all(owner=user.pk):
        return BadgeStatus()
    counts = (
        ExportJob.objects.for_user(user)
        .filter(FOLLOWED)
        .aggregate(
            active=Count("pk", filter=Q(status__in=ExportJob.ACTIVE)),
            unseen=Count("pk", filter=Q(status__in=ENDED, seen_at__isnull=True)),
            unnotified=Count("pk", filter=Q(status__in=ENDED, notified_at__isnull=True)),
        )
    )
    return BadgeStatus(**counts)


@dataclass(frozen=True)
class JobRow:
    """A job as a row of the list."""

    job: ExportJob

    @cached_property
    def label(self) -> str:
        return label_of(self.job.module)

    @cached_property
    def site_codes(self) -> list[str]:
        return sorted(site.code for site in self.job.sites.all())

    @cached_property
    def zone(self) -> dt.tzinfo:
        return common_zone(self.job.sites.all())

    @property
    def zone_name(self) -> str:
        """Return the zone to name where it is not that of the sites."""
        return "UTC" if self.zone is dt.UTC else ""

    @property
    def badge_class(self) -> str:
        return {
            JobStatus.COMPLETED: "badge--success",
            JobStatus.FAILED: "badge--danger",
            JobStatus.EXPIRED: "badge--warning",
        }.get(JobStatus(self.job.status), "")


class Action(Protocol):
    """Something that a user does to one of their jobs."""

    def __call__(self, *, job_id: int, by: User) -> object: ...


def latest_jobs(user: User) -> list[JobRow]:
    """Return a user's latest jobs, newest first, in two queries."""
    jobs = ExportJob.objects.for_user(user).prefetch_related("sites")[:LIST_LENGTH]
    return [JobRow(job) for job in jobs]


def claim_news(user: User) -> list[JobRow]:
    """Return the jobs that have ended without a message yet, and mark them: of two tabs, one shows it."""
    jobs = ExportJob.objects.for_user(user).filter(status__in=ENDED, notified_at__isnull=True)
    return [
        JobRow(job)
        for job in jobs.prefetch_related("sites")
        if job.row.filter(notified_at__isnull=True).update(notified_at=timezone.now())
    ]


def mark_seen(user: User, jobs: Sequence[ExportJob], *, notified: bool) -> None:
    """Save that the user has seen the jobs that have ended."""
    ended = [job.pk for job in jobs if job.status in ENDED and job.seen_at is None]
    if ended:
        now = timezone.now()
        mine = ExportJob.objects.filter(pk__in=ended, owner=user)
        mine.update(seen_at=now, **({"notified_at": now} if notified else {}))


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Show a user's exports; only the rows where the list refreshes itself."""
    user = person_of(request)
    is_fragment = request.headers.get("HX-Target") == "jobs"
    rows = latest_jobs(user)
    mark_seen(user, [row.job for row in rows], notified=not is_fragment)
    context = {"rows": rows, "is_changing": any(row.job.is_active for row in rows)}
    return render(request, "exports/list.html#jobs" if is_fragment else "exports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show what a file would hold, and request it."""
    page = RequestPage(request, request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        template = FRAGMENTS.get(request.headers.get("HX-Target", ""), "exports/new.html")
        return render(request, template, {"page": page})
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if page.is_complete:
        try:
            return _requested(request, actions.request_export(request=page.request, by=person_of(request)))
        except ExportRefused as refusal:
            page.refusal = refusal
            if isinstance(refusal, TooManyActive):
                status = HTTPStatus.TOO_MANY_REQUESTS
    return render(request, "exports/new.html", {"page": page}, status=status)


@require_POST
def day_report(request: HttpRequest) -> HttpResponse:
    """Request the report of a site's day."""
    form = DayReportForm(request.POST, sites=Site.objects.for_user(person_of(request)))
    if not form.is_valid():
        raise NotVisible
    return _request_export(request, form.request)


@require_POST
def report(request: HttpRequest, name: str) -> HttpResponse:
    """Request the report of a page as a file; the query of the address is that of the page."""
    source = report_source(name)
    file_format = request.POST.get("format", "")
    if source is None or file_format not in FileFormat.values:
        raise Http404
    query = source.query_of(request)
    wanted = ExportRequest(
        module=name,
        sites=query.sites,
        first=query.first,
        last=query.last,
        filters=query.parameters,
        file_format=FileFormat(file_format),
    )
    return _request_export(request, wanted)


def _request_export(request: HttpRequest, wanted: ExportRequest) -> HttpResponse:
    """Request a file, and show it or why it cannot be made on the user's list."""
    try:
        return _requested(request, actions.request_export(request=wanted, by=person_of(request)))
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:list")


def _requested(request: HttpRequest, requested: actions.Requested) -> HttpResponse:
    if requested.is_repeat:
        messages.info(request, _("This export is already in progress: here it is."))
    else:
        messages.success(
            request, _("The file is being made. You can go on working; a message appears when it is ready.")
        )
    return redirect("exports:list")


@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """Return the badge of the top bar, with a message for each export that has ended."""
    news = claim_news(person_of(request))
    context = {"status": status_of(person_of(request)), "news": news}
    return render(request, "exports/_badge.html", context)


@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    return _act(request, actions.cancel, job_id, _("The export was cancelled."))


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    return _act(request, actions.retry, job_id, _("The file is being made again."))


@require_POST
def remove(request: HttpRequest, job_id: int) -> HttpResponse:
    sentence = _("The export was removed. The record that it was made is kept.")
    return _act(request, actions.remove, job_id, sentence)


def _act(request: HttpRequest, action: Action, job_id: int, sentence: str) -> HttpResponse:
    """Do something to a user's job and show the result on their list."""
    try:
        action(job_id=job_id, by=person_of(request))
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, sentence)
    return redirect("exports:list")


@require_safe
def download(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Download the file of a job, as long as its owner sees all of its sites."""
    job = require_own(person_of(request), job_id)
    try:
        response = files.download(request, job)
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:list")
    mark_seen(person_of(request), [job], notified=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Show whether a file was made by this portal and is unchanged."""
    context: dict[str, object] = {}
    status = HTTPStatus.OK
    if request.method == "POST":
        file = request.FILES.get("file")
        context["file_name"] = request.POST.get("name", "")
        if isinstance(file, UploadedFile):
            context["file_name"] = file.name
            sha256 = sha256_of(file.chunks())
        else:
            sha256 = clean_sha256(request.POST.get("sha256", ""))
        if sha256:
            context["verdict"] = verdict_on(sha256, by=person_of(request))
        else:
            context["error"] = _("Choose a file, or enter the 64 characters of its SHA-256.")
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "exports/verify.html", context, status=status)


@require_POST
def save_columns(request: HttpRequest) -> HttpResponse:
    """Save the chosen columns under a name, replacing those with the same name."""
    page = RequestPage(request, request.POST)
    chosen = [box.column.name for box in page.boxes if box.is_chosen]
    url = f"{reverse('exports:new')}?{page.url_query}"
    form = ColumnChoiceForm(request.POST)
    if not form.is_valid() or not chosen:
        messages.error(request, _("Tick at least one column and enter a name of up to 50 characters."))
        return redirect(url)
    saved, _is_new = ColumnChoice.objects.update_or_create(
        owner=person_of(request),
        module=page.dataset.slug,
        granularity=page.granularity,
        name=form.cleaned_data["name"],
        defaults={"columns": chosen},
    )
    messages.success(request, _("The columns are saved as “%(name)s”.") % {"name": saved.name})
    return redirect(f"{url}&saved={saved.pk}")


@require_POST
def delete_columns(request: HttpRequest, choice_id: int) -> HttpResponse:
    """Delete saved columns."""
    choice = get_object_or_404(ColumnChoice, pk=choice_id, owner=person_of(request))
    choice.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": choice.name})
    query = urlencode({"module": choice.module, "granularity": choice.granularity})
    return redirect(f"{reverse('exports:new')}?{query}")
