"""The page of the plant balance: feed, product and residue, and stock, over a period."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.db.fields import NO_TONS
from dashboard.balance.figures import (
    BALANCE,
    OUTPUT_PART,
    PLANT,
    PLANT_OF_SITE,
    PRODUCT,
    STOCK,
    BalanceScope,
    Number,
    NumberCell,
)
from inventory.figures import StockPeriod, StockPeriods, stock_periods
from production.figures import PlantFlow, plant_flows
from records.pages.dates import DateRange, Link, Preset, RangeForm, today_in
from records.templatetags.figures import percent, tons
from sites.models import Material
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


def balance_presets(today: dt.date) -> list[Preset]:
    """Return the periods that one click chooses, seen from today."""
    this_month = today.replace(day=1)
    last_month = this_month - dt.timedelta(days=1)

    def days(count: int) -> dt.date:
        return today - dt.timedelta(days=count - 1)

    return [
        Preset(gettext_lazy("This month"), this_month, today),
        Preset(gettext_lazy("Last month"), last_month.replace(day=1), last_month),
        Preset(gettext_lazy("30 days"), days(30), today),
        Preset(gettext_lazy("90 days"), days(90), today),
        Preset(gettext_lazy("365 days"), days(365), today),
    ]


@dataclass(frozen=True, slots=True)
class Term:
    """A line of a sum: its sign, its number, and its percentage of the feed."""

    sign: str
    cell: NumberCell
    share: str = ""
    # A part of the line above, not added to the sum.
    is_part: bool = False
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The numbers of a material or a site; `href` is the page of the site's own balance."""

    name: str
    cells: Sequence[NumberCell]
    href: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table of the numbers of a sum, by material or by site."""

    title: str
    row_heading: str
    headings: "Sequence[StrPromise]"
    rows: Sequence[BreakdownRow]


class BalancePage:
    """The plant balance of the requested sites and period."""

    def __init__(self, request: HttpRequest) -> None:
        self.scope: Scope = page_scope(request)
        self.today = today_in(self.scope)
        self.range_form = RangeForm(request.GET)
        self.dates: DateRange = self.range_form.chosen(self.today)
        self.balance_scope = BalanceScope(self.scope.code, self.dates)

    @property
    def presets(self) -> Iterator[Link]:
        for preset in balance_presets(self.today):
            dates = DateRange(preset.first, preset.last)
            yield Link(preset.label, replace(self.balance_scope, dates=dates).query(), dates == self.dates)

    @cached_property
    def _flows(self) -> dict[tuple[int, int], PlantFlow]:
        return plant_flows(self.scope.sites, first=self.dates.first, last=self.dates.last)

    @cached_property
    def _periods(self) -> StockPeriods:
        return stock_periods(self.scope.sites, first=self.dates.first, last=self.dates.last)

    @cached_property
    def _materials(self) -> list[Material]:
        return list(Material.objects.all())

    @cached_property
    def plant(self) -> PlantFlow:
        return sum(self._flows.values(), PlantFlow())

    @cached_property
    def stock(self) -> StockPeriod:
        return self._periods.whole

    @property
    def is_empty(self) -> bool:
        """Return whether there was no production, no stock and no movement."""
        return not self._flows and self.stock.is_nothing

    @property
    def summary(self) -> str:
        """Return a sentence about the balance."""
        plant = self.plant
        figures = {
            "tons": tons(abs(plant.balance_ton)),
            "feed": tons(plant.feed_ton),
            "percent": percent(plant.balance_percent),
        }
        if not plant.feed_ton:
            return _("No feed was used.")
        if plant.balance_ton > 0:
            return _("%(tons)s t of %(feed)s t feed are not accounted for: %(percent)s.") % figures
        if plant.balance_ton < 0:
            return _("%(tons)s t more came out than the %(feed)s t of feed: %(percent)s.") % figures
        return _("All %(feed)s t of feed are accounted for.") % figures

    @property
    def plant_terms(self) -> Iterator[Term]:
        """Yield the lines of the plant balance: feed less product less residue."""
        for number in (*PLANT, BALANCE):
            share = percent(self.plant.percent_of_feed(number.value(self.plant) or NO_TONS))
            cell = number.cell(self.plant, self.balance_scope)
            yield Term(number.sign, cell, share, is_result=number is BALANCE)
            if number is PRODUCT and self.plant.output_ton != self.plant.product_ton:
                yield Term("", OUTPUT_PART.cell(self.plant, self.balance_scope), is_part=True)

    @property
    def recovery(self) -> str:
        return percent(self.plant.recovery_percent)

    @property
    def stock_terms(self) -> Iterator[Term]:
        """Yield the lines of the stock: from the opening to the closing of the period."""
        for number in STOCK:
            yield Term(
                number.sign, number.cell(self.stock, self.balance_scope), is_result=number is STOCK[-1]
            )

    @property
    def breakdowns(self) -> Iterator[Breakdown]:
        """Yield both sums by material, and by site where there are several."""
        by_site = {site.pk: PlantFlow() for site in self.scope.sites}
        by_material: dict[int, PlantFlow] = defaultdict(PlantFlow)
        for (site_id, material_id), flow in self._flows.items():
            by_site[site_id] += flow
            by_material[material_id] += flow
        if self.scope.site is None:
            yield self._by_site(_("The plant by site"), PLANT_OF_SITE, by_site)
            yield self._by_site(_("The stock by site"), STOCK, self._periods.by_site)
        yield self._by_material(_("The plant by material"), PLANT, by_material)
        yield self._by_material(_("The stock by material"), STOCK, self._periods.by_material)

    def _by_site[F](self, title: str, numbers: Sequence[Number[F]], flows: Mapping[int, F]) -> Breakdown:
        rows = []
        for site in self.scope.sites:
            scope = replace(self.balance_scope, scope_code=site.code)
            cells = [number.cell(flows[site.pk], scope, is_sparse=True) for number in numbers]
            rows.append(BreakdownRow(site.name, cells, f"?{scope.query()}"))
        return Breakdown(title, _("Site"), [number.label for number in numbers], rows)

    def _by_material[F](self, title: str, numbers: Sequence[Number[F]], flows: Mapping[int, F]) -> Breakdown:
        rows = []
        for material in self._materials:
            scope = replace(self.balance_scope, material_id=material.pk)
            if material.pk in flows:
                cells = [number.cell(flows[material.pk], scope, is_sparse=True) for number in numbers]
                rows.append(BreakdownRow(material.name, cells))
        return Breakdown(title, _("Material"), [number.label for number in numbers], rows)
