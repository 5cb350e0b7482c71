"""What the description says of a field: its kind, its unit, its bounds, read off model and form."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from api.records.input import SITE_KEY, BodyField, Shape, Sort
from api.records.names import BY_CODE, camel, codes_of
from api.records.output import related_of
from core.db.fields import ScaledDecimalField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

type Schema = dict[str, object]

DIGITS = r"^[+-]?[0-9]{1,30}(\.[0-9]{1,30})?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"
WIDEST = 2**31 - 1
WHOLE_DIGITS = r"^[+-]?[0-9]{1,30}$"


def object_of(properties: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    """Return an object whose keys are all there, but for the optional ones; more may come."""
    required = [key for key in properties if key not in set(optional)]
    return {"type": "object", "properties": dict(properties), "required": required}


def ref(name: str) -> Schema:
    """Return a pointer to a schema that has a name."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """Return the same, or null."""
    kinds = schema["type"]
    every = kinds if isinstance(kinds, list) else [kinds]
    allowed: Schema = {**schema, "type": [*every, "null"]}
    codes = schema.get("enum")
    if isinstance(codes, list):
        allowed["enum"] = [*codes, None]
    return allowed


def list_of(items: Schema, description: "Text") -> Schema:
    return {"type": "array", "items": items, "description": str(description)}


def text(description: "Text" = "", **more: object) -> Schema:
    return {"type": "string", "description": str(description), **more}


def moment(description: "Text" = "") -> Schema:
    return text(description, format="date-time")


def column_schema(model: type[models.Model], name: str, *, unit: "Text" = "") -> tuple[str, Schema]:
    """Return the key under which an item tells a column, and what stands there."""
    column = model._meta.get_field(name)
    assert isinstance(column, models.Field)
    if isinstance(column, models.ForeignKey):
        return _reference_schema(column)
    schema = _kind_of(model, column)
    schema["description"] = _sentence(column.verbose_name, unit, column.help_text)
    is_empty_null = column.null or (column.blank and isinstance(column, (models.CharField, models.TextField)))
    return camel(name), nullable(schema) if is_empty_null else schema


def _reference_schema(column: "models.ForeignKey[models.Model, models.Model]") -> tuple[str, Schema]:
    label = str(column.verbose_name)
    if column.name in BY_CODE:
        return column.name, text(_("Code of the %(thing)s.") % {"thing": label})
    described: Schema = {"type": "integer", "description": _("Id of the %(thing)s.") % {"thing": label}}
    return camel(f"{column.name}_id"), nullable(described) if column.null else described


def _kind_of(model: type[models.Model], column: "models.Field[object, object]") -> Schema:
    codes = codes_of(model, column.name)
    if codes:
        return {"type": "string", "enum": list(codes)}
    if isinstance(column, (ScaledDecimalField, models.DecimalField)):
        return {"type": "number", **_bounds(column)}
    if isinstance(column, models.BooleanField):
        return {"type": "boolean"}
    if isinstance(column, models.IntegerField):
        return {"type": "integer", **_bounds(column)}
    if isinstance(column, models.DateTimeField):
        return {"type": "string", "format": "date-time"}
    if isinstance(column, models.DateField):
        return {"type": "string", "format": "date"}
    return {"type": "string"}


def _bounds(column: "models.Field[object, object]") -> Schema:
    found: Schema = {}
    for validator in column.validators:
        limit: object = getattr(validator, "limit_value", None)
        if not isinstance(limit, (int, Decimal)):
            continue
        # How much a column of the database can hold is no bound of the domain.
        if not -WIDEST < limit < WIDEST:
            continue
        if isinstance(validator, MinValueValidator):
            found["minimum"] = _plain(limit)
        elif isinstance(validator, MaxValueValidator):
            found["maximum"] = _plain(limit)
    return found


def _plain(number: int | Decimal) -> int | float:
    return number if isinstance(number, int) else float(number)


def _sentence(label: "Text", unit: "Text", more: "Text") -> str:
    """Return a description: what it is, in which unit, and what is said of it on the page."""
    name = str(label)[:1].upper() + str(label)[1:]
    measured = _("%(name)s, in %(unit)s.") % {"name": name, "unit": unit} if unit else f"{name}."
    return f"{measured} {more}".strip()


def unit_of[R: DailyRecord](module: RecordModule[R], name: str) -> "Text":
    """Return in what a module's field is measured."""
    return next((column.unit for column in module.sheet_columns if column.name == name), "")


def item_schema[R: DailyRecord](module: RecordModule[R]) -> Schema:
    """Return what an item of a module carries."""
    fields = dict(
        column_schema(module.model, name, unit=unit_of(module, name)) for name in module.form.base_fields
    )
    return object_of({**head(), **fields, **tail(), **nested_schemas(related_of(module))})


