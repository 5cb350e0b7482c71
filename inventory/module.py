from django.utils.translation import gettext_lazy as _

from inventory.day_ledger import STOCK_OF_DAY
from inventory.forms import StockCountForm
from inventory.models import StockCount
from records.columns import DateColumn, ReferenceColumn, TextColumn, TonsColumn
from records.filters import MaterialFilter
from records.module import RecordModule
from sites.models import Material


class StockCountFilter(MaterialFilter):
    class Meta:
        model = StockCount
        fields = ("material", "who", "q")


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("product",))
COUNTED = TonsColumn(name="counted_ton", label=_("Counted"), unit=_("t"), aliases=("tons", "counted"))
BOOK = TonsColumn(name="book_ton", label=_("Book stock"), unit=_("t"), is_derived=True)
DIFFERENCE = TonsColumn(name="adjustment_ton", label=_("Difference"), unit=_("t"), is_derived=True)
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

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
    day_ledger=STOCK_OF_DAY,
    # What was counted on different days is no sum.
    totals=(),
    kept_fields=("date",),
    related=("material",),
    item_key="inventorySnapshot",
    list_key="inventorySnapshots",
)
