"""The views of the day sheet and of its rows, and the script that shows it without a connection."""

import datetime as dt
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from dashboard.day_sheet.habits import MAX_LINES, keep_template, templates_of
from dashboard.day_sheet.many_rows import change_rows, undo_rows
from dashboard.day_sheet.page import day_address, post_to_the_day, show_day
from dashboard.day_sheet.saving import (
    MAX_PASTED,
    MAX_TOGETHER,
    SubmittedRow,
    deleted_response,
    pasted_errors,
    rejected_response,
    save_rows,
    saved_response,
    sent_rows,
)
from dashboard.day_sheet.sheet import end_of_date
from records import registry
from records.errors import Refused
from records.models import DailyRecord
from records.pages.responses import accepts_json, row_view
from records.pages.table import may_write
from sites.dates import NOT_A_DATE
from sites.models import Site, User
from sites.scope import ALL, PARAMETER, SiteKey, page_scope, site_in_path

SERVICE_WORKER = "js/day/service-worker.js"


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Redirect to today's sheet of the current site."""
    scope = page_scope(request)
    if scope.site is None and len(scope.choices) != 1:
        return render(request, "dashboard/day_sheet/choose.html", {"scope": scope})
    site = scope.site or scope.choices[0]
    return redirect("day:page", site.code, site.today())


