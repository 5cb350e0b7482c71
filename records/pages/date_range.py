"""The dates a list is about: from the address, else the last 30 days."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sites.dates import EARLIEST, LATEST, NOT_A_DATE, date_input, within_reason
from sites.scope import Scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

__all__ = [
    "EARLIEST",
    "LATEST",
    "NOT_A_DATE",
    "DateRange",
    "Preset",
    "RangeForm",
    "date_input",
    "presets",
    "today_in",
    "within_reason",
]

DEFAULT_DAYS = 30


@dataclass(frozen=True)
class Preset:
    """A range that one press chooses."""

    label: "StrPromise"
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class DateRange:
    """Operating dates, both included."""

    first: dt.date
    last: dt.date

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last


class RangeForm(forms.Form):
    """`from` and `to` of the address."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values, auto_id="range_%s")
        for name, label in (("from", _("From")), ("to", _("To"))):
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                input_formats=["%Y-%m-%d"],
                validators=within_reason,
                widget=date_input(),
                error_messages={"invalid": NOT_A_DATE},
            )

    def clean(self) -> None:
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and first > last:
            self.add_error("to", _("The range ends before it begins."))

    def chosen(self, today: dt.date) -> DateRange:
        """Return the range asked for; what is missing or wrong is as it is by default."""
        asked = {} if self.errors else self.cleaned_data
        last = asked.get("to") or max(today, asked.get("from") or today)
        first = asked.get("from") or last - dt.timedelta(days=DEFAULT_DAYS - 1)
        return DateRange(first, last)


def today_in(scope: Scope) -> dt.date:
    """Return the operating date now: the site's, or the latest of the sites'."""
    return max((site.today() for site in scope.sites), default=timezone.now().date())


def presets(today: dt.date) -> list[Preset]:
    """Return the ranges that one press chooses, seen from today."""

    def ago(days: int) -> dt.date:
        return today - dt.timedelta(days=days)

    return [
        Preset(_("Today"), today, today),
        Preset(_("Yesterday"), ago(1), ago(1)),
        Preset(_("7 days"), ago(6), today),
        Preset(_("30 days"), ago(29), today),
        Preset(_("This month"), today.replace(day=1), today),
    ]
