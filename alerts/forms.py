"""The form of a rule, with the settings of its kind."""

from typing import ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.models import SETTINGS, Kind, Rule
from core.form_fields import use_decimal_mark
from dashboard.today import ENOUGH, ENTRY_TIME
from sites.models import Material

USUAL = {"time": ENTRY_TIME, "percent": ENOUGH, "hours": 4}
HELP = {
    Kind.STOCK_BELOW: _("As when the stock must be ordered or made again."),
    Kind.STOCK_ABOVE: _("As when a pile leaves no room."),
    Kind.STOCK_OVER_PERMIT: _("What the permit of the site allows of this material at once."),
    Kind.NOTHING_ENTERED: _("On working days, by the clock of the site."),
    Kind.TARGET: _(
        "Of the target, at the pace of the working days that are over; from the third of them on."
    ),
    Kind.BREAKDOWN: _("Counted from the start of the first shift that was logged as a breakdown."),
    Kind.COUNT: _("Of the book stock, of counts of the last 7 days."),
}


class RuleForm(forms.ModelForm[Rule]):
    """The settings of a rule, whose site and kind are set."""

    class Meta:
        model = Rule
        fields = ("material", "level_ton", "time", "percent", "hours")
        widgets: ClassVar = {"time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        kind = Kind(self.instance.kind)
        for name in [name for name in self.fields if name not in SETTINGS[kind]]:
            del self.fields[name]
        for name, field in self.fields.items():
            field.required = True
            if self.initial.get(name) is None:
                self.initial[name] = USUAL.get(name)
            field.help_text = HELP[kind] if name == SETTINGS[kind][-1] else ""
        if "percent" in self.fields:
            self.fields["percent"].label = (
                _("Below, % of the target") if kind == Kind.TARGET else _("More than, %")
            )
            if kind == Kind.COUNT and self.instance.percent is None:
                self.initial["percent"] = max(1, round(self.instance.site.count_tolerance_percent))
        material = self.fields.get("material")
        if isinstance(material, forms.ModelChoiceField):
            material.queryset = Material.objects.filter(Q(is_active=True) | Q(pk=self.instance.material_id))
        use_decimal_mark(self.fields.values(), self.instance.site.decimal_mark)
