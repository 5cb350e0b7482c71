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

from exports import actions
from exports.downloads import hand_out
from exports.errors import ExportRefused, TooManyActive
from exports.forms import ColumnChoiceForm, DayReportForm
from exports.models import ColumnChoice
from exports.permissions import require_own
from exports.request_page import Asking
from exports.status import latest_of, see, standing_of, take_news
from exports.verification import as_fingerprint, fingerprint_of, verdict_on
from records.errors import NotVisible
from sites.models import Site, User


class Act(Protocol):
    """Something that a person does to a job of theirs."""

    def __call__(self, *, job_id: int, by: User) -> object: ...


PARTS = {"plan": "exports/new.html#plan", "count": "exports/new.html#count"}


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Show a person's exports; the rows alone for a list that asks for itself."""
    user = person(request)
    is_fragment = request.headers.get("HX-Target") == "jobs"
    lines = latest_of(user)
    see(user, [line.job for line in lines], told=not is_fragment)
    context = {"lines": lines, "is_moving": any(line.job.is_active for line in lines)}
    return render(request, "exports/list.html#jobs" if is_fragment else "exports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show what a file would hold, and ask for it."""
    asking = Asking(request, request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        template = PARTS.get(request.headers.get("HX-Target", ""), "exports/new.html")
        return render(request, template, {"asking": asking})
    if not asking.is_complete:
        return _refused(request, asking, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        asked = actions.ask(request=asking.request, by=person(request))
    except ExportRefused as refusal:
        asking.refusal = refusal
        return _refused(request, asking, status_of(refusal))
    return _asked(request, asked)


@require_POST
def day_report(request: HttpRequest) -> HttpResponse:
    """Ask for the report of a site's day."""
    form = DayReportForm(request.POST, sites=Site.objects.for_user(person(request)))
    if not form.is_valid():
        raise NotVisible
    try:
        asked = actions.ask(request=form.wanted, by=person(request))
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:list")
    return _asked(request, asked)


def _asked(request: HttpRequest, asked: actions.Asked) -> HttpResponse:
    """Lead to the list, where the file that was asked for can be followed."""
    if asked.is_repeat:
        messages.info(request, _("This export was asked for already and is being made: here it is."))
    else:
        messages.success(request, _("The file is being made. You can go on working; you will be told."))
    return redirect("exports:list")


def _refused(request: HttpRequest, asking: Asking, status: HTTPStatus) -> HttpResponse:
    return render(request, "exports/new.html", {"asking": asking}, status=status)


def status_of(refusal: ExportRefused) -> HTTPStatus:
    """Return what HTTP calls a refusal."""
    if isinstance(refusal, TooManyActive):
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.UNPROCESSABLE_ENTITY


@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """Return the badge of the top bar, with a message for each export that is over meanwhile."""
    news = take_news(person(request))
    context = {"standing": standing_of(person(request)), "news": news}
    return render(request, "exports/_badge.html", context)


@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop a job that is under way."""
    return _done(request, actions.cancel, job_id, _("The export was cancelled."))


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """Make a job's file again."""
    return _done(request, actions.retry, job_id, _("The file is being made again."))


@require_POST
def remove(request: HttpRequest, job_id: int) -> HttpResponse:
    """Put a job away, with its file."""
    return _done(
        request, actions.remove, job_id, _("The export was removed. That it was made stays on record.")
    )


def _done(request: HttpRequest, act: "Act", job_id: int, sentence: str) -> HttpResponse:
    """Do something to a person's job and say what came of it on their list."""
    try:
        act(job_id=job_id, by=person(request))
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, sentence)
    return redirect("exports:list")


@require_safe
def download(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Hand out the file of a job to the person who asked for it, while all its sites are theirs."""
    job = require_own(person(request), job_id)
    try:
        answer = hand_out(request, job)
    except ExportRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports:list")
    see(person(request), [job], told=True)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Say whether a file that is dropped here is one of ours, and unchanged."""
    context: dict[str, object] = {}
    status = HTTPStatus.OK
    if request.method == "POST":
        fingerprint = _fingerprint_in(request)
        if fingerprint:
            context["verdict"] = verdict_on(fingerprint, by=person(request))
        else:
            context["error"] = _("Choose a file, or enter the 64 signs of its SHA-256.")
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "exports/verify.html", context, status=status)


def _fingerprint_in(request: HttpRequest) -> str:
    """Return the fingerprint of what was sent: of the file, or as it was worked out where the file is."""
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile):
        return fingerprint_of(file.chunks())
    return as_fingerprint(request.POST.get("sha256", ""))


@require_POST
def save_columns(request: HttpRequest) -> HttpResponse:
    """Keep the chosen columns under a name; the same name again replaces them."""
    asking = Asking(request, request.POST)
    chosen = [box.column.name for box in asking.boxes if box.is_chosen]
    address = f"{reverse('exports:new')}?{asking.address_query}"
    form = ColumnChoiceForm(request.POST)
    if not form.is_valid() or not chosen:
        messages.error(request, _("Tick at least one column and give the choice a name of up to 50 letters."))
        return redirect(address)
    saved, _is_new = ColumnChoice.objects.update_or_create(
        owner=person(request),
        module=asking.subject.slug,
        granularity=asking.granularity,
        name=form.cleaned_data["name"],
        defaults={"columns": chosen},
    )
    messages.success(request, _("The columns are kept as “%(name)s”.") % {"name": saved.name})
    return redirect(f"{address}&saved={saved.pk}")


@require_POST
def delete_columns(request: HttpRequest, choice_id: int) -> HttpResponse:
    """Forget columns that were kept under a name."""
    choice = get_object_or_404(ColumnChoice, pk=choice_id, owner=person(request))
    choice.delete()
    messages.success(request, _("“%(name)s” is forgotten.") % {"name": choice.name})
    return redirect(
        f"{reverse('exports:new')}?{urlencode({'module': choice.module, 'granularity': choice.granularity})}"
    )
