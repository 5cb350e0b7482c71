from typing import ClassVar

from production.models import Production
from records.forms import CodedChoiceField, RecordForm


class ProductionForm(RecordForm[Production]):
    class Meta:
        model = Production
        fields = ("date", "shift", "material", "operation", "qty_ton", "notes")
        field_classes: ClassVar = {"material": CodedChoiceField, "operation": CodedChoiceField}
