"""The cells of a grid: each input is the module's own form field, drawn once and filled for every line."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django import forms
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from records.columns import TextColumn
from records.forms import CodedChoiceField, RecordForm
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule
from records.pages.table import shown
from sites.models import MasterData

# What stands in a drawn input for the line it will be in, and for its value.
LINE, VALUE = "line-0", "value-0"
MARK = " data-cell"


def typed(value: object) -> str:
    """Return a value as a person would type it: two decimals, and the third where it says something."""
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        return str(value)
    shortest = format(value.normalize(), "f")
    return shortest if len(shortest.partition(".")[2]) > 2 else f"{value:.2f}"


@dataclass(frozen=True)
class Cell:
    """A cell of a line, drawn."""

    label: str
    look: str
    html: SafeString | str


class GridColumn[R: DailyRecord]:
    """A column of a grid: it takes input, or shows what is derived."""

    def __init__(self, module: RecordModule[R], form: RecordForm[R], column: Column) -> None:
        self.module = module
        self.form = form
        self.column = column
        self.name = column.name

    @property
    def takes_input(self) -> bool:
        return self.name in self.form.fields

    @property
    def look(self) -> str:
        """Return the classes of its cells: how wide they are follows from what they hold."""
        look = "num" if self.column.kind.is_number else ""
        return f"{look} sheet__{self._holds}".strip()

    @property
    def _holds(self) -> str:
        if self.name == "notes":
            return "notes"
        # What is of one line alone, a delivery note's number say, is short.
        is_number_of_line = self.name in self.module.completed and self.name not in self.module.repeated
        return "own" if is_number_of_line else self.column.kind.value

    @property
    def label(self) -> str:
        unit = f", {self.column.unit}" if self.column.unit else ""
        return f"{self.column.label}{unit}"

    @property
    def heads(self) -> list[str]:
        """Return the headings under which a pasted block may carry it."""
        return [str(self.column.label), self.name, *self.column.aliases]

    @property
    def is_wanted(self) -> bool:
        """Say whether a line is not done without it."""
        return self.takes_input and (self.form.fields[self.name].required or self.column.kind is Kind.TONS)

    @property
    def completes(self) -> bool:
        """Say whether the first letters complete it: what is of one line alone must not be repeated."""
        return self.name in self.module.completed and self.name in self.module.repeated

    @cached_property
    def choices(self) -> list[MasterData]:
        """Return what master data it chooses from; nothing where it does not."""
        field = self.form.fields.get(self.name)
        return list(field.offered()) if isinstance(field, CodedChoiceField) else []

    def cell(
        self,
        line_id: str,
        value: str,
        *,
        record: R | None = None,
        is_wrong: bool = False,
    ) -> Cell:
        """Draw the cell of a line that takes input."""
        if not self.takes_input:
            text = shown(self.column, self.column.value_of(record)) if record is not None else ""
            html = format_html('<span data-derived="{}">{}</span>', self.name, text)
            return Cell(str(self.column.label), self.look, html)
        drawn = self._drawn.replace(LINE, line_id)
        if is_wrong:
            drawn = drawn.replace(MARK, f'{MARK} aria-invalid="true" aria-describedby="{line_id}-said"', 1)
        estimate = self.estimate(record)
        if estimate:
            drawn = drawn.replace(MARK, f'{MARK} placeholder="{escape(estimate)}"', 1)
        # Last: what somebody typed may itself read like one of the places that are filled.
        drawn = self._chosen(drawn, value, record) if self._is_choice else drawn.replace(VALUE, escape(value))
        return Cell(str(self.column.label), self.look, mark_safe(drawn))  # noqa: S308  # each part is escaped

    def text(self, record: R) -> Cell:
        """Draw the cell of a line that only shows."""
        text = shown(self.column, self.column.value_of(record))
        return Cell(str(self.column.label), self.look, f"{self.estimate(record) and '≈ '}{text}")

    def estimate(self, record: R | None) -> str:
        """Return what was made of other columns where nothing was typed into this one."""
        if record is None or not record.mark_of(self.name):
            return ""
        return f"≈ {shown(self.column, self.column.value_of(record))}"

    @property
    def _is_choice(self) -> bool:
        return isinstance(self.form.fields[self.name], forms.ChoiceField)

    @cached_property
    def _drawn(self) -> str:
        attributes: dict[str, str | bool] = {
            "id": f"{LINE}-{self.name}",
            "name": self.name,
            "form": f"{LINE}-form",
            "aria-label": self.label,
            "data-wanted": self.is_wanted,
            "data-completes": self.completes,
            "data-cell": True,
        }
        return self._drawn_choice(attributes) if self._is_choice else self._drawn_input(attributes)

    def _drawn_choice(self, attributes: dict[str, str | bool]) -> str:
        field = self.form.fields[self.name]
        if isinstance(field, CodedChoiceField):
            options = format_html_join(
                "",
                '<option value="{}" data-code="{}">{}</option>',
                ((choice.pk, choice.code, field.label_from_instance(choice)) for choice in self.choices),
            )
            options = format_html('<option value=""></option>{}', options)
        else:
            options = format_html_join("", '<option value="{}">{}</option>', field.widget.choices)
        return format_html("<select{}>{}</select>", forms.utils.flatatt(attributes), options)

    def _drawn_input(self, attributes: dict[str, str | bool]) -> str:
        field = self.form.fields[self.name]
        # A number's own input would count up and down where the arrows lead from line to line.
        own = {"inputmode": "numeric"} if isinstance(field, forms.IntegerField) else {}
        kept = {
            name: value for name, value in field.widget.attrs.items() if name in ("maxlength", "inputmode")
        }
        more = {"type": "text", "autocomplete": "off", "value": VALUE}
        return format_html("<input{}>", forms.utils.flatatt({**more, **own, **kept, **attributes}))

    def _chosen(self, drawn: str, value: str, record: R | None) -> str:
        option = f'<option value="{escape(value)}"'
        if option in drawn:
            return drawn.replace(option, f"{option} selected", 1)
        # An older record may name what is offered no more.
        name = self.column.value_of(record) if record is not None else value
        return drawn.replace("</select>", f"{option} selected>{escape(name)}</option></select>")


def columns_of[R: DailyRecord](module: RecordModule[R], form: RecordForm[R]) -> list[GridColumn[R]]:
    """Return the columns of a module's grid: those of its list but for the date, and what else it asks."""
    listed = {column.name: column for column in module.list_columns}
    more = {
        name: TextColumn(name=name, label=field.label or name)
        for name, field in form.fields.items()
        if name not in listed
    }
    return [GridColumn(module, form, column) for name, column in {**listed, **more}.items() if name != "date"]
