"""The forms of a person's own pages, and of a site's calendar."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from sites.calendar import OF_ADMINS
from sites.dates import NOT_A_DATE, date_input, within_reason
from sites.models import Site, Theme, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class AccountForm(forms.ModelForm[User]):
    """How a person is called, how the portal looks to them, and whether it writes to them."""

    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme, widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ("name", "theme", "wants_reminders")
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        help_texts: ClassVar = {"name": _("Shown with everything you enter.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        self.fields["name"].required = True


class NewSiteForm(forms.ModelForm[Site]):
    """A new site in few words; the rest is as most sites have it."""

    class Meta:
        model = Site
        fields = ("code", "name", "location", "timezone")

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.fields["timezone"].required = False

    def clean_timezone(self) -> str:
        zone: str = self.cleaned_data["timezone"]
        return zone or "UTC"


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


def _decimal_input() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


def _date(label: "StrPromise", **options: object) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=date_input(),
        validators=within_reason,
        error_messages={"invalid": NOT_A_DATE},
        **options,  # type: ignore[arg-type]  # the field's own options, passed on
    )


class PeriodForm(forms.Form):
    """A day, or several in a row."""

    first = _date(_("First day"))
    last = _date(_("Last day"), required=False, help_text=_("Empty for a single day."))

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        cleaned["last"] = cleaned.get("last") or cleaned.get("first")
        return cleaned


class HolidayForm(PeriodForm):
    """A holiday, which has a name."""

    name = forms.CharField(
        label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SettingsForm(forms.ModelForm[Site]):
    """When a site works from a date on. Time zone and start of the day are for admins."""

    valid_from = _date(
        _("Valid from"),
        required=False,
        help_text=_("Figures of earlier dates keep the settings before. Empty: from the beginning."),
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Site
        fields = (
            "valid_from",
            "working_weekdays",
            "working_hours",
            "cut_off",
            "cut_off_next_day",
            "day_starts_at",
            "timezone",
        )
        widgets: ClassVar = {
            "cut_off": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "day_starts_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "timezone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
            "working_hours": _decimal_input(),
        }

    def __init__(self, *args: object, is_admin: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        if not is_admin:
            for name in OF_ADMINS:
                del self.fields[name]


class CountToleranceForm(forms.ModelForm[Site]):
    """How far a stock count may be from the book stock."""

    class Meta:
        model = Site
        fields = ("count_tolerance_percent",)
        widgets: ClassVar = {"count_tolerance_percent": _decimal_input()}
