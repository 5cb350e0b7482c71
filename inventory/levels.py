"""What is in stock of each material on a date, and where that is low: read from the ledger over sites.

Its cost grows with sites x materials, never with the history.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BigIntegerField, DateField, Max, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import Combinable

from core.db.fields import NO_TONS
from inventory.ledger.snapshots import InventorySnapshot, SnapshotQuerySet
from inventory.thresholds import StockThreshold
from records.prepared import Asked, SiteTally, Tally
from sites.models import Material, Site

SITE = Asked("site", BigIntegerField())


class Closing(NamedTuple):
    """A material's stock over some sites, in tons; None where it was never there.

    `lowest_ton` is the least of these sites', `low_ton` the sum of their low marks, None without any.
    """

    material_id: int
    code: str
    name: str
    category: str
    low_ton: Decimal | None
    ton: Decimal | None
    lowest_ton: Decimal | None


def _latest(rows: SnapshotQuerySet) -> SnapshotQuerySet:
    """Keep of a line's rows the last one on or before the date."""
    return rows.filter(date__lte=Asked("date", DateField())).order_by("-date")[:1]


def _over_sites(at: Callable[[str], Q], total: Sum | Min) -> Combinable:
    """Ask, within a material, for a total of the sites' latest closings."""
    latest = _latest(InventorySnapshot.objects.of(OuterRef("pk"), OuterRef(OuterRef("pk"))))
    return Subquery(
        Site.objects.filter(at("pk"))
        .order_by()
        .annotate(of_a_material=Value(1), closing=Subquery(latest.values("closing_ton")))
        .values("of_a_material")
        .annotate(total=total)
        .values("total")
    )


def _low(at: Callable[[str], Q]) -> Combinable:
    """Ask, within a material, for the sum of the sites' low marks."""
    marks = StockThreshold.objects.filter(at("site"), material=OuterRef("pk")).order_by()
    return Subquery(marks.values("material").annotate(total=Sum("low_ton")).values("total"))


# Of one site, which most pages are about, there is one closing: its sum is its least.
_at_one = Tally[Material, tuple[int, str, str, str, Decimal | None, Decimal | None]](
    lambda: Material.objects.order_by("position", "code").values_list(
        "pk",
        "code",
        "name",
        "category",
        Subquery(
            StockThreshold.objects.filter(site=SITE, material=OuterRef("pk")).order_by().values("low_ton")
        ),
        Subquery(_latest(InventorySnapshot.objects.of(SITE, OuterRef("pk"))).values("closing_ton")),
    )
)

_over_several = SiteTally[
    Material, tuple[int, str, str, str, Decimal | None, Decimal | None, Decimal | None]
](
    lambda at: Material.objects.order_by("position", "code").values_list(
        "pk",
        "code",
        "name",
        "category",
        _low(at),
        _over_sites(at, Sum("closing")),
        _over_sites(at, Min("closing")),
    )
)

_extremes = Tally[InventorySnapshot, tuple[int, Decimal, Decimal]](
    lambda: (
        InventorySnapshot.objects.filter(
            site=SITE, date__gt=Asked("first", DateField()), date__lte=Asked("last", DateField())
        )
        .order_by()
        .values_list("material_id")
        .annotate(lowest=Min("closing_ton"), highest=Max("closing_ton"))
    )
)

_marked = SiteTally[StockThreshold, tuple[int, str, Decimal, Decimal | None]](
    lambda at: (
        StockThreshold.objects.filter(at("site"))
        .order_by("site__code")
        .values_list(
            "material_id",
            "site__code",
            "low_ton",
            Subquery(
                _latest(InventorySnapshot.objects.of(OuterRef("site"), OuterRef("material"))).values(
                    "closing_ton"
                )
            ),
        )
    )
)


class StockLevel(NamedTuple):
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


def closings_on(sites: Sequence[Site], *, date: dt.date) -> list[Closing]:
    """Return what is in stock of every material at the end of a date, in their order. One query.

    For each site and material it looks up one row, the last on or before the date.
    """
    if len(sites) == 1:
        found = _at_one.ask(site=sites[0].pk, date=date)
        return [Closing(*line, lowest_ton=line[-1]) for line in found]
    return [Closing(*line) for line in _over_several.ask(sites, date=date)]


def closings_by_material(sites: Sequence[Site], *, date: dt.date) -> dict[int, Decimal]:
    """Return the tons in stock of each material at the end of a date, under its id. One query.

    A material that was never there is left out.
    """
    return {
        closing.material_id: closing.ton
        for closing in closings_on(sites, date=date)
        if closing.ton is not None
    }


def levels(sites: Sequence[Site], *, date: dt.date) -> list[StockLevel]:
    """Return what is in stock of each material at the end of a date, in the order of the materials.

    A material that was never there and has no low mark is left out. One query of one site, two of several.
    """
    closings = [
        closing
        for closing in closings_on(sites, date=date)
        if closing.ton is not None or closing.low_ton is not None
    ]
    if len(sites) == 1:
        return [_level(closing, _low_at(sites[0], closing), closing.low_ton) for closing in closings]
    low = low_sites(sites, date=date)
    return [_level(closing, tuple(low.get(closing.material_id, ())), None) for closing in closings]


class StockSpan(NamedTuple):
    """The least and the most that there was of a material at the ends of some days, in tons."""

    lowest_ton: Decimal
    highest_ton: Decimal


def spans(site: Site, *, first: dt.date, last: dt.date) -> dict[int, StockSpan]:
    """Return between what the stock of each material moved over these days, both included, under its id.

    A day on which nothing moved has the stock of the day before. A material that was never there is left
    out. Two queries; the cost grows with the days.
    """
    at_first = closings_by_material([site], date=first)
    found = {material_id: StockSpan(ton, ton) for material_id, ton in at_first.items()}
    for material_id, lowest, highest in _extremes.ask(site=site.pk, first=first, last=last):
        ton = at_first.get(material_id, NO_TONS)
        found[material_id] = StockSpan(min(lowest, ton), max(highest, ton))
    return found


def _level(closing: Closing, low_sites: tuple[str, ...], low_ton: Decimal | None) -> StockLevel:
    material_id, code, name, category, _low_ton, ton, lowest_ton = closing
    return StockLevel(
        material_id, code, name, category, ton or NO_TONS, lowest_ton or NO_TONS, low_ton, low_sites
    )


def low_sites(sites: Sequence[Site], *, date: dt.date) -> dict[int, list[str]]:
    """Return the codes of the sites at which a material is below its mark, under its id. One query."""
    low: dict[int, list[str]] = defaultdict(list)
    for material_id, site_code, low_ton, closing_ton in _marked.ask(sites, date=date):
        if (closing_ton or NO_TONS) < low_ton:
            low[material_id].append(site_code)
    return low


def _low_at(site: Site, closing: Closing) -> tuple[str, ...]:
    is_low = closing.low_ton is not None and (closing.ton or NO_TONS) < closing.low_ton
    return (site.code,) if is_low else ()
