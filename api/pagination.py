"""Cursors: signed, so that one of another list is refused."""

import datetime as dt
import re
from typing import NamedTuple

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _

from api.errors import InvalidValueError
from sites.models import Site

# Every id is shorter; a longer number would not fit into the database's column.
ID = re.compile(r"\d{1,18}\Z", re.ASCII)


class Position(NamedTuple):
    """The last item of a page."""

    date: dt.date
    number: int

    @classmethod
    def of(cls, date: object, number: object) -> "Position":
        """Return the position of an item by its date in JSON and its id."""
        return cls(dt.date.fromisoformat(str(date)), int(str(number)))

    @property
    def after(self) -> Q:
        """Return the filter of what follows, newest first. The plain limit on the date is for the index."""
        return Q(date__lte=self.date) & (Q(date__lt=self.date) | Q(pk__lt=self.number))


def make_cursor(position: Position, *, of: str, site: Site) -> str:
    """Return the cursor of the page after a position."""
    return signing.dumps([site.pk, position.date.isoformat(), position.number], salt=_salt(of))


def read_cursor(text: str, *, of: str, site: str) -> Position:
    """Return the position of a cursor. Raises InvalidValueError for one of another list or site."""
    try:
        site_id, date, number = signing.loads(text, salt=_salt(of))
    except (signing.BadSignature, ValueError) as error:
        raise InvalidValueError(_("This cursor is not valid for this list.")) from error
    if not ID.match(site) or int(site) != site_id:
        raise InvalidValueError(_("This cursor belongs to another site."))
    return Position(dt.date.fromisoformat(date), number)


def _salt(of: str) -> str:
    return f"api.cursor:{of}"
