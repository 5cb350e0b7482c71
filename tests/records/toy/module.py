from records.columns import CountColumn, DateColumn, TextColumn
from records.filters import RecordFilter
from records.module import RecordModule
from tests.records.toy.forms import PumpLogForm
from tests.records.toy.models import PumpLog


class PumpLogFilter(RecordFilter):
    class Meta:
        model = PumpLog
        fields = ("who", "q")


DATE = DateColumn(name="date", label="Date")
WATER = CountColumn(name="cubic_metres", label="Water", unit="m³")
NOTES = TextColumn(name="notes", label="Notes")

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
