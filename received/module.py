from django.utils.translation import gettext_lazy as _

from inventory.load_columns import (
    LOAD_COLUMNS,
    LOAD_FILTERS,
    MASS_PARTS,
    LoadFilter,
    LoadTonsColumn,
    TicketedColumn,
)
from received.forms import ReceivedMaterialForm
from received.models import ReceivedMaterial
from records.columns import CountColumn, DateColumn, PercentColumn, ReferenceColumn, TextColumn
from records.filters import ExactTextFilter
from records.module import RecordModule
from sites.models import Material


class ReceivedMaterialFilter(LoadFilter):
    source = ExactTextFilter(label=_("Source"))
    vehicle_ref = ExactTextFilter(label=_("Vehicle"))

    searched = ("notes", "source", "vehicle_ref", "ticket_no", "reference")

    class Meta:
        model = ReceivedMaterial
        fields = ("material", "category", "source", "vehicle_ref", *LOAD_FILTERS, "weekday", "who", "q")


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("load type",))
QUANTITY = LoadTonsColumn(
    name="qty_ton", label=_("Tons"), unit=_("t"), aliases=("tons", "quantity", "weight")
)
# Loads of different materials are not alike.
LOADS = CountColumn(name="loads", label=_("Loads"), alike_by="material")
ORIGIN = TextColumn(name="source", label=_("Source"), aliases=("supplier", "from"))
VEHICLE = TicketedColumn(name="vehicle_ref", label=_("Vehicle"), aliases=("truck", "plate"))
MOISTURE = PercentColumn(
    name="moisture_percent", label=_("Moisture"), unit=_("%"), aliases=("moisture", "water content")
)
REFERENCE = TextColumn(name="reference", label=_("Reference"))
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

RECEIVED = RecordModule(
    slug="received",
    label=_("Received load"),
    label_plural=_("Received material"),
    description=_("What came in, from where"),
    icon="received",
    model=ReceivedMaterial,
    form=ReceivedMaterialForm,
    filter=ReceivedMaterialFilter,
    list_columns=(DATE, MATERIAL, QUANTITY, LOADS, ORIGIN, VEHICLE, MOISTURE, NOTES),
    sheet_columns=(DATE, MATERIAL, QUANTITY, LOADS, ORIGIN, VEHICLE, MOISTURE, NOTES),
    detail_columns=(REFERENCE, *LOAD_COLUMNS),
    detail_page="gate:ticket",
    totals=(QUANTITY, LOADS, *MASS_PARTS),
    kept_fields=("date", "material"),
    repeated=("material", "source", "vehicle_ref"),
    completed=("source", "vehicle_ref"),
)
