"""One material's ledger day by day, over sites: read from the ledger's rows of the days asked for."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import BigIntegerField, Count, DateField, OuterRef, Subquery, Sum

from core.db.fields import NO_TONS
from inventory.figures import MOVES, StockDay
from inventory.ledger.snapshots import InventorySnapshot
from inventory.thresholds import StockThreshold
from records.prepared import Asked, SiteTally
from sites.models import Site

MATERIAL = Asked("material", BigIntegerField())


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """What moved a material on a date and what there was at its end, in tons over the sites."""

    date: dt.date
    moved: StockDay
    closing_ton: Decimal
    # At how many of the sites it was counted.
    counts: int

    @property
    def opening_ton(self) -> Decimal:
        return self.closing_ton - self.moved.net_ton


@dataclass(frozen=True, slots=True)
class SiteClosing:
    """What there is of a material at a site, in tons, and the low mark it has there; None without one."""

    code: str
    name: str
    closing_ton: Decimal
    low_ton: Decimal | None

    @property
    def is_low(self) -> bool:
        return self.low_ton is not None and self.closing_ton < self.low_ton


_moves = SiteTally[InventorySnapshot, tuple[dt.date, int, *tuple[Decimal, ...]]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(
            material=MATERIAL,
            date__gte=Asked("first", DateField()),
            date__lte=Asked("last", DateField()),
        )
        .order_by("-date")
        .values_list("date")
        .annotate(Count("counted_ton"), *(Sum(column) for column in MOVES))
    )
)

_closings = SiteTally[Site, tuple[str, str, Decimal | None, Decimal | None]](
    lambda at: (
        Site.objects.filter(at("pk"))
        .order_by("name", "code")
        .values_list(
            "code",
            "name",
            Subquery(
                InventorySnapshot.objects.of(OuterRef("pk"), MATERIAL)
                .filter(date__lte=Asked("date", DateField()))
                .order_by("-date")
                .values("closing_ton")[:1]
            ),
            Subquery(
                StockThreshold.objects.filter(site=OuterRef("pk"), material=MATERIAL)
                .order_by()
                .values("low_ton")
            ),
        )
    )
)


def closings_of(material_id: int, sites: Sequence[Site], *, date: dt.date) -> list[SiteClosing]:
    """Return what there is of a material at the end of a date, where it ever was or has a low mark.

    One query: for each site it looks up one row, the last on or before the date.
    """
    return [
        SiteClosing(code, name, closing or NO_TONS, low)
        for code, name, closing, low in _closings.ask(sites, material=material_id, date=date)
        if closing is not None or low is not None
    ]


def days_of(
    material_id: int, sites: Sequence[Site], *, first: dt.date, last: dt.date, closing_ton: Decimal
) -> list[LedgerDay]:
    """Return the days of a period on which the material moved or was counted, newest first.

    `closing_ton` is what there is at the end of the last date; every day's stock follows from it. One query.
    """
    days = []
    for date, counts, *tons in _moves.ask(sites, material=material_id, first=first, last=last):
        day = LedgerDay(date, StockDay(*tons), closing_ton, counts)
        days.append(day)
        closing_ton = day.opening_ton
    return days


def total_of(closings: Sequence[SiteClosing]) -> Decimal:
    """Return what there is at the sites together, in tons."""
    return sum((closing.closing_ton for closing in closings), NO_TONS)
