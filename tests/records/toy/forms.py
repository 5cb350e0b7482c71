from typing import ClassVar

from core.text_fields import NormalizedTextField
from records.forms import RecordForm
from tests.records.toy.models import PumpLog


class PumpLogForm(RecordForm[PumpLog]):
    class Meta:
        model = PumpLog
        fields = ("date", "cubic_metres", "notes")
        field_classes: ClassVar = {"notes": NormalizedTextField}
