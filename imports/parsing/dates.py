"""Dates of a file: year first is parsed as it is, any other order only as the user chose."""

import contextlib
import datetime as dt
import re

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from records.columns import CellError
from sites.models import Site

ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
ORDERS = {"dmy": ("day", "month", "year"), "mdy": ("month", "day", "year"), "ymd": ("year", "month", "day")}
# The same, where the user chose that 26 is 2026.
CENTURY = 2000
ORDERS |= {f"{order}{CENTURY}": parts for order, parts in ORDERS.items()}
SPLIT_DATE = re.compile(
    r"(\d{1,4})[./\- ](\d{1,2})[./\- ](\d{1,4})(?:,?[T ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2})?))?"
)


def require_date_format(date_format: str | None) -> None:
    """Raise ImportRefused for what is neither an order of day, month and year nor a pattern."""
    if date_format is None or date_format in ORDERS or _is_pattern(date_format):
        return
    raise ImportRefused(
        _(
            "“%(format)s” is not a date format. Use dmy, mdy, ymd, or a pattern such as %%d.%%m.%%Y;"
            " dmy2000 and its like for years of two digits."
        )
        % {"format": date_format}
    )


def _is_pattern(date_format: str) -> bool:
    """Return whether a date written by the pattern is parsed as the same: day, month and year are in it."""
    if "%" not in date_format:
        return False
    date = dt.datetime(2026, 11, 22)  # noqa: DTZ001  # no moment, only a date
    with contextlib.suppress(ValueError):
        has_year = "%y" in date_format.lower() or "%G" in date_format or "%c" in date_format
        return has_year and dt.datetime.strptime(date.strftime(date_format), date_format) == date  # noqa: DTZ007
    return False


def parse_date(text: str, site: Site, date_format: str | None) -> dt.date:
    """Return the operating date at the site that a cell means.

    A date with a time is a moment, in the zone that it names or else the site's, and counts for the operating
    date in which it lies. Raises CellError for a date that could be another one.
    """
    text = text.strip()
    if found := ISO.fullmatch(text):
        return _parse_iso(found, site)
    moment = _parse_other(text, date_format)
    if not isinstance(moment, dt.datetime):
        return moment
    try:
        return site.operating_date(
            moment if moment.tzinfo else moment.replace(tzinfo=site.settings_on(moment.date()).zone)
        )
    except OverflowError as error:
        raise _no_date(text) from error


def _parse_iso(found: re.Match[str], site: Site) -> dt.date:
    try:
        date = dt.date.fromisoformat(found["date"])
        if found["time"] is None:
            return date
        time = dt.time.fromisoformat(found["time"])
        return site.operating_date(dt.datetime.combine(date, time, _zone(found["zone"], date, site)))
    except (ValueError, OverflowError) as error:
        raise _no_date(found[0]) from error


def _zone(name: str | None, date: dt.date, site: Site) -> dt.tzinfo:
    if name is None:
        return site.settings_on(date).zone
    if name in ("Z", "UTC", "GMT"):
        return dt.UTC
    sign = -1 if name[0] == "-" else 1
    return dt.timezone(sign * dt.timedelta(hours=int(name[1:3]), minutes=int(name[-2:])))


def _parse_other(text: str, date_format: str | None) -> dt.date:
    if date_format is not None and date_format not in ORDERS:
        try:
            moment = dt.datetime.strptime(text, date_format)  # noqa: DTZ007  # the site's zone follows
        except ValueError as error:
            raise _no_date(text) from error
        has_time = any(part in date_format for part in ("%H", "%I", "%X", "%c", "%T"))
        return moment if has_time else moment.date()
    found = SPLIT_DATE.fullmatch(text)
    if found is None:
        raise _no_date(text)
    if date_format is None:
        raise CellError(
            _("“%(text)s” could be more than one date. Choose the order of day, month and year.")
            % {"text": text[:50]}
        )
    return _parse_ordered(found, date_format)


def date_in_order(text: str, order: str) -> dt.date | None:
    """Return the date that a text means in an order of day, month and year; None where it is no date."""
    found = SPLIT_DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return _parse_ordered(found, order)
    except CellError:
        return None


def has_short_year(text: str) -> bool:
    """Return whether a date has no year of four digits, so that its century is unknown."""
    found = SPLIT_DATE.fullmatch(text)
    return found is not None and not any(len(part) == 4 for part in found.groups()[:3])


def _parse_ordered(found: re.Match[str], order: str) -> dt.date:
    parts = dict(zip(ORDERS[order], found.groups()[:3], strict=True))
    century = CENTURY if order.endswith(str(CENTURY)) and len(parts["year"]) == 2 else 0
    if len(parts["year"]) != 4 and not century:
        raise CellError(_("“%(text)s” has no year of four digits.") % {"text": found[0]})
    try:
        date = dt.date(century + int(parts["year"]), int(parts["month"]), int(parts["day"]))
        if found["time"] is None:
            return date
        # “9:30” of a clerk is “09:30” of the standard.
        time = dt.time.fromisoformat(found["time"] if found["time"].index(":") == 2 else f"0{found['time']}")
    except ValueError as error:
        raise _no_date(found[0]) from error
    return dt.datetime.combine(date, time)


def _no_date(text: str) -> CellError:
    return CellError(_("“%(text)s” is not a date.") % {"text": text[:50]})
