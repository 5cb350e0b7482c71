"""The forms of a first weighing and of a load that is on site."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, override

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists
from django.utils.translation import gettext_lazy as _

from core.form_fields import NormalizedTextField, NumberField, use_decimal_mark
from core.numbers import whole_number
from dispatch.models import Dispatch
from gate.models import OpenLoad
from inventory.loads import TRANSFER_KEEPS, CarrierField, PartyChoiceField, ProjectField
from inventory.models import LoadedMovement
from parties.models import Weighbridge, plain
from received.module import RECEIVED
from records.errors import NotVisible
from records.forms import CHOOSE, CodedChoiceField, CodedSelect, RecordFormMetaclass, SiteChoiceField
from records.module import RecordModule
from records.registry import module as module_of
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


def sent_here(site: Site, transfer_id: int | None) -> Dispatch | None:
    """Return a transfer on its way to a site whose lorry is not on site; None for any other."""
    if transfer_id is None:
        return None
    here = OpenLoad.objects.filter(site=site, sent_id=transfer_id)
    in_transit = Dispatch.objects.in_transit().filter(transfer_to=site, pk=transfer_id)
    return in_transit.exclude(Exists(here)).select_related("site", "vehicle").first()


def movement_module(slug: str) -> RecordModule[LoadedMovement]:
    """Return a module whose records are loads. Raises NotVisible for any other."""
    module = module_of(slug)
    if not issubclass(module.model, LoadedMovement):
        raise NotVisible
    return module  # type: ignore[return-value]  # checked above


def weight_of(typed: str, site: Site) -> Decimal:
    """Return a typed weight. Raises ValidationError for none."""
    weight = NumberField(max_digits=6, decimal_places=3, min_value=Decimal("0.001"))
    use_decimal_mark([weight], site.decimal_mark)
    try:
        result: Decimal = weight.clean(typed)
    except ValidationError as error:
        raise ValidationError([_("Weight: %s") % message for message in error.messages]) from error
    return result


class NumberedWeighbridgeField(SiteChoiceField):
    """A weighbridge of the site whose ticket numbers the portal gives: a gate has no other numbers."""

    @override
    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().filter(models.Q(("gives_numbers", True)))

    @override
    def stored(self, name: str, value: int | str) -> MasterData | None:
        return _numbered(super().stored(name, value))


def _numbered(found: MasterData | None) -> MasterData | None:
    return found if isinstance(found, Weighbridge) and found.gives_numbers else None


class OpenLoadForm(forms.ModelForm[OpenLoad], metaclass=RecordFormMetaclass):
    """A load that is on site: its plate, what it carries and for whom."""

    plate = NormalizedTextField(label=_("Plate"), max_length=40)

    class Meta:
        model = OpenLoad
        fields: Sequence[str] = (
            "plate",
            "material",
            "operation",
            "party",
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
    MAIN: ClassVar[Sequence[str]] = ("plate", "material", "operation", "party")

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        *,
        instance: OpenLoad,
        initial: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(values, instance=instance, initial=dict(initial or {}), auto_id="gate_%s")
        self.site = site = instance.site
        use_decimal_mark(self.fields.values(), site.decimal_mark)
        self.fields["notes"].widget = forms.Textarea(attrs={"rows": 2})
        self.fields["operation"].help_text = _("For what goes out.")
        parties: dict[int, Sequence[MasterData]] = {}
        for name, field in self.fields.items():
            if isinstance(field, PartyChoiceField):
                field.shared = parties
            if isinstance(field, CodedChoiceField):
                field.site = site
                field.empty_label = CHOOSE
                # A choice that the load has stays valid where it is no longer active.
                field.chosen = getattr(instance, f"{name}_id")
        if instance.pk is not None:
            self.initial["plate"] = instance.vehicle.name
        if instance.sent_id is not None:
            material = self.fields["material"]
            material.disabled, material.help_text = True, TRANSFER_KEEPS

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN if name in self.fields]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.MAIN]

    @property
    def fragment_key(self) -> int:
        """Return what the markup of the blank fields depends on: their choices and what is chosen."""
        offered = tuple(
            field.widget.offered for field in self.fields.values() if isinstance(field.widget, CodedSelect)
        )
        chosen = tuple(str(self[name].value()) for name in self.fields)
        return hash((self.site.pk, offered, chosen))

    @property
    def has_more_errors(self) -> bool:
        return any(field.errors for field in self.more_fields)

    def module_of_load(self) -> RecordModule[LoadedMovement] | None:
        """Return the module whose record the load becomes; None where the input names none."""
        return movement_module(self.instance.module)

    def clean_plate(self) -> str:
        plate: str = self.cleaned_data["plate"]
        if not plain(plate):
            raise ValidationError(_("A plate has letters or digits."))
        return plate

    def clean(self) -> None:
        super().clean()
        module = self.module_of_load()
        if module is None or self.cleaned_data.get("operation") is not None:
            return
        if "operation" in module.form.base_fields and "operation" not in self.errors:
            self.add_error(
                "operation", ValidationError(_("Choose the operation of what goes out."), code="required")
            )


class WeighInForm(OpenLoadForm):
    """A lorry at its first weighing; of a transfer in transit, where the input or `initial` names one."""

    module = forms.ChoiceField(label=_("Direction"), widget=forms.RadioSelect)

    class Meta(OpenLoadForm.Meta):
        fields = ("module", "plate", "first_ton", "weighbridge", *OpenLoadForm.Meta.fields[1:])

    MAIN = ("module", "plate", "first_ton", "material", "operation", "party", "weighbridge")

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        *,
        site: Site,
        initial: Mapping[str, object] | None = None,
    ) -> None:
        self.modules = {module.slug: module for module in gate_modules(site)}
        given = values if values is not None else initial or {}
        transfer_id = whole_number(given.get("transfer"))
        self.sent = sent_here(site, transfer_id) if RECEIVED.slug in self.modules else None
        load, initial = OpenLoad(site=site), dict(initial or {})
        if self.sent is not None:
            # What the site that sent it has chosen is valid here too.
            for name in ("material_id", "carrier_id", "container_id"):
                setattr(load, name, getattr(self.sent, name))
            initial |= {
                "module": RECEIVED.slug,
                "plate": "" if self.sent.vehicle is None else self.sent.vehicle.name,
                "reference": self.sent.reference,
            }
        super().__init__(values, instance=load, initial=initial)
        direction = self.fields["module"]
        assert isinstance(direction, forms.ChoiceField)
        direction.choices = [
            (module.slug, _("Coming in") if module.model.arrives_full else _("Going out"))
            for module in self.modules.values()
        ]
        # The blank load has none, and what was kept of another site may be no direction of this one.
        if self.initial.get("module") not in self.modules:
            self.initial["module"] = next(iter(self.modules), "")
        bridges = self.fields["weighbridge"]
        select = bridges.widget
        assert isinstance(select, CodedSelect)
        _empty, *options = select.offered
        bridges.required = bool(options)
        if len(options) == 1:
            bridges.initial = options[0].value
            select.offered = tuple(options)

    @override
    def module_of_load(self) -> RecordModule[LoadedMovement] | None:
        return self.modules.get(self.cleaned_data.get("module", ""))
