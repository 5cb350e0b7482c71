"""What moved stock, day by day, and what is there: figures over sites and dates, read from the ledger.

Their cost grows with the days asked for and with the materials, never with the history.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DateField, OuterRef, Subquery, Sum, Value

from inventory.snapshots import InventorySnapshot, SnapshotQuerySet
from records.fields import NO_TONS
from records.prepared import Asked, SiteTally
from sites.models import Material, Site

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


_stocks = SiteTally[Site, tuple[Decimal | None]](
    lambda at: (
        Site.objects.filter(at("pk"))
        .order_by()
        .values_list(
            Subquery(
                Material.objects.order_by()
                .annotate(at_a_site=Value(1), closing=Subquery(_latest_closing().values("closing_ton")))
                .values("at_a_site")
                .annotate(stock=Sum("closing"))
                .values("stock")
            )
        )
    )
)


def current_stock(sites: Sequence[Site], *, date: dt.date) -> Decimal:
    """Return the tons in stock at the end of a date: the sum of each material's latest closing by then.

    One query: for each site and material it looks up one row, the last on or before the date.
    """
    stocks = _stocks.ask(sites, date=date)
    return sum((stock for (stock,) in stocks if stock is not None), NO_TONS)


def stock_trend(
    closing: Decimal, *, dates: Sequence[dt.date], moved: Mapping[dt.date, StockDay]
) -> tuple[Decimal, ...]:
    """Return the stock at the end of each date, in tons, from the closing of the last one.

    The dates follow one another, oldest first: what stood a day before is today's closing less today's net.
    """
    closings = [closing]
    for date in reversed(dates[1:]):
        closings.append(closings[-1] - moved.get(date, STILL).net_ton)
    return tuple(reversed(closings))
