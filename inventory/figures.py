"""What moved stock, day by day, and what is there: figures over sites and dates, read from the ledger.

Their cost grows with the days asked for and with the materials, never with the history.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DateField, F, OuterRef, Subquery, Sum, Value

from core.db.fields import NO_TONS
from inventory.ledger.snapshots import InventorySnapshot, SnapshotQuerySet
from inventory.levels import StockLevel, closings_on, levels
from records.periods import days_until, each_day
from records.prepared import Asked, SiteTally
from sites.models import Category, Material, Site

# So many days tell how fast a material leaves, and how its stock went.
COVER_DAYS = 30
MOVES = ("produced_ton", "received_ton", "consumed_ton", "dispatched_ton", "adjustment_ton")


@dataclass(frozen=True, slots=True)
class StockDay:
    """What moved stock on a date, in tons, over all materials; the columns of the ledger."""

    produced_ton: Decimal = NO_TONS
    received_ton: Decimal = NO_TONS
    consumed_ton: Decimal = NO_TONS
    dispatched_ton: Decimal = NO_TONS
    adjustment_ton: Decimal = NO_TONS

    @property
    def net_ton(self) -> Decimal:
        """Return by how many tons the day changed stock: its closings less its openings."""
        return (
            self.produced_ton
            + self.received_ton
            - self.consumed_ton
            - self.dispatched_ton
            + self.adjustment_ton
        )


STILL = StockDay()


_moves = SiteTally[InventorySnapshot, tuple[dt.date, *tuple[Decimal, ...]]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .order_by()
        .values_list("date")
        .annotate(*(Sum(column) for column in MOVES))
    )
)


def stock_days(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, StockDay]:
    """Return what moved stock on each date of a period, both ends included; a date without is left out.

    Tons, summed over the sites and materials from the ledger's daily rows. One query.
    """
    return {date: StockDay(*moved) for date, *moved in _moves.ask(sites, first=first, last=last)}


def _latest_closing() -> SnapshotQuerySet:
    """Ask for the last row on or before a date, of a material within a site."""
    rows = InventorySnapshot.objects.of(OuterRef(OuterRef("pk")), OuterRef("pk"))
    return rows.filter(date__lte=Asked("date", DateField())).order_by("-date")[:1]


_stocks = SiteTally[Site, tuple[int, Decimal | None]](
    lambda at: (
        Site.objects.filter(at("pk"))
        .order_by()
        .values_list(
            "pk",
            Subquery(
                Material.objects.order_by()
                .annotate(at_a_site=Value(1), closing=Subquery(_latest_closing().values("closing_ton")))
                .values("at_a_site")
                .annotate(stock=Sum("closing"))
                .values("stock")
            ),
        )
    )
)


def current_stock(sites: Sequence[Site], *, date: dt.date) -> Decimal:
    """Return the tons in stock at the end of a date: the sum of each material's latest closing by then.

    One query: for each site and material it looks up one row, the last on or before the date.
    """
    return sum(closings_by_site(sites, date=date).values(), NO_TONS)


def closings_by_site(sites: Sequence[Site], *, date: dt.date) -> dict[int, Decimal]:
    """Return the tons in stock of each site at the end of a date, under its id. One query, as above."""
    return {site_id: stock or NO_TONS for site_id, stock in _stocks.ask(sites, date=date)}


def stock_trend(
    closing: Decimal, *, dates: Sequence[dt.date], moved: Mapping[dt.date, StockDay]
) -> tuple[Decimal, ...]:
    """Return the stock at the end of each date, in tons, from the closing of the last one.

    The dates follow one another, oldest first: what stood a day before is today's closing less today's net.
    """
    return _closings_before(closing, dates=dates, nets={date: day.net_ton for date, day in moved.items()})


_moves_of_materials = SiteTally[InventorySnapshot, tuple[dt.date, int, *tuple[Decimal, ...]]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .order_by()
        .values_list("date", "material_id")
        .annotate(*(Sum(move) for move in MOVES))
    )
)

# What a day changed stock by is all that its closings of the days before follow from.
NET = Sum(
    F("produced_ton") + F("received_ton") - F("consumed_ton") - F("dispatched_ton") + F("adjustment_ton")
)
_nets_of_categories = SiteTally[InventorySnapshot, tuple[dt.date, str, Decimal]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .order_by()
        .values_list("date", "material__category")
        .annotate(net=NET)
    )
)

_counted = SiteTally[InventorySnapshot, tuple[int]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(date=Asked("date", DateField()), counted_ton__isnull=False)
        .order_by()
        .values_list("material_id")
    )
)


@dataclass(frozen=True)
class MaterialStock:
    """A material's stock on a date and over the days up to it, in tons over some sites."""

    level: StockLevel
    # What moved on each of the last days and what there was at the end of each, oldest first.
    moved: tuple[StockDay, ...]
    closings: tuple[Decimal, ...]
    is_counted: bool

    @property
    def day(self) -> StockDay:
        """Return what moved on the date itself."""
        return self.moved[-1]

    @property
    def opening_ton(self) -> Decimal:
        return self.level.closing_ton - self.day.net_ton

    @property
    def days_of_cover(self) -> Decimal | None:
        """Return how many days the stock lasts at the mean dispatch of the last days; None if none left."""
        dispatched = sum((day.dispatched_ton for day in self.moved), NO_TONS)
        if not dispatched:
            return None
        return max(self.level.closing_ton, NO_TONS) * len(self.moved) / dispatched


