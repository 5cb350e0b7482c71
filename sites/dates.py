"""Dates as people enter them, whatever they are of."""

import datetime as dt

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

# Outside of this, the days around could not be counted; it is a slip of the hand.
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
within_reason = (MinValueValidator(EARLIEST), MaxValueValidator(LATEST))
NOT_A_DATE = _("Enter a date as year-month-day, such as 2026-11-22.")


def date_input(**attributes: str) -> forms.DateInput:
    """Return the browser's own date field, which always sends year-month-day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attributes})


class DateInPath:
    """A date of an address, `2026-11-22`; any other text, or a date out of all reason, is no address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        date = dt.date.fromisoformat(value)
        if not EARLIEST <= date <= LATEST:
            raise ValueError(value)
        return date

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()
