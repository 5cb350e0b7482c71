"""The pages of the exports."""

from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exports import actions, downloads
from exports.errors import ExportRefused, TooManyActive
from exports.models import ColumnChoice
from exports.permissions import require_own
from exports.request_page import ColumnChoiceForm, DayReportForm, RequestPage
from exports.status import claim_news, latest_jobs, mark_seen, status_of
from exports.verification import clean_sha256, sha256_of, verdict_on
from records.errors import NotVisible
from sites.models import Site, User

# The fragments of the request page that htmx replaces.
FRAGMENTS = {"plan": "exports/new.html#plan", "count": "exports/new.html#count"}


class Action(Protocol):
    """Something that a user does to one of their jobs."""

    def __call__(self, *, job_id: int, by: User) -> object: ...


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Show a user's exports; only the rows where the list refreshes itself."""
    user = person(request)
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
            return _requested(request, actions.request_export(request=page.request, by=person(request)))
        except ExportRefused as refusal:
            page.refusal = refusal
            if isinstance(refusal, TooManyActive):
                status = HTTPStatus.TOO_MANY_REQUESTS
    return render(request, "exports/new.html", {"page": page}, status=status)


@require_POST
def day_report(request: HttpRequest) -> HttpResponse:
    """Request the report of a site's day."""
    form = DayReportForm(request.POST, sites=Site.objects.for_user(person(request)))
    if not form.is_valid():
        raise NotVisible
    try:
        return _requested(request, actions.request_export(request=form.request, by=person(request)))
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
    news = claim_news(person(request))
    context = {"status": status_of(person(request)), "news": news}
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
        action(job_id=job_id, by=person(request))
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, sentence)
    return redirect("exports:list")


@require_safe
def download(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Download the file of a job, as long as its owner sees all of its sites."""
    job = require_own(person(request), job_id)
    try:
        response = downloads.download(request, job)
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:list")
    mark_seen(person(request), [job], notified=True)
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
            context["verdict"] = verdict_on(sha256, by=person(request))
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
        owner=person(request),
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
    choice = get_object_or_404(ColumnChoice, pk=choice_id, owner=person(request))
    choice.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": choice.name})
    query = urlencode({"module": choice.module, "granularity": choice.granularity})
    return redirect(f"{reverse('exports:new')}?{query}")