def head() -> dict[str, Schema]:
    """Return what every item begins with."""
    return {
        "id": {"type": "integer", "description": _("Id of the record.")},
        SITE_KEY: {"type": "integer", "description": _("Id of the site.")},
    }


def tail() -> dict[str, Schema]:
    """Return what every item says of its own life."""
    return {
        "createdAt": moment(_("When it was entered.")),
        "updatedAt": moment(_("When it was last changed.")),
        "createdBy": text(_("Who entered it.")),
        "updatedBy": text(_("Who changed it last.")),
        "version": {"type": "integer", "minimum": 1, "description": _("Goes up with every change of it.")},
        "changeNumber": {
            "type": "integer",
            "minimum": 1,
            "description": _("The number of its last change among all of its site."),
        },
    }


def nested_schemas(related: Mapping[str, type[MasterData]]) -> dict[str, Schema]:
    """Return what is told of what a record names: master data, and its site."""
    nested = {name: nested_schema(model) for name, model in related.items() if name not in BY_CODE}
    return {**nested, "site": object_of({"code": text("Its code."), "name": text("Its name.")})}


def nested_schema(model: type[MasterData]) -> Schema:
    """Return what is told of master data beside its id."""
    told = ["code", "name", *(column.name for column in model._meta.concrete_fields if column.flatchoices)]
    return object_of(dict(column_schema(model, name) for name in told))


def model_schema(model: type[models.Model], names: Iterable[str] = ()) -> Schema:
    """Return what a row of master data or a site carries."""
    columns = list(names) or [column.name for column in model._meta.concrete_fields]
    return object_of(dict(column_schema(model, name) for name in columns))


def body_schema[R: DailyRecord](shape: Shape[R], *, is_new: bool) -> Schema:
    """Return what a body may hold; of a change every field may be left out."""
    form = shape.module.form(site=Site())
    described = {
        field.key: _body_field_schema(shape.module, field, form.fields[field.name]) for field in shape.fields
    }
    required = [field.key for field in shape.fields if form.fields[field.name].required]
    if shape.has_site:
        site: Schema = {
            "type": ["integer", "string"],
            "description": _("Id of the site."),
        }
        described, required = {SITE_KEY: site, **described}, [SITE_KEY, *required]
    schema: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    return {**schema, "required": required} if is_new else schema


def _body_field_schema[R: DailyRecord](
    module: RecordModule[R], field: BodyField, form_field: forms.Field
) -> Schema:
    column = module.model._meta.get_field(field.name)
    assert isinstance(column, models.Field)
    schema = filter_schema(field)
    if field.sort in (Sort.NUMBER, Sort.WHOLE):
        schema |= {**_bounds(column), **_form_bounds(form_field)}
    more = str(form_field.help_text)
    if isinstance(column, ScaledDecimalField):
        more = f"{_('At most %(places)d decimals.') % {'places': column.places}} {more}"
    more = f"{_meaning(field)} {more}"
    if isinstance(form_field, forms.CharField):
        schema |= _length(column, form_field)
    schema["description"] = _sentence(column.verbose_name, unit_of(module, field.name), more.strip())
    return schema if form_field.required else nullable(schema)


def _meaning(field: BodyField) -> str:
    """Return what a value of this kind stands for."""
    match field.sort:
        case Sort.REFERENCE:
            return _("Its id or its code.")
        case Sort.DATE:
            return _("YYYY-MM-DD; or a moment in ISO 8601, which means its operating date at the site.")
        case _:
            return ""


def _length(column: "models.Field[object, object]", form_field: forms.CharField) -> Schema:
    limits = [v.limit_value for v in column.validators if isinstance(v, MaxLengthValidator)]
    longest = form_field.max_length or next(iter(limits), None)
    return {"maxLength": longest} if isinstance(longest, int) else {}


def _form_bounds(form_field: forms.Field) -> Schema:
    if not isinstance(form_field, forms.IntegerField) or isinstance(form_field, forms.DecimalField):
        return {}
    limits = {"minimum": form_field.min_value, "maximum": form_field.max_value}
    return {name: limit for name, limit in limits.items() if limit is not None}


def filter_schema(field: BodyField) -> Schema:
    """Return what a value of a field may be, in a body or as a filter."""
    match field.sort:
        case Sort.CODE:
            return {"type": "string", "enum": list(field.codes)}
        case Sort.REFERENCE:
            return {"type": ["integer", "string"]}
        case Sort.NUMBER:
            return {"type": ["number", "string"], "pattern": DIGITS}
        case Sort.WHOLE:
            return {"type": ["integer", "string"], "pattern": WHOLE_DIGITS}
        case Sort.DATE:
            return {"type": "string", "pattern": DAY}
        case _:
            return {"type": "string"}
