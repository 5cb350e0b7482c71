"""What the plant made of its feed, and how stock went, over a period: numbers that lead to their records."""

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
    Cell,
    Figure,
    Where,
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
    """Return the periods that one press chooses, seen from today."""
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
    """A line of a sum: how it enters it, its number, and what part of the feed that is."""

    sign: str
    cell: Cell
    share: str = ""
    # Part of the line above, and not of the sum.
    is_part: bool = False
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A material or a site, and its numbers; `href` leads to its own page."""

    name: str
    cells: Sequence[Cell]
    href: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a sum for each material or each site."""

    title: str
    first: str
    headings: "Sequence[StrPromise]"
    lines: Sequence[Line]


class Balance:
    """The page: the sites and the period that a request asks for, and what they come to."""

    def __init__(self, request: HttpRequest) -> None:
        self.scope: Scope = page_scope(request)
        self.today = today_in(self.scope)
        self.range_form = RangeForm(request.GET)
        self.dates: DateRange = self.range_form.chosen(self.today)
        self.where = Where(self.scope.code, self.dates)

    @property
    def presets(self) -> Iterator[Link]:
        for preset in balance_presets(self.today):
            dates = DateRange(preset.first, preset.last)
            yield Link(preset.label, replace(self.where, dates=dates).query(), dates == self.dates)

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
        """Say whether nothing was worked, moved, counted or there."""
        return not self._flows and self.stock.is_nothing

    @property
    def answer(self) -> str:
        """Say in a sentence what became of the feed."""
        plant = self.plant
        figures = {
            "tons": tons(abs(plant.balance_ton)),
            "feed": tons(plant.feed_ton),
            "percent": percent(plant.balance_percent),
        }
        if not plant.feed_ton:
            return _("Nothing was fed to the plant.")
        if plant.balance_ton > 0:
            return _("%(tons)s t of %(feed)s t fed are not accounted for: %(percent)s.") % figures
        if plant.balance_ton < 0:
            return _("%(tons)s t more came out than the %(feed)s t fed: %(percent)s.") % figures
        return _("All of the %(feed)s t fed are accounted for.") % figures

    @property
    def plant_terms(self) -> Iterator[Term]:
        """Yield the sum of the plant: the feed less what came out of it."""
        for figure in (*PLANT, BALANCE):
            share = percent(self.plant.percent_of_feed(figure.value(self.plant) or NO_TONS))
            cell = figure.cell(self.plant, self.where)
            yield Term(figure.sign, cell, share, is_result=figure is BALANCE)
            if figure is PRODUCT and self.plant.output_ton != self.plant.product_ton:
                yield Term("", OUTPUT_PART.cell(self.plant, self.where), is_part=True)

    @property
    def recovery(self) -> str:
        return percent(self.plant.recovery_percent)

    @property
    def stock_terms(self) -> Iterator[Term]:
        """Yield the sum of the stock: from what was there before the period to what was there at its end."""
        for figure in STOCK:
            yield Term(figure.sign, figure.cell(self.stock, self.where), is_result=figure is STOCK[-1])

    @property
    def tables(self) -> Iterator[Table]:
        """Yield the numbers of both sums by site, where there are several, and by material."""
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

    def _by_site[F](self, title: str, figures: Sequence[Figure[F]], flows: Mapping[int, F]) -> Table:
        lines = []
        for site in self.scope.sites:
            where = replace(self.where, scope_code=site.code)
            cells = [figure.cell(flows[site.pk], where, is_sparse=True) for figure in figures]
            lines.append(Line(site.name, cells, f"?{where.query()}"))
        return Table(title, _("Site"), [figure.label for figure in figures], lines)

    def _by_material[F](self, title: str, figures: Sequence[Figure[F]], flows: Mapping[int, F]) -> Table:
        lines = []
        for material in self._materials:
            where = replace(self.where, material_id=material.pk)
            if material.pk in flows:
                cells = [figure.cell(flows[material.pk], where, is_sparse=True) for figure in figures]
                lines.append(Line(material.name, cells))
        return Table(title, _("Material"), [figure.label for figure in figures], lines)
