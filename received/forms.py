from typing import ClassVar, override

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _now

from inventory.loads import DAYS_DIFFER, LOAD_FIELD_CLASSES, LOAD_FIELDS, TRANSFER_KEEPS, LoadedMovementForm
from inventory.models import VOID, LoadedMovement
from received.models import ReceivedMaterial
from received.warnings import WARNINGS
from records.errors import DuplicateRecord
from records.forms import CodedChoiceField
from records.templatetags.figures import tons
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
        if record.sent_id is None:
            return
        is_new, is_void = record._state.adding, self.cleaned_data.get("load_state") in VOID
        if not is_new and (is_other or self.is_moved):
            self.add_error("material", ValidationError(TRANSFER_KEEPS, code="fixed"))
        if is_void:
            return
        sent, date = record.dispatch_of_transfer(), self.cleaned_data.get("date")
        if sent is None:
            self.add_error("load_state", ValidationError(record.not_sent(), code="cancelled"))
        elif date is not None and date < sent.date - DAYS_DIFFER:
            words = _now("%(site)s sent it on %(date)s: it did not arrive earlier.")
            self.add_error("date", ValidationError(words % _named(sent), code="order"))
        if not is_new and (refusal := self._received_already()):
            self.add_error(None, refusal)

    @override
    def first_entry(self) -> ReceivedMaterial | None:
        if self.instance.sent_id is not None and (refusal := self._received_already()):
            self.add_error(None, refusal)
            raise DuplicateRecord(self)
        return super().first_entry()

    def _received_already(self) -> ValidationError | None:
        """Return that another record has received this transfer, naming it; None where none has."""
        arrived = ReceivedMaterial.objects.filter(sent_id=self.instance.sent_id).exclude(load_state__in=VOID)
        other = arrived.exclude(pk=self.instance.pk).select_related("site").first()
        if other is None:
            return None
        words = _now("This transfer was received already, by %(site)s on %(date)s: %(tons)s t.")
        return ValidationError(words % _named(other), code="duplicate")


def _named(record: LoadedMovement) -> dict[str, str]:
    """Return what names the other record of a transfer in a sentence."""
    return {
        "site": record.site.name,
        "date": date_format(record.date, "j M Y"),
        "tons": tons(record.qty_ton),
    }
