"""All sites of a person: today, each by its own clock, on another date, or over a range of dates."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.db.models import Case, DateField, Exists, OuterRef, Value, When
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from charts.sparkline import sparkline
from core.db.fields import NO_TONS
from dashboard.addresses import RecordsLink, dates_query, day_query, page_address, records_address
from dashboard.cards import CARDS, TREND_DAYS, CardChange, ComparedWith, change_since_worked
from inventory.figures import NO_CHANGE, SiteStock, stock_by_site
from inventory.ledger.snapshots import By
from inventory.models import InventorySnapshot
from production.figures import output_by_site
from records.closing.completeness import entered_modules
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import (
    ONE_DAY,
    DateRange,
    Link,
    PagePeriod,
    RangeForm,
    presets,
    today_in,
)
from records.registry import modules
from records.templatetags.figures import tons
from sites.dates import days_until
from sites.models import Site, working_days
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


FIGURES = ("production", "received", "dispatched", "stock")


class SiteFigure(NamedTuple):
    """A figure of a site, its column, its change and the list of its records."""

    label: "StrPromise"
    text: str
    change: CardChange | None
    href: str


@dataclass(frozen=True)
class SiteRow:
    """A site on a date: its figures in tons, its production trend, and the modules without records."""

    site: Site
    date: dt.date
    output: Mapping[dt.date, Decimal]
    stock: SiteStock
    # The working days of the trend.
    worked: frozenset[dt.date]
    missing: tuple[RecordModule[DailyRecord], ...]

    @property
    def is_working_day(self) -> bool:
        return self.date in self.worked

    @property
    def missing_count(self) -> int:
        """Return how many modules have no records."""
        return len(self.missing)

    def total(self, name: str) -> Decimal:
        """Return a figure of the date."""
        return self.value(name, self.date)

    def value(self, name: str, date: dt.date) -> Decimal:
        """Return a figure of a date; the stock is that of the row's own."""
        change = self.stock.changes.get(date, NO_CHANGE)
        match name:
            case "production":
                return self.output.get(date, NO_TONS)
            case "received":
                return change.received_ton
            case "dispatched":
                return change.dispatched_ton
        return self.stock.closing_ton

    @property
    def figures(self) -> Iterator[SiteFigure]:
        """Yield the four figures, compared with the last working day; stock with the day before."""
        for name in FIGURES:
            card, now = CARDS[name], self.total(name)
            if card.is_level:
                moved = self.stock.changes.get(self.date, NO_CHANGE).net_ton
                change: CardChange | None = CardChange(now, now - moved, ComparedWith.LEVEL)
            else:
                is_running = self.date >= self.site.today()
                change = change_since_worked(
                    partial(self.value, name), self.date, self.worked, is_running=is_running
                )
            yield SiteFigure(card.label, tons(now), change, card.records(self.site.code, self.date))

    @property
    def sparkline(self) -> SafeString:
        return _sparkline(self.site, self.output, until=self.date)

    @property
    def address(self) -> str:
        return f"{page_address('dashboard:page')}?{urlencode({'site': self.site.code})}"

    @property
    def missing_links(self) -> list[RecordsLink]:
        """Return links to the lists of the modules that have no record of the date."""
        query = dates_query(self.site.code, first=self.date, last=self.date)
        return [
            RecordsLink(module.label_plural, f"{page_address(f'{module.slug}:list')}?{query}")
            for module in self.missing
        ]


@dataclass(frozen=True)
class PeriodRow:
    """A site over a range of dates: sums and the last stock, compared with as many days before."""

    site: Site
    dates: DateRange
    now: Mapping[str, Decimal]
    before: Mapping[str, Decimal]
    output: Mapping[dt.date, Decimal]
    # Working days up to today on which nothing was entered.
    missing_count: int

    def total(self, name: str) -> Decimal:
        """Return a figure of the range."""
        return self.now[name]

    @property
    def figures(self) -> Iterator[SiteFigure]:
        # Less than the whole range before is no bad news while the range is running.
        is_over = self.dates.last < self.site.today()
        compared_with = ComparedWith.DAY if is_over else ComparedWith.WHOLE_DAY
        for name in FIGURES:
            card, now = CARDS[name], self.total(name)
            level = ComparedWith.LEVEL if card.is_level else compared_with
            if card.is_level:
                href = card.records(self.site.code, self.dates.last)
            else:
                href = records_address(
                    card.url_name,
                    self.site.code,
                    *card.filters,
                    first=self.dates.first,
                    last=self.dates.last,
                )
            yield SiteFigure(card.label, tons(now), CardChange(now, self.before[name], level), href)

    @property
    def sparkline(self) -> SafeString:
        return _sparkline(self.site, self.output, until=self.dates.last)

    @property
    def address(self) -> str:
        return f"{page_address('dashboard:page')}?{day_query(self.site.code, self.dates.last)}"


