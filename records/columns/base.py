"""What every column has, and the column of texts."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Protocol, override
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, F, Func, Max, Min, Sum, TextField, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from core.csv_injection import BEGINNINGS, harmless

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

    from sites.models import MasterData, Site

# A value as the database driver returns it: tons are kilograms, hours hundredths, SQLite's dates texts.
type Raw = int | str | dt.date | dt.time | Decimal | None
# Text is written as text, a number as a number, None as an empty cell. Dates are serial day numbers.
type XlsxValue = str | int | float | bool | None
type JsonValue = str | int | float | bool | None
type JsonSchema = dict[str, object]

UTC = ZoneInfo("UTC")


class CellError(Exception):
    """A value that its column does not accept, with a sentence for people and a code for programs."""

    def __init__(self, message: str, code: str = "type") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Name(NamedTuple):
    """How a file names a row that an id points to: by its code for programs, by its name for people."""

    code: str
    label: str


@dataclass(frozen=True)
class CellContext:
    """What a file's cells depend on besides their values."""

    # Moments are written in this zone.
    zone: ZoneInfo = UTC
    # The names of the ids in a column of references.
    names: Mapping[Raw, Name] = field(default_factory=dict)


class XlsxRule(NamedTuple):
    """What a spreadsheet accepts in a column that somebody fills in."""

    type: Literal["date", "whole", "decimal"]
    operator: Literal["greaterThan", "greaterThanOrEqual"]
    limit: str
    error: str


class CellParser(Protocol):
    """Reads the basic values of an imported file, each as the file writes it. Raises CellError."""

    def number(self, text: str) -> Fraction: ...
    def date(self, text: str, site: "Site") -> dt.date: ...
    def moment(self, text: str, site: "Site") -> dt.datetime | dt.time: ...
    def reference(self, column: "Column", text: str, site: "Site") -> "MasterData": ...


