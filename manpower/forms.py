from typing import ClassVar

from manpower.models import ManpowerLog
from manpower.plausibility import PLAUSIBILITY
from records.forms import CodedChoiceField, RecordForm


class ManpowerLogForm(RecordForm[ManpowerLog]):
    plausibility = PLAUSIBILITY

    class Meta:
        model = ManpowerLog
        fields = ("date", "shift", "role", "headcount", "hours", "notes")
        field_classes: ClassVar = {"role": CodedChoiceField}
