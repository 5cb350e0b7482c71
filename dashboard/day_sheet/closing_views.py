"""A site's day: looked at, submitted, approved and reopened."""

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

from dashboard.closing.history import entries_of
from dashboard.closing.panel import Refusal, closing_panel
from dashboard.day_sheet.page import day_address, from_the_day, show_day
from records.closing import workflow
from records.errors import DayClosed
from records.models import NothingToday, SiteDay
from records.registry import module as module_of
from sites.models import Site, User
from sites.scope import site_in_path

PART = "closing"


@require_safe
def closing(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Show how far the day is: the part alone, for a page that has changed what the day has."""
    return _show(request, site_in_path(request, code), date)


@require_safe
def history(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Show who submitted, approved and reopened the day, and who said that there was nothing of what."""
    site = site_in_path(request, code)
    context = {"site": site, "date": date, "entries": entries_of(site, date)}
    return render(request, "dashboard/day_sheet/history.html", context)


@from_the_day
def submit(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Close the day for entry."""
    site = site_in_path(request, code)
    act = partial(workflow.submit_day, site=site, date=date, by=_person(request))
    return _done(request, site, date, act, told=_("The day is submitted."), about="submit")


@from_the_day
def approve(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Approve the submission that the manager looked at."""
    site = site_in_path(request, code)
    act = partial(workflow.approve_day, day=_day(site, date), by=_person(request), seen=_seen(request))
    return _done(request, site, date, act, told=_("The day is approved."), about="approve")


@from_the_day
def reopen(request: HttpRequest, code: str, date: dt.date) -> HttpResponse:
    """Open the day again, with a reason."""
    site = site_in_path(request, code)
    reason = _typed(request)
    act = partial(workflow.reopen_day, day=_day(site, date), by=_person(request), reason=reason)
    return _done(request, site, date, act, told=_("The day is open again."), about="reopen", typed=reason)


@from_the_day
def nothing(request: HttpRequest, code: str, date: dt.date, module: str) -> HttpResponse:
    """Keep that there was nothing of a module, and why."""
    site = site_in_path(request, code)
    face, reason = module_of(module), _typed(request)
    act = partial(
        workflow.mark_nothing, site=site, date=date, module=face, by=_person(request), reason=reason
    )
    told = _("%(module)s: nothing on this day.") % {"module": face.label_plural}
    return _done(request, site, date, act, told=told, about=module, typed=reason)


@from_the_day
def something(request: HttpRequest, code: str, date: dt.date, module: str) -> HttpResponse:
    """Take back that there was nothing of a module."""
    site = site_in_path(request, code)
    said = get_object_or_404(NothingToday, site=site, date=date, module=module)
    act = partial(workflow.unmark_nothing, statement=said, by=_person(request))
    return _done(request, site, date, act, told=_("Taken back."), about=module)


def _done(
    request: HttpRequest,
    site: Site,
    date: dt.date,
    act: Callable[[], object],
    *,
    told: str,
    about: str,
    typed: str = "",
) -> HttpResponse:
    """Do it and lead back to the day, or show the day with the reason why not."""
    try:
        act()
    except ValidationError as refused:
        refusal = Refusal(" ".join(refused.messages), about, typed)
        return _show(request, site, date, refusal=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except DayClosed as closed:
        refusal = Refusal(closed.message, "", typed)
        return _show(request, site, date, refusal=refusal, status=HTTPStatus.CONFLICT)
    if _is_part(request):
        return _show(request, site, date)
    messages.success(request, told)
    return redirect(day_address(site.code, date))


def _show(
    request: HttpRequest,
    site: Site,
    date: dt.date,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    if not _is_part(request):
        return show_day(request, site, date, refusal=refusal, status=status)
    context = closing_panel(site, date, refusal=refusal)
    return render(request, "dashboard/day_sheet/_closing.html", context, status=status)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == PART


def _day(site: Site, date: dt.date) -> SiteDay:
    """Return what is kept of the day; one that nobody submitted is open."""
    return SiteDay.objects.filter(site=site, date=date).first() or SiteDay(site=site, date=date)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _seen(request: HttpRequest) -> dt.datetime:
    """Return when the submission was made that was looked at; where that is not said, none was."""
    try:
        return dt.datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _typed(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "")
