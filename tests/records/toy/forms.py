from records.forms import RecordForm
from tests.records.toy.models import PumpLog


class PumpLogForm(RecordForm[PumpLog]):
    class Meta:
        model = PumpLog
        fields = ("date", "cubic_metres", "notes")
