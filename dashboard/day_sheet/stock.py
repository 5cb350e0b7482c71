"""How a site's day moved its stock, material by material, as the ledger says it now."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from inventory.ledger.snapshots import InventorySnapshot
from sites.models import Material, Site


@dataclass(frozen=True)
class StockLine:
    """A material that the day moved or counted, in tons."""

    material: Material
    opening_ton: Decimal
    in_ton: Decimal
    out_ton: Decimal
    # By how much a count corrected the books; None where nothing was counted.
    adjustment_ton: Decimal | None
    closing_ton: Decimal


def stock_lines(site: Site, *, date: dt.date) -> list[StockLine]:
    """Return what moved on a date at a site, in the order of the materials. One query."""
    rows = InventorySnapshot.objects.filter(site=site, date=date).select_related("material")
    return [
        StockLine(
            material=row.material,
            opening_ton=row.opening_ton,
            in_ton=row.produced_ton + row.received_ton,
            out_ton=row.consumed_ton + row.dispatched_ton,
            adjustment_ton=None if row.counted_ton is None else row.adjustment_ton,
            closing_ton=row.closing_ton,
        )
        for row in rows.order_by("material__position", "material__code")
    ]
