"""Cleaning many rows with a form, without a query per row."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model
from django.forms.utils import ErrorDict

from records.forms import CodedChoiceField, RecordForm
from records.models import DailyRecord
from sites.models import MasterData, Site

# Types that are equal by value, and how many values one field of a row cleaner remembers.
REMEMBERED = frozenset({str, int, dt.date, Decimal, type(None)})
MOST_REMEMBERED = 5_000
LONGEST_REMEMBERED = 100

type Clean = Callable[[object], object]


@dataclass(frozen=True)
class _FormField:
    """A field of the form, its cleaner, and the form's own cleaner for it."""

    name: str
    field: forms.Field
    clean: Clean
    form_clean: Callable[[], object] | None

    def fill(self, values: Mapping[str, object], cleaned: dict[str, object]) -> None:
        cleaned[self.name] = self.clean(self.field.widget.value_from_datadict(values, {}, self.name))
        if self.form_clean is not None:
            cleaned[self.name] = self.form_clean()


@dataclass(frozen=True)
class _Column:
    """A column of the model that the form fills, and how the model cleans it."""

    field: forms.Field
    name: str
    clean: Clean
    stored: "Field[object, object]"
    has_default: bool
    may_be_empty: bool

    def fill(self, record: DailyRecord, value: object, values: Mapping[str, object]) -> None:
        if isinstance(self.stored, ForeignKey):
            assert value is None or isinstance(value, Model)
            # As the descriptor does, without asking the database router each time.
            record.__dict__[self.stored.attname] = None if value is None else value.pk
            self.stored.set_cached_value(record, value)
        elif value not in self.field.empty_values:
            setattr(record, self.name, self.clean(value))
        elif not (self.has_default and self.field.widget.value_omitted_from_data(values, {}, self.name)):
            setattr(record, self.name, value if self.may_be_empty else self.clean(value))


class RowCleaner[R: DailyRecord]:
    """Cleans many rows of one site with the form's own cleaners.

    A valid row takes a short way through them, in half of the form's time; any other row is cleaned by the
    form as a whole. A property test proves that both accept and reject the same rows.
    """

    def __init__(self, form_class: type[RecordForm[R]], *, site: Site) -> None:
        self._form = form = form_class({}, site=site)
        self._model = form_class._meta.model
        self._site = site
        form.remember()
        for field in form.fields.values():
            # A field's cleaned value does not depend on the row.
            field.clean = _remembered(field.clean)  # type: ignore[assignment]  # of this form's own copy
        self._fields = [
            _FormField(name, field, field.clean, getattr(form, f"clean_{name}", None))
            for name, field in form.fields.items()
        ]
        stored = {column.name: column for column in form_class._meta.model._meta.fields}
        self._columns = [
            _column(field, stored[name]) for name, field in form.fields.items() if name in stored
        ]

    @property
    def labels(self) -> dict[str, str]:
        """Return the label of each field."""
        return {name: str(field.label or name) for name, field in self._form.fields.items()}

    def choices_of(self, name: str) -> list[MasterData]:
        """Return the choices of a field at this site."""
        field = self._form.fields[name]
        assert isinstance(field, CodedChoiceField)
        return field.remembered

    def learn(self, choice: MasterData) -> None:
        """Accept master data in rows that is stored together with them."""
        for field in self._form.fields.values():
            if isinstance(field, CodedChoiceField):
                assert field.queryset is not None
                if field.queryset.model is type(choice):
                    field.learn(choice)

    def clean(self, values: Mapping[str, object]) -> R | ErrorDict:
        """Return an unsaved record, or the errors of the row by field."""
        form = self._form
        form.data = values
        if not self._is_clean(values):
            form.instance = self._model(site=self._site)
            form._errors = None  # type: ignore[attr-defined]  # noqa: SLF001  # what full_clean starts from
            if form.errors:
                return form.errors
        form.instance.confirmed_warnings = form.warning_rules.row_warnings(form.instance)
        return form.instance

    def _is_clean(self, values: Mapping[str, object]) -> bool:
        """Fill the form's record from these values in the order of `full_clean`; return False at an error."""
        form = self._form
        form.instance = record = self._model(site=self._site)
        form._errors = errors = ErrorDict()  # type: ignore[attr-defined]  # noqa: SLF001  # what the form's clean() adds to
        cleaned: dict[str, object] = {}
        form.cleaned_data = cleaned
        try:
            for field in self._fields:
                field.fill(values, cleaned)
            form.clean()
            if errors:
                return False
            for column in self._columns:
                column.fill(record, cleaned[column.name], values)
            record.clean()
        except ValidationError:
            return False
        return True


def _column(field: forms.Field, stored: "Field[object, object]") -> _Column:
    return _Column(
        field=field,
        name=stored.name,
        clean=_remembered(partial(stored.clean, model_instance=None)),
        stored=stored,
        has_default=stored.has_default(),
        may_be_empty=stored.blank or not field.required,
    )


def _remembered(clean: Clean) -> Clean:
    """Return the cleaner with a cache of accepted values: files repeat them."""
    accepted: dict[object, object] = {}

    def cleaned(value: object) -> object:
        kind = type(value)
        if kind not in REMEMBERED or (isinstance(value, str) and len(value) > LONGEST_REMEMBERED):
            return clean(value)
        # 1.0 and 1.00 are equal, but one has a decimal more.
        key = (kind, str(value) if kind is Decimal else value)
        if key not in accepted:
            if len(accepted) >= MOST_REMEMBERED:
                accepted.clear()
            accepted[key] = clean(value)
        return accepted[key]

    return cleaned
