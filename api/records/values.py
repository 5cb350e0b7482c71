"""What single values may look like, in a body and in a query, before any rule of the domain is asked."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus

from django.db.models import BigIntegerField
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from api.auth import reader, writer
from api.errors import CallRefused
from records.prepared import Asked, Question
from sites.dates import NOT_A_DATE
from sites.models import Site, User
from sites.moments import Day, day_at, read_day

NUMERIC = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?\Z", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,30}\Z", re.ASCII)
# Every id is less; a longer number would not fit into the database's question.
ID = re.compile(r"\d{1,18}\Z", re.ASCII)
SITE, USER = Asked("site", BigIntegerField()), Asked("user", BigIntegerField())
# Numbers beyond this are no quantity, and must not be written out in full.
MOST_MAGNITUDE = 30

# What a date at a site is read with; a form, which asks for more, gets the site of its operation.
AT_SITE = ("timezone", "day_starts_at", "code", "name")

_site = Question(lambda: Site.objects.filter(pk=SITE).only(*AT_SITE).order_by())
_site_of_member = Question(lambda: Site.objects.of_member(USER).filter(pk=SITE).only(*AT_SITE).order_by())


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
        if abs(value.adjusted()) > MOST_MAGNITUDE:
            return str(value)
        # 12.500 is the number 12.5: zeros at the end are no decimals of it.
        whole, point, decimals = f"{value:f}".partition(".")
        return f"{whole}{point}{decimals}".rstrip("0").rstrip(".") if point else whole
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
    try:
        return read_day(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ShapeError(str(NOT_A_DATE), "invalid") from error


def at_site(day: Day, site: Site) -> dt.date:
    """Return the operating date at a site. Raises ShapeError where the calendar ends."""
    try:
        return day_at(site, day)
    except ValueError as error:
        raise ShapeError(str(NOT_A_DATE), "invalid") from error


def visible_site(user: User, reference: object) -> Site:
    """Return a site that the person may see, active or not, by its id. Raises CallRefused with 404.

    The rule is that of `Site.objects.for_user`.
    """
    number, site = site_number(reference), None
    if user.is_active:
        site = (
            _site.first(site=number)
            if user.is_superuser
            else _site_of_member.first(site=number, user=user.pk)
        )
    if site is None:
        raise CallRefused(HTTPStatus.NOT_FOUND)
    return site


def site_number(reference: object) -> int:
    """Return the id that a reference to a site is. Raises CallRefused with 404 where it is none."""
    text = str(reference)
    if not ID.match(text):
        raise CallRefused(HTTPStatus.NOT_FOUND)
    return int(text)


def writer_at(request: HttpRequest, site: Site) -> User:
    """Return the person in whose name is written. Raises CallRefused as `writer` does.

    That a site is not theirs is said before that they may not write; who may is told so by the operation.
    """
    try:
        return writer(request)
    except CallRefused:
        visible_site(reader(request), site.pk)
        raise


def record_number(text: str) -> int:
    """Return the number that an id in an address is. Raises Http404 where it is none."""
    if not ID.match(text):
        raise Http404
    return int(text)
