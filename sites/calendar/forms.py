"""The forms of a person's own pages, and of a site's calendar."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from sites.calendar.changes import OF_ADMINS
from sites.dates import NOT_A_DATE, date_input, within_reason
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


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