def stock_by_material(sites: Sequence[Site], *, date: dt.date) -> list[MaterialStock]:
    """Return how the stock of each material stands on a date, in the order of the materials.

    Three queries of one site and four of several, whose cost grows with the sites, the materials and the
    days told, never with the history.
    """
    dates = days_until(date, count=COVER_DAYS)
    moved: dict[int, dict[dt.date, StockDay]] = defaultdict(dict)
    for day, material_id, *tons in _moves_of_materials.ask(sites, first=dates[0], last=date):
        moved[material_id][day] = StockDay(*tons)
    counted = {material_id for (material_id,) in _counted.ask(sites, date=date)}
    return [
        MaterialStock(
            level=level,
            moved=tuple(moved[level.material_id].get(day, STILL) for day in dates),
            closings=stock_trend(level.closing_ton, dates=dates, moved=moved[level.material_id]),
            is_counted=level.material_id in counted,
        )
        for level in levels(sites, date=date)
    ]


@dataclass(frozen=True, slots=True)
class CategoryStock:
    """The stock of a category of materials at the end of each date of a period, oldest first, in tons.

    `low_ton` is what the low marks of its materials come to, at all of the sites; None where none has one.
    With less than that, something of it is low somewhere.
    """

    category: Category
    closings: tuple[Decimal, ...]
    low_ton: Decimal | None

    @property
    def is_low(self) -> bool:
        """Say whether the last closing is below the mark."""
        return self.low_ton is not None and self.closings[-1] < self.low_ton


def stock_by_category(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[CategoryStock]:
    """Return how the stock of each category went over a period, both ends included, in their order.

    Tons over the sites and materials; a category that was never there and has no low mark is left out. Two
    queries, whose cost never grows with the history.
    """
    closings: dict[str, Decimal] = {}
    marks: dict[str, Decimal] = {}
    for closing in closings_on(sites, date=last):
        if closing.ton is not None:
            closings[closing.category] = closings.get(closing.category, NO_TONS) + closing.ton
        if closing.low_ton is not None:
            marks[closing.category] = marks.get(closing.category, NO_TONS) + closing.low_ton
    nets: dict[str, dict[dt.date, Decimal]] = defaultdict(dict)
    for date, category, net in _nets_of_categories.ask(sites, first=first, last=last):
        nets[category][date] = net
    dates = tuple(each_day(first, last))
    return [
        CategoryStock(
            category,
            _closings_before(closings.get(category, NO_TONS), dates=dates, nets=nets[category]),
            marks.get(category),
        )
        for category in Category
        if category in closings or category in marks
    ]


def _closings_before(
    closing: Decimal, *, dates: Sequence[dt.date], nets: Mapping[dt.date, Decimal]
) -> tuple[Decimal, ...]:
    """Return the closing of each date from that of the last one, and what each date changed it by."""
    closings = [closing]
    for date in reversed(dates[1:]):
        closing -= nets.get(date, NO_TONS)
        closings.append(closing)
    return tuple(reversed(closings))
