"""The shape of a module's body, read off its form. What a value means is left to the form."""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from http import HTTPStatus

from django import forms
from django.utils.translation import gettext as _

from api.errors import CallRefused, Detail, form_details, unacceptable
from api.records.names import BY_CODE, camel, codes_of
from api.records.values import (
    ShapeError,
    as_code,
    as_day,
    as_number,
    as_reference,
    as_text,
    as_whole_number,
    at_site,
    site_number,
    visible_site,
)
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User

SITE_KEY = "siteId"
LONGEST_KEY = 100
# What no field of a form takes.
NO_VALUE = "\0"


class Sort(Enum):
    """What kind of JSON a field takes."""

    TEXT = auto()
    NUMBER = auto()
    WHOLE = auto()
    DATE = auto()
    CODE = auto()
    REFERENCE = auto()


@dataclass(frozen=True)
class BodyField:
    """A field of a body, and the form's field that it goes to."""

    key: str
    name: str
    sort: Sort
    # The codes of a choice, each with what is stored for it.
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def take(self, value: object) -> object:
        """Return what the form is given; null is what a person leaves empty. Raises ShapeError."""
        if value is None:
            return ""
        if self.sort is Sort.CODE:
            return as_code(value, self.codes)
        return TAKEN[self.sort](value)


TAKEN: Mapping[Sort, Callable[[object], object]] = {
    Sort.TEXT: as_text,
    Sort.NUMBER: as_number,
    Sort.WHOLE: as_whole_number,
    Sort.DATE: as_day,
    Sort.REFERENCE: as_reference,
}


@dataclass
class Shaped:
    """A body's values under the form's names, and what is wrong with their shape."""

    values: dict[str, object]
    refused: list[Detail]
    site: object = None

    @property
    def has_moment(self) -> bool:
        """Say whether the date of a value is one that only the site knows."""
        return any(isinstance(value, dt.datetime) for value in self.values.values())

    def require(self, fields: Iterable[BodyField], *, is_new: bool) -> None:
        """Refuse these fields where they are empty, and of what is new also where they are left out."""
        told = {detail["field"] for detail in self.refused}
        absent = "" if is_new else None
        self.refused += [
            Detail(field=field.key, message=_("This field is required."), code="required")
            for field in fields
            if field.key not in told and self.values.get(field.name, absent) == ""
        ]


