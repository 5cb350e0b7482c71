"""Cleaning what movements share, loads that are turned into tons, and stock counts."""

from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from inventory.models import QUANTITY_RANGE, LoadedMovement, StockCount
from records.fields import LEAST_TONS, MOST_TONS, to_kilogram
from records.forms import CodedChoiceField, RecordForm
from sites.models import Material


class LoadedMovementForm[M: LoadedMovement](RecordForm[M]):
    """Tons as weighed; or loads, which the material's tons per load of this moment turn into tons."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["qty_ton"].required = False
        self.fields["qty_ton"].help_text = _("Leave empty to have loads turned into tons.")
        if self.instance.is_estimated:
            self.initial["qty_ton"] = None
        self._stored = (self.instance.material_id, self.instance.loads, self.instance.is_estimated)

    @classmethod
    def values_of(cls, record: M) -> dict[str, object]:
        values = super().values_of(record)
        if record.is_estimated:
            values["qty_ton"] = ""
        return values

    def clean_loads(self) -> int | None:
        loads: int | None = self.cleaned_data["loads"]
        if loads is not None and not 1 <= loads <= 9999:
            raise ValidationError(_("Loads must be between 1 and 9,999."), code="range")
        return loads

    def clean(self) -> None:
        super().clean()
        cleaned = self.cleaned_data
        if "qty_ton" not in cleaned or "loads" not in cleaned or cleaned.get("material") is None:
            return
        if cleaned["qty_ton"] is not None:
            self._weighed()
        elif cleaned["loads"] is not None:
            self._estimate(cleaned["material"], cleaned["loads"])
        else:
            self.add_error("qty_ton", ValidationError(_("Enter tons, or loads."), code="required"))

    def _weighed(self) -> None:
        self.instance.is_estimated = False
        self.instance.tons_per_load = None

    def _estimate(self, material: Material, loads: int) -> None:
        factor = material.tons_per_load
        if self._stored == (material.pk, loads, True):
            # What was estimated before is not estimated anew when something else is corrected.
            factor = self.instance.tons_per_load
        if factor is None:
            message = _("%(material)s has no tons per load: enter tons.") % {"material": material.name}
            self.add_error("qty_ton", ValidationError(message, code="required"))
            return
        tons = to_kilogram(Decimal(loads) * factor)
        if not LEAST_TONS <= tons <= MOST_TONS:
            self.add_error("loads", ValidationError(QUANTITY_RANGE, code="range"))
            return
        self.cleaned_data["qty_ton"] = tons
        self.instance.is_estimated = True
        self.instance.tons_per_load = factor


class StockCountForm(RecordForm[StockCount]):
    class Meta:
        model = StockCount
        fields = ("date", "material", "counted_ton", "notes")
        field_classes: ClassVar = {"material": CodedChoiceField}
