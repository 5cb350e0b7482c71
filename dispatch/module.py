from dataclasses import dataclass
from typing import override

from django.db import models
from django.db.models import Sum
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from dispatch.forms import DispatchForm
from dispatch.models import Dispatch
from inventory.load_columns import (
    LOAD_COLUMNS,
    LOAD_FILTERS,
    MASS_PARTS,
    LoadFilter,
    LoadTonsColumn,
    TicketedColumn,
)
from inventory.models import HAS_TONS, VOID
from records.columns import CountColumn, DateColumn, ReferenceColumn, TextColumn
from records.filters import ExactTextFilter, OperationFilter
from records.module import RecordModule
from sites.models import Material, Operation


class DispatchFilter(LoadFilter, OperationFilter):
    owner = ExactTextFilter(label=_("Owner"))

    searched = ("notes", "owner", "reference", "ticket_no")

    class Meta:
        model = Dispatch
        fields = ("material", "category", "operation", "owner", *LOAD_FILTERS, "weekday", "who", "q")


@dataclass(frozen=True, kw_only=True)
class TripsColumn(CountColumn):
    """The trips of a dispatch; a load that is void keeps its one, which counts nothing."""

    @property
    @override
    def total(self) -> Combinable:
        return Sum(self.name, filter=HAS_TONS)

    @override
    def text_of(self, record: models.Model) -> str:
        return "" if getattr(record, "load_state", "") in VOID else super().text_of(record)


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("product",))
OPERATION = ReferenceColumn(name="operation", label=_("Operation"), model=Operation, is_code_in_json=True)
QUANTITY = LoadTonsColumn(
    name="qty_ton", label=_("Tons"), unit=_("t"), aliases=("tons", "quantity", "weight")
)
# Loads of different materials are not alike.
LOADS = CountColumn(name="loads", label=_("Loads"), alike_by="material")
TRIPS = TripsColumn(name="trips", label=_("Trips"), aliases=("lorries", "trucks"))
OWNER = TicketedColumn(name="owner", label=_("Owner"), aliases=("customer", "client", "taken by", "to"))
REFERENCE = TextColumn(
    name="reference", label=_("Reference"), aliases=("delivery note", "ticket", "ticket number", "docket")
)
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))
WASTE_CODE = TextColumn(name="waste_code", label=_("Waste code"), aliases=("ewc code", "avv"))

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
    detail_columns=(*LOAD_COLUMNS, WASTE_CODE),
    detail_page="gate:ticket",
    totals=(QUANTITY, LOADS, TRIPS, *MASS_PARTS),
    kept_fields=("date", "material", "operation", "owner"),
    repeated=("material", "operation", "owner"),
    completed=("owner", "reference"),
    list_key="dispatches",
)
