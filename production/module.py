from django.utils.translation import gettext_lazy as _

from production.forms import ProductionForm
from production.models import Production
from records.filters import OperationFilter, ShiftFilter
from records.modules import Column, Kind, RecordModule


class ProductionFilter(OperationFilter, ShiftFilter):
    class Meta:
        model = Production
        fields = ("material", "operation", "shift", "who", "q")


DATE = Column(name="date", label=_("Date"), kind=Kind.DATE, aliases=("day",))
SHIFT = Column(name="shift", label=_("Shift"), kind=Kind.CHOICE)
MATERIAL = Column(name="material", label=_("Material"), aliases=("product",))
OPERATION = Column(name="operation", label=_("Operation"))
QUANTITY = Column(
    name="qty_ton", label=_("Tons"), kind=Kind.TONS, unit=_("t"), aliases=("tons", "quantity", "weight")
)
NOTES = Column(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

PRODUCTION = RecordModule(
    slug="production",
    label=_("Production record"),
    label_plural=_("Production"),
    description=_("What was made, used and disposed of"),
    icon="production",
    model=Production,
    form=ProductionForm,
    filter=ProductionFilter,
    list_columns=(DATE, SHIFT, MATERIAL, OPERATION, QUANTITY, NOTES),
    sheet_columns=(DATE, SHIFT, MATERIAL, OPERATION, QUANTITY, NOTES),
    totals=(QUANTITY,),
    kept_fields=("date", "shift", "material", "operation"),
    related=("material", "operation"),
)
