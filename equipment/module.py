from collections.abc import Sequence

import django_filters
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from equipment.forms import EquipmentLogForm
from equipment.models import EquipmentLog, Machine, Status
from records.choices import Shift
from records.columns import (
    ChoiceColumn,
    CountColumn,
    DateColumn,
    HoursColumn,
    LitresColumn,
    ReferenceColumn,
    TextColumn,
)
from records.filters import ShiftFilter
from records.module import PageLink, RecordModule
from sites.models import Site


class MachineField(django_filters.fields.ModelChoiceField):  # type: ignore[misc]  # django-filter has no types
    """The machines of several sites, which yards call alike: each with its site."""

    def label_from_instance(self, machine: Machine) -> str:
        return f"{machine} · {machine.site.code}"


class MachineFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # the same
    field_class = MachineField


class EquipmentFilter(ShiftFilter):
    equipment = MachineFilter(
        label=_("Machine"), queryset=Machine.objects.none(), empty_label=_("Any machine")
    )
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Status, empty_label=_("Any status"))

    searched = ("notes", "equipment__code", "equipment__name")

    class Meta:
        model = EquipmentLog
        fields = ("equipment", "status", "shift", "weekday", "who", "q")

    def narrow(self, sites: Sequence[Site]) -> None:
        machines = Machine.objects.filter(site__in=[site.pk for site in sites])
        self.filters["equipment"].queryset = machines.select_related("site")


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
SHIFT = ChoiceColumn(name="shift", label=_("Shift"), choices=dict(Shift.choices))
MACHINE = ReferenceColumn(
    name="equipment",
    label=_("Machine"),
    model=Machine,
    aliases=("machine", "equipment"),
    page="equipment:machine",
)
UNITS = CountColumn(name="count", label=_("Units"), aliases=("count", "quantity"))
HOURS = HoursColumn(name="hours", label=_("Hours per unit"), unit=_("h"), aliases=("hours", "hours run"))
MACHINE_HOURS = HoursColumn(
    name="machine_hours",
    label=_("Machine hours"),
    unit=_("h"),
    formula=F("hours") * F("count"),
    is_derived=True,
)
STATUS = ChoiceColumn(name="status", label=_("Status"), choices=dict(Status.choices))
FUEL = LitresColumn(name="fuel", label=_("Fuel"), unit=_("l"), aliases=("diesel", "litres"))
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

EQUIPMENT = RecordModule(
    slug="equipment",
    label=_("Equipment log"),
    label_plural=_("Equipment"),
    description=_("What ran, how long, and what stood still"),
    icon="equipment",
    model=EquipmentLog,
    form=EquipmentLogForm,
    filter=EquipmentFilter,
    list_columns=(DATE, SHIFT, MACHINE, UNITS, HOURS, MACHINE_HOURS, STATUS, FUEL, NOTES),
    sheet_columns=(DATE, SHIFT, MACHINE, UNITS, HOURS, STATUS, FUEL, NOTES),
    totals=(MACHINE_HOURS, FUEL),
    kept_fields=("date", "shift"),
    repeated=("shift", "equipment", "count"),
    line_for_each="equipment",
    pages=(
        PageLink(label=_("Machines"), url_name="equipment:machines", icon="equipment"),
        PageLink(label=_("Availability"), url_name="downtime:availability", icon="balance"),
        PageLink(label=_("Downtime"), url_name="downtime:list", icon="warning"),
        PageLink(label=_("Counters and fuel"), url_name="readings:figures", icon="counts"),
        PageLink(label=_("Counter readings"), url_name="readings:list", icon="counts"),
    ),
    master_data={"machines": Machine},
)
