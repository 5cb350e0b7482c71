"""How every site of a person stands today, each by its own clock."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Case, DateField, Exists, OuterRef, Value, When
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from dashboard.cards.card import Change, Compared
from dashboard.cards.figures import TREND_DAYS
from inventory.figures import NO_CHANGE, SiteStock, stock_by_site
from production.figures import output_by_site
from records.models import DailyRecord
from records.module import RecordModule
from records.periods import days_until
from records.registry import modules
from sites.models import Holiday, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class SiteLine:
    """A site on its own today: its figures in tons, how production went, and what nobody has entered yet."""

    site: Site
    today: dt.date
    output: Mapping[dt.date, Decimal]
    stock: SiteStock
    is_working_day: bool
    missing: tuple[RecordModule[DailyRecord], ...]

    @cached_property
    def trend(self) -> tuple[Decimal, ...]:
        """Return the output of the last days, oldest first, today's at the end."""
        return tuple(self.output.get(date, NO_TONS) for date in days_until(self.today, count=TREND_DAYS))

    @cached_property
    def changes(self) -> dict[str, Change]:
        """Return the four figures, each with the day before's."""
        yesterday = self.today - dt.timedelta(days=1)
        now, before = (self.stock.changes.get(date, NO_CHANGE) for date in (self.today, yesterday))
        made, made_before = (self.output.get(date, NO_TONS) for date in (self.today, yesterday))
        closing_ton = self.stock.closing_ton
        return {
            "production": Change(made, made_before, Compared.WHOLE_DAY),
            "received": Change(now.received_ton, before.received_ton, Compared.WHOLE_DAY),
            "dispatched": Change(now.dispatched_ton, before.dispatched_ton, Compared.WHOLE_DAY),
            "stock": Change(closing_ton, closing_ton - now.net_ton, Compared.LEVEL),
        }


type SortKey = Callable[[SiteLine], str | Decimal | int]


@dataclass(frozen=True, slots=True)
class SiteColumn:
    """A column of the page that can put the sites in order."""

    name: str
    label: "StrPromise"
    key: SortKey
    is_number: bool = True


def _now(name: str) -> SortKey:
    return lambda line: line.changes[name].now


COLUMNS = (
    SiteColumn("site", _("Site"), lambda line: line.site.name.casefold(), is_number=False),
    SiteColumn("production", _("Production"), _now("production")),
    SiteColumn("received", _("Received"), _now("received")),
    SiteColumn("dispatched", _("Dispatched"), _now("dispatched")),
    SiteColumn("stock", _("Stock"), _now("stock")),
    SiteColumn("missing", _("Missing today"), lambda line: len(line.missing), is_number=False),
)


def site_lines(sites: Sequence[Site]) -> list[SiteLine]:
    """Return a line for each site. Four queries, however many sites, materials and years there are."""
    if not sites:
        return []
    today = {site: site.today() for site in sites}
    days = dt.timedelta(days=TREND_DAYS - 1)
    output = output_by_site(sites, first=min(today.values()) - days, last=max(today.values()))
    stock = stock_by_site(today, days=TREND_DAYS)
    entered = _entered({site.pk: date for site, date in today.items()})
    return [
        SiteLine(
            site=site,
            today=today[site],
            output=output[site.pk],
            stock=stock[site.pk],
            is_working_day=(works := site.works_on_weekday(today[site]) and not entered[site.pk].is_holiday),
            missing=entered[site.pk].missing if works else (),
        )
        for site in sites
    ]


@dataclass(frozen=True, slots=True)
class _Entered:
    is_holiday: bool
    missing: tuple[RecordModule[DailyRecord], ...]


def _entered(today: Mapping[int, dt.date]) -> dict[int, _Entered]:
    """Ask for each site whether its today is a holiday, and which daily modules have no record of it."""
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
    lines = sites.annotate(is_holiday=Exists(Holiday.objects.filter(**at_site)), **has_record)
    return {
        site_id: _Entered(
            is_holiday, tuple(module for module, is_there in zip(daily, there, strict=True) if not is_there)
        )
        for site_id, is_holiday, *there in lines.values_list("pk", "is_holiday", *has_record)
    }


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head, which sorts by it: figures from the greatest first, words from their beginning."""

    column: SiteColumn
    sorted_by: str
    # The sum of the sites' figures as a person reads it, where that makes sense.
    total: str

    @property
    def is_sorted(self) -> str:
        """Return how the page is sorted by this column as `aria-sort` says it; empty where it is not."""
        return {self.column.name: "ascending", self.falling: "descending"}.get(self.sorted_by, "")

    @property
    def falling(self) -> str:
        """Return what `?sort=` says for the greatest first."""
        return f"-{self.column.name}"

    @property
    def next(self) -> str:
        """Return what `?sort=` says when the head is pressed."""
        orders = (
            (self.falling, self.column.name) if self.column.is_number else (self.column.name, self.falling)
        )
        return orders[1] if self.sorted_by == orders[0] else orders[0]


def in_order(lines: Sequence[SiteLine], column: SiteColumn, *, descending: bool) -> list[SiteLine]:
    """Put the lines in the order of a column; sites that are alike there stay in the order of their names."""
    by_name = sorted(lines, key=lambda line: line.site.name.casefold())
    return sorted(by_name, key=column.key, reverse=descending)
