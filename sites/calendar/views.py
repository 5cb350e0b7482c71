"""The calendar page: everybody reads when a site works, and its managers change it."""

import calendar
import datetime as dt
import zoneinfo
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from http import HTTPStatus
from itertools import zip_longest
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

from sites.calendar import changes
from sites.calendar.forms import CountToleranceForm, HolidayForm, PeriodForm, SettingsForm
from sites.dates import EARLIEST, LATEST
from sites.history import changes_of
from sites.models import DATED_SETTINGS, EarlierSettings, Holiday, Site, Weekday, working_days
from sites.scope import manages, page_scope, page_site, person_of, require_manager


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
    """Let new working times hold from a date on. A change of past dates is confirmed first."""
    site, person = _site_to_change(request), person_of(request)
    form = SettingsForm(request.POST, instance=copy(site), is_admin=person.is_superuser)
    if not form.is_valid():
        return _show(request, site, settings=form)
    values = {name: value for name, value in form.cleaned_data.items() if name in DATED_SETTINGS}
    valid_from: dt.date | None = form.cleaned_data["valid_from"]
    # The form changes a copy of the site; what matters is what would hold from the date on.
    changed = EarlierSettings(valid_from=valid_from, **values)
    effect = changes.effect_on_the_past(site, changed=changed)
    if effect is not None and not form.cleaned_data["confirmed"]:
        return _show(request, site, settings=form, effect=effect)
    changes.change_settings(site=site, by=person, valid_from=valid_from, values=values)
    messages.success(request, _("Saved."))
    return redirect(_address(site, _year(request, site)))


@from_the_page
def remove_settings(request: HttpRequest) -> HttpResponse:
    """Remove the working times that begin on a date, so that those before them hold on."""
    site, person = _site_to_change(request), person_of(request)
    chosen = PeriodForm(request.POST)
    if not chosen.is_valid():
        raise Http404
    valid_from = chosen.cleaned_data["first"]
    before = site.settings_on(valid_from - changes.ONE_DAY)
    held = EarlierSettings(valid_from=valid_from, **{name: getattr(before, name) for name in DATED_SETTINGS})
    effect = changes.effect_on_the_past(site, changed=held)
    if effect is not None and "confirmed" not in request.POST:
        return _show(request, site, removing=valid_from, effect=effect)
    try:
        changes.remove_settings(site=site, by=person, valid_from=valid_from)
    except ValidationError as error:
        # Removed already: by a second click, or by another manager.
        messages.error(request, error.message)
    else:
        messages.success(request, _("Removed. The settings before them hold again."))
    return redirect(_address(site, _year(request, site)))


@from_the_page
def change_tolerance(request: HttpRequest) -> HttpResponse:
    """Change how far a stock count may be from the book stock."""
    site, person = _site_to_change(request), person_of(request)
    form = CountToleranceForm(request.POST, instance=copy(site))
    if not form.is_valid():
        return _show(request, site, tolerance=form)
    changes.change_count_tolerance(site=site, by=person, percent=form.cleaned_data["count_tolerance_percent"])
    messages.success(request, _("Saved."))
    return redirect(_address(site, _year(request, site)))


