import django_filters
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from manpower.forms import ManpowerLogForm
from manpower.models import ManpowerLog, ManpowerRole
from records.choices import Shift
from records.columns import ChoiceColumn, CountColumn, DateColumn, HoursColumn, ReferenceColumn, TextColumn
from records.filters import ShiftFilter
from records.module import RecordModule


class ManpowerFilter(ShiftFilter):
    role = django_filters.ModelChoiceFilter(
        label=_("Role"), queryset=ManpowerRole.objects.all(), empty_label=_("Any role")
    )

    class Meta:
        model = ManpowerLog
        fields = ("role", "shift", "weekday", "who", "q")


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
SHIFT = ChoiceColumn(name="shift", label=_("Shift"), choices=dict(Shift.choices))
ROLE = ReferenceColumn(name="role", label=_("Role"), model=ManpowerRole, aliases=("trade", "position"))
HEADCOUNT = CountColumn(name="headcount", label=_("Headcount"), aliases=("people", "workers"))
# Over several shifts and days the same people are counted again.
PERSON_SHIFTS = CountColumn(name="headcount", label=_("Person-shifts"), unit=_("person-shifts"))
HOURS = HoursColumn(name="hours", label=_("Hours per person"), unit=_("h"), aliases=("hours", "hours worked"))
LABOUR_HOURS = HoursColumn(
    name="labour_hours",
    label=_("Labour hours"),
    unit=_("h"),
    formula=F("hours") * F("headcount"),
    is_derived=True,
)
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

MANPOWER = RecordModule(
    slug="manpower",
    label=_("Manpower log"),
    label_plural=_("Manpower"),
    description=_("Who worked, and how long"),
    icon="manpower",
    model=ManpowerLog,
    form=ManpowerLogForm,
    filter=ManpowerFilter,
    list_columns=(DATE, SHIFT, ROLE, HEADCOUNT, HOURS, LABOUR_HOURS, NOTES),
    sheet_columns=(DATE, SHIFT, ROLE, HEADCOUNT, HOURS, NOTES),
    totals=(LABOUR_HOURS, PERSON_SHIFTS),
    totals_by=(ROLE, SHIFT),
    kept_fields=("date", "shift", "hours"),
    repeated=("shift", "role", "hours"),
    line_for_each="role",
    master_data={"roles": ManpowerRole},
)
