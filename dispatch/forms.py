from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dispatch.models import AS_SENT, MOST_TRIPS, TRIPS_RANGE, Dispatch
from dispatch.warnings import WARNINGS
from inventory.forms import StockedMaterialField
from inventory.loads import LOAD_FIELD_CLASSES, LOAD_FIELDS, TRANSFER_KEEPS, LoadedMovementForm
from inventory.models import VOID, LoadState

RESIDUE_NEEDS = _("Residue that leaves needs a place that takes it, a carrier and a waste code.")


class DispatchForm(LoadedMovementForm[Dispatch]):
    warning_rules = WARNINGS

    class Meta:
        model = Dispatch
        fields = (
            "date",
            "material",
            "operation",
            "qty_ton",
            "loads",
            "trips",
            "owner",
            "reference",
            "notes",
            *LOAD_FIELDS,
            "waste_code",
        )
        field_classes: ClassVar = {**LOAD_FIELD_CLASSES, "material": StockedMaterialField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        trips = self.fields["trips"]
        assert isinstance(trips, forms.IntegerField)
        trips.required = False
        trips.help_text = _("Left empty, it is one.")
        trips.min_value, trips.max_value = 1, MOST_TRIPS

    def clean(self) -> None:
        super().clean()
        cleaned = self.cleaned_data
        material, operation = cleaned.get("material"), cleaned.get("operation")
        self._check_transfer()
        if material is None or operation is None or cleaned.get("load_state") in VOID:
            return
        if self.instance._state.adding and cleaned.get("waste_code") == "":
            cleaned["waste_code"] = material.waste_code
        if not operation.made_by_loads:
            return
        for name in ("party", "carrier", "waste_code"):
            if name in cleaned and not cleaned[name]:
                self.add_error(name, ValidationError(RESIDUE_NEEDS, code="required"))
        cleaned["load_state"] = cleaned.get("load_state") or LoadState.COMPLETE.value

    def _check_transfer(self) -> None:
        """Keep a transfer what was sent from where, and one that was received from being cancelled here."""
        sent = self.instance
        if sent.transfer_to_id is None or sent._state.adding:
            return
        material, is_void = self.cleaned_data.get("material"), self.cleaned_data.get("load_state") in VOID
        if material is not None and material.pk != self._stored[0]:
            self.add_error("material", ValidationError(TRANSFER_KEEPS, code="fixed"))
        if self.is_moved:
            self.add_error(None, ValidationError(TRANSFER_KEEPS, code="fixed"))
        if is_void and not sent.is_void and (refusal := sent.arrival_refusal()):
            self.add_error("load_state", ValidationError(refusal, code="received"))
        if is_void or sent.is_void:
            return
        cleaned = self.cleaned_data
        changed = [name for name in AS_SENT if name in cleaned and cleaned[name] != getattr(sent, name)]
        if changed and (refusal := sent.arrival_refusal(is_removed=False)):
            self.add_error(changed[0], ValidationError(refusal, code="received"))

    def clean_trips(self) -> int:
        trips: int | None = self.cleaned_data["trips"]
        if trips is None:
            return 1
        if not 1 <= trips <= MOST_TRIPS:
            raise ValidationError(TRIPS_RANGE, code="range")
        return trips
