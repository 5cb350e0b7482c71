"""The page of the plant balance: feed, product and residue, and stock, over a period."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from charts.numbers import MINUS
from core.db.fields import NO_TONS
from dashboard.addresses import day_query
from dispatch.models import Dispatch
from inventory.figures import StockPeriod, StockPeriods, methods_of, stock_periods, tons_by_method
from inventory.models import MASS_LABELS, LoadedMovement
from production.figures import PlantFlow, plant_flows
from production.models import Meaning
from received.models import ReceivedMaterial
from records.filters import NO_TEXT
from records.pages.dates import ONE_DAY, DateRange, Link, Preset, RangeForm, today_in
from records.templatetags.figures import percent, tons
from sites.models import Material, Purpose, StockEffect
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


# --- The numbers: the label of each, its value, and the list of its records


@dataclass(frozen=True, slots=True)
class BalanceScope:
    """The sites, dates and material of a number; None for every material."""

    scope_code: str
    dates: DateRange
    material_id: int | None = None

    def query(self, **filters: str) -> str:
        """Return the query of a list, or of this page."""
        if self.material_id is not None:
            filters["material"] = str(self.material_id)
        first, last = self.dates.first.isoformat(), self.dates.last.isoformat()
        return urlencode({"site": self.scope_code, "from": first, "to": last, **filters})


type Address = Callable[[BalanceScope], str]


def _records(url_name: str, **filters: str) -> Address:
    """Return the address of the records that a number is the sum of."""
    return lambda scope: f"{reverse(url_name)}?{scope.query(**filters)}"


def _stock_on(date_of: Callable[[DateRange], dt.date]) -> Address:
    """Return the address of the stock at the end of a date: of all materials, or of one."""

    def address(scope: BalanceScope) -> str:
        date = date_of(scope.dates)
        if scope.material_id is None:
            return f"{reverse('inventory:stock')}?{day_query(scope.scope_code, date)}"
        query = urlencode({"site": scope.scope_code, "to": date.isoformat()})
        return f"{reverse('inventory:material', args=[scope.material_id])}?{query}"

    return address


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A number as a person reads it, and the address of its records."""

    label: "StrPromise | str"
    text: str
    href: str = ""


# No slots: Python 3.12 cannot create a frozen one by Number[PlantFlow](...).
@dataclass(frozen=True)
class Number[F]:
    """A number of the plant or of the stock, in tons or percent; None where it is unknown."""

    label: "StrPromise"
    value: Callable[[F], Decimal | None]
    address: Address | None = None
    # Its sign in the sum.
    sign: str = ""
    is_percent: bool = False
    # Shown in tables also where it is zero.
    shows_zero: bool = False

    def cell(self, flow: F, scope: BalanceScope, *, is_sparse: bool = False) -> NumberCell:
        """Return the number as a cell; with `is_sparse` a zero is left empty."""
        value = self.value(flow)
        if is_sparse and (value is None or (not value and not self.shows_zero)):
            return NumberCell(self.label, "")
        text = percent(value) if self.is_percent else tons(value)
        return NumberCell(self.label, text, self.href(scope) if value is not None else "")

    def href(self, scope: BalanceScope) -> str:
        """Return the address of its records; empty where it has none."""
        return "" if self.address is None else self.address(scope)


FEED = Number[PlantFlow](
    _("Feed used"), lambda plant: plant.feed_ton, _records("production:list", counts_as=Purpose.FEED)
)
PRODUCT = Number[PlantFlow](
    _("Product made"),
    lambda plant: plant.product_ton,
    _records("production:list", counts_as=Purpose.PRODUCT),
    MINUS,
)
RESIDUE = Number[PlantFlow](
    _("Residue"),
    lambda plant: plant.residue_ton,
    _records("production:list", counts_as=Purpose.RESIDUE),
    MINUS,
)
OUTPUT_PART = Number[PlantFlow](
    _("of which made to be sold"),
    lambda plant: plant.output_ton,
    _records("production:list", counts_as=Meaning.OUTPUT),
)
BALANCE = Number[PlantFlow](_("Plant balance"), lambda plant: plant.balance_ton, sign="=")
PLANT = (FEED, PRODUCT, RESIDUE)
PLANT_OF_SITE = (
    *PLANT,
    BALANCE,
    Number[PlantFlow](_("Percent of feed"), lambda plant: plant.balance_percent, is_percent=True),
    Number[PlantFlow](_("Recovery rate"), lambda plant: plant.recovery_percent, is_percent=True),
)

