"""The day sheet, and its lines as they are sent."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from dashboard.day_sheet.page import day_address, from_the_day, show_day
from dashboard.day_sheet.responses import for_lines, is_script
from dashboard.day_sheet.saving import (
    LineOfDay,
    told_as_deleted,
    told_as_refused,
    told_as_saved,
    told_of_pasted,
)
from records import registry
from records.errors import Refused
from records.models import DailyRecord
from records.pages.table import may_write
from sites.dates import NOT_A_DATE
from sites.scope import ALL, PARAMETER, page_scope, site_in_path


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Lead to the sheet of today, of the site that the person looks at."""
    scope = page_scope(request)
    if scope.site is None and len(scope.choices) != 1:
        return render(request, "dashboard/day_sheet/choose.html", {"scope": scope})
    site = scope.site or scope.choices[0]
    return redirect("day:page", site.code, site.today())


@require_safe
def page(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Show a site's day. The site switch and the choice of a date ask by `?site=` and `?date=`."""
    wanted = request.GET.get(PARAMETER, code)
    if wanted == ALL:
        return redirect(f"{reverse('day:today')}?{PARAMETER}={ALL}")
    site = site_in_path(request, wanted)
    asked = request.GET.get("date", date.isoformat())
    if wanted == code and asked == date.isoformat():
        return show_day(request, site, date)
    try:
        return redirect(reverse("day:page", args=[site.code, dt.date.fromisoformat(asked)]))
    except ValueError:
        messages.error(request, NOT_A_DATE)
        return redirect("day:page", site.code, date)


@for_lines
@from_the_day
def save(
    request: HttpRequest, code: str, date: dt.date, module_slug: str, record_id: int | None = None
) -> HttpResponse:
    """Enter a line or correct one; a script gets JSON, a form the page again."""
    line = _line(request, code, date, module_slug, record_id)
    try:
        outcome = line.save()
    except Refused as refusal:
        return _refused(request, line, refusal)
    if is_script(request):
        return JsonResponse(told_as_saved(line, outcome))
    messages.success(request, _("Saved."))
    return _back(line)


@for_lines
@from_the_day
def delete(request: HttpRequest, code: str, date: dt.date, module_slug: str, record_id: int) -> HttpResponse:
    """Take a line out; its history is kept."""
    line = _line(request, code, date, module_slug, record_id)
    try:
        line.delete()
    except Refused as refusal:
        return _refused(request, line, refusal)
    if is_script(request):
        return JsonResponse(told_as_deleted(line))
    messages.success(request, _("Deleted."))
    return _back(line)


@for_lines
@require_POST
def check(request: HttpRequest, code: str, date: dt.date, module_slug: str) -> HttpResponse:
    """Say of pasted lines, as JSON, what would keep each from being saved; nothing is saved."""
    line = _line(request, code, date, module_slug, None)
    return JsonResponse({"state": "checked", "lines": told_of_pasted(line, request.POST.get("lines", ""))})


@for_lines
@require_safe
@ensure_csrf_cookie
def who(request: HttpRequest) -> HttpResponse:
    """Say whose session this is, and bring the cookie that a script proves itself with."""
    return JsonResponse({"person": request.user.pk})


def _line(
    request: HttpRequest, code: str, date: dt.date, module_slug: str, record_id: int | None
) -> LineOfDay[DailyRecord]:
    site = site_in_path(request, code)
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not change."))
    return LineOfDay(request, registry.module(module_slug), site=site, date=date, record_id=record_id)


def _refused(request: HttpRequest, line: LineOfDay[DailyRecord], refusal: Refused) -> HttpResponse:
    refused = line.refused(refusal)
    if is_script(request):
        return JsonResponse(told_as_refused(line, refused), status=refused.status)
    return show_day(request, line.site, line.date, refused=refused, status=refused.status)


def _back(line: LineOfDay[DailyRecord]) -> HttpResponse:
    return redirect(f"{day_address(line.site.code, line.date)}#{line.module.slug}")
