"""What the page of a material shows: its ledger day by day, each figure leading to its records."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import PLAIN, Chart, Mark, Series, Threshold
from charts.panel import panel
from core.db.fields import NO_TONS
from inventory.figures import NO_CHANGE, SiteClosing, StockPeriod, closings_of, ledger_by_day, stock_trend
from inventory.ledger.snapshots import Flow, InventorySnapshot
from inventory.pages.record_lists import RecordLists
from records.pages.dates import PagePeriod
from records.periods import each_day
from records.templatetags.figures import signed_tons, tons
from sites.managing import manages
from sites.models import Material
from sites.scope import PARAMETER, Scope, page_scope

FLOW_LABELS = {
    Flow.PRODUCED: gettext_lazy("Produced"),
    Flow.RECEIVED: gettext_lazy("Received"),
    Flow.CONSUMED: gettext_lazy("Consumed"),
    Flow.DISPATCHED: gettext_lazy("Dispatched"),
}


@dataclass(frozen=True, slots=True)
class LedgerCell:
    """A figure of the ledger as a person reads it, and the address of its records; empty without any."""

    label: str
    text: str
    href: str = ""
    is_closing: bool = False


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A date of the ledger."""

    date: dt.date
    is_counted: bool
    cells: Sequence[LedgerCell]


class MaterialPage:
    """A material at a site, or at all of a person's, over the dates of the page."""

    def __init__(self, request: HttpRequest, material: Material) -> None:
        self.material = material
        self.scope: Scope = page_scope(request)
        self.period = PagePeriod(request, self.scope)
        self._lists = RecordLists(self.scope.code, material.pk)

    @property
    def last(self) -> dt.date:
        return self.period.dates.last

    @cached_property
    def places(self) -> list[SiteClosing]:
        """Return where the material lies, or should lie, at the end of the last date."""
        return closings_of(self.material, self.scope.sites, date=self.last)

    @property
    def closing_ton(self) -> Decimal:
        return sum((place.closing_ton for place in self.places), NO_TONS)

    @cached_property
    def days(self) -> dict[dt.date, StockPeriod]:
        """Return the days on which the material moved or was counted, newest first."""
        dates = self.period.dates
        return ledger_by_day(
            InventorySnapshot.objects.filter(material=self.material),
            self.scope.sites,
            first=dates.first,
            last=dates.last,
            closing_ton=self.closing_ton,
        )

    @property
    def low_ton(self) -> Decimal | None:
        """Return the low mark where the page is about one site that has one."""
        return self.places[0].low_ton if self.scope.site is not None and self.places else None

    @property
    def low(self) -> list[SiteClosing]:
        """Return the sites at which stock is below their low mark."""
        return [place for place in self.places if place.is_low]

    @property
    def negative(self) -> list[SiteClosing]:
        """Return the sites at which stock is below zero."""
        return [place for place in self.places if place.closing_ton < NO_TONS]

    @property
    def low_mark_address(self) -> str:
        """Return where the low mark is set; empty for who may not set it."""
        if self.scope.site is None or not manages(self.scope.site):
            return ""
        address = reverse("inventory:threshold", args=[self.material.pk])
        return f"{address}?{urlencode({PARAMETER: self.scope.code})}"

    @property
    def stock_query(self) -> str:
        """Return what leads to the stock of all materials at the end of the last date."""
        return urlencode({PARAMETER: self.scope.code, "date": self.last.isoformat()})

    @property
    def drawing(self) -> SafeString:
        """Return the stock at the end of each day as a chart, with its low mark and its counts."""
        dates = tuple(each_day(self.period.dates.first, self.last))
        changes = {date: day.change for date, day in self.days.items()}
        # A count at one of several sites says nothing of their stock together.
        counted = self.days if self.scope.site is not None else {}
        counts = {date: day.closing_ton for date, day in counted.items() if day.change.counts}
        stock = stock_trend(self.closing_ton, dates=dates, changes=changes)
        mark = None if self.low_ton is None else Threshold(_("Low mark"), self.low_ton)
        series = [Series(_("Stock"), stock, Mark.AREA, style=PLAIN[0], threshold=mark)]
        if counts:
            series.append(Series(_("Counted"), [counts.get(date) for date in dates], Mark.LINE))
        chart = Chart(
            name="stock",
            title=_("Stock at the end of each day"),
            unit=_("t"),
            corner=_("Date"),
            positions=dates,
            series=series,
        )
        return panel(chart)

    @property
    def rows(self) -> Iterator[LedgerRow]:
        for date, day in self.days.items():
            yield LedgerRow(date, bool(day.change.counts), list(self._cells(day, date, date)))

    @property
    def total_cells(self) -> Iterator[LedgerCell]:
        """Yield the figures of the whole period, for the last row of the table."""
        change = sum((day.change for day in self.days.values()), NO_CHANGE)
        return self._cells(StockPeriod(change, self.closing_ton), self.period.dates.first, self.last)

    def _cells(self, stock: StockPeriod, first: dt.date, last: dt.date) -> Iterator[LedgerCell]:
        """Yield the figures of some days; what did not change stock is left empty."""
        yield LedgerCell(_("Opening"), tons(stock.opening_ton))
        for flow, label in FLOW_LABELS.items():
            moved_ton: Decimal = getattr(stock.change, flow)
            href = self._lists.of_flow(flow, first, last) if moved_ton else ""
            yield LedgerCell(str(label), tons(moved_ton) if moved_ton else "", href)
        if stock.change.counts:
            adjusted = signed_tons(stock.change.adjustment_ton)
            yield LedgerCell(_("Adjusted"), adjusted, self._lists.of_counts(first, last))
        else:
            yield LedgerCell(_("Adjusted"), "")
        yield LedgerCell(_("Closing"), tons(stock.closing_ton), is_closing=True)
