"""What the page of a material shows: its ledger day by day, each figure leading to its records."""

import datetime as dt
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.chart import Chart, Mark, Series, Threshold
from charts.palette import PLAIN
from charts.panel import panel
from core.db.fields import NO_TONS
from inventory.drilldown import Behind
from inventory.figures import MOVES, StockDay, stock_trend
from inventory.ledger_rows import Stretch, figures, rows
from inventory.material_days import LedgerDay, SiteClosing, closings_of, days_of, total_of
from records.pages.dates import PagePeriod
from records.periods import each_day
from sites.managing import manages
from sites.models import Material
from sites.scope import PARAMETER, Scope, page_scope


class MaterialPage:
    """A material at a site, or at all of a person's, over the dates of the page."""

    def __init__(self, request: HttpRequest, material: Material) -> None:
        self.material = material
        self.scope: Scope = page_scope(request)
        self.period = PagePeriod(request, self.scope)
        self._behind = Behind(self.scope.code, material.pk)

    @property
    def last(self) -> dt.date:
        return self.period.dates.last

    @cached_property
    def places(self) -> list[SiteClosing]:
        """Return where the material lies, or should lie, at the end of the last date."""
        return closings_of(self.material.pk, self.scope.sites, date=self.last)

    @property
    def closing_ton(self) -> Decimal:
        return total_of(self.places)

    @cached_property
    def days(self) -> list[LedgerDay]:
        dates = self.period.dates
        return days_of(
            self.material.pk,
            self.scope.sites,
            first=dates.first,
            last=dates.last,
            closing_ton=self.closing_ton,
        )

    @cached_property
    def moved(self) -> StockDay:
        """Return what moved over the whole period."""
        return StockDay(*(sum((getattr(day.moved, move) for day in self.days), NO_TONS) for move in MOVES))

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
        moved = {day.date: day.moved for day in self.days}
        # Of several sites a count is of one, and says nothing of the stock together.
        counted = self.days if self.scope.site is not None else ()
        counts = {day.date: day.closing_ton for day in counted if day.counts}
        stock = stock_trend(self.closing_ton, dates=dates, moved=moved)
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
    def rows(self) -> SafeString:
        return rows(self.days, self._behind)

    @property
    def total_cells(self) -> SafeString:
        """Return the period as the cells of the table's last row."""
        counts = sum(day.counts for day in self.days)
        return figures(
            Stretch(self.period.dates.first, self.last, self.moved, self.closing_ton, counts), self._behind
        )
