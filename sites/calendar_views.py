"""The page on which everybody reads when a site works, and its managers say so."""

import datetime as dt
from collections.abc import Callable
from copy import copy
from functools import wraps
from http import HTTPStatus
from typing import Concatenate

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from sites import calendar
from sites.changes import changes_of
from sites.forms import HolidayForm, PeriodForm, WorkingTimeForm
from sites.managing import manages, require_manager
from sites.models import Holiday, Site, User, working_days
from sites.scope import page_scope, page_site
from sites.years import Year, year_asked_for


def from_the_page[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Redirect a GET of a form's address to its page, as after a switch of the site on a rejected form."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return redirect(f"{reverse('calendar')}?{request.GET.urlencode()}")
        return view(request, *args, **kwargs)

    return answer


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show a site's year; where the page is about several sites, what is usual at each."""
    site = page_scope(request).site
    return _show_all(request) if site is None else _show(request, site)


@from_the_page
def change(request: HttpRequest) -> HttpResponse:
    """Keep on which days and for how long the site works, and what its stock counts may be off."""
    site, person = _site_to_change(request), _person(request)
    form = WorkingTimeForm(request.POST, instance=copy(site))
    if not form.is_valid():
        return _show(request, site, working_time=form)
    calendar.change_working_time(site=site, by=person, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect(_address(site, _year(request, site)))


@from_the_page
def add_holidays(request: HttpRequest) -> HttpResponse:
    """Make a date, or several in a row, a holiday of the site."""
    site, person = _site_to_change(request), _person(request)
    form = HolidayForm(request.POST)
    if form.is_valid():
        try:
            added = calendar.add_holidays(site=site, by=person, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            told = ngettext("%(name)s is a holiday now.", "%(name)s: %(days)d holidays now.", len(added))
            messages.success(request, told % {"name": added[0].name, "days": len(added)})
            return redirect(_address(site, added[0].date.year))
    return _show(request, site, new_holiday=form)


@from_the_page
def remove_holidays(request: HttpRequest) -> HttpResponse:
    """Let the site work again on a date, or on several in a row."""
    site, person = _site_to_change(request), _person(request)
    asked = PeriodForm(request.POST)
    if not asked.is_valid():
        raise Http404
    removed = calendar.remove_holidays(site=site, by=person, **asked.cleaned_data)
    told = ngettext(
        "%(days)d day is no holiday any more.", "%(days)d days are no holidays any more.", len(removed)
    )
    messages.success(request, told % {"days": len(removed)})
    return redirect(_address(site, asked.cleaned_data["first"].year))


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Show who changed the site's calendar, when, and from what to what."""
    site = page_site(request)
    entries = changes_of(Holiday, site_id=site.pk) + [
        entry for entry in changes_of(Site, only=calendar.EDITED, id=site.pk) if entry.changes
    ]
    entries.sort(key=lambda entry: entry.when, reverse=True)
    return render(request, "sites/calendar_history.html", {"site": site, "entries": entries})


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _site_to_change(request: HttpRequest) -> Site:
    """Return the site of the address. Raises Http404, PermissionDenied below manager."""
    site = page_site(request)
    require_manager(site)
    return site


def _year(request: HttpRequest, site: Site) -> int:
    return year_asked_for(request.GET.get("year", ""), today=site.today())


def _address(site: Site, year: int) -> str:
    return f"{reverse('calendar')}?site={site.code}&year={year}"


def _show(
    request: HttpRequest,
    site: Site,
    *,
    working_time: WorkingTimeForm | None = None,
    new_holiday: HolidayForm | None = None,
) -> HttpResponse:
    """Show the site's year, with the form that was refused as it was sent."""
    refused = working_time is not None or new_holiday is not None
    context = {
        "site": site,
        "year": Year(site, _year(request, site)),
        "may_change": manages(site),
        "working_time": working_time or WorkingTimeForm(instance=site),
        "new_holiday": new_holiday or HolidayForm(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "sites/calendar.html", context, status=status)


def _show_all(request: HttpRequest) -> HttpResponse:
    sites = page_scope(request).sites
    year = year_asked_for(
        request.GET.get("year", ""),
        today=max((site.today() for site in sites), default=timezone.now().date()),
    )
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    days = working_days(sites, first=first, last=last)
    lines = [(site, len(days[site.pk])) for site in sites]
    return render(request, "sites/calendars.html", {"year": year, "lines": lines})
