from django.utils.translation import gettext_lazy as _

from dispatch.forms import DispatchForm
from dispatch.models import Dispatch
from records.filters import OperationFilter
from records.module import Column, Kind, RecordModule


class DispatchFilter(OperationFilter):
    searched = ("notes", "owner", "reference")

    class Meta:
        model = Dispatch
        fields = ("material", "operation", "who", "q")


DATE = Column(name="date", label=_("Date"), kind=Kind.DATE, aliases=("day",))
MATERIAL = Column(name="material", label=_("Material"), aliases=("product",))
OPERATION = Column(name="operation", label=_("Operation"))
QUANTITY = Column(
    name="qty_ton", label=_("Tons"), kind=Kind.TONS, unit=_("t"), aliases=("tons", "quantity", "weight")
)
LOADS = Column(name="loads", label=_("Loads"), kind=Kind.COUNT)
TRIPS = Column(name="trips", label=_("Trips"), kind=Kind.COUNT, aliases=("lorries", "trucks"))
OWNER = Column(name="owner", label=_("Owner"), aliases=("customer", "client", "taken by", "to"))
REFERENCE = Column(
    name="reference", label=_("Reference"), aliases=("delivery note", "ticket", "ticket number", "docket")
)
NOTES = Column(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

DISPATCH = RecordModule(
    slug="dispatch",
    label=_("Dispatch"),
    label_plural=_("Dispatch"),
    description=_("What went out, to whom"),
    icon="dispatch",
    model=Dispatch,
    form=DispatchForm,
    filter=DispatchFilter,
    list_columns=(DATE, MATERIAL, OPERATION, QUANTITY, LOADS, TRIPS, OWNER, REFERENCE, NOTES),
    sheet_columns=(DATE, MATERIAL, OPERATION, QUANTITY, LOADS, TRIPS, OWNER, REFERENCE, NOTES),
    totals=(QUANTITY, LOADS, TRIPS),
    kept_fields=("date", "material", "operation", "owner"),
    repeated=("material", "operation", "owner"),
    completed=("owner", "reference"),
    related=("material", "operation"),
    list_key="dispatches",
)
