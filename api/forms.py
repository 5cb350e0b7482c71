from typing import ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api.models import ApiToken
from sites.dates import NOT_A_DATE, date_input


class TokenForm(forms.ModelForm[ApiToken]):
    """What a person says of a token: what it is for, what it may do, and until when."""

    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=date_input(),
        help_text=_("It works until the end of that day, UTC. Left empty, it works until it is revoked."),
        error_messages={"invalid": NOT_A_DATE},
    )

    class Meta:
        model = ApiToken
        fields = ("name", "is_read_only")
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        labels: ClassVar = {"is_read_only": _("It only reads")}
        help_texts: ClassVar = {"name": _("The program that will use it, such as “Weighbridge”.")}

    def clean_expires_on(self) -> object:
        last = self.cleaned_data["expires_on"]
        if last is not None and last < timezone.now().date():
            raise forms.ValidationError(_("This day is over."), code="past")
        return last
