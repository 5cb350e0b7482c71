"""What the query of an address asks for: read as a whole, and refused with everything that is wrong."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.errors import Detail, unacceptable, unacceptable_field
from api.pagination import Position, read_cursor
from api.records.input import LONGEST_KEY, SITE_KEY, BodyField, Sort
from api.records.values import ID, ShapeError, as_day, at_site
from sites.models import Site
from sites.moments import Day

DEFAULT_LIMIT, MOST = 100, 1000
FROM, TO, LIMIT, CURSOR, SINCE = "dateFrom", "dateTo", "limit", "cursor", "changedSince"
BACKWARDS = gettext_lazy("The range ends before it begins.")
# What an address keeps of a change number fits into the database's.
MOST_DIGITS = 18


class QueryReader:
    """The parameters of an address, and everything that is wrong with them."""

    def __init__(self, request: HttpRequest, *known: str) -> None:
        self._given = {name: str(value) for name, value in request.GET.items()}
        self.refused: list[Detail] = []
        for name, values in request.GET.lists():
            if name not in known:
                self._refuse(name[:LONGEST_KEY], _("There is no such parameter."), "unknown")
            elif len(values) > 1:
                self._refuse(name, _("Say this parameter once."), "repeated")

    def required(self, name: str) -> str:
        """Return a parameter that must be there."""
        if not self._given.get(name):
            self._refuse(name, _("This parameter is needed."), "required")
        return self._given.get(name, "")

    def read[V](self, name: str, reading: Callable[[str], V]) -> V | None:
        """Return a parameter as it is read; None where it is not there, or is refused."""
        if name not in self._given:
            return None
        try:
            return reading(self._given[name])
        except ShapeError as error:
            self._refuse(name, error.message, error.code)
            return None

    def require_all_read(self) -> None:
        """Raise CallRefused where anything was wrong."""
        if self.refused:
            raise unacceptable(self.refused)

    def names(self) -> set[str]:
        return set(self._given)

    def _refuse(self, name: str, message: str, code: str) -> None:
        self.refused.append(Detail(field=name, message=message, code=code))


def require_no_query(request: HttpRequest) -> None:
    """Raise CallRefused for an address that takes no parameters and has some."""
    QueryReader(request).require_all_read()


def limit_of(text: str) -> int:
    """Return how many items are asked for. Raises ShapeError outside 1 to 1,000."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and 1 <= int(text) <= MOST):
        raise ShapeError(_("A limit is a whole number from 1 to 1,000."), "range")
    return int(text)


def change_number_of(text: str) -> int:
    """Return the change number after which is asked for. Raises ShapeError."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ShapeError(_("Begin with 0, and go on with the changedUntil of the answer."), "invalid")
    return int(text)


@dataclass(frozen=True)
class ListQuery:
    """Which records are asked for, before the site is known."""

    site: str
    first: Day | None
    last: Day | None
    limit: int
    position: Position | None
    since: int | None
    narrowed: tuple[tuple[BodyField, str], ...]

    def narrow[M: models.Model](self, records: QuerySet[M], site: Site) -> QuerySet[M]:
        """Keep what the dates and filters say. Raises CallRefused where the dates end before they begin."""
        first, last = (_at_site(name, day, site) for name, day in ((FROM, self.first), (TO, self.last)))
        if _runs_backwards(first, last):
            raise unacceptable_field(TO, str(BACKWARDS), "range")
        if first is not None:
            records = records.filter(date__gte=first)
        if last is not None:
            records = records.filter(date__lte=last)
        for field, value in self.narrowed:
            records = records.filter(**{_lookup(field, value): value})
        return records


def filters_of(fields: Iterable[BodyField]) -> tuple[BodyField, ...]:
    """Return the fields by which a module's list can be narrowed: what it names, and its choices."""
    return tuple(field for field in fields if field.sort in (Sort.REFERENCE, Sort.CODE))


def read_list_query(request: HttpRequest, filters: Iterable[BodyField], *, of: str) -> ListQuery:
    """Return what the address of a module's list asks for. Raises CallRefused."""
    by_key = {field.key: field for field in filters}
    query = QueryReader(request, SITE_KEY, FROM, TO, LIMIT, CURSOR, SINCE, *by_key)
    narrowed = [(field, query.read(key, _taken_by(field))) for key, field in by_key.items()]
    site = query.required(SITE_KEY)
    read = ListQuery(
        site=site,
        first=query.read(FROM, as_day),
        last=query.read(TO, as_day),
        limit=query.read(LIMIT, limit_of) or DEFAULT_LIMIT,
        position=query.read(CURSOR, lambda text: read_cursor(text, of=of, site=site)),
        since=query.read(SINCE, change_number_of),
        narrowed=tuple((field, value) for field, value in narrowed if value is not None),
    )
    if SINCE in query.names():
        for name in query.names() - {SITE_KEY, SINCE, LIMIT}:
            message = _("What changed is asked for by site alone: leave this out.")
            query.refused.append(Detail(field=name[:LONGEST_KEY], message=message, code="not_together"))
    if _runs_backwards(read.first, read.last):
        query.refused.append(Detail(field=TO, message=str(BACKWARDS), code="range"))
    query.require_all_read()
    return read


def _runs_backwards(first: Day | None, last: Day | None) -> bool:
    """Say whether the range ends before it begins, whatever the site; of moments, only the site knows."""
    if isinstance(first, dt.datetime) or isinstance(last, dt.datetime):
        return False
    return first is not None and last is not None and last < first


def _taken_by(field: BodyField) -> Callable[[str], str]:
    def taken(text: str) -> str:
        if "\0" in text or (field.sort is Sort.REFERENCE and not text):
            # PostgreSQL cannot even be asked about a text with a zero in it.
            raise ShapeError(_("This must be an id or a code."))
        return str(field.take(text))

    return taken


def _at_site(name: str, day: Day | None, site: Site) -> dt.date | None:
    try:
        return None if day is None else at_site(day, site)
    except ShapeError as error:
        raise unacceptable_field(name, error.message, error.code) from error


def _lookup(field: BodyField, value: str) -> str:
    """Return what a filter compares: an id, a code, or a choice as it is stored."""
    if field.sort is Sort.CODE:
        return field.name
    return f"{field.name}_id" if ID.match(value) else f"{field.name}__code"
