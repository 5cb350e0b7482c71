"""All sites of a person today, each by its own clock."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
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
from dashboard.cards import CARDS, TREND_DAYS, CardChange, ComparedWith
from inventory.figures import NO_CHANGE, SiteStock, stock_by_site
from production.figures import output_by_site
from records.models import DailyRecord
from records.module import RecordModule
from records.periods import days_until
from records.registry import modules
from records.templatetags.figures import tons
from sites.models import Holiday, Site
from sites.scope import page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class SiteFigure(NamedTuple):
    """A figure of a site, its column and the list of its records."""

    label: "StrPromise"
    change: CardChange
    href: str

    @property
    def text(self) -> str:
        return tons(self.change.now)


@dataclass(frozen=True)
class SiteRow:
    """A site on its own today: its figures in tons, its production trend, and the modules without records."""

    site: Site
    today: dt.date
    output: Mapping[dt.date, Decimal]
    stock: SiteStock
    is_working_day: bool
    missing: tuple[RecordModule[DailyRecord], ...]

    @cached_property
    def changes(self) -> dict[str, CardChange]:
        """Return the four figures, each compared with the day before."""
        yesterday = self.today - dt.timedelta(days=1)
        now, before = (self.stock.changes.get(date, NO_CHANGE) for date in (self.today, yesterday))
        made, made_before = (self.output.get(date, NO_TONS) for date in (self.today, yesterday))
        closing_ton = self.stock.closing_ton
        return {
            "production": CardChange(made, made_before, ComparedWith.WHOLE_DAY),
            "received": CardChange(now.received_ton, before.received_ton, ComparedWith.WHOLE_DAY),
            "dispatched": CardChange(now.dispatched_ton, before.dispatched_ton, ComparedWith.WHOLE_DAY),
            "stock": CardChange(closing_ton, closing_ton - now.net_ton, ComparedWith.LEVEL),
        }

    @property
    def figures(self) -> Iterator[SiteFigure]:
        for name, change in self.changes.items():
            card = CARDS[name]
            yield SiteFigure(card.label, change, card.records(self.site.code, self.today))

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
    return OverviewColumn(name, label, lambda row: row.changes[name].now)


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
                total = tons(sum((row.changes[column.name].now for row in self.rows), NO_TONS))
            yield ColumnHeading(column, is_sorted, following, total)


def site_rows(sites: Sequence[Site]) -> list[SiteRow]:
    """Return a row for each site. Four queries, however many sites, materials and years there are."""
    if not sites:
        return []
    today = {site: site.today() for site in sites}
    days = dt.timedelta(days=TREND_DAYS - 1)
    output = output_by_site(sites, first=min(today.values()) - days, last=max(today.values()))
    stock = stock_by_site(today, days=TREND_DAYS)
    entered = _entered({site.pk: date for site, date in today.items()})
    rows = []
    for site, date in today.items():
        is_holiday, missing = entered[site.pk]
        works = site.works_on_weekday(date) and not is_holiday
        rows.append(SiteRow(site, date, output[site.pk], stock[site.pk], works, missing if works else ()))
    return rows


def _entered(
    today: Mapping[int, dt.date],
) -> dict[int, tuple[bool, tuple[RecordModule[DailyRecord], ...]]]:
    """Return for each site whether its today is a holiday, and which daily modules have no record of it."""
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
    rows = sites.annotate(is_holiday=Exists(Holiday.objects.filter(**at_site)), **has_record)
    return {
        site_id: (
            is_holiday,
            tuple(module for module, exists in zip(daily, found, strict=True) if not exists),
        )
        for site_id, is_holiday, *found in rows.values_list("pk", "is_holiday", *has_record)
    }
