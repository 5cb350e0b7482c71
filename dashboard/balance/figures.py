"""The numbers of the plant balance: the label of each, its value, and the list of its records."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from charts.numbers import MINUS
from dashboard.addresses import day_query
from inventory.figures import StockPeriod
from production.figures import PlantFlow
from production.module import OUTPUT
from records.pages.dates import DateRange
from records.templatetags.figures import percent, tons
from sites.models import Purpose, StockEffect

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


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

    label: "StrPromise"
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
        return NumberCell(
            self.label, text, self.address(scope) if self.address is not None and value is not None else ""
        )


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
    _records("production:list", counts_as=OUTPUT),
)
BALANCE = Number[PlantFlow](_("Plant balance"), lambda plant: plant.balance_ton, sign="=")
PLANT = (FEED, PRODUCT, RESIDUE)
PLANT_OF_SITE = (
    *PLANT,
    BALANCE,
    Number[PlantFlow](_("Percent of feed"), lambda plant: plant.balance_percent, is_percent=True),
    Number[PlantFlow](_("Recovery rate"), lambda plant: plant.recovery_percent, is_percent=True),
)

STOCK: tuple[Number[StockPeriod], ...] = (
    Number(
        _("Opening stock"),
        lambda stock: stock.opening_ton,
        _stock_on(lambda dates: dates.first - dt.timedelta(days=1)),
    ),
    Number(_("Received"), lambda stock: stock.change.received_ton, _records("received:list"), "+"),
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
    Number(_("Dispatched"), lambda stock: stock.change.dispatched_ton, _records("dispatch:list"), MINUS),
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
