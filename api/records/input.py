"""The body of a record: its schema, made of columns, and the values of the form that it stands for."""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, override

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, PlainValidator, WithJsonSchema

from api.records.output import columns_of, description, limits_of, model_field, nullable, schema_name
from api.responses import Detail, InvalidValueError, field_error, form_details
from api.schemas import FormSchema, JsonSchema, accept, make_schema
from core.numbers import without_trailing_zeros
from records.columns import Column, NumberColumn, ReferenceColumn
from records.models import DailyRecord
from records.module import RecordModule
from sites.dates import NOT_A_DATE, day_at
from sites.models import Site


@dataclass(frozen=True, kw_only=True)
class SiteColumn(ReferenceColumn):
    """The site of a new record; it has no code in a request."""

    @property
    @override
    def json_input_help(self) -> str:
        return _("Its id.")


SITE = SiteColumn(name="site", label=gettext_lazy("Site"), model=Site)


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
        schema = _input_schema(column, model_field(model, field_name), form_field)
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
        schema |= limits_of(field.validators)
    if form_field is not None:
        schema |= _form_limits(form_field) if column.is_number else _length(field, form_field)
        more = f"{more} {form_field.help_text}".strip()
    schema["description"] = description(field.verbose_name, column.unit, more)
    return schema if form_field is None or form_field.required else nullable(schema)


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


type Values = dict[str, object]
type FormErrors = Callable[[HttpRequest, Values], Iterable[Detail]]


class RecordInput[R: DailyRecord]:
    """The fields that a request may send for a module's records."""

    def __init__(
        self, module: RecordModule[R], *, is_new: bool, form_errors: FormErrors, names: Iterable[str] = ()
    ) -> None:
        self.module = module
        columns = columns_of(module)
        self.columns: Mapping[str, Column] = {name: columns[name] for name in names or columns}
        if is_new:
            self.columns = {"site": SITE, **self.columns}
        self.keys = {name: column.json_key for name, column in self.columns.items()}

        class RecordBody(FormSchema):
            @override
            @classmethod
            def form_errors(cls, request: HttpRequest, values: Values) -> Iterable[Detail]:
                return form_errors(request, values)

        name = schema_name(module)
        self.schema = form_schema(
            f"New{name}" if is_new else f"{name}Change",
            RecordBody,
            columns=self.columns,
            model=module.model,
            form=module.form(site=Site()),
            is_new=is_new,
        )
        if is_new:
            self.schema.fills_in = module.form.fills_in

    def form_errors(self, values: Values, *, site: Site, record: R | None = None) -> list[Detail]:
        """Return what the form finds wrong with a body some of whose values have the wrong type."""
        stored = {} if record is None else self.module.form.values_of(record)
        form = self.module.form(
            {**stored, **self.at_site(values, site)}, site=site, instance=copy.copy(record)
        )
        form.is_interactive = False
        return form_details(form, self.keys)

    def at_site(self, values: Values, site: Site) -> Values:
        """Return the values with every moment as its operating date. Raises ApiError."""
        return {
            name: self._operating_date(name, value, site) if isinstance(value, dt.date) else value
            for name, value in values.items()
        }

    def _operating_date(self, name: str, day: dt.date, site: Site) -> str:
        try:
            return day_at(site, day).isoformat()
        except ValueError as error:
            raise field_error(self.keys[name], str(NOT_A_DATE)) from error


def has_moment(values: Values) -> bool:
    """Return whether a value is a moment, whose operating date only the site knows."""
    return any(isinstance(value, dt.datetime) for value in values.values())


def moment_warnings(values: Values, record: DailyRecord) -> list[str]:
    """Return a warning for each moment of which only the operating date was kept."""
    if getattr(record, "time", None) is not None:
        return []
    return [
        _("Only the operating date %(date)s was saved; the time %(time)s was not.")
        % {"date": record.date.isoformat(), "time": f"{value:%H:%M}"}
        for value in values.values()
        if isinstance(value, dt.datetime)
    ]
