from collections.abc import Sequence

import django_filters
from django.utils.translation import gettext_lazy as _

from equipment.module import DATE, NOTES, SHIFT, MachineField
from equipment.readings.forms import CounterReadingForm
from equipment.readings.models import Counter, CounterEvent, CounterReading
from records.columns import ChoiceColumn, ReadingColumn, ReferenceColumn
from records.filters import ShiftFilter
from records.module import PageLink, RecordModule
from sites.models import Site


class CounterFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # django-filter has no types
    # The counters of several sites, each with its site.
    field_class = MachineField


class CounterReadingFilter(ShiftFilter):
    counter = CounterFilter(label=_("Counter"), queryset=Counter.objects.none(), empty_label=_("Any counter"))
    event = django_filters.ChoiceFilter(
        label=_("Event"), choices=CounterEvent.choices, empty_label=_("Any event")
    )

    searched = ("notes", "counter__code", "counter__name")

    class Meta:
        model = CounterReading
        fields = ("counter", "event", "shift", "weekday", "who", "q")

    def narrow(self, sites: Sequence[Site]) -> None:
        counters = Counter.objects.filter(site__in=[site.pk for site in sites])
        self.filters["counter"].queryset = counters.select_related("site")


COUNTER = ReferenceColumn(name="counter", label=_("Counter"), model=Counter, aliases=("meter", "totaliser"))
OPENING = ReadingColumn(name="opening", label=_("Opening"), aliases=("start reading", "reading before"))
CLOSING = ReadingColumn(name="closing", label=_("Closing"), aliases=("reading", "end reading"))
COUNTED = ReadingColumn(name="counted", label=_("Counted"), is_derived=True, alike_by="counter")
EVENT = ChoiceColumn(name="event", label=_("Event"), choices=dict(CounterEvent.choices))

READINGS = RecordModule(
    slug="readings",
    label=_("Counter reading"),
    label_plural=_("Counter readings"),
    description=_("What hour meters and belt totalisers showed"),
    icon="counts",
    model=CounterReading,
    form=CounterReadingForm,
    filter=CounterReadingFilter,
    list_columns=(DATE, SHIFT, COUNTER, OPENING, CLOSING, COUNTED, EVENT, NOTES),
    sheet_columns=(DATE, SHIFT, COUNTER, OPENING, CLOSING, EVENT, NOTES),
    totals=(COUNTED,),
    is_daily=False,
    is_optional=True,
    kept_fields=("date", "shift"),
    repeated=("shift", "counter"),
    line_for_each="counter",
    pages=(PageLink(label=_("Counters and fuel"), url_name="readings:figures", icon="balance"),),
    master_data={"counters": Counter},
)
