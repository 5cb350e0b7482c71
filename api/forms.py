from typing import ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api.models import ApiToken
from sites.dates import NOT_A_DATE, date_input


class TokenForm(forms.ModelForm[ApiToken]):
    """The name, access and expiry of a new token."""

    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=date_input(),
        help_text=_(
            "It expires at the end of that day, UTC. Leave this empty for a token that does not expire."
        ),
        error_messages={"invalid": NOT_A_DATE},
    )

    class Meta:
        model = ApiToken
        fields = ("name", "is_read_only")
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        labels: ClassVar = {"is_read_only": _("Read only")}
        help_texts: ClassVar = {"name": _("The program that will use it, such as “Weighbridge”.")}

    def clean_expires_on(self) -> object:
        last = self.cleaned_data["expires_on"]
        if last is not None and last < timezone.now().date():
            raise forms.ValidationError(_("This date is in the past."), code="past")
        return last
