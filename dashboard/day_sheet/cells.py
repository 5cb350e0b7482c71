"""The columns of a grid: each input is the module's own form field."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import cast

from django import forms
from django.db import models
from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.db.prepared import Parameter, ParameterList, PreparedQuery
from core.numbers import write_number
from records.columns import Column, CountColumn, TextColumn
from records.columns.numbers import TonsColumn
from records.forms import CodedChoiceField, Option, RecordForm, rendered_options
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule
from sites.models import Site, User


def typed(value: object, decimal_mark: str) -> str:
    """Return a value as a person would type it: with two decimals, or three where they are needed."""
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        return str(value)
    shortest = format(value.normalize(), "f")
    number = shortest if len(shortest.partition(".")[2]) > 2 else f"{value:.2f}"
    return write_number(number, decimal_mark)


# The options of the sheet's choices: the same field in several grids has the same ones.
type OptionsOfSheet = dict[tuple[type[CodedChoiceField], type[models.Model]], tuple[Option, ...]]


class GridColumn[R: DailyRecord]:
    """A column of a grid, the same for all sites and days: it takes input, or shows a derived value."""

    def __init__(self, module: RecordModule[R], column: Column, field: forms.Field | None) -> None:
        self.module = module
        self.column = column
        self.name = column.name
        self.field = field
        self.takes_input = field is not None
        self.is_choice = isinstance(field, forms.ChoiceField)
        # The names of its value and of its hint in a row's pattern, and both as they are written there.
        self.cell_name = f"cell_{column.name}"
        self.hint_name = f"hint_{column.name}" if column.is_number and self.takes_input else ""
        self.cell = f"{{{self.cell_name}}}"
        self.hint = f"{{{self.hint_name}}}" if self.hint_name else ""
        self.is_multiline = field is not None and isinstance(field.widget, forms.Textarea)

    @cached_property
    def source(self) -> str:
        """Return the attribute of a record that has its value, or its key."""
        stored = self.module.model._meta.get_field(self.name)
        assert isinstance(stored, models.Field)
        return stored.attname

    @cached_property
    def css_class(self) -> str:
        """Return the classes of its cells; the width depends on the content."""
        alignment = "num " if self.column.is_number else ""
        return f"{alignment}sheet__{self._width}"

    @property
    def _width(self) -> str:
        if self.name == "notes":
            return "notes"
        # A text that is different in each row is short.
        return "own" if self.is_unique_text else self.column.css_name

    @property
    def is_in_capitals(self) -> bool:
        """Return whether its texts are written in capitals: plates and the numbers of papers."""
        return self.is_unique_text or "plate" in self.column.aliases

    @property
    def is_unique_text(self) -> bool:
        """Return whether its text is different in each row, such as a delivery note's number."""
        return self.name in self.module.completed and self.name not in self.module.repeated

    @property
    def label(self) -> str:
        unit = f", {self.column.unit}" if self.column.unit else ""
        return f"{self.column.label}{unit}"

    @property
    def headings(self) -> list[str]:
        """Return the headings that a pasted block may have for it."""
        return [str(self.column.label), self.name, *self.column.aliases]

    @property
    def is_needed(self) -> bool:
        """Return whether a row is incomplete without it."""
        return self.field is not None and (self.field.required or isinstance(self.column, TonsColumn))

    @property
    def completes(self) -> bool:
        """Return whether earlier texts complete what is typed; not for texts that must differ."""
        return self.name in self.module.completed and self.name in self.module.repeated

    @property
    def max_length(self) -> str:
        return "" if self.field is None else str(self.field.widget.attrs.get("maxlength", ""))

    @property
    def input_mode(self) -> str:
        # Not type="number": its arrow keys would change the value instead of the row.
        if isinstance(self.field, forms.DecimalField):
            return "decimal"
        if self.field is None or isinstance(self.field, forms.IntegerField):
            return "numeric"
        return str(self.field.widget.attrs.get("inputmode", ""))

    def options(self, site: Site, known: OptionsOfSheet) -> tuple[Option, ...]:
        """Return the options of a choice at a site, as other grids have read them; none for other fields."""
        if isinstance(self.field, CodedChoiceField):
            assert self.field.queryset is not None
            kind = (type(self.field), self.field.queryset.model)
            if kind not in known:
                known[kind] = (Option("", ""), *self.field.options_at(site))
            return known[kind]
        return self._fixed_options

    @cached_property
    def _fixed_options(self) -> tuple[Option, ...]:
        """Return the options that are the same at all sites, in the language of the definition."""
        if isinstance(self.field, forms.ChoiceField):
            return tuple(Option(str(value), str(label)) for value, label in self.field.widget.choices)
        return ()

    def estimate(self, record: R | None) -> str:
        """Return the value that was computed from other columns where nothing was typed."""
        if record is None or not record.mark_of(self.name):
            return ""
        return f"≈ {self.column.text_of(record)}"

    def options_html(self, value: str, options: tuple[Option, ...], record: R | None) -> SafeString:
        """Return the options of a choice as HTML, with the value as the selected one."""
        if not any(option.value == value for option in options):
            # An older record may have a choice that is no longer offered.
            label = self.column.text_of(record) if record is not None else value
            options = (*options, Option(value, label))
        return rendered_options(options, value)

    def plain_text(self, record: R) -> str:
        """Return what the cell of a row that takes no input has in it; nothing for a choice left open."""
        if self.is_choice and not getattr(record, self.source):
            return ""
        return self.estimate(record) or self.column.text_of(record)


