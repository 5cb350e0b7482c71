from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from equipment.models import EquipmentLog, Machine, Status
from records.forms import RecordForm, SiteChoiceField
from records.warnings import BEYOND_SHIFT, LONG_AGO, WarningRules
from sites.models import MasterData


class MachineChoiceField(SiteChoiceField):
    """A machine of the site; those in maintenance are last and marked."""

    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().order_by("in_maintenance", "position", "code")

    def label_from_instance(self, obj: MasterData) -> str:
        if isinstance(obj, Machine) and obj.in_maintenance:
            return _("%(machine)s (in maintenance)") % {"machine": obj}
        return super().label_from_instance(obj)


class EquipmentLogForm(RecordForm[EquipmentLog]):
    warning_rules = WarningRules[EquipmentLog]((LONG_AGO, BEYOND_SHIFT))

    class Meta:
        model = EquipmentLog
        fields = ("date", "shift", "equipment", "count", "hours", "status", "fuel", "notes")
        field_classes: ClassVar = {
            "equipment": MachineChoiceField,
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        # Defaults: one unit, operational.
        self.fields["count"].required = False
        self.fields["count"].help_text = _("Left empty, it is one.")
        self.fields["status"].required = False
        self.fields["fuel"].help_text = _("Litres, of all units together.")

    def clean_count(self) -> int:
        count: int | None = self.cleaned_data["count"]
        return count if count is not None else 1

    def clean_status(self) -> str:
        return self.cleaned_data["status"] or Status.OPERATIONAL.value
