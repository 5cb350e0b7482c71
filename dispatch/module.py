from django.utils.translation import gettext_lazy as _

from dispatch.forms import DispatchForm
from dispatch.models import Dispatch
from inventory.loads import LOAD_COLUMNS, MASS_PARTS, LoadTonsColumn, TicketedColumn
from records.columns import CountColumn, DateColumn, ReferenceColumn, TextColumn
from records.forms import ExactTextFilter, OperationFilter
from records.module import RecordModule
from sites.models import Material, Operation


class DispatchFilter(OperationFilter):
    owner = ExactTextFilter(label=_("Owner"))

    searched = ("notes", "owner", "reference", "ticket_no")

    class Meta:
        model = Dispatch
        fields = ("material", "category", "operation", "owner", "weekday", "who", "q")


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("product",))
OPERATION = ReferenceColumn(name="operation", label=_("Operation"), model=Operation, is_code_in_json=True)
QUANTITY = LoadTonsColumn(
    name="qty_ton", label=_("Tons"), unit=_("t"), aliases=("tons", "quantity", "weight")
)
# Loads of different materials are not alike.
LOADS = CountColumn(name="loads", label=_("Loads"), alike_by="material")
TRIPS = CountColumn(name="trips", label=_("Trips"), aliases=("lorries", "trucks"))
OWNER = TicketedColumn(name="owner", label=_("Owner"), aliases=("customer", "client", "taken by", "to"))
REFERENCE = TextColumn(
    name="reference", label=_("Reference"), aliases=("delivery note", "ticket", "ticket number", "docket")
)
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

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
    detail_columns=LOAD_COLUMNS,
    totals=(QUANTITY, LOADS, TRIPS, *MASS_PARTS),
    kept_fields=("date", "material", "operation", "owner"),
    repeated=("material", "operation", "owner"),
    completed=("owner", "reference"),
    list_key="dispatches",
)
