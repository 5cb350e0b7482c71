from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from inventory.loads import LOAD_FIELD_CLASSES, LOAD_FIELDS, TRANSFER_KEEPS, LoadedMovementForm
from received.models import ReceivedMaterial
from received.warnings import WARNINGS
from records.forms import CodedChoiceField
from sites.models import Category, MasterData


class FeedFirstField(CodedChoiceField):
    """A choice of material that offers what sites take in before what they make."""

    def offered(self) -> models.QuerySet[MasterData]:
        is_feed = models.Case(models.When(category=Category.RAW_FEED, then=0), default=1)
        return super().offered().order_by(is_feed, "position", "code")


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
            "reference",
            *LOAD_FIELDS,
        )
        field_classes: ClassVar = {**LOAD_FIELD_CLASSES, "material": FeedFirstField}

    def clean(self) -> None:
        super().clean()
        material = self.cleaned_data.get("material")
        is_other = material is not None and material.pk != self._stored[0]
        record = self.instance
        if record.sent_id is not None and not record._state.adding and (is_other or self.is_moved):
            self.add_error("material", ValidationError(TRANSFER_KEEPS, code="fixed"))
