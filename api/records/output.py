"""Rows of the database as items of JSON, and the schemas of these items, made of columns."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, NamedTuple

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _
from pydantic import Field, WithJsonSchema

from api.schemas import JsonSchema, ResponseSchema, make_schema
from records.columns import Column, MomentColumn, ReferenceColumn, column_of_field
from records.models import DailyRecord
from records.module import RecordModule

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# Limits beyond this are those of the database's column, not of the domain.
MAX_LIMIT = 2**31 - 1


def columns_of[R: DailyRecord](module: RecordModule[R]) -> dict[str, Column]:
    """Return the columns of a module's form by the names of its fields."""
    own = {column.name: column for column in module.entered_columns}
    return {
        name: own.get(name) or column_of_field(model_field(module.model, name))
        for name in module.form.base_fields
    }


def item_columns[R: DailyRecord](module: RecordModule[R]) -> list[Column]:
    """Return the columns of a module's items: those of its form, and what was calculated and stored."""
    stored = {field.name for field in module.model._meta.concrete_fields}
    derived = [column for column in module.list_columns if column.is_derived and column.name in stored]
    return [*columns_of(module).values(), *derived]


def model_columns(model: type[models.Model], names: Iterable[str] = ()) -> list[Column]:
    """Return columns of a model, or all of them."""
    names = list(names) or [field.name for field in model._meta.concrete_fields]
    return [column_of_field(model_field(model, name)) for name in names]


def model_field(model: type[models.Model], name: str) -> "models.Field[object, object]":
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


def response_schema(
    name: str,
    model: type[models.Model],
    columns: Iterable[Column],
    *,
    base: type[ResponseSchema] = ResponseSchema,
    **more: tuple[object, object],
) -> type[ResponseSchema]:
    """Return the schema of an item that has a model's columns, and more fields."""
    fields: dict[str, tuple[object, object]] = {
        column.json_key: (Annotated[column.json_type, WithJsonSchema(output_schema(column, model))], ...)
        for column in columns
    }
    return make_schema(name, base, **fields, **more)


def output_schema(column: Column, model: type[models.Model]) -> JsonSchema:
    """Return the JSON schema of a column in a response."""
    field = model_field(model, column.name)
    schema = {**column.json_schema, **limits_of(field.validators)}
    if isinstance(column, ReferenceColumn):
        text = _("Code of the %(thing)s.") if column.is_code_in_json else _("Id of the %(thing)s.")
        schema["description"] = text % {"thing": field.verbose_name}
    else:
        schema["description"] = description(field.verbose_name, column.unit, field.help_text)
    is_null_when_empty = field.blank and isinstance(field, (models.CharField, models.TextField))
    return nullable(schema) if field.null or is_null_when_empty else schema


def description(label: "Text", unit: "Text", more: "Text") -> str:
    """Return a description: the label, the unit, and the help text of the page."""
    name = str(label)[:1].upper() + str(label)[1:]
    measured = _("%(name)s, in %(unit)s.") % {"name": name, "unit": unit} if unit else f"{name}."
    return f"{measured} {more}".strip()


def nullable(schema: JsonSchema) -> JsonSchema:
    """Return a schema that also accepts null."""
    types = schema["type"]
    allowed: JsonSchema = {**schema, "type": [*(types if isinstance(types, list) else [types]), "null"]}
    codes = schema.get("enum")
    if isinstance(codes, list):
        allowed["enum"] = [*codes, None]
    return allowed


def limits_of(validators: Iterable[object]) -> JsonSchema:
    """Return the limits of a number as a JSON schema has them."""
    found: JsonSchema = {}
    for validator in validators:
        limit: object = getattr(validator, "limit_value", None)
        if not isinstance(limit, (int, Decimal)) or not -MAX_LIMIT < limit < MAX_LIMIT:
            continue
        number = limit if isinstance(limit, int) else float(limit)
        if isinstance(validator, MinValueValidator):
            found["minimum"] = number
        elif isinstance(validator, MaxValueValidator):
            found["maximum"] = number
    return found


