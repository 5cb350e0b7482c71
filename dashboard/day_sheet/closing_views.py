"""The views that show, submit, approve and reopen a site's day."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.closing.panel import Rejection, closing_panel, history_of
from dashboard.day_sheet.page import day_address, post_to_the_day, show_day
from records.closing import workflow
from records.errors import DayClosed
from records.models import NothingToday, SiteDay
from records.registry import module as module_of
from sites.models import Site
from sites.scope import person_of, site_in_path

PANEL_ID = "closing"


@require_safe
def closing(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Show the closing panel alone, for a page whose records have changed."""
    return _show(request, site_in_path(request, code), date)


@require_safe
def history(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Show who submitted, approved and reopened the day, and who marked a module as nothing."""
    site = site_in_path(request, code)
    context = {"site": site, "date": date, "entries": history_of(site, date)}
    return render(request, "dashboard/day_sheet/history.html", context)


@post_to_the_day
def submit(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Close the day for entry."""
    site = site_in_path(request, code)
    action = partial(workflow.submit_day, site=site, date=date, by=person_of(request))
    return _run(request, site, date, action, message=_("The day is submitted."), about="submit")


@post_to_the_day
def approve(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Approve the submission that the manager has seen."""
    site = site_in_path(request, code)
    action = partial(workflow.approve_day, day=_day(site, date), by=person_of(request), seen=_seen(request))
    return _run(request, site, date, action, message=_("The day is approved."), about="approve")


@post_to_the_day
def reopen(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Open the day again, with a reason."""
    site = site_in_path(request, code)
    reason = _typed(request)
    action = partial(workflow.reopen_day, day=_day(site, date), by=person_of(request), reason=reason)
    return _run(request, site, date, action, message=_("The day is reopened."), about="reopen", typed=reason)


@post_to_the_day
def nothing(request: HttpRequest, code: str, date: dt.date, module: str) -> HttpResponse:
    """Mark a module as nothing on this day, with the reason."""
    site = site_in_path(request, code)
    recorded, reason = module_of(module), _typed(request)
    action = partial(
        workflow.mark_nothing, site=site, date=date, module=recorded, by=person_of(request), reason=reason
    )
    message = _("%(module)s: nothing on this day.") % {"module": recorded.label_plural}
    return _run(request, site, date, action, message=message, about=module, typed=reason)


@post_to_the_day
def something(request: HttpRequest, code: str, date: dt.date, module: str) -> HttpResponse:
    """Remove the mark that a module had nothing on this day."""
    site = site_in_path(request, code)
    statement = get_object_or_404(NothingToday, site=site, date=date, module=module)
    action = partial(workflow.unmark_nothing, statement=statement, by=person_of(request))
    return _run(request, site, date, action, message=_("Removed."), about=module)


def _run(
    request: HttpRequest,
    site: Site,
    date: dt.date,
    action: Callable[[], object],
    *,
    message: str,
    about: str,
    typed: str = "",
) -> HttpResponse:
    """Run an action and redirect to the day, or show the day with the reason for its rejection."""
    try:
        action()
    except ValidationError as error:
        rejection = Rejection(" ".join(error.messages), about, typed)
        return _show(request, site, date, rejection=rejection, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except DayClosed as closed:
        rejection = Rejection(closed.message, "", typed)
        return _show(request, site, date, rejection=rejection, status=HTTPStatus.CONFLICT)
    if _is_part(request):
        return _show(request, site, date)
    messages.success(request, message)
    return redirect(day_address(site.code, date))


def _show(
    request: HttpRequest,
    site: Site,
    date: dt.date,
    *,
    rejection: Rejection | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    if not _is_part(request):
        return show_day(request, site, date, rejection=rejection, status=status)
    context = closing_panel(site, date, rejection=rejection)
    return render(request, "dashboard/day_sheet/_closing.html", context, status=status)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == PANEL_ID


def _day(site: Site, date: dt.date) -> SiteDay:
    """Return the stored day; one that was never submitted is open."""
    return SiteDay.objects.filter(site=site, date=date).first() or SiteDay(site=site, date=date)


def _seen(request: HttpRequest) -> dt.datetime:
    """Return the time of the submission that the manager has seen; the earliest time without one."""
    try:
        return dt.datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _typed(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "")
