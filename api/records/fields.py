"""Schemas made of columns: what a request may send for a column, and what a response has of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, override

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, PlainValidator, WithJsonSchema

from api.errors import InvalidValueError
from api.schemas import FormSchema, JsonSchema, ResponseSchema, accept, make_schema
from core.numbers import without_trailing_zeros
from records.columns import Column, NumberColumn, ReferenceColumn, column_of_field
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# Limits beyond this are those of the database's column, not of the domain.
MAX_LIMIT = 2**31 - 1


def columns_of[R: DailyRecord](module: RecordModule[R]) -> dict[str, Column]:
    """Return the columns of a module's form by the names of its fields."""
    own = {column.name: column for column in module.sheet_columns}
    return {
        name: own.get(name) or column_of_field(_field(module.model, name)) for name in module.form.base_fields
    }


def model_columns(model: type[models.Model], names: Iterable[str] = ()) -> list[Column]:
    """Return columns of a model, or all of them."""
    names = list(names) or [field.name for field in model._meta.concrete_fields]
    return [column_of_field(_field(model, name)) for name in names]


@dataclass(frozen=True, kw_only=True)
class SiteColumn(ReferenceColumn):
    """The site of a new record; it has no code in a request."""

    @property
    @override
    def json_input_help(self) -> str:
        return _("Its id.")


SITE = SiteColumn(name="site", label=gettext_lazy("Site"), model=Site)


def _field(model: type[models.Model], name: str) -> "models.Field[object, object]":
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


# Responses


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
    field = _field(model, column.name)
    schema = {**column.json_schema, **_limits(field.validators)}
    if isinstance(column, ReferenceColumn):
        text = _("Code of the %(thing)s.") if column.is_code_in_json else _("Id of the %(thing)s.")
        schema["description"] = text % {"thing": field.verbose_name}
    else:
        schema["description"] = description(field.verbose_name, column.unit, field.help_text)
    is_null_when_empty = field.blank and isinstance(field, (models.CharField, models.TextField))
    return nullable(schema) if field.null or is_null_when_empty else schema


# Requests


def form_schema(
    name: str,
    base: type[FormSchema],
    *,
    columns: Mapping[str, Column],
    model: type[models.Model],
    form: forms.BaseForm,
    is_new: bool,
) -> type[FormSchema]:
    """Return the schema of a body that a form cleans. In a change every field may be left out."""
    fields: dict[str, tuple[object, object]] = {}
    readers = {}
    for field_name, column in columns.items():
        form_field = form.fields.get(field_name)
        is_required = form_field is None or form_field.required
        read = accept(_reader(column, is_required=is_required))
        schema = _input_schema(column, _field(model, field_name), form_field)
        default = ... if is_new and is_required else None
        fields[field_name] = (
            Annotated[object, PlainValidator(read), WithJsonSchema(schema)],
            Field(default, alias=column.json_key),
        )
        readers[column.json_key] = (field_name, read)
    body = make_schema(name, base, **fields)
    body.readers = readers
    return body


def _reader(column: Column, *, is_required: bool) -> Callable[[object], object]:
    """Return the function that reads a value for the form; null is an empty value."""

    def read(value: object) -> object:
        result = "" if value is None else column.from_json(value)
        if isinstance(column, NumberColumn) and isinstance(result, str) and result:
            # A text is read as a person at the site writes numbers; a Decimal is what a program sent.
            result = Decimal(without_trailing_zeros(result))
        if is_required and result == "":
            raise InvalidValueError(_("This field is required."), "required")
        return result

    return read


def _input_schema(
    column: Column, field: "models.Field[object, object]", form_field: forms.Field | None
) -> JsonSchema:
    schema = dict(column.json_input_schema)
    more = column.json_input_help
    if column.is_number:
        schema |= _limits(field.validators)
    if form_field is not None:
        schema |= _form_limits(form_field) if column.is_number else _length(field, form_field)
        more = f"{more} {form_field.help_text}".strip()
    schema["description"] = description(field.verbose_name, column.unit, more)
    return schema if form_field is None or form_field.required else nullable(schema)


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


def _limits(validators: Iterable[object]) -> JsonSchema:
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


def _form_limits(form_field: forms.Field) -> JsonSchema:
    limits = {name: getattr(form_field, f"{name[:3]}_value", None) for name in ("minimum", "maximum")}
    return {
        name: limit if isinstance(limit, int) else float(limit)
        for name, limit in limits.items()
        if isinstance(limit, (int, Decimal))
    }


def _length(field: "models.Field[object, object]", form_field: forms.Field) -> JsonSchema:
    if not isinstance(form_field, forms.CharField):
        return {}
    limits = [v.limit_value for v in field.validators if isinstance(v, MaxLengthValidator)]
    longest = form_field.max_length or next(iter(limits), None)
    return {"maxLength": longest} if isinstance(longest, int) else {}