type Item = dict[str, object]
type Write = Callable[[object], object]


def item_key[R: DailyRecord](module: RecordModule[R]) -> str:
    """Return the key of one record of a module."""
    name = module.model.__name__
    return module.item_key or name[0].lower() + name[1:]


def list_key[R: DailyRecord](module: RecordModule[R]) -> str:
    """Return the key of a list of a module's records."""
    return module.list_key or f"{item_key(module)}s"


class ItemColumn(NamedTuple):
    """A value of an item: its key, its place in a query, and how it is written and read off an instance."""

    key: str
    source: str | Combinable
    write: Write | None = None
    read: Write | None = None

    @classmethod
    def of(cls, column: Column, *, path: str = "") -> "ItemColumn":
        """Return a column, of a related row where there is a path."""
        return cls(column.json_key, f"{path}{column.json_source}", column.to_json)

    @property
    def reader(self) -> Write:
        if self.read is None:
            assert isinstance(self.source, str)
            return partial(_value_at, self.source.split("__"))
        return self.read


def _value_at(names: Sequence[str], row: object) -> object:
    """Return the value at the end of a path of attributes; None behind an empty foreign key."""
    for name in names:
        if row is None:
            return None
        row = getattr(row, name)
    return row


class Nested(NamedTuple):
    """A related row as an object in an item. Rows with the same id share one object."""

    key: str
    # The item's key of the id.
    id_key: str
    columns: Sequence[ItemColumn]


class Projection:
    """How rows of a model are read and written as items; rows are tuples, since lists are long."""

    def __init__(self, columns: Sequence[ItemColumn], nested: Sequence[Nested] = ()) -> None:
        self.columns = tuple(columns)
        self.nested = tuple(nested)
        self._all = [*self.columns, *(column for part in self.nested for column in part.columns)]
        self._plan = [(column.key, index, column.write) for index, column in enumerate(self.columns)]

    def items(self, rows: QuerySet[models.Model]) -> list[Item]:
        """Return the rows of a query as items. One query."""
        known: dict[tuple[str, object], Item] = {}
        return [self._item(row, known) for row in rows.values_list(*(column.source for column in self._all))]

    def page(self, rows: QuerySet[models.Model], limit: int) -> list[Item]:
        """Return the first rows of an ordered query as items. One query.

        The rows are selected before the related rows are joined: otherwise SQLite sorts everything that the
        site ever had.
        """
        selected = rows.model._default_manager.filter(pk__in=rows.values("pk")[:limit])
        return self.items(selected.order_by(*rows.query.order_by))

    def item_of(self, row: models.Model) -> Item:
        """Return an instance, which need not be stored, as an item."""
        return self._item([column.reader(row) for column in self._all], {})

    def _item(self, row: Sequence[object], known: dict[tuple[str, object], Item]) -> Item:
        item: Item = {}
        for key, index, write in self._plan:
            value = row[index]
            item[key] = value if write is None or value is None else write(value)
        start = len(self.columns)
        for part in self.nested:
            end = start + len(part.columns)
            identity = (part.key, item[part.id_key])
            if identity not in known:
                known[identity] = {
                    column.key: value if column.write is None or value is None else column.write(value)
                    for column, value in zip(part.columns, row[start:end], strict=True)
                }
            item[part.key] = known[identity]
            start = end
        return item


def name_of(person: str) -> Combinable:
    """Return the name of the user in a foreign key, or the e-mail address of a user without a name."""
    name = NullIf(f"{person}__name", Value(""))
    return Coalesce(name, f"{person}__email", output_field=models.CharField())


def person_column(key: str, person: str) -> ItemColumn:
    """Return the column of a user's name."""
    user = attrgetter(person)
    return ItemColumn(key, name_of(person), read=lambda row: str(user(row)))


def moment_column(name: str) -> ItemColumn:
    """Return a column of a moment."""
    return ItemColumn.of(MomentColumn(name=name, label=name))


