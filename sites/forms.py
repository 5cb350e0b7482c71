"""The forms of a person's own pages."""

from typing import ClassVar

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from sites.models import Theme, User


class AccountForm(forms.ModelForm[User]):
    """How a person is called, and how the portal looks to them."""

    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme, widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ("name", "theme")
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        help_texts: ClassVar = {"name": _("Stands beside what you enter.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        self.fields["name"].required = True


class JoinForm(forms.Form):
    """What an invited person says of themselves."""

    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        self.email = email

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if not password:
            return cleaned
        try:
            validate_password(str(password), User(email=self.email, name=str(cleaned.get("name", ""))))
        except ValidationError as refused:
            self.add_error("password", refused)
        if "again" in cleaned and cleaned["again"] != password:
            self.add_error("again", __("The two passwords differ."))
        return cleaned
