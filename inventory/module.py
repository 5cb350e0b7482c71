import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from inventory.forms import StockCountForm
from inventory.models import InventorySnapshot, StockCount, StockCountQuerySet
from records.columns import DateColumn, ReferenceColumn, TextColumn, TonsColumn
from records.filters import MaterialFilter
from records.module import DayLedger, PageLink, RecordModule
from sites.models import Material, Site


class StockCountFilter(MaterialFilter):
    class Meta:
        model = StockCount
        fields = ("material", "category", "weekday", "who", "q")


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("product",))
COUNTED = TonsColumn(name="counted_ton", label=_("Counted"), unit=_("t"), aliases=("tons", "counted"))
BOOK = TonsColumn(
    name="book_ton",
    label=_("Book stock"),
    unit=_("t"),
    formula=F("counted_ton") - StockCountQuerySet.adjustment(),
    is_derived=True,
)
DIFFERENCE = TonsColumn(
    name="adjustment_ton",
    label=_("Difference"),
    unit=_("t"),
    formula=StockCountQuerySet.adjustment(),
    is_derived=True,
)
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

LEDGER = tuple(
    TonsColumn(name=name, label=label, unit=_("t"))
    for name, label in (
        ("opening_ton", _("Opening")),
        ("produced_ton", _("Produced")),
        ("received_ton", _("Received")),
        ("consumed_ton", _("Consumed")),
        ("dispatched_ton", _("Dispatched")),
        ("used_ton", _("Used on site")),
        ("disposed_ton", _("Disposed on site")),
        ("adjustment_ton", _("Adjustment")),
        ("closing_ton", _("Closing")),
    )
)


def ledger_of_day(site: Site, date: dt.date) -> Iterator[tuple[Material, Mapping[str, Decimal]]]:
    """Yield each material in stock or moved on a day, with its row of the ledger.

    A material that did not move that day opens and closes with its stock. One query.
    """
    rows = InventorySnapshot.objects.latest_of(site, date=date).select_related("material")
    for row in rows.order_by("material__position", "material__code"):
        if row.date == date:
            figures = {column.name: getattr(row, column.name) for column in LEDGER}
        else:
            figures = {column.name: NO_TONS for column in LEDGER}
            figures["opening_ton"] = figures["closing_ton"] = row.closing_ton
        if any(figures.values()):
            yield row.material, figures


STOCK_COUNTS = RecordModule(
    slug="inventory",
    label=_("Stock count"),
    label_plural=_("Stock counts"),
    description=_("What was measured at the end of a day"),
    icon="counts",
    model=StockCount,
    form=StockCountForm,
    filter=StockCountFilter,
    list_columns=(DATE, MATERIAL, COUNTED, BOOK, DIFFERENCE, NOTES),
    sheet_columns=(DATE, MATERIAL, COUNTED, NOTES),
    is_daily=False,
    day_ledger=DayLedger(columns=LEDGER, of=Material, rows=ledger_of_day),
    # Stock comes before the counts that correct it.
    menu_pages=(PageLink(label=_("Stock"), url_name="inventory:stock", icon="inventory"),),
    # What was counted on different days is no sum.
    totals=(),
    kept_fields=("date",),
    item_key="inventorySnapshot",
    list_key="inventorySnapshots",
)
