"""The form of a first weighing."""

from collections.abc import Mapping
from typing import ClassVar, override

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.form_fields import NormalizedTextField, use_decimal_mark
from gate.models import OpenLoad
from inventory.loads import CarrierField, PartyChoiceField, ProjectField
from inventory.models import LoadedMovement
from inventory.warnings import over_gross
from parties.models import Vehicle, Weighbridge, plain, plate_code
from records.forms import CHOOSE, CodedChoiceField, RecordFormMetaclass, SiteChoiceField
from records.module import RecordModule
from records.registry import modules
from sites.models import EntryMode, MasterData, Site


def gate_modules(site: Site) -> list[RecordModule[LoadedMovement]]:
    """Return the modules in which a site enters loads."""
    return [
        module  # type: ignore[misc]  # checked below
        for module in modules()
        if issubclass(module.model, LoadedMovement)
        and getattr(site, module.model.entry_setting) != EntryMode.LINES
    ]


class NumberedWeighbridgeField(SiteChoiceField):
    """A weighbridge of the site whose ticket numbers the portal gives: a gate has no other numbers."""

    @override
    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().filter(models.Q(("gives_numbers", True)))

    @override
    def with_id(self, key: int) -> MasterData | None:
        return _numbered(super().with_id(key))

    @override
    def with_code(self, code: str) -> MasterData | None:
        return _numbered(super().with_code(code))


def _numbered(found: MasterData | None) -> MasterData | None:
    return found if isinstance(found, Weighbridge) and found.gives_numbers else None


class WeighInForm(forms.ModelForm[OpenLoad], metaclass=RecordFormMetaclass):
    """A lorry at its first weighing: its plate, its weight, what it carries and for whom."""

    module = forms.ChoiceField(label=_("Direction"), widget=forms.RadioSelect)
    plate = NormalizedTextField(label=_("Plate"), max_length=40)

    class Meta:
        model = OpenLoad
        fields = (
            "module",
            "plate",
            "first_ton",
            "material",
            "operation",
            "party",
            "weighbridge",
            "project",
            "carrier",
            "container",
            "order_reference",
            "reference",
            "notes",
        )
        field_classes: ClassVar = {
            "weighbridge": NumberedWeighbridgeField,
            "party": PartyChoiceField,
            "carrier": CarrierField,
            "project": ProjectField,
        }
        labels: ClassVar = {"first_ton": _("Weight, t"), "party": _("Customer or supplier")}

    # The fields that are filled in for each lorry; the others are folded away.
    MAIN = ("module", "plate", "first_ton", "material", "operation", "party", "weighbridge")

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        *,
        site: Site,
        initial: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(values, instance=OpenLoad(site=site), initial=dict(initial or {}), auto_id="gate_%s")
        self.site = site
        self.modules = {module.slug: module for module in gate_modules(site)}
        direction = self.fields["module"]
        assert isinstance(direction, forms.ChoiceField)
        direction.choices = [
            (module.slug, _("Coming in") if module.model.arrives_full else _("Going out"))
            for module in self.modules.values()
        ]
        # The blank load has none.
        self.initial["module"] = self.initial.get("module") or next(iter(self.modules), "")
        use_decimal_mark(self.fields.values(), site.decimal_mark)
        self.fields["notes"].widget = forms.Textarea(attrs={"rows": 2})
        self.fields["operation"].help_text = _("For what goes out.")
        for field in self.fields.values():
            if isinstance(field, CodedChoiceField):
                field.site = site
                field.empty_label = CHOOSE
        bridges = self.fields["weighbridge"]
        assert isinstance(bridges, CodedChoiceField)
        options = bridges.options_at(site)
        bridges.required = bool(options)
        if len(options) == 1:
            bridges.initial, bridges.empty_label = options[0].value, None

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.MAIN]

    @property
    def has_more_errors(self) -> bool:
        return any(field.errors for field in self.more_fields)

    def clean_plate(self) -> str:
        plate: str = self.cleaned_data["plate"]
        if not plain(plate):
            raise ValidationError(_("A plate has letters or digits."))
        return plate

    def clean(self) -> None:
        super().clean()
        cleaned = self.cleaned_data
        module = self.modules.get(cleaned.get("module", ""))
        if module is None:
            return
        if "operation" in module.form.base_fields and cleaned.get("operation") is None:
            self.add_error(
                "operation", ValidationError(_("Choose the operation of what goes out."), code="required")
            )
        gross = cleaned.get("first_ton")
        if self.site.refuses_over_gross and module.model.arrives_full and gross and cleaned.get("plate"):
            vehicle = Vehicle.objects.filter(code=plate_code(cleaned["plate"])).first()
            largest = vehicle.largest_gross_ton if vehicle is not None else None
            if largest is not None and gross > largest:
                self.add_error("first_ton", ValidationError(over_gross(largest), code="over_gross"))
