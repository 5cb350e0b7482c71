"""Dates as people and programs write them, and the dates of a period."""

import datetime as dt
import re
from collections.abc import Iterator

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from sites.models import Site

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


def days_until(last: dt.date, *, count: int) -> tuple[dt.date, ...]:
    """Return `count` dates, oldest first, ending with the last one."""
    return tuple(last - dt.timedelta(days=ago) for ago in range(count - 1, -1, -1))


def each_day(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the dates of a period, both ends included."""
    for number in range((last - first).days + 1):
        yield first + dt.timedelta(days=number)


DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:?\d{2}", re.ASCII)

type Day = dt.date | dt.datetime


def read_day(text: str) -> Day:
    """Return a date `YYYY-MM-DD`, or a moment in ISO 8601. Raises ValueError for anything else."""
    if DATE.match(text):
        return dt.date.fromisoformat(text)
    if MOMENT.match(text):
        return dt.datetime.fromisoformat(text.upper())
    raise ValueError(text)


def day_at(site: Site, day: Day) -> dt.date:
    """Return the operating date at a site; a moment without a zone is in the site's own.

    Raises ValueError where the calendar ends.
    """
    if not isinstance(day, dt.datetime):
        return day
    try:
        if day.tzinfo is None:
            day = day.replace(tzinfo=site.settings_on(day.date()).zone)
        return site.operating_date(day)
    except OverflowError as error:
        raise ValueError(str(day)) from error