SITE, DATE = Parameter("site", models.BigIntegerField()), Parameter("date", models.DateField())
# What is not read of the person who saved a row last: the sheet shows their name alone.
UNREAD_OF_PERSON = [
    f"updated_by__{column.name}"
    for column in User._meta.concrete_fields
    if column.name not in {"id", "name", "email"}
]
KEYS = ParameterList("keys", models.BigIntegerField())


class GridDefinition[R: DailyRecord]:
    """What the grids of a module have in common on all days: the columns, the blank row, and the queries."""

    def __init__(self, module: RecordModule[R]) -> None:
        self.module = module
        self.form: RecordForm[R] = module.shown_form(site=Site())
        listed = {column.name: column for column in module.list_columns}
        more = {
            name: TextColumn(name=name, label=field.label or name)
            for name, field in self.form.fields.items()
            if name not in listed
        }
        left_out = {"date", *module.detail_fields}
        # The columns of its list without the date and details, and its other inputs.
        self.columns = [
            GridColumn(module, column, self.form.fields.get(name))
            for name, column in {**listed, **more}.items()
            if name not in left_out
        ]
        self.blank: Mapping[str, object] = {
            name: self.form.get_initial_for_field(field, name) for name, field in self.form.fields.items()
        }
        self.line, self.lines = _("line"), _("lines")
        # Each column with a total, its label and its unit; the label of a count names the unit.
        self.labelled_totals = [
            (column, str(column.label), "" if isinstance(column, CountColumn) else str(column.unit))
            for column in module.totals
        ]
        # Compiled once: a sheet has six grids, and compiling takes ten times as long as running.
        self.records = PreparedQuery[R, R](self._records)
        self.some_records = PreparedQuery[R, R](lambda: self._records().filter(pk__in=KEYS))
        self.totals = PreparedQuery[R, tuple[object, ...]](self._totals)

    def _on_the_day(self) -> RecordQuerySet[R]:
        records: RecordQuerySet[R] = self.module.model._default_manager.filter(  # type: ignore[assignment]
            site_id=SITE, date=DATE
        )
        return records

    def _records(self) -> RecordQuerySet[R]:
        related = self._on_the_day().with_derived().select_related(*self.module.related, "updated_by")
        return related.defer(*UNREAD_OF_PERSON).order_by("id")

    def _totals(self) -> models.QuerySet[R, tuple[object, ...]]:
        sums = {f"sum_of_{column.name}": column.total for column in self.module.totals}
        summed = self._on_the_day().order_by().values("site").annotate(found=Count("pk"), **sums)
        return cast("models.QuerySet[R, tuple[object, ...]]", summed.values_list("found", *sums))


# Those of each model and language.
definitions: dict[tuple[type[DailyRecord], str | None], object] = {}


def definition_of[R: DailyRecord](module: RecordModule[R]) -> GridDefinition[R]:
    """Return what a module's grids have in common, in the user's language."""
    key = (module.model, get_language())
    if key not in definitions:
        definitions[key] = GridDefinition(module)
    return cast("GridDefinition[R]", definitions[key])