def related_columns(model: type[models.Model]) -> list[Column]:
    """Return what an item has of a related row besides the id: code, name, and choices."""
    choices = [field.name for field in model._meta.concrete_fields if field.flatchoices]
    return model_columns(model, ["code", "name", *choices])


def nested_of(model: type[models.Model], name: str) -> Nested:
    """Return a related row."""
    columns = [ItemColumn.of(column, path=f"{name}__") for column in related_columns(model)]
    return Nested(name, f"{name}Id", columns)


SITE = Nested("site", "siteId", [ItemColumn("code", "site__code"), ItemColumn("name", "site__name")])


def related_of(columns: Iterable[Column]) -> dict[str, type[models.Model]]:
    """Return the models of related rows that an item has as objects, by field."""
    return {
        column.name: column.model
        for column in columns
        if isinstance(column, ReferenceColumn) and not column.is_code_in_json
    }


def projection_of[R: DailyRecord](module: RecordModule[R]) -> Projection:
    """Return how a module's records are written: their columns, and what is recorded about them."""
    columns = item_columns(module)
    return Projection(
        [
            ItemColumn("id", "id"),
            ItemColumn("siteId", "site_id"),
            *map(ItemColumn.of, columns),
            moment_column("created_at"),
            moment_column("updated_at"),
            person_column("createdBy", "created_by"),
            person_column("updatedBy", "updated_by"),
            ItemColumn("version", "version"),
            ItemColumn("changeNumber", "change_number"),
        ],
        [*(nested_of(model, name) for name, model in related_of(columns).items()), SITE],
    )


def projection_of_model(columns: Iterable[Column]) -> Projection:
    """Return how rows of master data or sites are written."""
    return Projection([ItemColumn.of(column) for column in columns])


# Schemas


class Deleted(ResponseSchema):
    """A record that was deleted, or left the site."""

    id: int | str = Field(description=_("Id of the record."))
    deleted: bool = Field(description=_("Always true."), json_schema_extra={"const": True})


Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
MaybeMoment = Annotated[str, WithJsonSchema(nullable({"type": "string", "format": "date-time"}))]


class HeadSchema(ResponseSchema):
    """What every item begins with."""

    id: int = Field(description=_("Id of the record."))
    site_id: int = Field(description=_("Id of the site."))


def tail_fields(*, is_nullable: bool = False) -> dict[str, tuple[object, object]]:
    """Return the fields of an item about its creation and last change."""
    moment, text = (MaybeMoment, str | None) if is_nullable else (Moment, str)
    return {
        "created_at": (moment, Field(description=_("When it was created."))),
        "updated_at": (moment, Field(description=_("When it was last changed."))),
        "created_by": (text, Field(description=_("Who created it."))),
        "updated_by": (text, Field(description=_("Who changed it last."))),
    }


@cache
def related_schema(model: type[models.Model]) -> type[ResponseSchema]:
    """Return the schema of a related row."""
    return response_schema(f"{model.__name__}Summary", model, related_columns(model))


class SiteSummary(ResponseSchema):
    code: str = Field(description=_("Code of the site."))
    name: str = Field(description=_("Name of the site."))


def item_schema[R: DailyRecord](module: RecordModule[R]) -> type[ResponseSchema]:
    """Return the schema of a module's items."""
    columns = item_columns(module)
    counts = {
        "version": _("The number of its changes."),
        "change_number": _("The site's number of its last change."),
    }
    return response_schema(
        schema_name(module),
        module.model,
        columns,
        base=HeadSchema,
        **tail_fields(),
        **{name: (int, Field(ge=1, description=text)) for name, text in counts.items()},
        **{name: (related_schema(model), ...) for name, model in related_of(columns).items()},
        site=(SiteSummary, ...),
    )


def schema_name[R: DailyRecord](module: RecordModule[R]) -> str:
    """Return the name of the schema of a module's items."""
    key = item_key(module)
    return key[:1].upper() + key[1:]
