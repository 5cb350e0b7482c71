"""Stock of a site on one of its days, material by material, as it is kept with the day."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from inventory.ledger.snapshots import InventorySnapshot
from records.columns import TonsColumn
from records.module import DayLedger
from sites.models import Material, Site

COLUMNS = tuple(
    TonsColumn(name=name, label=label, unit=_("t"))
    for name, label in (
        ("opening_ton", _("Opening")),
        ("produced_ton", _("Produced")),
        ("received_ton", _("Received")),
        ("consumed_ton", _("Consumed")),
        ("dispatched_ton", _("Dispatched")),
        ("adjustment_ton", _("Adjustment")),
        ("closing_ton", _("Closing")),
    )
)


def stock_rows(site: Site, date: dt.date) -> Iterator[tuple[str, str, Mapping[str, Decimal]]]:
    """Yield each material that was there or moved, with the day's row of the ledger in tons.

    A material that did not move that day opens and closes as it stood. One query: for each material it looks
    up one row, the last on or before the date.
    """
    earlier = InventorySnapshot.objects.of(site.pk, OuterRef("pk")).filter(date__lte=date)
    latest = Material.objects.order_by().annotate(latest=Subquery(earlier.order_by("-date").values("pk")[:1]))
    rows = InventorySnapshot.objects.filter(pk__in=latest.values("latest")).select_related("material")
    for row in rows.order_by("material__position", "material__code"):
        if row.date == date:
            figures = {column.name: getattr(row, column.name) for column in COLUMNS}
        else:
            figures = dict.fromkeys(("opening_ton", "closing_ton"), row.closing_ton)
        if any(figures.values()):
            yield row.material.code, row.material.name, figures


STOCK_OF_DAY = DayLedger(columns=COLUMNS, rows=stock_rows)