type Row = SiteRow | PeriodRow


def _sparkline(site: Site, output: Mapping[dt.date, Decimal], *, until: dt.date) -> SafeString:
    """Return the output of the last days as a small chart."""
    label = gettext("Production of %(site)s, the last %(days)d days")
    series = [output.get(date, NO_TONS) for date in days_until(until, count=TREND_DAYS)]
    return sparkline(series, label=label % {"site": site.name, "days": TREND_DAYS})


@dataclass(frozen=True, slots=True)
class OverviewColumn:
    """A column of the page, by which the sites can be sorted: figures from the greatest, names from A."""

    name: str
    label: "StrPromise"
    sort_key: Callable[[Row], str | Decimal | int]
    is_number: bool = True

    @property
    def descending(self) -> str:
        """Return the value of `?sort=` for the greatest first."""
        return f"-{self.name}"


def _number(name: str, label: "StrPromise") -> OverviewColumn:
    return OverviewColumn(name, label, lambda row: row.total(name))


COLUMNS = (
    OverviewColumn("site", _("Site"), lambda row: row.site.name.casefold(), is_number=False),
    _number("production", _("Production")),
    _number("received", _("Received")),
    _number("dispatched", _("Dispatched")),
    _number("stock", _("Stock")),
    OverviewColumn("missing", _("Missing"), lambda row: row.missing_count, is_number=False),
)


class ColumnHeading(NamedTuple):
    """The heading of a column: the value of `aria-sort`, and the query of the page after a click on it."""

    column: OverviewColumn
    is_sorted: str
    next: str
    # The sum of the sites' figures as a person reads it; empty where a sum has no meaning.
    total: str


class SitesOverview:
    """The page of all sites of a person on the dates of `?from=` and `?to=`, sorted as `?sort=` says.

    Without dates it is about today, which is another date where the clock of a site says so.
    """

    trend_days = TREND_DAYS

    def __init__(self, request: HttpRequest) -> None:
        scope = page_scope(request)
        self._sites = scope.choices
        self.range_form = RangeForm(request.GET)
        has_dates = not self.range_form.errors and any(self.range_form.cleaned_data.values())
        # None for the own today of each site.
        self.dates = PagePeriod(request, scope).dates if has_dates else None
        self._today = today_in(Scope(site=None, choices=scope.choices))
        self._sort = requested = request.GET.get("sort", "")
        name = requested.removeprefix("-")
        self._column = next((column for column in COLUMNS if column.name == name), COLUMNS[0])
        self._is_descending = requested == f"-{self._column.name}"

    @cached_property
    def rows(self) -> list[Row]:
        """Return the sites in order; sites that are equal in that column are sorted by name."""
        by_name = sorted(self._unsorted(), key=lambda row: row.site.name.casefold())
        return sorted(by_name, key=self._column.sort_key, reverse=self._is_descending)

    def _unsorted(self) -> Sequence[Row]:
        if self.dates is None:
            return site_rows({site: site.today() for site in self._sites})
        if self.dates.is_one_day:
            return site_rows(dict.fromkeys(self._sites, self.dates.first))
        return period_rows(self._sites, self.dates)

    @property
    def is_period(self) -> bool:
        return self.dates is not None and not self.dates.is_one_day

    @property
    def shown_dates(self) -> DateRange:
        """Return the dates that the form shows."""
        return self.dates or DateRange(self._today, self._today)

    @property
    def dates_fields(self) -> list[tuple[str, str]]:
        """Return the dates as the parameters of the address; none for today."""
        if self.dates is None:
            return []
        return [("from", self.dates.first.isoformat()), ("to", self.dates.last.isoformat())]

    @property
    def links(self) -> Iterator[Link]:
        """Yield the ranges that one click chooses; the first is each site's own today."""
        sort = [("sort", self._sort)] if self._sort else []
        for number, preset in enumerate(presets(self._today)):
            dates = DateRange(preset.first, preset.last) if number else None
            chosen = [("from", preset.first.isoformat()), ("to", preset.last.isoformat())] if number else []
            yield Link(preset.label, urlencode([*chosen, *sort]), is_current=dates == self.dates)

    @property
    def headings(self) -> Iterator[ColumnHeading]:
        for column in COLUMNS:
            is_sorted = ""
            if column == self._column:
                is_sorted = "descending" if self._is_descending else "ascending"
            # The first click sorts numbers from the greatest, the second the other way round.
            if column.is_number:
                following = column.name if is_sorted == "descending" else column.descending
            else:
                following = column.descending if is_sorted == "ascending" else column.name
            total = ""
            if column.is_number and self.rows:
                total = tons(sum((row.total(column.name) for row in self.rows), NO_TONS))
            query = urlencode([*self.dates_fields, ("sort", following)])
            yield ColumnHeading(column, is_sorted, query, total)


