"""The dashboard of the sites and the date that a request is about."""

import datetime as dt
import hashlib
from functools import cache, cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.formats import time_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboard.addresses import day_query, fragment_query, page_address
from dashboard.cards import CARDS, Card, DayFigures
from dashboard.chart_figures import CHARTS
from dashboard.charts import DAYS_PARAMETER, DEFAULT_DAYS, ChartCard, Period, requested_days
from dashboard.closing.month import Notice, notices_of
from dashboard.latest import Entry, latest_entries
from inventory.models import StockThreshold
from production.models import Target
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import Day, Link, day_of
from records.pages.table import may_write
from records.periods import PERIODS
from records.registry import modules
from sites.models import EarlierSettings, Holiday, Site
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import Scope, page_scope

CHARTS_PARAMETER = "charts"
DRAWN = "drawn"
# Files that decide how a part looks.
CODE = {".py", ".html", ".css", ".js", ".svg"}
NO_CODE = {"tests", "bench", "docs", "var"}


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

    @cached_property
    def is_complete(self) -> bool:
        """Return whether the page has its charts and latest entries, which scripts fetch otherwise."""
        return self.request.GET.get(CHARTS_PARAMETER) == DRAWN

    @cached_property
    def complete_query(self) -> str:
        """Return the query of the same page with its charts and latest entries."""
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
        return {CHARTS_PARAMETER: DRAWN} if self.is_complete else {}


# --- The ETag of the page and its parts, computed without reading a figure


def etag_of(request: HttpRequest, scope: Scope, day: Day) -> str:
    """Return an ETag that changes whenever the dashboard may show something else.

    Every change of a record raises the change number of its site, which was read with the sites. Master data,
    calendars and targets have a history. The rest depends on the person, the requested date, the dates now,
    the language and the release. One query.

    The change numbers are read before the figures, so a change in between makes the ETag too old, never too
    new, and the next request corrects it.
    """
    state = (
        _code(),
        request.user.pk,
        get_language(),
        (day.date, day.begun_everywhere, day.begun_somewhere),
        _newest_master_data(),
        scope.code,
        [
            (
                site.pk,
                site.change_number,
                site.code,
                site.timezone,
                site.decimal_mark,
                site.today(),
                site.role,
                site.is_active,
            )
            for site in scope.sites
        ],
    )
    return f'"{hashlib.blake2b(repr(state).encode(), digest_size=16).hexdigest()}"'


@cache
def _code() -> str:
    """Return a digest of the code of this release, the same in all of its processes."""
    digest = hashlib.blake2b(digest_size=16)
    for folder in sorted(settings.BASE_DIR.iterdir()):
        if folder.name not in NO_CODE and not folder.name.startswith("."):
            for file in sorted(folder.rglob("*")):
                if file.suffix in CODE:
                    digest.update(file.read_bytes())
    return digest.hexdigest()


def _newest_master_data() -> list[tuple[object, ...]]:
    """Return the number of rows and the newest one in the history of each model shown with records.

    Written as SQL, since each open dashboard runs it seven times a minute. A row may be committed after one
    with a higher id: then there is one more.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT {number}, COUNT(*), MAX(history_id) FROM {connection.ops.quote_name(table)}"  # noqa: S608  no values
                for number, table in enumerate(_histories())
            )
        )
        return sorted(cursor.fetchall())


@cache
def _histories() -> tuple[str, ...]:
    """Return the tables of the histories of master data, calendars, targets and low marks."""
    named = {
        module.model._meta.get_field(name).related_model: None
        for module in modules()
        for name in module.related
    }
    shown = [model for model in named if isinstance(model, type)]
    return tuple(
        model.history.model._meta.db_table  # type: ignore[attr-defined]  # each has one
        for model in (Site, EarlierSettings, Holiday, Target, StockThreshold, *shown)
    )
