from records.filters import RecordFilter
from records.module import Column, Kind, RecordModule
from tests.records.toy.forms import PumpLogForm
from tests.records.toy.models import PumpLog


class PumpLogFilter(RecordFilter):
    class Meta:
        model = PumpLog
        fields = ("who", "q")


DATE = Column(name="date", label="Date", kind=Kind.DATE)
WATER = Column(name="cubic_metres", label="Water", kind=Kind.COUNT, unit="m³")
NOTES = Column(name="notes", label="Notes")

TOY = RecordModule(
    slug="toy",
    label="Pump log",
    label_plural="Pump logs",
    description="Water pumped from the sump",
    icon="inventory",
    model=PumpLog,
    form=PumpLogForm,
    filter=PumpLogFilter,
    list_columns=(DATE, WATER, NOTES),
    sheet_columns=(DATE, WATER, NOTES),
    totals=(WATER,),
)
