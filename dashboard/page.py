"""The dashboard of the sites and the date that a request is about."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.formats import time_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboard.addresses import day_query, fragment_query, page_address
from dashboard.cards import CARDS, Card, DayFigures
from dashboard.chart_figures import CHARTS
from dashboard.charts import DAYS_PARAMETER, DEFAULT_DAYS, ChartCard, ChartPeriod, requested_days
from dashboard.closing.month import MonthNotice, notices_of
from inventory.models import StockThreshold
from production.models import Target
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import PERIODS, Day, Link, day_of, shown_date
from records.pages.table import may_write
from records.registry import modules
from sites.models import EarlierSettings, Holiday, Site
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

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
    def period(self) -> ChartPeriod:
        return ChartPeriod(self.day.date, requested_days(self.request.GET.get(DAYS_PARAMETER, "")))

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
    def entries(self) -> "list[LatestEntry]":
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
    def notices(self) -> list[MonthNotice]:
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


# --- The latest entries of all modules

ENTRIES = 10


@dataclass(frozen=True, slots=True)
class LatestEntry:
    """A record in the list of latest entries."""

    module: RecordModule[DailyRecord]
    record_id: int
    site: Site
    date: dt.date
    # The names of its master data: a material and an operation, for example.
    names: tuple[str, ...]
    amount: Decimal | int | None
    by: str
    # In the zone of the site.
    at: dt.datetime
    # The change number of its site.
    number: int
    is_changed: bool

    @property
    def figure(self) -> str:
        """Return the amount as a person reads it."""
        return self.module.headline.format(self.amount) if self.module.headline else ""

    @property
    def unit(self) -> "Text":
        return self.module.headline.unit if self.module.headline else ""

    @property
    def day(self) -> str:
        """Return the operating date as a person reads it."""
        return shown_date(self.date, "D j M Y")

    @property
    def what(self) -> str:
        return " · ".join(self.names)

    @property
    def when(self) -> str:
        """Return when it was entered or changed, in the site's time."""
        return f"{shown_date(self.at.date(), 'j M')}, {self.at:%H:%M}"

    @property
    def href(self) -> str:
        """Return the page of the record's history."""
        return page_address(f"{self.module.slug}:history", self.record_id)


def latest_entries(sites: Sequence[Site], *, count: int = ENTRIES) -> list[LatestEntry]:
    """Return the records that were entered or changed last at the sites, newest first.

    One query for each module along its index of change numbers, whatever the history.
    """
    by_id = {site.pk: site for site in sites}
    entries = [entry for module in modules() for entry in _entries(module, by_id, count)] if sites else []
    return sorted(entries, key=lambda entry: (entry.at, entry.number), reverse=True)[:count]


def _entries(
    module: RecordModule[DailyRecord], sites: Mapping[int, Site], count: int
) -> Iterator[LatestEntry]:
    named = [
        f"{name}__name"
        for name, choice in module.form.base_fields.items()
        if isinstance(choice, CodedChoiceField) and name not in module.detail_fields
    ]
    amount = module.headline.expression if module.headline else Value(None)
    newest = _newest(module.model, list(sites), count).annotate(amount=amount)
    columns = ("pk", "site_id", "date", "amount", "updated_at", "change_number", "version")
    people = ("updated_by__name", "updated_by__email")
    for row in newest.values_list(*columns, *people, *named):
        record_id, site_id, date, amount, written_at, number, version, name, email, *names = row
        yield LatestEntry(
            module=module,
            record_id=record_id,
            site=sites[site_id],
            date=date,
            names=tuple(names),
            amount=amount,
            by=name or email,
            at=written_at.astimezone(sites[site_id].zone),
            number=number,
            is_changed=version > 1,
        )


def _newest(model: type[DailyRecord], site_ids: Sequence[int], count: int) -> QuerySet[DailyRecord]:
    """Return the latest records of the sites.

    A limit for each of several sites would take a query each, so they begin at the last change number that
    can matter.
    """
    records = model._default_manager.all()
    if len(site_ids) == 1:
        return records.filter(site=site_ids[0]).order_by("-change_number")[:count]

    def oldest_that_matters(site_id: int) -> Coalesce:
        newest = records.filter(site=site_id).order_by("-change_number")
        return Coalesce(Subquery(newest.values("change_number")[count - 1 : count]), Value(0))

    lately = (Q(site=site_id, change_number__gte=oldest_that_matters(site_id)) for site_id in site_ids)
    return records.filter(Q(*lately, _connector=Q.OR)).order_by("-updated_at", "-change_number")[:count]


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
