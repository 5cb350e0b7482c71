from typing import ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.form_fields import use_decimal_mark
from inventory.warnings import usual_tons
from production.models import Production, Target
from records.forms import RecordForm
from records.warnings import LONG_AGO, WarningRules
from sites.dates import NOT_A_DATE, date_input, within_reason
from sites.models import Material


class ProductionForm(RecordForm[Production]):
    # Duplicates are rejected by a constraint.
    warning_rules = WarningRules((LONG_AGO, usual_tons(Production, "material", "operation")))

    class Meta:
        model = Production
        fields = ("date", "shift", "material", "operation", "qty_ton", "notes")


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
