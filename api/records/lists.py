"""The lists of records: their query, the cursor of the next page, and what changed since a change number."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, ClassVar, NamedTuple, override

from django.core import signing
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from api.records.output import Item, Projection, description
from api.responses import Detail, InvalidValueError, field_error
from api.schemas import ID, DayParameter, QuerySchema, SiteId, accept, is_reversed, make_schema, read_day
from core.numbers import MOST_DIGITS, whole_number
from records.columns import ChoiceColumn, Column, ReferenceColumn
from records.models import DailyRecord, Departure
from records.module import RecordModule
from sites.dates import NOT_A_DATE, Day, day_at
from sites.models import Site


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


DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
RANGE_REVERSED = gettext_lazy("The range ends before it begins.")
CHANGE_NUMBER = {"type": "integer", "minimum": 0, "maximum": 10**MOST_DIGITS - 1}


def _limit(text: object) -> int:
    limit = whole_number(text)
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        raise InvalidValueError(_("A limit is a whole number from 1 to 1,000."), "range")
    return limit


Limit = Annotated[
    int,
    PlainValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
]


def _change_number(text: object) -> int:
    number = whole_number(text)
    if number is None:
        raise InvalidValueError(_("Begin with 0, and continue with the changedUntil of the last response."))
    return number


def _last_day(text: object, info: ValidationInfo[None]) -> Day:
    first, last = info.data.get("date_from"), read_day(text)
    if is_reversed(first, last):
        raise InvalidValueError(str(RANGE_REVERSED), "range")
    return last


class ListQuery(QuerySchema):
    """The query of a module's list; a module adds its filters."""

    filters: ClassVar[Mapping[str, Column]]

    site_id: SiteId
    date_from: DayParameter = Field(None, description=_("First operating date."))
    date_to: Annotated[
        Day | None, PlainValidator(_last_day), WithJsonSchema({"type": "string", "format": "date"})
    ] = Field(None, description=_("Last operating date."))
    limit: Limit = Field(DEFAULT_LIMIT, description=_("How many records at most."))
    cursor: Position | None = None
    changed_since: Annotated[int | None, PlainValidator(_change_number), WithJsonSchema(CHANGE_NUMBER)] = (
        Field(
            None,
            description=_(
                "0 to begin, then the changedUntil of the last response; only with siteId and limit."
            ),
        )
    )

    @override
    @classmethod
    def contradictions(cls, sent: set[str]) -> Iterable[Detail]:
        if "changedSince" in sent:
            for name in sorted(sent & cls.keys() - {"siteId", "changedSince", "limit"}):
                message = _("This cannot be combined with changedSince.")
                yield Detail(field=name, message=message, code="not_together")

    def narrow[M: models.Model](self, records: QuerySet[M], site: Site) -> QuerySet[M]:
        """Apply dates and filters. Raises ApiError for dates in the wrong order."""
        first, last = _at_site("dateFrom", self.date_from, site), _at_site("dateTo", self.date_to, site)
        if is_reversed(first, last):
            raise field_error("dateTo", str(RANGE_REVERSED), "range")
        if first is not None:
            records = records.filter(date__gte=first)
        if last is not None:
            records = records.filter(date__lte=last)
        for name, column in self.filters.items():
            value = getattr(self, name)
            if value is not None:
                records = records.filter(**{_lookup(column, value): value})
        return records


def list_query(name: str, *, of: str, columns: Iterable[Column]) -> type[ListQuery]:
    """Return the query of a list whose records can be filtered by these columns' references and choices."""
    filters = {
        column.name: column for column in columns if isinstance(column, (ReferenceColumn, ChoiceColumn))
    }

    def position(text: object, info: ValidationInfo[None]) -> Position:
        return read_cursor(str(text), of=of, site=str(info.data.get("site_id", "")))

    cursor = Annotated[
        # Ninja would take a Position, a tuple, for a parameter with several values.
        object,
        PlainValidator(position),
        WithJsonSchema(
            {"type": "string", "minLength": 1, "description": _("The nextCursor of the page before.")}
        ),
    ]
    fields: dict[str, tuple[object, object]] = {
        name: (
            Annotated[
                object,
                PlainValidator(accept(_filter_reader(column))),
                WithJsonSchema(
                    column.json_input_schema
                    | {"description": description(column.label, "", column.json_input_help)}
                ),
            ],
            Field(None, alias=column.json_key),
        )
        for name, column in filters.items()
    }
    query = make_schema(name, ListQuery, cursor=(cursor, None), **fields)
    query.filters = filters
    return query


def _filter_reader(column: Column) -> Callable[[object], object]:
    def read(text: object) -> object:
        if not text or "\0" in str(text):
            # PostgreSQL refuses a text with a zero byte.
            raise InvalidValueError(_("This value is not valid."))
        return column.from_json(text)

    return read


def _lookup(column: Column, value: object) -> str:
    """Return the lookup of a filter's value: an id, a code, or a choice as it is stored."""
    if isinstance(column, ReferenceColumn):
        return f"{column.name}_id" if ID.match(str(value)) else f"{column.name}__code"
    return column.name


def _at_site(name: str, day: Day | None, site: Site) -> dt.date | None:
    try:
        return None if day is None else day_at(site, day)
    except ValueError as error:
        raise field_error(name, str(NOT_A_DATE)) from error


type Numbered = tuple[int, Item]


def changes_of[R: DailyRecord](
    module: RecordModule[R], projection: Projection, *, site: Site, since: int, limit: int
) -> tuple[list[Item], int, bool]:
    """Return what changed after a number, oldest change first, up to which number, and whether more did.

    The site's number is read first: changes made while the records are read belong to a later response.
    """
    until = Site.objects.values_list("change_number", flat=True).get(pk=site.pk)
    changed = _changed(module, projection, site=site, since=since, until=until, limit=limit + 1)
    deleted = _deleted(module, site=site, since=since, until=until, limit=limit + 1)
    found = sorted([*changed, *deleted], key=lambda numbered: numbered[0])
    if len(found) <= limit:
        return [item for _number, item in found], until, False
    shown = found[:limit]
    return [item for _number, item in shown], shown[-1][0], True


def _changed[R: DailyRecord](
    module: RecordModule[R], projection: Projection, *, site: Site, since: int, until: int, limit: int
) -> list[Numbered]:
    records = module.model._default_manager.filter(
        site=site, change_number__gt=since, change_number__lte=until
    )
    items = projection.page(records.order_by("change_number"), limit)
    return [(int(str(item["changeNumber"])), item) for item in items]


def _deleted[R: DailyRecord](
    module: RecordModule[R], *, site: Site, since: int, until: int, limit: int
) -> Sequence[Numbered]:
    """Return the records that were deleted or moved to another site."""
    deleted = module.model.history.filter(
        site=site, history_type="-", change_number__gt=since, change_number__lte=until
    )
    left = Departure.objects.filter(
        site=site, model=module.model._meta.label_lower, change_number__gt=since, change_number__lte=until
    )
    rows = [
        *deleted.order_by("change_number").values_list("change_number", "id")[:limit],
        *left.order_by("change_number").values_list("change_number", "record_id")[:limit],
    ]
    return [(number, {"id": key, "deleted": True}) for number, key in rows]