@require_safe
def page(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Show a site's day; `?site=` and `?date=` redirect to another one."""
    wanted_code = request.GET.get(PARAMETER, code)
    if wanted_code == ALL:
        return redirect(f"{reverse('day:today')}?{PARAMETER}={ALL}")
    site = site_in_path(request, wanted_code)
    wanted_date = request.GET.get("date", date.isoformat())
    if wanted_code == code and wanted_date == date.isoformat():
        return show_day(request, site, date)
    try:
        return redirect(reverse("day:page", args=[site.code, dt.date.fromisoformat(wanted_date)]))
    except ValueError:
        messages.error(request, NOT_A_DATE)
        return redirect("day:page", site.code, date)


@require_safe
def page_of_site(request: HttpRequest, code: int, date: dt.date) -> HttpResponse:
    """Redirect to a day of a site, whatever its code is now."""
    return redirect("day:page", site_in_path(request, code).code, date)


@row_view
@post_to_the_day
def save(
    request: HttpRequest, code: SiteKey, date: dt.date, module_slug: str, record_id: int | None = None
) -> HttpResponse:
    """Create or update a record; a script gets JSON, a form the page again."""
    row = _row(request, code, date, module_slug, record_id)
    try:
        outcome = row.save()
    except Refused as error:
        return _rejected(request, row, error)
    if accepts_json(request):
        return JsonResponse(saved_response(row, outcome))
    messages.success(request, _("Saved."))
    return _redirect_back(row)


@row_view
@post_to_the_day
def delete(
    request: HttpRequest, code: SiteKey, date: dt.date, module_slug: str, record_id: int
) -> HttpResponse:
    """Delete a record; its history is kept."""
    row = _row(request, code, date, module_slug, record_id)
    try:
        outcome = row.delete()
    except Refused as error:
        return _rejected(request, row, error)
    if accepts_json(request):
        return JsonResponse(deleted_response(row, outcome))
    messages.success(request, _("Deleted."))
    return _redirect_back(row)


@row_view
@require_POST
def check(request: HttpRequest, code: SiteKey, date: dt.date, module_slug: str) -> HttpResponse:
    """Return the errors of pasted rows as JSON; nothing is saved."""
    site = _writable(request, code)
    rows = sent_rows(request.POST.get("lines", ""), most=MAX_PASTED)
    errors = pasted_errors(registry.module(module_slug), site=site, date=date, rows=rows)
    return JsonResponse({"state": "checked", "lines": errors})


@row_view
@require_POST
def save_many(request: HttpRequest, code: int, date: dt.date, module_slug: str) -> HttpResponse:
    """Create several rows, sent as JSON, and return the response about each."""
    site, module = _writable(request, code), registry.module(module_slug)
    assert isinstance(request.user, User)
    rows = [
        SubmittedRow(sent, module, site=site, date=date, by=request.user)
        for sent in sent_rows(request.POST.get("lines", ""), most=MAX_TOGETHER)
    ]
    responses, parts = save_rows(rows)
    return JsonResponse({"state": "many", "responses": responses, "parts": parts})


@row_view
@require_POST
def change_many(request: HttpRequest, code: int, date: dt.date, module_slug: str) -> HttpResponse:
    """Give selected rows one value, or delete them."""
    site = _writable(request, code)
    assert isinstance(request.user, User)
    return change_rows(request, registry.module(module_slug), site=site, date=date, by=request.user)


@row_view
@require_POST
def template(request: HttpRequest, code: int, module_slug: str) -> HttpResponse:
    """Keep lines as a template of the person under a name, or remove it where no lines are sent."""
    site, module = _writable(request, code), registry.module(module_slug)
    assert isinstance(request.user, User)
    lines = sent_rows(request.POST.get("lines", ""), most=MAX_LINES)
    keep_template(module, user=request.user, site=site, name=request.POST.get("name", ""), lines=lines)
    templates = templates_of(request.user, site).get(module.slug, [])
    return JsonResponse({"state": "done", "templates": templates})


@row_view
@require_POST
def undo(request: HttpRequest, code: int, date: dt.date) -> HttpResponse:
    """Undo what the person did on this sheet."""
    assert isinstance(request.user, User)
    return undo_rows(request, site=_writable(request, code), date=date, by=request.user)


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the script from the root: its path limits the addresses that it may handle."""
    path = finders.find(SERVICE_WORKER)
    assert isinstance(path, str)
    return HttpResponse(
        Path(path).read_bytes(),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )


@row_view
@require_safe
@ensure_csrf_cookie
def who(request: HttpRequest) -> HttpResponse:
    """Return the person of the session, with the CSRF cookie for the scripts."""
    return JsonResponse({"person": request.user.pk})


@row_view
@require_safe
def clock(request: HttpRequest, code: int) -> HttpResponse:
    """Return the operating date of a site now, and when it ends, for a sheet that stays open."""
    site = site_in_path(request, code)
    date = site.today()
    return JsonResponse(
        {
            "today": date.isoformat(),
            "label": date_format(date, "l j F Y"),
            "address": reverse("day:page", args=[site.code, date]),
            "ends_at": end_of_date(site, date).isoformat(),
        }
    )


def _row(
    request: HttpRequest, code: SiteKey, date: dt.date, module_slug: str, record_id: int | None
) -> SubmittedRow[DailyRecord]:
    site = _writable(request, code)
    assert isinstance(request.user, User)
    sent = {name: str(value) for name, value in request.POST.items()}
    module = registry.module(module_slug)
    return SubmittedRow(sent, module, site=site, date=date, by=request.user, record_id=record_id)


def _writable(request: HttpRequest, code: SiteKey) -> Site:
    """Return the site of an address. Raises PermissionDenied where the person may not enter rows there."""
    site = site_in_path(request, code)
    if not site.is_active:
        raise PermissionDenied(_("This site is no longer active and takes no changes."))
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not change."))
    return site


def _rejected(request: HttpRequest, row: SubmittedRow[DailyRecord], error: Refused) -> HttpResponse:
    rejected = row.rejected(error)
    if accepts_json(request):
        return JsonResponse(rejected_response(row, rejected), status=rejected.status)
    return show_day(request, row.site, row.date, rejected=rejected, status=rejected.status)


def _redirect_back(row: SubmittedRow[DailyRecord]) -> HttpResponse:
    return redirect(f"{day_address(row.site.code, row.date)}#{row.module.slug}")
