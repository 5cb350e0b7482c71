from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from equipment.models import EquipmentLog, Machine, Status, shift_hours
from records.choices import Shift
from records.forms import RecordForm, SiteChoiceField
from records.templatetags.figures import hours
from sites.models import MasterData


class MachineChoiceField(SiteChoiceField):
    """A machine of the site; those in maintenance come last and say so."""

    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().order_by("in_maintenance", "position", "code")

    def label_from_instance(self, obj: MasterData) -> str:
        if isinstance(obj, Machine) and obj.in_maintenance:
            return _("%(machine)s (in maintenance)") % {"machine": obj}
        return super().label_from_instance(obj)


class EquipmentLogForm(RecordForm[EquipmentLog]):
    class Meta:
        model = EquipmentLog
        fields = ("date", "shift", "equipment", "count", "hours", "status", "notes")
        field_classes: ClassVar = {"equipment": MachineChoiceField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        # One machine that ran is meant where nothing else is said.
        self.fields["count"].required = False
        self.fields["count"].help_text = _("Left empty, it is one.")
        self.fields["status"].required = False

    def clean_count(self) -> int:
        count: int | None = self.cleaned_data["count"]
        return count if count is not None else 1

    def clean_status(self) -> str:
        return self.cleaned_data["status"] or Status.OPERATIONAL.value

    def look_around(self, before: EquipmentLog | None) -> None:
        """Warn of hours beyond the shift, or beyond the site's working day: overtime is real, and rare."""
        super().look_around(before)
        log = self.instance
        most = shift_hours(log.shift, self.site)
        if log.hours <= most or (before is not None and _time_of(before) == _time_of(log)):
            return
        sentence = (
            _("%(run)s hours are more than the %(most)s that the site works a day.")
            if log.shift == Shift.WHOLE_DAY
            else _("%(run)s hours are more than the %(most)s of a shift.")
        )
        self.warnings.append(sentence % {"run": hours(log.hours), "most": hours(most)})


def _time_of(log: EquipmentLog) -> tuple[object, ...]:
    """Return what was confirmed once and need not be again while something else is corrected."""
    return log.site_id, log.shift, log.hours
