from typing import ClassVar

from inventory.forms import LoadedMovementForm
from received.models import ReceivedMaterial
from records.forms import CodedChoiceField


class ReceivedMaterialForm(LoadedMovementForm[ReceivedMaterial]):
    class Meta:
        model = ReceivedMaterial
        fields = ("date", "material", "qty_ton", "loads", "source", "vehicle_ref", "notes")
        field_classes: ClassVar = {"material": CodedChoiceField}
