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
