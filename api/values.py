"""What single values may look like, in a body and in a query, before any rule of the domain is asked."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus

from django.http import Http404
from django.utils.translation import gettext as _

from api.errors import CallRefused
from records.dates import NOT_A_DATE
from sites.models import Site, User

DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:?\d{2}", re.ASCII)
NUMERIC = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?\Z", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,30}\Z", re.ASCII)
# Every id is less; a longer number would not fit into the database's question.
ID = re.compile(r"\d{1,18}\Z", re.ASCII)
# Numbers beyond this are no quantity, and must not be written out in full.
MOST_MAGNITUDE = 30

type Day = dt.date | dt.datetime


class ShapeError(Exception):
    """A value that is not of the kind that is asked for."""

    def __init__(self, message: str, code: str = "type") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def as_text(value: object) -> str:
    """Return a text. Raises ShapeError."""
    if not isinstance(value, str):
        raise ShapeError(_("This must be a text."))
    return value


def as_number(value: object) -> str:
    """Return a JSON number or a numeric text as its digits; NaN, infinity and booleans are none.

    Raises ShapeError.
    """
    if isinstance(value, str) and NUMERIC.match(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        # 12.500 is the number 12.5: zeros at the end are no decimals of it.
        shortest = value.normalize()
        return f"{shortest:f}" if abs(shortest.adjusted()) < MOST_MAGNITUDE else str(shortest)
    raise ShapeError(_("This must be a number, or a text that holds one."))


def as_whole_number(value: object) -> str:
    """Return a whole number, or a text that holds one, as its digits. Raises ShapeError."""
    digits = as_number(value)
    if not WHOLE.match(digits):
        raise ShapeError(_("This must be a whole number."))
    return digits


def as_reference(value: object) -> str:
    """Return an id or a code of something. Raises ShapeError."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ShapeError(_("This must be an id or a code."))


def as_code(value: object, codes: Mapping[str, str]) -> str:
    """Return what is stored for a code of a choice. Raises ShapeError."""
    if not isinstance(value, str) or value not in codes:
        raise ShapeError(_("This must be one of %(codes)s.") % {"codes": ", ".join(codes)}, "invalid_choice")
    return codes[value]


def as_day(value: object) -> Day:
    """Return a date; or a moment, whose operating date only the site knows. Raises ShapeError."""
    if isinstance(value, str):
        try:
            if DATE.match(value):
                return dt.date.fromisoformat(value)
            if MOMENT.match(value):
                return dt.datetime.fromisoformat(value)
        except ValueError:
            pass
    raise ShapeError(str(NOT_A_DATE), "invalid")


def at_site(day: Day, site: Site) -> dt.date:
    """Return the operating date at a site; a moment without a zone is in the site's own.

    Raises ShapeError where the calendar ends.
    """
    if not isinstance(day, dt.datetime):
        return day
    try:
        return site.operating_date(day if day.tzinfo is not None else day.replace(tzinfo=site.zone))
    except OverflowError as error:
        raise ShapeError(str(NOT_A_DATE), "invalid") from error


def visible_site(user: User, reference: object) -> Site:
    """Return a site that the person may see, active or not, by its id. Raises CallRefused with 404."""
    text = str(reference)
    site = Site.objects.for_user(user).filter(pk=int(text)).first() if ID.match(text) else None
    if site is None:
        raise CallRefused(HTTPStatus.NOT_FOUND)
    return site


def record_number(text: str) -> int:
    """Return the number that an id in an address is. Raises Http404 where it is none."""
    if not ID.match(text):
        raise Http404
    return int(text)
