"""Where a page of a list ends: signed, so that one of another list or another hand is refused."""

import datetime as dt
from typing import NamedTuple

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _

from api.records.values import ID, ShapeError
from sites.models import Site


class Position(NamedTuple):
    """The last item of a page."""

    date: dt.date
    number: int

    @classmethod
    def of(cls, date: object, number: object) -> "Position":
        """Return the position of an item by its date, as it is written, and its id."""
        return cls(dt.date.fromisoformat(str(date)), int(str(number)))

    @property
    def after(self) -> Q:
        """Return what comes after it, newest first. An index begins at the plain bound on the date."""
        return Q(date__lte=self.date) & (Q(date__lt=self.date) | Q(pk__lt=self.number))


def cursor_at(position: Position, *, of: str, site: Site) -> str:
    """Return the text by which a caller asks for what comes next."""
    return signing.dumps([site.pk, position.date.isoformat(), position.number], salt=_salt(of))


def read_cursor(text: str, *, of: str, site: str) -> Position:
    """Return where a page begins. Raises ShapeError for what is not a cursor of this list."""
    try:
        number_of_site, date, number = signing.loads(text, salt=_salt(of))
    except (signing.BadSignature, ValueError) as error:
        raise ShapeError(_("This cursor is not one of ours."), "invalid") from error
    if not ID.match(site) or int(site) != number_of_site:
        raise ShapeError(_("This cursor is one of another site."), "invalid")
    return Position(dt.date.fromisoformat(date), number)


def _salt(of: str) -> str:
    return f"api.cursor:{of}"
