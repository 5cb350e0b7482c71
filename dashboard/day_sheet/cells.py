"""The columns and cells of a grid: each input is the module's own form field."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.numbers import write_number
from records.columns import Column, TextColumn
from records.columns.numbers import TonsColumn
from records.forms import CodedChoiceField, Option, RecordForm, rendered_options
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData


def typed(value: object, decimal_mark: str) -> str:
    """Return a value as a person would type it: with two decimals, or three where they are needed."""
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        return str(value)
    shortest = format(value.normalize(), "f")
    number = shortest if len(shortest.partition(".")[2]) > 2 else f"{value:.2f}"
    return write_number(number, decimal_mark)


class InputAttributes(NamedTuple):
    """What the inputs of a column have in common."""

    name: str
    label: str
    max_length: str
    input_mode: str
    is_needed: bool
    completes: bool
    is_unique_text: bool
    is_in_capitals: bool


@lru_cache(maxsize=512)
def rendered_attributes(attributes: InputAttributes) -> SafeString:
    """Return the attributes of a column's inputs, rendered once for all rows of all sheets."""
    context = {"column": attributes}
    return SafeString(render_to_string("dashboard/day_sheet/_input_attributes.html", context).strip())


class GridColumn[R: DailyRecord]:
    """A column of a grid: it takes input, or shows a derived value."""

    def __init__(self, module: RecordModule[R], form: RecordForm[R], column: Column) -> None:
        self.module = module
        self.form = form
        self.column = column
        self.name = column.name
        self.field = form.fields.get(column.name)
        self._rendered_options: dict[str, SafeString] = {}

    @cached_property
    def takes_input(self) -> bool:
        return self.field is not None

    @cached_property
    def is_choice(self) -> bool:
        return isinstance(self.field, forms.ChoiceField)

    @cached_property
    def is_one_line(self) -> bool:
        """Return whether its inputs have one line, as most have."""
        return self.takes_input and not self.is_choice and not self.is_multiline

    @cached_property
    def input_attributes(self) -> SafeString:
        return rendered_attributes(
            InputAttributes(
                self.name,
                self.label,
                self.max_length,
                self.input_mode,
                self.is_needed,
                self.completes,
                self.is_unique_text,
                self.is_in_capitals,
            )
        )

    def options_with(self, selected: str) -> SafeString:
        """Return the rendered options, with one of them selected."""
        if selected not in self._rendered_options:
            self._rendered_options[selected] = rendered_options(self.options, selected)
        return self._rendered_options[selected]

    @cached_property
    def is_multiline(self) -> bool:
        """Return whether its text may have line breaks."""
        return self.field is not None and isinstance(self.field.widget, forms.Textarea)

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

    @cached_property
    def label(self) -> str:
        unit = f", {self.column.unit}" if self.column.unit else ""
        return f"{self.column.label}{unit}"

    @property
    def headings(self) -> list[str]:
        """Return the headings that a pasted block may have for it."""
        return [str(self.column.label), self.name, *self.column.aliases]

    @cached_property
    def is_needed(self) -> bool:
        """Return whether a row is incomplete without it."""
        return self.field is not None and (self.field.required or isinstance(self.column, TonsColumn))

    @property
    def completes(self) -> bool:
        """Return whether earlier texts complete what is typed; not for texts that must differ."""
        return self.name in self.module.completed and self.name in self.module.repeated

    @cached_property
    def max_length(self) -> str:
        return "" if self.field is None else str(self.field.widget.attrs.get("maxlength", ""))

    @cached_property
    def input_mode(self) -> str:
        # Not type="number": its arrow keys would change the value instead of the row.
        if isinstance(self.field, forms.DecimalField):
            return "decimal"
        if self.field is None or isinstance(self.field, forms.IntegerField):
            return "numeric"
        return str(self.field.widget.attrs.get("inputmode", ""))

    @cached_property
    def choices(self) -> list[MasterData]:
        """Return the master data to choose from; an empty list for other fields."""
        return list(self.field.offered()) if isinstance(self.field, CodedChoiceField) else []

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Return the options of a choice; none for other fields."""
        field = self.field
        if isinstance(field, CodedChoiceField):
            offered = [
                Option(str(choice.pk), field.label_from_instance(choice), choice.code)
                for choice in self.choices
            ]
            return (Option("", ""), *offered)
        if isinstance(field, forms.ChoiceField):
            return tuple(Option(str(value), str(label)) for value, label in field.widget.choices)
        return ()

    @cached_property
    def _option_values(self) -> set[str]:
        return {option.value for option in self.options}

    def estimate(self, record: R | None) -> str:
        """Return the value that was computed from other columns where nothing was typed."""
        if record is None or not record.mark_of(self.name):
            return ""
        return f"≈ {self.column.text_of(record)}"

    def input_cell(self, value: str, *, record: R | None = None, is_invalid: bool = False) -> "Cell[R]":
        """Return the cell of a row that takes input."""
        if not self.takes_input:
            return Cell(self, text=self.column.text_of(record) if record is not None else "")
        unlisted = ""
        if self.is_choice and value not in self._option_values:
            # An older record may have a choice that is no longer offered.
            unlisted = self.column.text_of(record) if record is not None else value
        return Cell(
            self,
            value=value,
            placeholder=self.estimate(record),
            is_invalid=is_invalid,
            unlisted_option=unlisted,
            is_one_line=self.is_one_line,
        )

    def text_cell(self, record: R) -> "Cell[R]":
        """Return the cell of a row that takes no input."""
        mark = "≈ " if self.estimate(record) else ""
        return Cell(self, text=f"{mark}{self.column.text_of(record)}", is_read_only=True)


@dataclass(frozen=True)
class Cell[R: DailyRecord]:
    """A cell of a row, as the template `_grid.html` renders it."""

    column: GridColumn[R]
    value: str = ""
    text: str = ""
    placeholder: str = ""
    is_invalid: bool = False
    is_read_only: bool = False
    is_one_line: bool = False
    # The label of a value that is not among the options.
    unlisted_option: str = ""

    @property
    def input_attributes(self) -> SafeString:
        return self.column.input_attributes

    @property
    def options(self) -> SafeString:
        return self.column.options_with(self.value)

    @property
    def is_special(self) -> bool:
        """Return whether its input has attributes that those of other rows do not have."""
        return self.is_invalid or bool(self.placeholder)


def columns_of[R: DailyRecord](module: RecordModule[R], form: RecordForm[R]) -> list[GridColumn[R]]:
    """Return the columns of a module's grid: those of its list without the date, and its other inputs."""
    listed = {column.name: column for column in module.list_columns}
    more = {
        name: TextColumn(name=name, label=field.label or name)
        for name, field in form.fields.items()
        if name not in listed and name not in module.detail_fields
    }
    left_out = {"date", *module.detail_fields}
    return [
        GridColumn(module, form, column)
        for name, column in {**listed, **more}.items()
        if name not in left_out
    ]
