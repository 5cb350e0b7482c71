"""The dashboard of the sites and the date that a request is about."""

import datetime as dt
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from dashboard.addresses import day_query, fragment_query, page_address
from dashboard.cards import CARDS, Card, DayFigures
from dashboard.charts.card import CHARTS, ChartCard
from dashboard.charts.period import DAYS_PARAMETER, DEFAULT_DAYS, Period, requested_days
from dashboard.closing.notices import Notice, notices_of
from dashboard.etags import etag_of
from dashboard.latest import Entry, latest_entries
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import Day, Link, day_of
from records.pages.table import may_write
from records.periods import PERIODS
from records.registry import modules
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import Scope, page_scope

CHARTS_PARAMETER = "charts"
DRAWN = "drawn"


class EntryLink(NamedTuple):
    """A link to the page on which a record of a module is entered."""

    module: RecordModule[DailyRecord]
    href: str


class DashboardPage:
    """The cards, charts and latest entries of the requested sites on the requested date."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.scope: Scope = page_scope(request)
        self.day: Day = day_of(request)

    @cached_property
    def etag(self) -> str:
        return etag_of(self.request, self.scope, self.day)

    @cached_property
    def figures(self) -> DayFigures:
        return DayFigures(self.scope.sites, self.day.date)

    @cached_property
    def cards(self) -> list[Card]:
        return [self.card(name) for name in CARDS]

    def card(self, name: str) -> Card:
        return Card(CARDS[name], self.figures, self.day, self.scope.code)

    @cached_property
    def period(self) -> Period:
        return Period(self.day.date, requested_days(self.request.GET.get(DAYS_PARAMETER, "")))

    @cached_property
    def charts(self) -> list[ChartCard]:
        return [self.chart(name) for name in CHARTS]

    def chart(self, name: str) -> ChartCard:
        return ChartCard(CHARTS[name], self.scope, self.day, self.period)

    @property
    def draws_charts(self) -> bool:
        """Return whether the page contains its charts, for browsers without scripts to fetch them."""
        return self.request.GET.get(CHARTS_PARAMETER) == DRAWN

    @property
    def drawn_query(self) -> str:
        """Return the query of the same page with its charts."""
        return f"{self.page_query}&{urlencode({CHARTS_PARAMETER: DRAWN})}"

    @property
    def ranges(self) -> list[Link]:
        """Return the links that choose the number of days of the charts."""
        return [
            Link(
                _("%(days)d days") % {"days": days},
                self._query(self._named_date, days=days),
                is_current=days == self.period.days,
            )
            for days in PERIODS
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return the parameters that the date form keeps: the sites, and a chosen range of the charts."""
        kept = [(SITE_PARAMETER, self.scope.code)]
        if self.period.days != DEFAULT_DAYS:
            kept.append((DAYS_PARAMETER, str(self.period.days)))
        return kept + list(self._drawing.items())

    @property
    def page_query(self) -> str:
        """Return the query of this page."""
        return self._query(self._named_date)

    @property
    def before_query(self) -> str:
        return self._query(self.day.before) if self.day.before else ""

    @property
    def after_query(self) -> str:
        return self._query(self.day.after) if self.day.after else ""

    @property
    def today_query(self) -> str:
        return self._query(None)

    @cached_property
    def entries(self) -> list[Entry]:
        return latest_entries(self.scope.sites)

    @property
    def latest_address(self) -> str:
        return f"{page_address('dashboard:latest')}?{fragment_query(self.scope.code, self.day)}"

    @property
    def shows_site(self) -> bool:
        """Return whether the page is about several sites, so that each entry names its site."""
        return self.scope.site is None

    @property
    def day_status(self) -> str:
        """Return a sentence: until when the day runs, or how long ago it was."""
        if self.day.is_ahead:
            return _("This day has not begun yet.")
        if not self.day.is_running:
            ago = (self.day.begun_everywhere - self.day.date).days
            return _("Yesterday.") if ago == 1 else _("%(days)d days ago.") % {"days": ago}
        site = self.scope.site
        if site is None:
            return _("The day is running, by the clock of each site.")
        return _("The day runs until %(time)s, %(zone)s.") % {
            "time": time_format(site.day_starts_at, "H:i"),
            "zone": site.timezone,
        }

    @cached_property
    def notices(self) -> list[Notice]:
        """Return what is to be done about days that are over."""
        return notices_of(self.scope.sites)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was made, received, dispatched or worked on the date."""
        return not any(card.value for card in self.cards if not card.definition.is_level)

    @property
    def entry_links(self) -> list[EntryLink]:
        """Return links to enter what is missing: for one site, to a person who may enter records there."""
        site = self.scope.site
        if site is None or not may_write(site):
            return []
        links = [EntryLink(module, page_address(f"{module.slug}:create")) for module in modules()]
        return [EntryLink(link.module, f"{link.href}?site={site.code}") for link in links if link.href]

    @property
    def _named_date(self) -> dt.date | None:
        return None if self.day.follows else self.day.date

    def _query(self, date: dt.date | None, *, days: int | None = None) -> str:
        """Return the query of the page for a date, None for the running one, and a number of days."""
        days = days or self.period.days
        chosen = {} if days == DEFAULT_DAYS else {DAYS_PARAMETER: days}
        return day_query(self.scope.code, date, **chosen, **self._drawing)

    @property
    def _drawing(self) -> dict[str, str]:
        return {CHARTS_PARAMETER: DRAWN} if self.draws_charts else {}
