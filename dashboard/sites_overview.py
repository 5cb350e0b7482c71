"""All sites of a person today, each by its own clock."""

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
from dashboard.addresses import RecordsLink, page_address
from dashboard.cards import CARDS, TREND_DAYS, CardChange, ComparedWith, change_since_worked
from inventory.figures import NO_CHANGE, SiteStock, stock_by_site
from production.figures import output_by_site
from records.models import DailyRecord
from records.module import RecordModule
from records.periods import days_until
from records.registry import modules
from records.templatetags.figures import tons
from sites.models import Site, working_days
from sites.scope import page_scope

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
    """A site on its own today: its figures in tons, its production trend, and the modules without records."""

    site: Site
    today: dt.date
    output: Mapping[dt.date, Decimal]
    stock: SiteStock
    # The working days of the trend.
    worked: frozenset[dt.date]
    missing: tuple[RecordModule[DailyRecord], ...]

    @property
    def is_working_day(self) -> bool:
        return self.today in self.worked

    def value(self, name: str, date: dt.date) -> Decimal:
        """Return a figure of a date; the stock is that of today."""
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
            card, now = CARDS[name], self.value(name, self.today)
            if card.is_level:
                moved = self.stock.changes.get(self.today, NO_CHANGE).net_ton
                change: CardChange | None = CardChange(now, now - moved, ComparedWith.LEVEL)
            else:
                change = change_since_worked(
                    partial(self.value, name), self.today, self.worked, is_running=True
                )
            yield SiteFigure(card.label, tons(now), change, card.records(self.site.code, self.today))

    @property
    def sparkline(self) -> SafeString:
        """Return the output of the last days as a small chart."""
        label = gettext("Production of %(site)s, the last %(days)d days")
        series = [self.output.get(date, NO_TONS) for date in days_until(self.today, count=TREND_DAYS)]
        return sparkline(series, label=label % {"site": self.site.name, "days": TREND_DAYS})

    @property
    def address(self) -> str:
        return f"{page_address('dashboard:page')}?{urlencode({'site': self.site.code})}"

    @property
    def missing_links(self) -> list[RecordsLink]:
        """Return links to the lists of the modules that have no record today."""
        query = urlencode({"site": self.site.code})
        return [
            RecordsLink(module.label_plural, f"{page_address(f'{module.slug}:list')}?{query}")
            for module in self.missing
        ]


@dataclass(frozen=True, slots=True)
class OverviewColumn:
    """A column of the page, by which the sites can be sorted: figures from the greatest, names from A."""

    name: str
    label: "StrPromise"
    sort_key: Callable[[SiteRow], str | Decimal | int]
    is_number: bool = True

    @property
    def descending(self) -> str:
        """Return the value of `?sort=` for the greatest first."""
        return f"-{self.name}"


def _number(name: str, label: "StrPromise") -> OverviewColumn:
    return OverviewColumn(name, label, lambda row: row.value(name, row.today))


COLUMNS = (
    OverviewColumn("site", _("Site"), lambda row: row.site.name.casefold(), is_number=False),
    _number("production", _("Production")),
    _number("received", _("Received")),
    _number("dispatched", _("Dispatched")),
    _number("stock", _("Stock")),
    OverviewColumn("missing", _("Missing today"), lambda row: len(row.missing), is_number=False),
)


class ColumnHeading(NamedTuple):
    """The heading of a column: the value of `aria-sort`, and that of `?sort=` after a click on it."""

    column: OverviewColumn
    is_sorted: str
    next: str
    # The sum of the sites' figures as a person reads it; empty where a sum has no meaning.
    total: str


class SitesOverview:
    """The page of all sites of a person, sorted as `?sort=` says."""

    trend_days = TREND_DAYS

    def __init__(self, request: HttpRequest) -> None:
        self._sites = page_scope(request).choices
        requested = request.GET.get("sort", "")
        name = requested.removeprefix("-")
        self._column = next((column for column in COLUMNS if column.name == name), COLUMNS[0])
        self._is_descending = requested == f"-{self._column.name}"

    @cached_property
    def rows(self) -> list[SiteRow]:
        """Return the sites in order; sites that are equal in that column are sorted by name."""
        by_name = sorted(site_rows(self._sites), key=lambda row: row.site.name.casefold())
        return sorted(by_name, key=self._column.sort_key, reverse=self._is_descending)

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
                total = tons(sum((row.value(column.name, row.today) for row in self.rows), NO_TONS))
            yield ColumnHeading(column, is_sorted, following, total)


def site_rows(sites: Sequence[Site]) -> list[SiteRow]:
    """Return a row for each site. Five queries, however many sites, materials and years there are."""
    if not sites:
        return []
    today = {site: site.today() for site in sites}
    days = dt.timedelta(days=TREND_DAYS - 1)
    output = output_by_site(sites, first=min(today.values()) - days, last=max(today.values()))
    stock = stock_by_site(today, days=TREND_DAYS)
    worked = working_days(sites, first=min(today.values()) - days, last=max(today.values()))
    missing = _missing({site.pk: date for site, date in today.items()})
    return [
        SiteRow(
            site,
            date,
            output[site.pk],
            stock[site.pk],
            worked[site.pk],
            missing[site.pk] if date in worked[site.pk] else (),
        )
        for site, date in today.items()
    ]


def _missing(today: Mapping[int, dt.date]) -> dict[int, tuple[RecordModule[DailyRecord], ...]]:
    """Return for each site the daily modules that have no record of its today."""
    daily = [module for module in modules() if module.is_daily]
    at_site = {"site": OuterRef("pk"), "date": OuterRef("own_date")}
    has_record = {
        f"has_{module.slug}": Exists(module.model._default_manager.filter(**at_site)) for module in daily
    }
    sites_on: dict[dt.date, list[int]] = {}
    for site_id, date in today.items():
        sites_on.setdefault(date, []).append(site_id)
    own_date = Case(
        *(When(pk__in=site_ids, then=Value(date)) for date, site_ids in sites_on.items()),
        output_field=DateField(),
    )
    sites = Site.objects.filter(pk__in=today).order_by().annotate(own_date=own_date)
    return {
        site_id: tuple(module for module, exists in zip(daily, found, strict=True) if not exists)
        for site_id, *found in sites.annotate(**has_record).values_list("pk", *has_record)
    }
