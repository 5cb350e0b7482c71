from collections.abc import Sequence

import django_filters
from django.utils.translation import gettext_lazy as _

from equipment.downtime.forms import DowntimeForm
from equipment.downtime.models import Downtime, DowntimeReason, StopEvent, TimeCategory
from equipment.models import Machine
from equipment.module import DATE, MACHINE, NOTES, SHIFT, MachineFilter
from records.columns import ChoiceColumn, CountColumn, ReferenceColumn, TimeColumn, TonsColumn
from records.filters import ShiftFilter
from records.module import PageLink, RecordModule
from sites.models import Site


class DowntimeFilter(ShiftFilter):
    equipment = MachineFilter(
        label=_("Machine"), queryset=Machine.objects.none(), empty_label=_("Any machine")
    )
    reason = django_filters.ModelChoiceFilter(
        label=_("Reason"),
        queryset=lambda _request: DowntimeReason.objects.filter(group__isnull=False),
        empty_label=_("Any reason"),
    )
    group = django_filters.ModelChoiceFilter(
        label=_("Group of reasons"),
        queryset=lambda _request: DowntimeReason.objects.filter(group__isnull=True),
        field_name="reason__group",
        empty_label=_("Any group"),
    )
    category = django_filters.ChoiceFilter(
        label=_("Kind of time"),
        choices=TimeCategory.choices,
        field_name="reason__category",
        empty_label=_("Any kind"),
    )

    searched = ("notes", "equipment__code", "equipment__name", "reason__name")

    class Meta:
        model = Downtime
        fields = ("equipment", "reason", "group", "category", "shift", "weekday", "who", "q")

    def narrow(self, sites: Sequence[Site]) -> None:
        machines = Machine.objects.filter(site__in=[site.pk for site in sites])
        self.filters["equipment"].queryset = machines.select_related("site")


REASON = ReferenceColumn(
    name="reason", label=_("Reason"), model=DowntimeReason, aliases=("cause", "downtime reason")
)
START = TimeColumn(name="start_time", label=_("Start"), aliases=("from", "stopped"))
END = TimeColumn(name="end_time", label=_("End"), aliases=("to", "started again"))
MINUTES = CountColumn(name="minutes", label=_("Minutes"), aliases=("duration", "min"))
EVENT = ChoiceColumn(name="event", label=_("Event"), choices=dict(StopEvent.choices))
TONS_LOST = TonsColumn(name="tons_lost", label=_("Tons lost"), unit=_("t"), is_derived=True)

DOWNTIME = RecordModule(
    slug="downtime",
    label=_("Downtime"),
    label_plural=_("Downtime"),
    description=_("Why machines stopped, and for how long"),
    icon="warning",
    model=Downtime,
    form=DowntimeForm,
    filter=DowntimeFilter,
    list_columns=(DATE, SHIFT, MACHINE, REASON, START, END, MINUTES, EVENT, TONS_LOST, NOTES),
    sheet_columns=(DATE, SHIFT, MACHINE, REASON, START, END, MINUTES, EVENT, NOTES),
    totals=(MINUTES, TONS_LOST),
    is_daily=False,
    is_optional=True,
    kept_fields=("date", "shift"),
    repeated=("shift", "equipment", "reason"),
    pages=(PageLink(label=_("Availability"), url_name="downtime:availability", icon="balance"),),
    master_data={"reasons": DowntimeReason},
)
