from django.utils.translation import gettext_lazy as _

from received.forms import ReceivedMaterialForm
from received.models import ReceivedMaterial
from records.filters import MaterialFilter
from records.module import Column, Kind, RecordModule


class ReceivedMaterialFilter(MaterialFilter):
    searched = ("notes", "source", "vehicle_ref")

    class Meta:
        model = ReceivedMaterial
        fields = ("material", "who", "q")


DATE = Column(name="date", label=_("Date"), kind=Kind.DATE, aliases=("day",))
MATERIAL = Column(name="material", label=_("Material"), aliases=("load type",))
QUANTITY = Column(
    name="qty_ton", label=_("Tons"), kind=Kind.TONS, unit=_("t"), aliases=("tons", "quantity", "weight")
)
LOADS = Column(name="loads", label=_("Loads"), kind=Kind.COUNT)
ORIGIN = Column(name="source", label=_("Source"), aliases=("supplier", "from"))
VEHICLE = Column(name="vehicle_ref", label=_("Vehicle"), aliases=("truck", "plate"))
NOTES = Column(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

RECEIVED = RecordModule(
    slug="received",
    label=_("Received load"),
    label_plural=_("Received material"),
    description=_("What came in, from where"),
    icon="received",
    model=ReceivedMaterial,
    form=ReceivedMaterialForm,
    filter=ReceivedMaterialFilter,
    list_columns=(DATE, MATERIAL, QUANTITY, LOADS, ORIGIN, VEHICLE, NOTES),
    sheet_columns=(DATE, MATERIAL, QUANTITY, LOADS, ORIGIN, VEHICLE, NOTES),
    totals=(QUANTITY, LOADS),
    kept_fields=("date", "material"),
    repeated=("material", "source", "vehicle_ref"),
    completed=("source", "vehicle_ref"),
    related=("material",),
)
