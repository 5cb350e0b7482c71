"""The count's module, as the ledger's tests need it before it has pages."""

from typing import ClassVar

from inventory.models import StockCount
from records.filters import MaterialFilter
from records.forms import CodedChoiceField, RecordForm
from records.modules import RecordModule


class StockCountForm(RecordForm[StockCount]):
    class Meta:
        model = StockCount
        fields = ("date", "material", "counted_ton", "notes")
        field_classes: ClassVar = {"material": CodedChoiceField}


class StockCountFilter(MaterialFilter):
    class Meta:
        model = StockCount
        fields = ("material", "who", "q")


COUNTS = RecordModule(
    slug="inventory",
    label="Stock count",
    label_plural="Stock counts",
    description="",
    icon="inventory",
    model=StockCount,
    form=StockCountForm,
    filter=StockCountFilter,
    list_columns=(),
    sheet_columns=(),
    totals=(),
    related=("material",),
)
