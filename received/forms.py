from typing import ClassVar

from core.number_fields import WholeNumberField
from core.text_fields import NormalizedTextField
from inventory.forms import LoadedMovementForm
from received.models import ReceivedMaterial
from received.warnings import WARNINGS
from records.forms import CodedChoiceField


class ReceivedMaterialForm(LoadedMovementForm[ReceivedMaterial]):
    warning_rules = WARNINGS

    class Meta:
        model = ReceivedMaterial
        fields = (
            "date",
            "material",
            "qty_ton",
            "loads",
            "source",
            "vehicle_ref",
            "moisture_percent",
            "notes",
        )
        field_classes: ClassVar = {
            "material": CodedChoiceField,
            "loads": WholeNumberField,
            "source": NormalizedTextField,
            "vehicle_ref": NormalizedTextField,
            "notes": NormalizedTextField,
        }
