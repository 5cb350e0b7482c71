"""How stock went over a period, by material and by site: figures over sites, read from the ledger."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DateField, Sum

from core.db.fields import NO_TONS
from inventory.figures import MOVES, STILL, StockDay, closings_by_site
from inventory.ledger.snapshots import InventorySnapshot
from inventory.levels import closings_by_material
from records.prepared import Asked, SiteTally
from sites.models import Site


@dataclass(frozen=True, slots=True)
class StockPeriod:
    """What moved stock over a period and what was there at its end, in tons."""

    moved: StockDay = STILL
    closing_ton: Decimal = NO_TONS
    # How many counts corrected the ledger, be it by nothing.
    counts: int = 0

    def __add__(self, other: "StockPeriod") -> "StockPeriod":
        return StockPeriod(
            StockDay(*(getattr(self.moved, column) + getattr(other.moved, column) for column in MOVES)),
            self.closing_ton + other.closing_ton,
            self.counts + other.counts,
        )

    @property
    def opening_ton(self) -> Decimal:
        """Return what was in stock before the period began."""
        return self.closing_ton - self.moved.net_ton

    @property
    def is_nothing(self) -> bool:
        """Say whether nothing was there, moved or was counted."""
        return self == StockPeriod()


@dataclass(frozen=True, slots=True)
class StockPeriods:
    """How stock went, under the ids of the materials and under those of the sites."""

    by_material: Mapping[int, StockPeriod]
    by_site: Mapping[int, StockPeriod]

    @property
    def whole(self) -> StockPeriod:
        return sum(self.by_material.values(), StockPeriod())


_moves = SiteTally[InventorySnapshot, tuple[int, int, int, *tuple[Decimal, ...]]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .order_by()
        .values_list("site_id", "material_id")
        .annotate(Count("counted_ton"), *(Sum(column) for column in MOVES))
    )
)


def stock_periods(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> StockPeriods:
    """Return how the stock of each material and of each site went over a period, both ends included.

    Two queries for one site and three for several, whose cost grows with the days, the sites and the
    materials, never with the history.
    """
    of_materials: dict[int, StockPeriod] = defaultdict(StockPeriod)
    of_sites: dict[int, StockPeriod] = defaultdict(StockPeriod)
    for site_id, material_id, counts, *tons in _moves.ask(sites, first=first, last=last):
        moved = StockPeriod(StockDay(*tons), counts=counts)
        of_materials[material_id] += moved
        of_sites[site_id] += moved
    for material_id, closing in closings_by_material(sites, date=last).items():
        of_materials[material_id] += StockPeriod(closing_ton=closing)
    if len(sites) == 1:
        return StockPeriods(of_materials, {sites[0].pk: sum(of_materials.values(), StockPeriod())})
    for site_id, closing in closings_by_site(sites, date=last).items():
        of_sites[site_id] += StockPeriod(closing_ton=closing)
    return StockPeriods(of_materials, of_sites)