class Shape[R: DailyRecord]:
    """What a body of a module may hold: the form's fields, and the site where it is asked for."""

    def __init__(self, module: RecordModule[R], *, has_site: bool, names: Iterable[str] = ()) -> None:
        self.module = module
        self.has_site = has_site
        wanted = set(names) or set(module.form.base_fields)
        self.fields = [
            body_field(module, name, form_field)
            for name, form_field in module.form.base_fields.items()
            if name in wanted
        ]

    @cached_property
    def keys(self) -> dict[str, str]:
        """Return how each of the form's fields is called in JSON."""
        return {"site": SITE_KEY} | {field.name: field.key for field in self.fields}

    @cached_property
    def required(self) -> list[BodyField]:
        """Return the fields without which there is no record, whatever its site."""
        form = self.module.form(site=Site())
        return [field for field in self.fields if form.fields[field.name].required]

    def read(self, body: Mapping[str, object]) -> Shaped:
        """Sort a body into values and refusals, every field of it."""
        site = BodyField(SITE_KEY, SITE_KEY, Sort.REFERENCE)
        fields = [*self.fields, site] if self.has_site else self.fields
        needed = [*self.required, site] if self.has_site else self.required
        shaped = read_fields(body, fields)
        shaped.require(needed, is_new=self.has_site)
        shaped.site = shaped.values.pop(SITE_KEY, None)
        return shaped

    def values_for_new(self, body: Mapping[str, object], *, by: User) -> tuple[Site, dict[str, object]]:
        """Return the site and the form's values of a new record.

        A site that no value depends on is known by its id alone: the operation asks whether it is the
        person's. Raises CallRefused: with all that is wrong where the shape is, else for a site not theirs.
        """
        shaped = self.read(body)
        if shaped.refused:
            try:
                site = visible_site(by, shaped.site)
            except CallRefused:
                raise unacceptable(shaped.refused) from None
            raise unacceptable(self._with_the_forms(shaped, site))
        site = visible_site(by, shaped.site) if shaped.has_moment else Site(pk=site_number(shaped.site))
        return site, self.on_operating_dates(shaped, site)

    def values_for(self, body: Mapping[str, object], record: R | None) -> dict[str, object]:
        """Return the form's values that change a record; None is one that is not the person's.

        Raises CallRefused: with all that is wrong where the shape is, else for what is not the person's.
        """
        shaped = self.read(body)
        if shaped.refused:
            raise unacceptable(
                shaped.refused if record is None else self._with_the_forms(shaped, record.site, record)
            )
        if record is None:
            raise CallRefused(HTTPStatus.NOT_FOUND)
        return self.on_operating_dates(shaped, record.site)

    def on_operating_dates(self, shaped: Shaped, site: Site) -> dict[str, object]:
        """Return the values with each date as the form reads it. Raises CallRefused."""
        values = dict(shaped.values)
        for body_field in self.fields:
            day = values.get(body_field.name)
            if body_field.sort is Sort.DATE and isinstance(day, dt.date):
                try:
                    values[body_field.name] = at_site(day, site).isoformat()
                except ShapeError as error:
                    refused = Detail(field=body_field.key, message=error.message, code=error.code)
                    raise unacceptable([refused]) from error
        return values

    def _with_the_forms(self, shaped: Shaped, site: Site, record: R | None = None) -> list[Detail]:
        """Return what is wrong with the shape, and what the form has to say about the other fields."""
        stored = {} if record is None else self.module.form.values_of(record)
        told = {detail["field"] for detail in shaped.refused}
        # Not empty but wrong, so that the form does not ask for another field instead.
        shaped.values |= {field.name: NO_VALUE for field in self.fields if field.key in told}
        form = self.module.form(
            {**stored, **self.on_operating_dates(shaped, site)}, site=site, instance=copy.copy(record)
        )
        form.is_interactive = False
        return shaped.refused + [
            detail for detail in form_details(form, self.keys) if detail["field"] not in told
        ]


def read_fields(body: Mapping[str, object], fields: Iterable[BodyField]) -> Shaped:
    """Sort a body into the values of these fields, and what is wrong with it."""
    known = {field.key: field for field in fields}
    shaped = Shaped({}, [])
    for key, value in body.items():
        if key not in known:
            message = _("There is no such field.")
            shaped.refused.append(Detail(field=key[:LONGEST_KEY], message=message, code="unknown"))
            continue
        try:
            shaped.values[known[key].name] = known[key].take(value)
        except ShapeError as error:
            shaped.refused.append(Detail(field=key, message=error.message, code=error.code))
    return shaped


def body_field[R: DailyRecord](module: RecordModule[R], name: str, form_field: forms.Field) -> BodyField:
    """Return how a field of a module's form is sent."""
    if isinstance(form_field, CodedChoiceField):
        return BodyField(name if name in BY_CODE else camel(f"{name}_id"), name, Sort.REFERENCE)
    codes = codes_of(module.model, name)
    if codes:
        return BodyField(camel(name), name, Sort.CODE, codes=codes)
    return BodyField(camel(name), name, _sort_of(form_field))


def _sort_of(form_field: forms.Field) -> Sort:
    if isinstance(form_field, forms.DateField):
        return Sort.DATE
    if isinstance(form_field, forms.DecimalField):
        return Sort.NUMBER
    if isinstance(form_field, forms.IntegerField):
        return Sort.WHOLE
    return Sort.TEXT
