from inventory.forms import LoadedMovementForm
from received.models import ReceivedMaterial
from received.warnings import WARNINGS


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
