from django.utils.translation import gettext_lazy as _

from inventory.day_ledger import STOCK_OF_DAY
from inventory.forms import StockCountForm
from inventory.models import StockCount
from records.filters import MaterialFilter
from records.module import Column, Kind, RecordModule


class StockCountFilter(MaterialFilter):
    class Meta:
        model = StockCount
        fields = ("material", "who", "q")


DATE = Column(name="date", label=_("Date"), kind=Kind.DATE, aliases=("day",))
MATERIAL = Column(name="material", label=_("Material"), aliases=("product",))
COUNTED = Column(
    name="counted_ton", label=_("Counted"), kind=Kind.TONS, unit=_("t"), aliases=("tons", "counted")
)
BOOK = Column(name="book_ton", label=_("Book stock"), kind=Kind.TONS, unit=_("t"), is_derived=True)
DIFFERENCE = Column(
    name="adjustment_ton", label=_("Difference"), kind=Kind.TONS, unit=_("t"), is_derived=True
)
NOTES = Column(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

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
