import datetime as dt
from decimal import Decimal
from typing import ClassVar, cast, override

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from charts.numbers import written
from core.db.fields import to_kilogram
from equipment.downtime.figures import machine_day
from equipment.downtime.models import Downtime, DowntimeReason, StopEvent
from equipment.forms import MachineChoiceField
from records.forms import CodedChoiceField, RecordForm
from records.warnings import LONG_AGO, WarningRule, WarningRules
from sites.models import MasterData

TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%H.%M", "%H%M")
# Tons lost follow from these.
COUNTED = frozenset({"equipment", "start_time", "end_time", "minutes"})


class ReasonChoiceField(CodedChoiceField):
    """A reason with its group; a group alone is no choice."""

    default_error_messages: ClassVar = {
        "invalid_choice": _("“%(value)s” is not a reason of a group. Choose one from the list."),
    }

    def offered(self) -> models.QuerySet[MasterData]:
        reasons = cast("models.QuerySet[DowntimeReason]", super().offered())
        in_groups = reasons.filter(group__isnull=False).select_related("group")
        ordered = in_groups.order_by("group__position", "group__code", "position", "code")
        return cast("models.QuerySet[MasterData]", ordered)

    def label_from_instance(self, obj: MasterData) -> str:
        assert isinstance(obj, DowntimeReason)
        return f"{obj.group} · {obj.name}"

    def to_python(self, value: object) -> MasterData | None:
        found = super().to_python(value)
        if isinstance(found, DowntimeReason) and found.group_id is None:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": found}
            )
        return found


def _too_long(record: Downtime) -> str:
    """Return a warning where a machine's day has more minutes than were scheduled."""
    use = machine_day(record.equipment, record.site, record.date, without=record.pk)
    if not use.scheduled:
        return ""
    stopped = use.explained + record.minutes
    if stopped <= use.scheduled:
        return ""
    return _(
        "%(machine)s then has %(explained)s min of operation and stops on this day, and %(scheduled)s min "
        "were scheduled."
    ) % {
        "machine": record.equipment,
        "explained": written(stopped, 0),
        "scheduled": written(use.scheduled, 0),
    }


BEYOND_SCHEDULE = WarningRule[Downtime](
    fields=("date", "equipment", "shift", "minutes", "start_time", "end_time"), warning=_too_long
)


class DowntimeForm(RecordForm[Downtime]):
    warning_rules = WarningRules[Downtime]((LONG_AGO, BEYOND_SCHEDULE))

    class Meta:
        model = Downtime
        fields = (
            "date", "shift", "equipment", "reason", "start_time", "end_time", "minutes", "event", "notes",
        )  # fmt: skip
        field_classes: ClassVar = {"equipment": MachineChoiceField, "reason": ReasonChoiceField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for name in ("start_time", "end_time"):
            field = self.fields[name]
            assert isinstance(field, forms.TimeField)
            field.input_formats = TIME_FORMATS
            field.widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            field.error_messages["invalid"] = _("Enter a time of day such as 07:30.")
        self.fields["minutes"].required = False
        self.fields["minutes"].help_text = _("Left empty, they follow from the start and the end.")
        self.fields["event"].required = False

    @classmethod
    @override
    def values_of(cls, record: Downtime) -> dict[str, object]:
        values = super().values_of(record)
        times = {name: value for name, value in values.items() if isinstance(value, dt.time)}
        return values | {name: f"{value:%H:%M}" for name, value in times.items()}

    def clean_event(self) -> str:
        return self.cleaned_data["event"] or StopEvent.NEW.value

    def clean(self) -> None:
        super().clean()
        self._fill_in_minutes()
        minutes, machine = self.cleaned_data.get("minutes"), self.cleaned_data.get("equipment")
        if minutes is None or machine is None:
            return
        # A later change of the machine's rate rewrites nothing.
        if self.instance._state.adding or COUNTED.intersection(self.changed_data):
            rate = machine.tons_per_hour
            self.instance.tons_lost = None if rate is None else to_kilogram(rate * minutes / Decimal(60))

    def _fill_in_minutes(self) -> None:
        """Fill in the minutes between start and end, or report what does not fit."""
        cleaned = self.cleaned_data
        if {"start_time", "end_time", "minutes"} - set(cleaned):
            return
        start, end, minutes = cleaned["start_time"], cleaned["end_time"], cleaned["minutes"]
        if (start is None) != (end is None):
            name = "end_time" if end is None else "start_time"
            self.add_error(name, _("Enter the start and the end, or neither."))
        elif start is None:
            if minutes is None:
                self.add_error("minutes", _("Enter the minutes, or the start and the end."))
        elif (length := minutes_between(start, end)) == 0:
            self.add_error("end_time", _("The start and the end are the same."))
        elif minutes is not None and minutes != length:
            self.add_error(
                "minutes",
                _("From %(start)s to %(end)s are %(length)d minutes.")
                % {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "length": length},
            )
        else:
            cleaned["minutes"] = length


def minutes_between(start: dt.time, end: dt.time) -> int:
    """Return the minutes from one time of day to another, which may be of the next day."""
    return ((end.hour - start.hour) * 60 + end.minute - start.minute) % (24 * 60)
