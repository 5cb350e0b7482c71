"""Rows of the database as items of JSON, each column of them named, read and described in one place."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from django.db import models
from django.db.models import QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf

from api.records.names import BY_CODE, camel, codes_of
from core.db.fields import ScaledDecimalField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData

type Item = dict[str, object]
type Read = Callable[[object], object]


class ItemColumn(NamedTuple):
    """A value of an item: its key, what it is in a query, and how it is written."""

    key: str
    source: str | Combinable
    write: Read | None = None
    # What it is of an instance, where the source is no path of attributes.
    of: Read | None = None

    @property
    def reader(self) -> Read | None:
        """Return what reads it off an instance; None where only a query can tell it."""
        if self.of is None and isinstance(self.source, str):
            return attrgetter(self.source.replace("__", "."))
        return self.of


@dataclass(frozen=True)
class Nested:
    """What an item tells of something that it points to: an object under a key, known by an id."""

    key: str
    # Which of the item's own columns holds the id.
    id_key: str
    columns: tuple[ItemColumn, ...]


class Projection:
    """How rows of a model are read and written as items; rows are tuples, since lists are long."""

    def __init__(self, columns: Sequence[ItemColumn], nested: Sequence[Nested] = ()) -> None:
        self.columns = tuple(columns)
        self.nested = tuple(nested)
        every = [*self.columns, *(column for part in self.nested for column in part.columns)]
        self._sources = [column.source for column in every]
        self._readers = [reader for column in every if (reader := column.reader) is not None]
        self._plan = [(column.key, index, column.write) for index, column in enumerate(self.columns)]

    def items(self, rows: QuerySet[models.Model]) -> list[Item]:
        """Return the rows of a query as items. One query."""
        told: dict[tuple[str, object], Item] = {}
        return [self._item(row, told) for row in rows.values_list(*self._sources)]

    def page(self, rows: QuerySet[models.Model], most: int) -> list[Item]:
        """Return the first rows of an ordered query as items. One query.

        The rows are chosen before anything is read beside them: joined to what they name, SQLite sorts all
        that a site ever had.
        """
        chosen = rows.model._default_manager.filter(pk__in=rows.values("pk")[:most])
        return self.items(chosen.order_by(*rows.query.order_by))

    def item_of(self, row: models.Model) -> Item:
        """Return an instance, which need not be stored, as an item."""
        return self._item([read(row) for read in self._readers], {})

    def _item(self, row: Sequence[object], told: dict[tuple[str, object], Item]) -> Item:
        item: Item = {}
        for key, index, write in self._plan:
            value = row[index]
            item[key] = value if write is None or value is None else write(value)
        start = len(self.columns)
        for part in self.nested:
            end = start + len(part.columns)
            known = (part.key, item[part.id_key])
            if known not in told:
                told[known] = {
                    column.key: value if column.write is None or value is None else column.write(value)
                    for column, value in zip(part.columns, row[start:end], strict=True)
                }
            item[part.key] = told[known]
            start = end
        return item


def as_moment(value: object) -> str:
    """Write a moment as ISO 8601 in UTC."""
    assert isinstance(value, dt.datetime)
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def as_date(value: object) -> str:
    """Write a date."""
    assert isinstance(value, dt.date)
    return value.isoformat()


def as_number(value: object) -> float:
    """Write a quantity. It has so few digits that the shortest float that is nearest reads as it does."""
    assert isinstance(value, Decimal)
    return float(value)


def as_text(value: object) -> str | None:
    """Write a text; an empty one is null."""
    assert isinstance(value, str)
    return value or None


def column_of(model: type[models.Model], name: str, path: str = "") -> ItemColumn:
    """Return a column of a model, or of what `path` leads to, as an item tells it."""
    column = model._meta.get_field(name)
    assert isinstance(column, models.Field)
    source = f"{path}{name}"
    if isinstance(column, models.ForeignKey):
        return (
            ItemColumn(name, f"{source}__code")
            if name in BY_CODE
            else ItemColumn(camel(f"{name}_id"), f"{source}_id")
        )
    codes = {stored: code for code, stored in codes_of(model, name).items()}
    if codes:
        return ItemColumn(camel(name), source, codes.get)  # type: ignore[arg-type]  # a choice's text
    return ItemColumn(camel(name), source, _write_of(column))


def _write_of(column: models.Field[object, object]) -> Read | None:
    if isinstance(column, (ScaledDecimalField, models.DecimalField)):
        return as_number
    if isinstance(column, models.DateTimeField):
        return as_moment
    if isinstance(column, models.DateField):
        return as_date
    if isinstance(column, models.TimeField):
        return str
    if isinstance(column, (models.CharField, models.TextField)):
        return as_text
    return None


def name_of(person: str) -> Combinable:
    """Return the name of the person whom a column points to, or their address where they gave none."""
    named = NullIf(f"{person}__name", Value(""))
    return Coalesce(named, f"{person}__email", output_field=models.CharField())


def person_column(key: str, person: str) -> ItemColumn:
    """Return how an item tells of the person whom a column points to."""
    at = attrgetter(person)
    return ItemColumn(key, name_of(person), of=lambda row: str(at(row)))


def nested_of(model: type[MasterData], name: str) -> Nested:
    """Return what a record tells of the master data that it names: code, name, and its choices."""
    told = ["code", "name", *(column.name for column in model._meta.concrete_fields if column.flatchoices)]
    columns = tuple(column_of(model, column, f"{name}__") for column in told)
    return Nested(name, camel(f"{name}_id"), columns)


SITE = Nested("site", "siteId", (ItemColumn("code", "site__code"), ItemColumn("name", "site__name")))


def related_of[R: DailyRecord](module: RecordModule[R]) -> dict[str, type[MasterData]]:
    """Return the master data that a module's records name, by field."""
    found = {}
    for name in module.form.base_fields:
        column = module.model._meta.get_field(name)
        if isinstance(column, models.ForeignKey):
            related = column.related_model
            assert isinstance(related, type)
            assert issubclass(related, MasterData)
            found[name] = related
    return found


def projection_of[R: DailyRecord](module: RecordModule[R]) -> Projection:
    """Return how a module's records are written: every field of a body, and what stands around it."""
    nested = [nested_of(model, name) for name, model in related_of(module).items() if name not in BY_CODE]
    return Projection(
        [
            ItemColumn("id", "id"),
            ItemColumn("siteId", "site_id"),
            *(column_of(module.model, name) for name in module.form.base_fields),
            ItemColumn("createdAt", "created_at", as_moment),
            ItemColumn("updatedAt", "updated_at", as_moment),
            person_column("createdBy", "created_by"),
            person_column("updatedBy", "updated_by"),
            ItemColumn("version", "version"),
            ItemColumn("changeNumber", "change_number"),
        ],
        [*nested, SITE],
    )


def projection_of_model(model: type[models.Model], names: Sequence[str] = ()) -> Projection:
    """Return how rows of master data or of sites are written: these columns, or every one of them."""
    columns = names or [column.name for column in model._meta.concrete_fields]
    return Projection([column_of(model, name) for name in columns])
