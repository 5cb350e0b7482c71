from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.form_fields import use_decimal_mark
from inventory.residue import Residue
from inventory.warnings import usual_tons
from production.models import Production, Target
from records.forms import RecordForm
from records.warnings import LONG_AGO, WarningRules
from sites.dates import NOT_A_DATE, date_input, within_reason
from sites.models import Material

MADE_BY_LOADS = _(
    "Production with this operation is made by the loads of residue that leave: enter, change or cancel a"
    " load in Dispatch."
)


class ProductionForm(RecordForm[Production]):
    # Duplicates are rejected by a constraint.
    warning_rules = WarningRules((LONG_AGO, usual_tons(Production, "material", "operation")))

    class Meta:
        model = Production
        fields = ("date", "shift", "material", "operation", "qty_ton", "notes")

    def clean(self) -> None:
        """Refuse to enter or change by hand what the loads of residue make."""
        super().clean()
        cleaned, record = self.cleaned_data, self.instance
        if self.errors:
            return
        after: Residue | None = None
        if cleaned["operation"].made_by_loads:
            after = Residue(self.site.pk, cleaned["date"], cleaned["material"].pk, cleaned["operation"].pk)
        before = None if record._state.adding else Residue.of(record)
        is_of_loads = after is None or (after.loads_ton == cleaned["qty_ton"] and not cleaned["shift"])
        if not is_of_loads or (before is not None and before != after and before.loads_ton):
            self.add_error("operation", ValidationError(MADE_BY_LOADS, code="made_by_loads"))


class TargetForm(forms.ModelForm[Target]):
    material = forms.ModelChoiceField(
        label=_("For"), queryset=Material.objects.none(), required=False, empty_label=_("The whole site")
    )

    class Meta:
        model = Target
        fields = ("material", "tons_per_day", "valid_from")
        widgets: ClassVar = {"valid_from": date_input()}
        error_messages: ClassVar = {"valid_from": {"invalid": NOT_A_DATE}}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        material, valid_from = self.fields["material"], self.fields["valid_from"]
        assert isinstance(material, forms.ModelChoiceField)
        material.queryset = Material.objects.filter(
            Q(is_final=True, is_active=True) | Q(pk=self.instance.material_id)
        )
        assert isinstance(valid_from, forms.DateField)
        valid_from.input_formats = ["%Y-%m-%d"]
        valid_from.validators += within_reason
        use_decimal_mark(self.fields.values(), self.instance.site.decimal_mark)
