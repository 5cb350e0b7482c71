"""The list of imports, and the page of one: what was found, what is under way, what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imports import actions
from imports.actions import may_take_back
from imports.commit import imported_before
from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus
from imports.uploads import import_files
from imports.validation.preview import MOST_ODD
from imports.views.corrections import (
    bad_lines,
    cells_said,
    lines_left_out,
    problem_page,
    value_questions,
    values_said,
)
from records import registry
from records.errors import NotVisible
from sites.models import User


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_safe
def upload_list(request: HttpRequest) -> HttpResponse:
    """Show what was imported at the person's sites, and what they brought themselves."""
    before = request.GET.get("before", "")
    lines = latest_of(person(request), before=int(before) if before.isascii() and before.isdigit() else None)
    context = {
        "lines": lines[:LIST_LENGTH],
        "older": lines[LIST_LENGTH - 1].upload.pk if len(lines) > LIST_LENGTH else None,
        "is_moving": any(line.upload.is_active for line in lines),
        "may_import": bool(actions.sites_to_import_onto(person(request))) or person(request).is_superuser,
    }
    is_fragment = request.headers.get("HX-Target") == "uploads"
    return render(request, "imports/list.html#uploads" if is_fragment else "imports/list.html", context)


@require_safe
def page(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Show how a file stands; the state alone for a page that asks for itself."""
    upload = actions.require_visible(person(request), upload_id)
    is_fragment = request.headers.get("HX-Target") == "state"
    if upload.status == UploadStatus.NEW and not is_fragment:
        if upload.error:
            messages.error(request, upload.error)
        return redirect("imports:columns" if upload.module else "imports:table", upload.pk)
    template = "imports/page.html#state" if is_fragment else "imports/page.html"
    answer = render(request, template, _state(request, upload))
    if is_fragment and upload.status == UploadStatus.NEW:
        answer["HX-Refresh"] = "true"
    return answer


def _state(request: HttpRequest, upload: Upload) -> dict[str, object]:
    context: dict[str, object] = {"line": Line(upload, person(request)), "upload": upload}
    if upload.status == UploadStatus.CHECKED and upload.owner_id == person(request).pk:
        problems = problem_page(upload.problems.refusing(), request.GET.get("page", "1"))
        odd = upload.problems.warning() if upload.findings.get("odd") else upload.problems.none()
        oddities = problem_page(odd, request.GET.get("odd", "1"))
        context |= {
            "problems": problems,
            "bad_lines": list(bad_lines(upload, list(problems))),
            "questions": value_questions(upload, actions.sites_to_import_onto(person(request))),
            "before": imported_before(upload, person(request)) if upload.rows_known else None,
            "oddities": oddities,
            "most_odd": MOST_ODD,
            "odd_lines": list(bad_lines(upload, list(oddities))),
            "has_mends": bool(upload.changes) or upload.mends.exists(),
        }
    return context


@require_POST
def mend(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Write over the cells that were mended on the page, and check the file again."""
    user = person(request)
    upload = actions.require_own(user, upload_id)
    questions = value_questions(upload, actions.sites_to_import_onto(user)) if upload.is_open else []

    def act() -> None:
        actions.mend(
            upload=upload,
            by=user,
            cells=cells_said(upload, request.POST),
            left_out=lines_left_out(upload, request.POST),
            changes=values_said(questions, request.POST),
        )

    return _done(request, upload, act)


@require_POST
def forget_mends(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Take the file as it came again."""
    upload = actions.require_own(person(request), upload_id)
    return _done(request, upload, lambda: actions.forget_mends(upload=upload, by=person(request)))


@require_POST
def check(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Check a file again."""
    upload = actions.require_own(person(request), upload_id)
    return _done(request, upload, lambda: actions.check(upload=upload, by=person(request)))


@require_POST
def write(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Import what the person was shown."""
    user = person(request)
    upload = actions.require_own(user, upload_id)
    digest, skips_bad = request.POST.get("digest", ""), "skip" in request.POST
    return _done(
        request, upload, lambda: actions.write(upload=upload, by=user, digest=digest, skips_bad=skips_bad)
    )


@require_POST
def stop(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Stop what is under way with a file."""
    upload = actions.require_own(person(request), upload_id)
    return _done(request, upload, lambda: actions.stop(upload=upload, by=person(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Ask whether an import is to be taken back, and have it taken back."""
    upload = actions.require_visible(person(request), upload_id)
    line = Line(upload, person(request))
    if request.method == "POST":
        return _done(request, upload, lambda: actions.take_back(upload=upload, by=person(request)))
    if not line.may_be_taken_back:
        return redirect("imports:page", upload.pk)
    return render(request, "imports/undo.html", {"line": line, "upload": upload})


@require_POST
def remove(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Put a file away that was not imported."""
    upload = actions.require_own(person(request), upload_id)
    try:
        actions.remove(upload=upload, by=person(request))
    except ImportRefused as refused:
        messages.error(request, refused.message)
        return redirect("imports:page", upload.pk)
    messages.success(request, _("%(file)s was removed.") % {"file": upload.file_name})
    return redirect("imports:list")


@require_safe
def report(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Hand out the list of the cells that were refused, as CSV."""
    upload = actions.require_visible(person(request), upload_id)
    if not upload.report_name:
        raise NotVisible
    try:
        file = import_files().open(upload.report_name)
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{upload.file_name.rpartition('.')[0] or upload.file_name}-report.csv"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    return answer


def _done(request: HttpRequest, upload: Upload, act: Callable[[], object]) -> HttpResponse:
    """Do something with a file, say why it cannot be done, and lead to its page."""
    try:
        act()
    except ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("imports:page", upload.pk)


LIST_LENGTH = 50
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Line:
    """A file as a line of the list, and on its own page."""

    upload: Upload
    user: User

    @property
    def is_mine(self) -> bool:
        return self.upload.owner_id == self.user.pk

    @property
    def label(self) -> "str | Promise":
        """Return what its rows are; empty while nobody said."""
        try:
            return registry.module(self.upload.module).label_plural
        except Http404:
            return ""

    @property
    def columns(self) -> "list[str | Promise]":
        """Return what the fields of its records are called, in the order of a sheet."""
        return [column.label for column in registry.module(self.upload.module).sheet_columns]

    @cached_property
    def places(self) -> list[str]:
        return sorted(site.code for site in self.upload.sites.all())

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the zone in which its moments are told: that of its one site."""
        sites = self.upload.sites.all()
        return sites[0].zone if len(sites) == 1 else UTC

    @property
    def look(self) -> str:
        """Return how the badge of the status looks."""
        if self.upload.status == UploadStatus.CHECKED:
            return "badge--warning" if self.upload.rows_refused else "badge--success"
        return {
            UploadStatus.DONE: "badge--success",
            UploadStatus.FAILED: "badge--danger",
        }.get(UploadStatus(self.upload.status), "")

    @property
    def may_be_taken_back(self) -> bool:
        return may_take_back(self.upload, self.user)

    @property
    def may_be_removed(self) -> bool:
        return self.is_mine and not self.upload.is_active and self.upload.batch_id is None


def latest_of(user: User, *, before: int | None = None) -> list[Line]:
    """Return the latest files that a person may know of, newest first, in two queries."""
    uploads = Upload.objects.for_user(user).select_related("owner", "batch").prefetch_related("sites")
    if before is not None:
        uploads = uploads.filter(pk__lt=before)
    # What is large and not shown stays where it is.
    return [Line(upload, user) for upload in uploads.defer("heads", "findings", "answers")[: LIST_LENGTH + 1]]
