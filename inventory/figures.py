"""What moved stock, day by day, and what is there: figures over sites and dates, read from the ledger.

Their cost grows with the days asked for and with the materials, never with the history.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import DateField, F, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import Combinable

from inventory.snapshots import InventorySnapshot, SnapshotQuerySet
from inventory.thresholds import StockThreshold
from records.fields import NO_TONS
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


class _Closing(NamedTuple):
    """A material's stock over some sites, and the least of these sites'; None where it was never there."""

    material_id: int
    code: str
    name: str
    category: str
    ton: Decimal | None
    lowest_ton: Decimal | None


def _over_sites(at: Callable[[str], Q], total: Sum | Min) -> Combinable:
    """Ask, within a material, for a total of the sites' latest closings."""
    latest = InventorySnapshot.objects.of(OuterRef("pk"), OuterRef(OuterRef("pk")))
    latest = latest.filter(date__lte=Asked("date", DateField())).order_by("-date")[:1]
    return Subquery(
        Site.objects.filter(at("pk"))
        .order_by()
        .annotate(of_a_material=Value(1), closing=Subquery(latest.values("closing_ton")))
        .values("of_a_material")
        .annotate(total=total)
        .values("total")
    )


_closings = SiteTally[Material, tuple[int, str, str, str, Decimal | None, Decimal | None]](
    lambda at: Material.objects.order_by("position", "code").values_list(
        "pk", "code", "name", "category", _over_sites(at, Sum("closing")), _over_sites(at, Min("closing"))
    )
)


def _moved_by[Key](
    column: str, _key: type[Key]
) -> SiteTally[InventorySnapshot, tuple[dt.date, Key, *tuple[Decimal, ...]]]:
    return SiteTally(
        lambda at: (
            InventorySnapshot.objects.filter(at("site"))
            .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
            .order_by()
            .values_list("date", column)
            .annotate(*(Sum(move) for move in MOVES))
        )
    )


_moves_of_materials = _moved_by("material_id", int)

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