@from_the_page
def add_holidays(request: HttpRequest) -> HttpResponse:
    """Make a date, or several in a row, a holiday of the site."""
    site, person = _site_to_change(request), person_of(request)
    form = HolidayForm(request.POST)
    if form.is_valid():
        try:
            added = changes.add_holidays(site=site, by=person, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            done = ngettext("%(name)s is a holiday now.", "%(name)s: %(days)d holidays now.", len(added))
            messages.success(request, done % {"name": added[0].name, "days": len(added)})
            return redirect(_address(site, added[0].date.year))
    return _show(request, site, new_holiday=form)


@from_the_page
def remove_holidays(request: HttpRequest) -> HttpResponse:
    """Let the site work again on a date, or on several in a row."""
    site, person = _site_to_change(request), person_of(request)
    chosen = PeriodForm(request.POST)
    if not chosen.is_valid():
        raise Http404
    removed = changes.remove_holidays(site=site, by=person, **chosen.cleaned_data)
    done = ngettext("%(days)d holiday removed.", "%(days)d holidays removed.", len(removed))
    messages.success(request, done % {"days": len(removed)})
    return redirect(_address(site, chosen.cleaned_data["first"].year))


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Show who changed the site's calendar, when, and from what to what."""
    site = page_site(request)
    edited = {"valid_from", "count_tolerance_percent", *DATED_SETTINGS}
    entries = changes_of(Holiday, site_id=site.pk) + changes_of(EarlierSettings, site_id=site.pk)
    entries += [entry for entry in changes_of(Site, only=edited, id=site.pk) if entry.changes]
    entries.sort(key=lambda entry: entry.when, reverse=True)
    return render(request, "sites/calendar_history.html", {"site": site, "entries": entries})


def _site_to_change(request: HttpRequest) -> Site:
    """Return the site of the address. Raises Http404, PermissionDenied below manager."""
    site = page_site(request)
    require_manager(site)
    return site


def _year(request: HttpRequest, site: Site) -> int:
    return requested_year(request.GET.get("year", ""), today=site.today())


def _address(site: Site, year: int) -> str:
    return f"{reverse('calendar')}?site={site.code}&year={year}"


def _show(
    request: HttpRequest,
    site: Site,
    *,
    settings: SettingsForm | None = None,
    effect: changes.PastEffect | None = None,
    removing: dt.date | None = None,
    tolerance: CountToleranceForm | None = None,
    new_holiday: HolidayForm | None = None,
) -> HttpResponse:
    """Show the site's year, with a rejected form as it was sent."""
    rejected = (
        settings is not None or removing is not None or tolerance is not None or new_holiday is not None
    )
    is_admin = person_of(request).is_superuser
    periods = changes.periods_of(site)
    context = {
        "site": site,
        "year": Year(site, _year(request, site)),
        "may_change": manages(site),
        # With each, whether it may only be removed by somebody else.
        "periods": [
            (period, not is_admin and changes.is_removal_for_admins(period, before))
            for period, before in zip_longest(periods, periods[1:])
        ],
        "settings_form": settings or _settings_form(request, site),
        "effect": effect,
        "removing": removing,
        "tolerance": tolerance or CountToleranceForm(instance=site),
        "new_holiday": new_holiday or HolidayForm(),
        "time_zones": sorted(zoneinfo.available_timezones()) if is_admin else (),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if rejected else HTTPStatus.OK
    return render(request, "sites/calendar.html", context, status=status)


def _settings_form(request: HttpRequest, site: Site) -> SettingsForm:
    """Return the form for settings from today on, or for those that `?from=` chooses."""
    chosen = request.GET.get("from")
    periods = {str(period.valid_from or ""): period for period in changes.periods_of(site)}
    period = site if chosen is None else periods.get(chosen, site)
    initial = {name: getattr(period, name) for name in DATED_SETTINGS}
    is_first_setup = site.valid_from is None and not site.has_records()
    initial["valid_from"] = (
        (None if is_first_setup else site.today()) if chosen is None else period.valid_from
    )
    return SettingsForm(instance=copy(site), initial=initial, is_admin=person_of(request).is_superuser)


def _show_all(request: HttpRequest) -> HttpResponse:
    sites = page_scope(request).sites
    year = requested_year(
        request.GET.get("year", ""),
        today=max((site.today() for site in sites), default=timezone.now().date()),
    )
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    days = working_days(sites, first=first, last=last)
    lines = [(site, len(days[site.pk])) for site in sites]
    return render(request, "sites/calendars.html", {"year": year, "lines": lines})


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date of the year; `holiday` is its name on a holiday, else empty."""

    date: dt.date
    is_working: bool
    is_today: bool
    holiday: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday on; None for days of the adjacent months."""

    first: dt.date
    weeks: list[list[CalendarDay | None]]

    @property
    def working_days(self) -> int:
        return sum(day.is_working for week in self.weeks for day in week if day is not None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Holidays of one name on days that follow one another."""

    name: str
    first: dt.date
    last: dt.date

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last


class Year:
    """A site's year. One query."""

    def __init__(self, site: Site, number: int) -> None:
        self.site = site
        self.number = number
        self.first, self.last = dt.date(number, 1, 1), dt.date(number, 12, 31)
        self._today = site.today()

    @cached_property
    def holidays(self) -> list[Holiday]:
        """Return the year's holidays, the first one first."""
        return list(self.site.holidays.between(self.first, self.last).order_by("date"))

    @property
    def stretches(self) -> list[Stretch]:
        """Return the year's holidays as people speak of them: those of several days in one."""
        found: list[Stretch] = []
        for holiday in self.holidays:
            before = found[-1] if found else None
            eve = holiday.date - dt.timedelta(days=1)
            if before is not None and (before.name, before.last) == (holiday.name, eve):
                found[-1] = replace(before, last=holiday.date)
            else:
                found.append(Stretch(holiday.name, holiday.date, holiday.date))
        return found

    @cached_property
    def months(self) -> list[Month]:
        names = {holiday.date: holiday.name for holiday in self.holidays}
        weeks_of = calendar.Calendar().monthdayscalendar
        months = []
        for number in range(1, 13):
            first = dt.date(self.number, number, 1)
            weeks = [
                [self._day(first.replace(day=day), names) if day else None for day in week]
                for week in weeks_of(self.number, number)
            ]
            months.append(Month(first, weeks))
        return months

    @property
    def working_days(self) -> int:
        """Return on how many days of the year the site works."""
        return sum(month.working_days for month in self.months)

    @property
    def weekdays(self) -> list[Weekday]:
        """Return the days of the week in the order of the months' columns."""
        return list(Weekday)

    @property
    def is_now(self) -> bool:
        return self.number == self._today.year

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > EARLIEST.year else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < LATEST.year else None

    def _day(self, date: dt.date, names: dict[dt.date, str]) -> CalendarDay:
        name = names.get(date, "")
        return CalendarDay(
            date=date,
            is_working=not name and self.site.works_on_weekday(date),
            is_today=date == self._today,
            holiday=name,
        )


def requested_year(text: str, *, today: dt.date) -> int:
    """Return the year that an address asks for; this year where it asks for none, or for nonsense."""
    if text.isdecimal() and len(text) <= 4 and EARLIEST.year <= int(text) <= LATEST.year:
        return int(text)
    return today.year
