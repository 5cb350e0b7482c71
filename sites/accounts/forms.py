"""The forms of a person's own pages, and those of the sign-in library with labels of ours."""

import json
import time
import unicodedata
from typing import ClassVar, override

from allauth.account import forms as account
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as factors
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from sites.accounts.security import record_event
from sites.accounts.sessions import SHARED, SHARED_COOKIE, set_session_end
from sites.models import EventKind, Theme, User

LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "oldpassword": _("Password now"),
    "password1": _("New password"),
    "password2": _("New password again"),
    "code": _("Code"),
    "name": _("Name"),
    "passwordless": _("Sign in with it alone, without the password"),
}


class InPlainWords(forms.Form):
    """Takes the placeholders out of a library's form, and names its fields as the house does."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)


class LoginForm(InPlainWords, account.LoginForm):  # type: ignore[misc]  # the library has no types
    shared = forms.BooleanField(
        label=_("This is a shared computer"),
        required=False,
        help_text=_(
            "Nothing is kept on it. You are signed out when the browser is closed or not used for a while."
        ),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.request is not None:
            self.fields["shared"].initial = SHARED_COOKIE in self.request.COOKIES

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        request.session[SHARED] = self.cleaned_data["shared"]
        response: HttpResponse = super().login(request, redirect_url)
        # After the library, which has set its own end.
        set_session_end(request)
        return response


class AddEmailForm(InPlainWords, account.AddEmailForm):  # type: ignore[misc]  # the library has no types
    pass


class EndsTokens(forms.Form):
    """A new password ends all other sessions, and API tokens where the person says so."""

    end_tokens = forms.BooleanField(
        label=_("Also end my API tokens"),
        required=False,
        initial=True,
        help_text=_("Programs that use them need new ones. All other sessions end in any case."),
    )

    def save(self) -> None:
        if self.cleaned_data["end_tokens"]:
            self.user.end_access()  # type: ignore[attr-defined]  # the library's forms have it
        super().save()  # type: ignore[misc]  # the library's forms save the person


class ChangePasswordForm(InPlainWords, EndsTokens, account.ChangePasswordForm):  # type: ignore[misc]  # the same
    pass


class SetPasswordForm(InPlainWords, account.SetPasswordForm):  # type: ignore[misc]  # the same
    pass


# More than it takes to write an e-mail and to hand it to a mail server.
RESET_SECONDS = 0.5


class ResetPasswordForm(InPlainWords, account.ResetPasswordForm):  # type: ignore[misc]  # the same
    """Takes the same time whether the address is known or not, so that nobody learns which ones are."""

    @override
    def save(self, request: HttpRequest, **kwargs: object) -> str:
        begun = time.monotonic()
        email: str = super().save(request, **kwargs)
        time.sleep(max(0, RESET_SECONDS - (time.monotonic() - begun)))
        return email


class ResetPasswordKeyForm(InPlainWords, EndsTokens, account.ResetPasswordKeyForm):  # type: ignore[misc]  # the same
    pass


class ReauthenticateForm(InPlainWords, account.ReauthenticateForm):  # type: ignore[misc]  # the same
    pass


# A code is valid for its own period and for the tolerated ones before and after.
CODE_VALID_SECONDS = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)


class SpendsCodes(forms.Form):
    """Takes each code of an app once, and records that somebody is locked out after too many wrong ones."""

    def clean_code(self) -> str:
        person: User = self.user  # type: ignore[attr-defined]  # the library's forms have it
        code = normalize_user_code(self.cleaned_data["code"])
        # A code is digits, or letters of a recovery code; a key of the cache takes no other text.
        if not code.isascii() or not code.isalnum():
            raise get_adapter().validation_error("incorrect_code")
        key = f"used-code:{person.pk}:{code}"
        # Before the library, which forgets the count of wrong codes when it finds a right one.
        if cache.get(key):
            raise get_adapter().validation_error("incorrect_code")
        try:
            accepted: str = super().clean_code()  # type: ignore[misc]  # the same
        except ValidationError as refused:
            if refused.code in {"too_many_login_attempts", "rate_limited"}:
                record_event(EventKind.LOCKED_OUT, person=person, detail=__("code"), is_limited=True)
            raise
        # The library itself forgets a used code before its time is over, and does not note the one that
        # activates the app.
        if not cache.add(key, value=True, timeout=CODE_VALID_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        return accepted


class FactorForm(InPlainWords, SpendsCodes, factors.AuthenticateForm):  # type: ignore[misc]  # the same
    pass


class FactorAgainForm(InPlainWords, SpendsCodes, factors.ReauthenticateForm):  # type: ignore[misc]  # the same
    pass


class ActivateAppForm(InPlainWords, SpendsCodes, totp.ActivateTOTPForm):  # type: ignore[misc]  # the same
    pass


class AddPasskeyForm(InPlainWords, passkeys.AddWebAuthnForm):  # type: ignore[misc]  # the same
    pass


class NameField(forms.CharField):
    """What a person is called: it looks different where it is different, and not like an address."""

    def to_python(self, value: object) -> str:
        # A page shows spaces in a row as one.
        return " ".join(unicodedata.normalize("NFKC", super().to_python(value) or "").split())

    def validate(self, value: object) -> None:
        super().validate(value)
        name = str(value)
        if "@" in name:
            raise ValidationError(__("A name is not an e-mail address."), code="address")
        if not all(character.isprintable() for character in name):
            raise ValidationError(__("A name cannot have invisible characters."), code="invisible")


class AccountForm(forms.ModelForm[User]):
    """How a person is called, how the portal looks to them, and whether it writes to them."""

    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme, widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ("name", "theme", "wants_reminders")
        field_classes: ClassVar = {"name": NameField}
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        help_texts: ClassVar = {"name": _("Shown with everything you enter.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        self.fields["name"].required = True


class JoinForm(forms.Form):
    """What an invited person says of themselves."""

    name = NameField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
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


class CredentialDecoder(json.JSONDecoder):
    """Refuses what Python reads as an error of its own: numbers of 5,000 digits, or as many brackets."""

    @override
    def decode(self, s: str, *args: object) -> object:
        try:
            return super().decode(s)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error


for form in (passkeys.AddWebAuthnForm, passkeys.LoginWebAuthnForm, passkeys.ReauthenticateWebAuthnForm):
    form.base_fields["credential"].decoder = CredentialDecoder
