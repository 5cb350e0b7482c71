from typing import ClassVar

from manpower.models import ManpowerLog
from records.forms import CodedChoiceField, RecordForm


class ManpowerLogForm(RecordForm[ManpowerLog]):
    class Meta:
        model = ManpowerLog
        fields = ("date", "shift", "role", "headcount", "hours", "notes")
        field_classes: ClassVar = {"role": CodedChoiceField}
