"""What came in and what went out, day by day: two columns of the ledger, where no other is asked for."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import DateField, Sum

from inventory.ledger.snapshots import InventorySnapshot
from records.prepared import Asked, SiteTally
from sites.models import Site

_flows = SiteTally[InventorySnapshot, tuple[dt.date, Decimal, Decimal]](
    lambda at: (
        InventorySnapshot.objects.filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .order_by()
        .values_list("date")
        .annotate(Sum("received_ton"), Sum("dispatched_ton"))
    )
)


def flows_by_day(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> tuple[dict[dt.date, Decimal], dict[dt.date, Decimal]]:
    """Return what came in, and what went out, on each date of a period; a date without a move is left out.

    Tons, summed over the sites and materials from the ledger's daily rows. One query.
    """
    moved = _flows.ask(sites, first=first, last=last)
    return {date: came for date, came, _went in moved}, {date: went for date, _came, went in moved}
