"""The page of a file: its preview, what is in progress, what came of it, and what can be done next."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.numbers import whole_number
from imports import actions
from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus
from imports.validation.preview import MAX_WARNINGS
from imports.views.corrections import (
    UnknownName,
    choices_of,
    chosen_rules,
    corrected_alike,
    corrected_cells,
    problem_groups,
    problem_page,
    problem_rows,
    replacements,
    skipped_lines,
    unknown_names,
)
from imports.views.uploads import UploadItem
from records.errors import NotVisible
from sites.scope import person_of


@require_safe
def page(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Show the status of a file; a fragment for a page that refreshes itself.

    A file whose check is outdated is checked again first, so that nobody reads a preview that does not hold.
    """
    upload = actions.require_visible(person_of(request), upload_id)
    if actions.check_if_outdated(upload=upload, by=person_of(request)):
        upload = actions.require_visible(person_of(request), upload_id)
    is_fragment = request.headers.get("HX-Target") == "state"
    is_own = upload.owner_id == person_of(request).pk
    if upload.status == UploadStatus.NEW and upload.is_open and is_own and not is_fragment:
        if upload.error:
            messages.error(request, upload.error)
        return redirect("imports:columns" if upload.module else "imports:table", upload.pk)
    template = "imports/page.html#state" if is_fragment else "imports/page.html"
    response = render(request, template, _context(request, upload))
    if is_fragment and upload.status == UploadStatus.NEW:
        response["HX-Refresh"] = "true"
    return response


def _context(request: HttpRequest, upload: Upload) -> dict[str, object]:
    user = person_of(request)
    context: dict[str, object] = {
        "item": UploadItem(upload, user),
        "upload": upload,
        "may_take_over": actions.may_take_over(upload, user),
    }
    if upload.status == UploadStatus.CHECKED and upload.owner_id == user.pk:
        choices = choices_of(upload, actions.sites_to_import_onto(user))
        errors = problem_page(upload.problems.errors(), request.GET.get("page", "1"))
        # Most files have no warnings and need no query for them.
        problems = upload.problems.warnings() if upload.preview.get("warnings") else upload.problems.none()
        warnings = problem_page(problems, request.GET.get("warnings", "1"))
        context |= {
            "errors": errors,
            "error_rows": list(problem_rows(upload, list(errors))),
            "names": unknown_names(upload, choices),
            "groups": problem_groups(upload, choices),
            "corrected_alike": corrected_alike(upload),
            "earlier": _earlier_import(upload, request) if upload.rows_known else None,
            "warnings": warnings,
            "max_warnings": MAX_WARNINGS,
            "warning_rows": list(problem_rows(upload, list(warnings))),
            "has_corrections": bool(upload.replacements or upload.rules) or upload.corrections.exists(),
        }
    return context


def _earlier_import(upload: Upload, request: HttpRequest) -> Upload | None:
    return Upload.objects.for_user(person_of(request)).same_file(upload).select_related("owner").first()


@require_POST
def correct(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Save the corrections of the page, and check the file again."""
    user = person_of(request)
    upload = actions.require_own(user, upload_id)
    names: list[UnknownName] = []
    if upload.is_open:
        names = unknown_names(upload, choices_of(upload, actions.sites_to_import_onto(user)))

    def act() -> None:
        actions.correct(
            upload=upload,
            by=user,
            cells=corrected_cells(upload, request.POST),
            skipped_lines=skipped_lines(upload, request.POST),
            replacements=replacements(names, request.POST),
            rules=chosen_rules(upload, request.POST),
        )

    return _act(request, upload, act)


@require_POST
def undo_correction(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Undo one correction of all rows that are alike, and check the file again."""
    user = person_of(request)
    upload = actions.require_own(user, upload_id)
    kind, _dash, number = request.POST.get("correction", "").partition("-")
    place = whole_number(number)
    if kind not in ("rule", "replacement") or place is None:
        raise NotVisible
    act = partial(
        actions.undo_correction,
        upload=upload,
        by=user,
        rule=place if kind == "rule" else None,
        replacement=place if kind == "replacement" else None,
    )
    return _act(request, upload, act)


@require_POST
def discard_corrections(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Return to the file as it was uploaded."""
    upload = actions.require_own(person_of(request), upload_id)
    return _act(request, upload, lambda: actions.discard_corrections(upload=upload, by=person_of(request)))


@require_POST
def check(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Check a file again."""
    upload = actions.require_own(person_of(request), upload_id)
    return _act(request, upload, lambda: actions.check(upload=upload, by=person_of(request)))


@require_POST
def write(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Import what the preview showed."""
    upload = actions.require_own(person_of(request), upload_id)
    digest, skip_rejected = request.POST.get("digest", ""), "skip" in request.POST

    def act() -> None:
        actions.start_import(upload=upload, by=person_of(request), digest=digest, skip_rejected=skip_rejected)

    return _act(request, upload, act)


@require_POST
def take_over(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Make a file that came from a watched place the user's own."""
    upload = actions.require_visible(person_of(request), upload_id)
    return _act(request, upload, lambda: actions.take_over(upload=upload, by=person_of(request)))


@require_POST
def stop(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Stop what is in progress."""
    upload = actions.require_own(person_of(request), upload_id)
    return _act(request, upload, lambda: actions.stop(upload=upload, by=person_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Confirm and undo an import."""
    upload = actions.require_visible(person_of(request), upload_id)
    if request.method == "POST":
        return _act(request, upload, lambda: actions.undo(upload=upload, by=person_of(request)))
    item = UploadItem(upload, person_of(request))
    if not item.is_undoable:
        return redirect("imports:page", upload.pk)
    return render(request, "imports/undo.html", {"item": item, "upload": upload})


def _act(request: HttpRequest, upload: Upload, act: Callable[[], object]) -> HttpResponse:
    """Do something with a file, show why it cannot be done, and return to its page."""
    try:
        act()
    except ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("imports:page", upload.pk)
