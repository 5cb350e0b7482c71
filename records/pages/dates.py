"""The dates of a page: one day, a range, or a period of at most a year, as its address says."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sites.dates import EARLIEST, LATEST, NOT_A_DATE, date_input, within_reason
from sites.scope import PARAMETER, Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text
    from django.utils.functional import _StrPromise as StrPromise

DEFAULT_DAYS = 30
# A year and a day: more could not be read in one drawing.
MOST_DAYS = 366
ONE_DAY = dt.timedelta(days=1)
# The lengths of a period that a page offers.
PERIODS = (7, 30, 90, 365)
DATE_PARAMETER = "date"
# Sent by a part of a page whose own address names no date.
FOLLOWS = "follows"
# Sent by a part of a page that shows a day which is not over.
RUNS = "runs"


@dataclass(frozen=True)
class Link:
    """A link that changes what a page shows, and whether it is what the page shows now."""

    label: "Text"
    # The query of the page's address then.
    query: str
    is_current: bool


@dataclass(frozen=True)
class Preset:
    """A range that one click chooses."""

    label: "StrPromise"
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class DateRange:
    """Operating dates, both included."""

    first: dt.date
    last: dt.date

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last


class RangeForm(forms.Form):
    """`from` and `to` of the address."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values, auto_id="range_%s")
        for name, label in (("from", _("From")), ("to", _("To"))):
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                input_formats=["%Y-%m-%d"],
                validators=within_reason,
                widget=date_input(),
                error_messages={"invalid": NOT_A_DATE},
            )

    def clean(self) -> None:
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and first > last:
            self.add_error("to", _("The range ends before it begins."))

    def chosen(self, today: dt.date) -> DateRange:
        """Return the requested range; a missing or wrong date is replaced by the default."""
        requested = {} if self.errors else self.cleaned_data
        last = requested.get("to") or max(today, requested.get("from") or today)
        first = requested.get("from") or last - dt.timedelta(days=DEFAULT_DAYS - 1)
        return DateRange(first, last)


def today_in(scope: Scope) -> dt.date:
    """Return the operating date now: the site's, or the latest of the sites'."""
    return max((site.today() for site in scope.sites), default=timezone.now().date())


def presets(today: dt.date) -> list[Preset]:
    """Return the ranges that one click chooses, as of today."""

    def ago(days: int) -> dt.date:
        return today - dt.timedelta(days=days)

    return [
        Preset(_("Today"), today, today),
        Preset(_("Yesterday"), ago(1), ago(1)),
        Preset(_("7 days"), ago(6), today),
        Preset(_("30 days"), ago(29), today),
        Preset(_("This month"), today.replace(day=1), today),
    ]


class PagePeriod:
    """The dates of a page that shows one thing day by day: those of the address, at most a year."""

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        self.code = scope.code
        self.form = RangeForm(request.GET)
        self._today = today_in(scope)
        requested = self.form.chosen(self._today)
        earliest = requested.last - dt.timedelta(days=MOST_DAYS - 1)
        self.dates = DateRange(max(requested.first, earliest), requested.last)
        self.is_cut = self.dates != requested

    @property
    def query(self) -> str:
        """Return the query of the address for these dates."""
        return self._query(self.dates)

    @property
    def links(self) -> Iterator[Link]:
        for days in PERIODS:
            dates = DateRange(self._today - dt.timedelta(days=days - 1), self._today)
            yield Link(
                label=_("%(days)d days") % {"days": days},
                query=self._query(dates),
                is_current=dates == self.dates,
            )

    def _query(self, dates: DateRange) -> str:
        return urlencode(
            {PARAMETER: self.code, "from": dates.first.isoformat(), "to": dates.last.isoformat()}
        )


@dataclass(frozen=True, slots=True)
class Day:
    """An operating date as seen from some sites now.

    Sites in different zones are not on the same date: the first of them begin a date while others still
    work on the one before.
    """

    date: dt.date
    # The first and the last operating date of the sites now.
    begun_everywhere: dt.date
    begun_somewhere: dt.date
    # The page's address names no date, so the page moves on when the day does.
    follows: bool
    # The page around this part shows a running day.
    ran: bool

    @property
    def is_outdated(self) -> bool:
        """Return whether the page around a part should show another day by now, or shows it wrongly."""
        return (self.follows and not self.is_default) or (self.ran and not self.is_running)

    @property
    def is_running(self) -> bool:
        """Return whether the date has begun somewhere and is not over everywhere."""
        return self.begun_everywhere <= self.date <= self.begun_somewhere

    @property
    def is_ahead(self) -> bool:
        """Return whether the date has begun nowhere yet."""
        return self.date > self.begun_somewhere

    @property
    def is_default(self) -> bool:
        """Return whether this is the date that is shown where the address names none."""
        return self.date == self.begun_everywhere

    @property
    def before(self) -> dt.date | None:
        return self.date - ONE_DAY if self.date > EARLIEST else None

    @property
    def after(self) -> dt.date | None:
        """Return the next date, if it has begun anywhere."""
        return self.date + ONE_DAY if self.date < self.begun_somewhere else None


def day_of(request: HttpRequest) -> Day:
    """Return the day of `?date=`; the running day where there is no date, or no valid one.

    For several sites that is the latest date that has begun at all of them: the very latest date would be
    empty until the last site has got there.
    """
    dates = [site.today() for site in page_scope(request).sites] or [timezone.now().date()]
    requested = _parsed(request.GET.get(DATE_PARAMETER, ""))
    default = min(dates)
    return Day(
        date=requested or default,
        begun_everywhere=default,
        begun_somewhere=max(dates),
        follows=requested is None or FOLLOWS in request.GET,
        ran=RUNS in request.GET,
    )


def _parsed(text: str) -> dt.date | None:
    try:
        date = parse_date(text.strip())
    except ValueError:
        return None
    return date if date is not None and EARLIEST <= date <= LATEST else None


def shown_date(date: dt.date, form: str) -> str:
    """Return a date as a person reads it; a page shows the same few of them again and again."""
    return _shown(date, form, get_language())


@lru_cache(maxsize=512)
def _shown(date: dt.date, form: str, _language: str | None) -> str:
    return date_format(date, form)