def site_rows(dates: Mapping[Site, dt.date]) -> list[SiteRow]:
    """Return a row for each site on its date. Five queries, however many sites, materials and years."""
    if not dates:
        return []
    days = dt.timedelta(days=TREND_DAYS - 1)
    output = output_by_site(list(dates), first=min(dates.values()) - days, last=max(dates.values()))
    stock = stock_by_site(dates, days=TREND_DAYS)
    worked = working_days(list(dates), first=min(dates.values()) - days, last=max(dates.values()))
    missing = _missing({site.pk: date for site, date in dates.items()})
    return [
        SiteRow(
            site,
            date,
            output[site.pk],
            stock[site.pk],
            worked[site.pk],
            missing[site.pk] if date in worked[site.pk] else (),
        )
        for site, date in dates.items()
    ]


def period_rows(sites: Sequence[Site], dates: DateRange) -> list[PeriodRow]:
    """Return a row for each site over a range of dates. Ten queries, however many sites there are."""
    if not sites:
        return []
    days = dates.last - dates.first + ONE_DAY
    now = sums_by_site(sites, first=dates.first, last=dates.last)
    before = sums_by_site(sites, first=dates.first - days, last=dates.first - ONE_DAY)
    trend = dates.last - (TREND_DAYS - 1) * ONE_DAY
    output = output_by_site(sites, first=trend, last=dates.last)
    worked = working_days(sites, first=dates.first, last=dates.last)
    entered = entered_modules(sites, first=dates.first, last=dates.last)
    rows = []
    for site in sites:
        today, since = site.today(), site.operating_date(site.created_at)
        due = {date for date in worked[site.pk] if since <= date <= today}
        without = sum((site.pk, date) not in entered for date in due)
        rows.append(PeriodRow(site, dates, now[site.pk], before[site.pk], output[site.pk], without))
    return rows


def sums_by_site(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[int, dict[str, Decimal]]:
    """Return the sums of a range of dates and the stock at its end, by the id of each site and the figure.

    Three queries.
    """
    rows = InventorySnapshot.objects
    moved = {row.site_id: row for row in rows.daily(sites=sites, first=first, last=last, by=(By.SITE,))}
    closings = rows.closings_by_site(sites=sites, date=last)
    output = output_by_site(sites, first=first, last=last)
    return {
        site.pk: {
            "production": sum(output[site.pk].values(), NO_TONS),
            "received": moved[site.pk].received_ton if site.pk in moved else NO_TONS,
            "dispatched": moved[site.pk].dispatched_ton if site.pk in moved else NO_TONS,
            "stock": closings.get(site.pk, NO_TONS),
        }
        for site in sites
    }


def _missing(dates: Mapping[int, dt.date]) -> dict[int, tuple[RecordModule[DailyRecord], ...]]:
    """Return for each site the daily modules that have no record of its date."""
    daily = [module for module in modules() if module.is_daily]
    at_site = {"site": OuterRef("pk"), "date": OuterRef("own_date")}
    has_record = {
        f"has_{module.slug}": Exists(module.model._default_manager.filter(**at_site)) for module in daily
    }
    sites_on: dict[dt.date, list[int]] = {}
    for site_id, date in dates.items():
        sites_on.setdefault(date, []).append(site_id)
    own_date = Case(
        *(When(pk__in=site_ids, then=Value(date)) for date, site_ids in sites_on.items()),
        output_field=DateField(),
    )
    sites = Site.objects.filter(pk__in=dates).order_by().annotate(own_date=own_date)
    return {
        site_id: tuple(module for module, exists in zip(daily, found, strict=True) if not exists)
        for site_id, *found in sites.annotate(**has_record).values_list("pk", *has_record)
    }