_marks = SiteTally[StockThreshold, tuple[int, str, Decimal, Decimal | None]](
    lambda at: (
        StockThreshold.objects.filter(at("site"))
        .order_by("site__code")
        .values_list(
            "material_id",
            "site__code",
            "low_ton",
            Subquery(
                InventorySnapshot.objects.of(OuterRef("site"), OuterRef("material"))
                .filter(date__lte=Asked("date", DateField()))
                .order_by("-date")
                .values("closing_ton")[:1]
            ),
        )
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


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What is in stock of a material at the end of a date, in tons over some sites, and where that is low.

    `lowest_ton` is the least of the sites' own; `low_ton` is the low mark where one site is asked about, and
    None for several; `low_sites` are the codes of those whose stock is below their mark.
    """

    material_id: int
    code: str
    name: str
    category: str
    closing_ton: Decimal
    lowest_ton: Decimal
    low_ton: Decimal | None
    low_sites: tuple[str, ...]

    @property
    def is_low(self) -> bool:
        return bool(self.low_sites)

    @property
    def is_negative(self) -> bool:
        """Say whether stock is below zero at one of the sites, whatever lies at the others."""
        return self.lowest_ton < NO_TONS


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


def levels(sites: Sequence[Site], *, date: dt.date) -> list[StockLevel]:
    """Return what is in stock of each material at the end of a date, most first.

    A material that was never there and has no low mark is left out. Two queries: for each site and material
    they look up one row, the last on or before the date.
    """
    return sorted(_levels(sites, date), key=lambda level: level.closing_ton, reverse=True)


def low_marks(sites: Sequence[Site]) -> Decimal:
    """Return what the low marks of all materials at the sites come to, in tons: less stock is low somewhere.

    One query.
    """
    low: Decimal | None = StockThreshold.objects.filter(site__in=sites).aggregate(low=Sum("low_ton"))["low"]
    return low or NO_TONS


def stock_by_material(sites: Sequence[Site], *, date: dt.date) -> list[MaterialStock]:
    """Return how the stock of each material stands on a date, in the order of the materials.

    Four queries, whose cost grows with the sites, the materials and the days told, never with the history.
    """
    dates = days_until(date, count=COVER_DAYS)
    moved = _moved_each_day(_moves_of_materials, sites, first=dates[0], last=date)
    counted = {material_id for (material_id,) in _counted.ask(sites, date=date)}
    return [
        MaterialStock(
            level=level,
            moved=tuple(moved[level.material_id].get(day, STILL) for day in dates),
            closings=stock_trend(level.closing_ton, dates=dates, moved=moved[level.material_id]),
            is_counted=level.material_id in counted,
        )
        for level in _levels(sites, date)
    ]


def closings_by_material(sites: Sequence[Site], *, date: dt.date) -> dict[int, Decimal]:
    """Return the tons in stock of each material at the end of a date, under its id. One query.

    A material that was never there is left out.
    """
    return {
        closing.material_id: closing.ton for closing in _closings_on(sites, date) if closing.ton is not None
    }


def closings_by_day(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> dict[int, tuple[Decimal, ...]]:
    """Return each material's stock at the end of each date of a period, oldest first, by the material's id.

    Tons over the sites; both ends are included, and a material that was never there is left out. Two queries.
    """
    moved = _moved_each_day(_moves_of_materials, sites, first=first, last=last)
    dates = tuple(each_day(first, last))
    return {
        closing.material_id: stock_trend(closing.ton, dates=dates, moved=moved[closing.material_id])
        for closing in _closings_on(sites, last)
        if closing.ton is not None
    }


def closing_by_category_by_day(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> dict[Category, tuple[Decimal, ...]]:
    """Return the stock of each category of materials at the end of each date of a period, oldest first.

    Tons over the sites and materials, in the order of the categories; both ends are included, and a
    category that was never there is left out. Two queries, whose cost never grows with the history.
    """
    closings: dict[str, Decimal] = {}
    for closing in _closings_on(sites, last):
        if closing.ton is not None:
            closings[closing.category] = closings.get(closing.category, NO_TONS) + closing.ton
    nets: dict[str, dict[dt.date, Decimal]] = defaultdict(dict)
    for date, category, net in _nets_of_categories.ask(sites, first=first, last=last):
        nets[category][date] = net
    dates = tuple(each_day(first, last))
    return {
        category: _closings_before(closings[category], dates=dates, nets=nets[category])
        for category in Category
        if category in closings
    }


def _closings_before(
    closing: Decimal, *, dates: Sequence[dt.date], nets: Mapping[dt.date, Decimal]
) -> tuple[Decimal, ...]:
    """Return the closing of each date from that of the last one, and what each date changed it by."""
    closings = [closing]
    for date in reversed(dates[1:]):
        closing -= nets.get(date, NO_TONS)
        closings.append(closing)
    return tuple(reversed(closings))


def _closings_on(sites: Sequence[Site], date: dt.date) -> list[_Closing]:
    return [_Closing(*row) for row in _closings.ask(sites, date=date)]


def _levels(sites: Sequence[Site], date: dt.date) -> list[StockLevel]:
    """Return the levels in the order of the materials."""
    marks: dict[int, Decimal] = {}
    low: dict[int, list[str]] = defaultdict(list)
    for material_id, site_code, low_ton, closing_ton in _marks.ask(sites, date=date):
        marks[material_id] = low_ton
        if (closing_ton or NO_TONS) < low_ton:
            low[material_id].append(site_code)
    return [
        StockLevel(
            material_id=closing.material_id,
            code=closing.code,
            name=closing.name,
            category=closing.category,
            closing_ton=closing.ton or NO_TONS,
            lowest_ton=closing.lowest_ton or NO_TONS,
            low_ton=marks.get(closing.material_id) if len(sites) == 1 else None,
            low_sites=tuple(low[closing.material_id]),
        )
        for closing in _closings_on(sites, date)
        if closing.ton is not None or closing.material_id in marks
    ]


def _moved_each_day[Key](
    tally: SiteTally[InventorySnapshot, tuple[dt.date, Key, *tuple[Decimal, ...]]],
    sites: Sequence[Site],
    *,
    first: dt.date,
    last: dt.date,
) -> dict[Key, dict[dt.date, StockDay]]:
    """Return what moved on each date that anything did, by what the tally tells apart."""
    moved: dict[Key, dict[dt.date, StockDay]] = defaultdict(dict)
    for date, key, *tons in tally.ask(sites, first=first, last=last):
        moved[key][date] = StockDay(*tons)
    return moved
