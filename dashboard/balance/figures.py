"""The numbers of the plant balance: what each is called, where it is read, and the way to its records."""

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
class Where:
    """Whose figure: of a site or all of them, over these dates, of one material or every one."""

    scope_code: str
    dates: DateRange
    material_id: int | None = None

    def query(self, **narrowed: str) -> str:
        """Return what the address of a list, or of this page, says for it."""
        if self.material_id is not None:
            narrowed["material"] = str(self.material_id)
        first, last = self.dates.first.isoformat(), self.dates.last.isoformat()
        return urlencode({"site": self.scope_code, "from": first, "to": last, **narrowed})


type Way = Callable[[Where], str]


def _records(url_name: str, **narrowed: str) -> Way:
    """Return the way to the records that a figure is the sum of."""
    return lambda where: f"{reverse(url_name)}?{where.query(**narrowed)}"


def _stock_on(date_of: Callable[[DateRange], dt.date]) -> Way:
    """Return the way to the stock at the end of a date: of all materials, or of the one that is named."""

    def way(where: Where) -> str:
        date = date_of(where.dates)
        if where.material_id is None:
            return f"{reverse('inventory:stock')}?{day_query(where.scope_code, date)}"
        query = urlencode({"site": where.scope_code, "to": date.isoformat()})
        return f"{reverse('inventory:material', args=[where.material_id])}?{query}"

    return way


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as a person reads it, and the way to its records."""

    label: "StrPromise"
    text: str
    href: str = ""


# No slots: Python 3.12 cannot create a frozen one by Figure[PlantFlow](...).
@dataclass(frozen=True)
class Figure[F]:
    """A number of the plant's or the stock's: tons, or percent; None where it cannot be told."""

    label: "StrPromise"
    value: Callable[[F], Decimal | None]
    way: Way | None = None
    # How it enters the sum that it stands in.
    sign: str = ""
    is_percent: bool = False
    # A table tells this number even where it is zero.
    tells_zero: bool = False

    def cell(self, flow: F, where: Where, *, is_sparse: bool = False) -> Cell:
        """Return the number of a flow, which leads to its records; a sparse table leaves zeros out."""
        value = self.value(flow)
        if is_sparse and (value is None or (not value and not self.tells_zero)):
            return Cell(self.label, "")
        text = percent(value) if self.is_percent else tons(value)
        return Cell(self.label, text, self.way(where) if self.way is not None and value is not None else "")


FEED = Figure[PlantFlow](
    _("Feed used"), lambda plant: plant.feed_ton, _records("production:list", counts_as=Purpose.FEED)
)
PRODUCT = Figure[PlantFlow](
    _("Product made"),
    lambda plant: plant.product_ton,
    _records("production:list", counts_as=Purpose.PRODUCT),
    MINUS,
)
RESIDUE = Figure[PlantFlow](
    _("Residue"),
    lambda plant: plant.residue_ton,
    _records("production:list", counts_as=Purpose.RESIDUE),
    MINUS,
)
OUTPUT_PART = Figure[PlantFlow](
    _("of which made to be sold"),
    lambda plant: plant.output_ton,
    _records("production:list", counts_as=OUTPUT),
)
BALANCE = Figure[PlantFlow](_("Plant balance"), lambda plant: plant.balance_ton, sign="=")
PLANT = (FEED, PRODUCT, RESIDUE)
PLANT_OF_SITE = (
    *PLANT,
    BALANCE,
    Figure[PlantFlow](_("Of the feed"), lambda plant: plant.balance_percent, is_percent=True),
    Figure[PlantFlow](_("Recovery rate"), lambda plant: plant.recovery_percent, is_percent=True),
)

STOCK: tuple[Figure[StockPeriod], ...] = (
    Figure(
        _("Opening stock"),
        lambda stock: stock.opening_ton,
        _stock_on(lambda dates: dates.first - dt.timedelta(days=1)),
    ),
    Figure(_("Received"), lambda stock: stock.change.received_ton, _records("received:list"), "+"),
    Figure(
        _("Added by production"),
        lambda stock: stock.change.produced_ton,
        _records("production:list", counts_as=StockEffect.ADDS),
        "+",
    ),
    Figure(
        _("Taken by production"),
        lambda stock: stock.change.consumed_ton,
        _records("production:list", counts_as=StockEffect.REMOVES),
        MINUS,
    ),
    Figure(_("Dispatched"), lambda stock: stock.change.dispatched_ton, _records("dispatch:list"), MINUS),
    Figure(
        _("Stock differences"),
        lambda stock: stock.change.adjustment_ton if stock.change.counts else None,
        _records("inventory:list"),
        "+",
        # Counts that cancel each other out are counts all the same.
        tells_zero=True,
    ),
    Figure(_("Closing stock"), lambda stock: stock.closing_ton, _stock_on(lambda dates: dates.last), "="),
)