@dataclass(frozen=True, kw_only=True)
class Column(ABC):
    """A value of a record: in a list, a form, a file, a total, JSON.

    Subclasses are the types. A new type overrides what differs from text; nothing outside this package
    has to know it.
    """

    name: str
    label: "Text"
    unit: "Text" = ""
    # How the database calculates it, where it is no column of the table.
    formula: Combinable | None = None
    # The URL name of the page about the row it refers to; the URL takes the id.
    page: str = ""
    # Other headings under which a spreadsheet may have it.
    aliases: tuple[str, ...] = ()
    # Calculated, not entered: lists show it, a record's one-line summary leaves it out.
    is_derived: bool = False
    # Of a total: the field that must have one value in all records that it adds up, as the material of loads.
    alike_by: str = ""
    # Whether an export has it unless somebody chooses otherwise, and whether a PDF shows it.
    is_default: bool = True
    is_in_pdf: bool = True

    # The suffix of CSS classes that give its inputs their width.
    css_name: ClassVar[str] = "text"
    # The CSS class of its table cells.
    css_class: ClassVar[str] = ""
    # Aligned at the end of its cell, with the unit in the heading; never wrapped in a PDF.
    is_number: ClassVar[bool] = False
    # Typed by people or named by them, so that a spreadsheet might run it as a formula.
    is_free_text: ClassVar[bool] = False
    # The units in which an import may have it, each as a multiple of the stored unit.
    units: ClassVar[Mapping[str, Fraction]] = {}
    # Number formats: in an export, and in a workbook to be filled in.
    xlsx_format: ClassVar[str] = "@"
    xlsx_input_format: ClassVar[str] = "@"
    xlsx_width: ClassVar[int] = 20
    # The Python type of its value in JSON.
    json_type: ClassVar[type] = str

    @property
    def cell_class(self) -> str:
        """Return the CSS class of its cells in a list, where notes are long."""
        return "notes" if self.name == "notes" else self.css_class

    @property
    def expression(self) -> Combinable:
        """Return the column in a query."""
        return self.formula or F(self.name)

    @property
    def total(self) -> Combinable:
        """Return the sum of a query's records; NULL where there is none, or where they are not alike."""
        total = Sum(self.expression)
        if not self.alike_by:
            return total
        return Case(When(Exact(Min(self.alike_by), Max(self.alike_by)), then=total))

    @property
    def heading(self) -> str:
        """Return the label with the unit in brackets, unless the label names the unit already."""
        unit = str(self.unit)
        names_unit = unit.casefold() in str(self.label).casefold().split()
        return f"{self.label} ({unit})" if unit and not names_unit else str(self.label)

    # Pages

    def value_of(self, record: models.Model) -> object:
        """Return a record's value."""
        return getattr(record, self.name)

    @abstractmethod
    def format(self, value: object) -> str:
        """Return a value as a person reads it; an empty text for None."""

    def text_of(self, record: models.Model) -> str:
        """Return a record's value as a person reads it."""
        return self.format(self.value_of(record))

    # JSON

    @property
    def json_key(self) -> str:
        """Return its key in JSON: `qty_ton` is `qtyTon`."""
        return camel(self.name)

    @property
    def json_source(self) -> str:
        """Return the query path of its value in JSON."""
        return self.name

    def to_json(self, value: object) -> JsonValue:
        """Return a value for JSON. Empty values are null."""
        return None if value is None or value == "" else str(value)

    def from_json(self, value: object) -> object:
        """Return what the form receives for a value of a request. Raises CellError."""
        raise NotImplementedError

    @property
    def json_schema(self) -> JsonSchema:
        """Return the JSON schema of its value in a response, without null and bounds."""
        return {"type": "string"}

    @property
    def json_input_schema(self) -> JsonSchema:
        """Return the JSON schema of its value in a request, without null and bounds."""
        return self.json_schema

    @property
    def json_input_help(self) -> str:
        """Return a sentence about what a request may send, where the schema does not say it."""
        return ""

    # Imports

    @abstractmethod
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        """Return what the form receives for a cell of an imported file; empty for empty. Raises CellError."""

    def recognises(self, text: str) -> bool:
        """Return whether a cell looks like a value of this type, to guess a file's columns."""
        del text
        return False

    @property
    def xlsx_rule(self) -> XlsxRule | None:
        """Return what a spreadsheet accepts in this column; None for anything."""
        return None

    # Exports: many cells at a time, as the database driver returns them

    @property
    def xlsx_number_format(self) -> str:
        """Return the number format of an export's cells; numbers show their unit."""
        return f'{self.xlsx_format}" {self.unit}"' if self.unit and self.is_number else self.xlsx_format

    @abstractmethod
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> Iterable[XlsxValue]:
        """Return the cells as values of a spreadsheet."""

    @abstractmethod
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> Iterable[Raw]:
        """Return the cells as they are written to CSV; None is an empty field."""

    @abstractmethod
    def csv_sql(self, vendor: str) -> Combinable:
        """Return the expression by which the database itself writes the cells as `csv_values` does.

        On SQLite free text is left as it is: formulas are made harmless afterwards, in Python.
        """

    @abstractmethod
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> Iterable[str]:
        """Return the cells as people read them in a PDF."""


def camel(name: str) -> str:
    """Return a name of ours as JSON writes it: `qty_ton` is `qtyTon`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def sql_text(template: str, expression: Combinable) -> Combinable:
    """Return an expression made into text by a template of SQL with `%(expressions)s`."""
    return Func(expression, template=template, output_field=TextField())


CODES = ", ".join(str(ord(beginning)) for beginning in BEGINNINGS)
# `core.csv_injection.harmless` as SQL; an empty text becomes NULL. SQLite takes longer to test each text than
# Python takes to test whole blocks of the file.
HARMLESS: Mapping[str, str] = {
    "postgresql": (
        f"CASE WHEN ascii(ltrim(%(expressions)s, '''')) IN ({CODES})"
        " THEN '''' || %(expressions)s ELSE NULLIF(%(expressions)s, '') END"
    ),
    "sqlite": "(%(expressions)s)",
}
# Control characters other than line ends, which no line of text can hold.
NO_CONTROLS = dict.fromkeys([*range(32), 127], " ") | {ord("\n"): "\n"}


@dataclass(frozen=True, kw_only=True)
class TextColumn(Column):
    """Text as somebody typed it."""

    is_free_text: ClassVar[bool] = True

    @override
    def format(self, value: object) -> str:
        return "" if value is None else str(value)

    @override
    def from_json(self, value: object) -> object:
        if not isinstance(value, str):
            raise CellError(_("This must be a text."))
        return value

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        del parser, site
        return text.strip()

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return [str(cell or "") for cell in cells]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> Iterable[Raw]:
        del context
        return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        return sql_text(HARMLESS[vendor], self.expression)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return ["" if cell is None else printable(str(cell)) for cell in cells]


def printable(text: str) -> str:
    """Return a text with spaces in place of control characters."""
    return text if text.isprintable() else text.translate(NO_CONTROLS)