RECEIVED = Number[StockPeriod](
    _("Received"), lambda stock: stock.change.received_ton, _records("received:list"), "+"
)
DISPATCHED = Number[StockPeriod](
    _("Dispatched"), lambda stock: stock.change.dispatched_ton, _records("dispatch:list"), MINUS
)
# The records of these, whose tons became known in different ways.
BY_LORRY: Mapping[Number[StockPeriod], type[LoadedMovement]] = {
    RECEIVED: ReceivedMaterial,
    DISPATCHED: Dispatch,
}
STOCK: tuple[Number[StockPeriod], ...] = (
    Number(
        _("Opening stock"),
        lambda stock: stock.opening_ton,
        _stock_on(lambda dates: dates.first - ONE_DAY),
    ),
    RECEIVED,
    Number(
        _("Added by production"),
        lambda stock: stock.change.produced_ton,
        _records("production:list", counts_as=StockEffect.ADDS),
        "+",
    ),
    Number(
        _("Taken by production"),
        lambda stock: stock.change.consumed_ton,
        _records("production:list", counts_as=StockEffect.REMOVES),
        MINUS,
    ),
    DISPATCHED,
    Number(
        _("Used on site"),
        lambda stock: stock.change.used_ton,
        _records("production:list", counts_as=Meaning.USED),
        MINUS,
    ),
    Number(
        _("Disposed on site"),
        lambda stock: stock.change.disposed_ton,
        _records("production:list", counts_as=Meaning.DISPOSED),
        MINUS,
    ),
    Number(
        _("Stock differences"),
        lambda stock: stock.change.adjustment_ton if stock.change.counts else None,
        _records("inventory:list"),
        "+",
        # Counts that cancel each other out are shown as zero.
        shows_zero=True,
    ),
    Number(_("Closing stock"), lambda stock: stock.closing_ton, _stock_on(lambda dates: dates.last), "="),
)


# --- The page


def balance_presets(today: dt.date) -> list[Preset]:
    """Return the periods that one click chooses, seen from today."""
    this_month = today.replace(day=1)
    last_month = this_month - ONE_DAY

    def days(count: int) -> dt.date:
        return today - dt.timedelta(days=count - 1)

    return [
        Preset(_("This month"), this_month, today),
        Preset(_("Last month"), last_month.replace(day=1), last_month),
        Preset(_("30 days"), days(30), today),
        Preset(_("90 days"), days(90), today),
        Preset(_("365 days"), days(365), today),
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
class BalanceBreakdown:
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
            return _now("No feed was used.")
        if plant.balance_ton > 0:
            return _now("%(tons)s t of %(feed)s t feed are not accounted for: %(percent)s.") % figures
        if plant.balance_ton < 0:
            return _now("%(tons)s t more came out than the %(feed)s t of feed: %(percent)s.") % figures
        return _now("All %(feed)s t of feed are accounted for.") % figures

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
            if number in BY_LORRY:
                yield from self._by_method(number)

    def _by_method(self, number: Number[StockPeriod]) -> Iterator[Term]:
        """Yield how many of these tons were weighed, deemed, ..., where that is known of any."""
        records = BY_LORRY[number]._default_manager.filter(
            site__in=self.scope.sites, date__gte=self.dates.first, date__lte=self.dates.last
        )
        known: dict[str, Decimal] = defaultdict(Decimal)
        for of_site in tons_by_method(records, "site_id").values():
            for method, part in of_site.items():
                known[method] += part
        if any(known):
            for method in methods_of([known]):
                label = _now("of which: %(method)s") % {"method": MASS_LABELS[method]}
                href = f"{number.href(self.balance_scope)}&{urlencode({'mass_method': method or NO_TEXT})}"
                yield Term("", NumberCell(label, tons(known[method]), href), is_part=True)

    @property
    def breakdowns(self) -> Iterator[BalanceBreakdown]:
        """Yield both sums by material, and by site where there are several."""
        by_site = {site.pk: PlantFlow() for site in self.scope.sites}
        by_material: dict[int, PlantFlow] = defaultdict(PlantFlow)
        for (site_id, material_id), flow in self._flows.items():
            by_site[site_id] += flow
            by_material[material_id] += flow
        if self.scope.site is None:
            yield self._by_site(_now("The plant by site"), PLANT_OF_SITE, by_site)
            yield self._by_site(_now("The stock by site"), STOCK, self._periods.by_site)
        yield self._by_material(_now("The plant by material"), PLANT, by_material)
        yield self._by_material(_now("The stock by material"), STOCK, self._periods.by_material)

    def _by_site[F](
        self, title: str, numbers: Sequence[Number[F]], flows: Mapping[int, F]
    ) -> BalanceBreakdown:
        rows = []
        for site in self.scope.sites:
            scope = replace(self.balance_scope, scope_code=site.code)
            cells = [number.cell(flows[site.pk], scope, is_sparse=True) for number in numbers]
            rows.append(BreakdownRow(site.name, cells, f"?{scope.query()}"))
        return BalanceBreakdown(title, _now("Site"), [number.label for number in numbers], rows)

    def _by_material[F](
        self, title: str, numbers: Sequence[Number[F]], flows: Mapping[int, F]
    ) -> BalanceBreakdown:
        rows = []
        for material in self._materials:
            scope = replace(self.balance_scope, material_id=material.pk)
            if material.pk in flows:
                cells = [number.cell(flows[material.pk], scope, is_sparse=True) for number in numbers]
                rows.append(BreakdownRow(material.name, cells))
        return BalanceBreakdown(title, _now("Material"), [number.label for number in numbers], rows)
