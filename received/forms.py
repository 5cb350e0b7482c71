from typing import ClassVar

from django.db import models

from inventory.loads import LOAD_FIELD_CLASSES, LOAD_FIELDS, LoadedMovementForm
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
