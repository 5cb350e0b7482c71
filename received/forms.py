from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.loads import LOAD_FIELD_CLASSES, LOAD_FIELDS, TRANSFER_KEEPS, LoadedMovementForm
from inventory.models import VOID
from received.models import ReceivedMaterial
from received.warnings import WARNINGS
from records.forms import CodedChoiceField
from records.registry import module
from sites.models import Category, MasterData

NOT_SENT = _("This transfer was cancelled at the site that sent it: it cannot be received.")


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
        if record.sent_id is None or record._state.adding:
            return
        if is_other or self.is_moved:
            self.add_error("material", ValidationError(TRANSFER_KEEPS, code="fixed"))
        if self.cleaned_data.get("load_state") not in VOID and not self._was_sent():
            self.add_error("load_state", ValidationError(NOT_SENT, code="cancelled"))

    def _was_sent(self) -> bool:
        """Return whether the dispatch of this transfer is there and not void."""
        sent = module("dispatch").model._default_manager.filter(pk=self.instance.sent_id)
        return sent.exclude(Q(("load_state__in", VOID))).exists()
