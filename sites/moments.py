"""Days as programs write them: a date, or a moment that lies in the operating date of a site."""

import datetime as dt
import re

from sites.models import Site

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
