"""Tons, hours, counts, percentages, and the numbers of records."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, override

from django.db.models import Case, F, Q, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import IsNull
from django.utils.translation import gettext as _

from charts.numbers import written, written_each
from core.numbers import HOUR_UNITS, LITRE_UNITS, PLAIN, TON_UNITS, rounded, without_trailing_zeros
from records.columns.base import (
    CellContext,
    CellError,
    CellParser,
    Column,
    JsonSchema,
    JsonValue,
    Raw,
    XlsxRule,
    sql_text,
)

if TYPE_CHECKING:
    from sites.models import Site

WHOLE = re.compile(r"-?[0-9]{1,30}")
LOOKS_LIKE_A_NUMBER = re.compile(r"-?[0-9.,\s'\u2019]*[0-9]")
# Larger numbers are no quantity, and are not written out in full.
MOST_MAGNITUDE = 30


@dataclass(frozen=True, kw_only=True)
class NumberColumn(Column):
    """A number with a fixed number of decimals, stored as a whole number of its smallest unit."""

    # Decimals that are stored, and that people read.
    decimals: ClassVar[int] = 0
    shown_decimals: ClassVar[int] = 0

    css_class: ClassVar[str] = "num"
    is_number: ClassVar[bool] = True
    json_type: ClassVar[type] = float

    @override
    def format(self, value: object) -> str:
        return written(value, self.shown_decimals) if isinstance(value, (int, Decimal)) else ""

    def from_stored(self, stored: int | Decimal) -> Decimal | int:
        """Return the value of a whole number as it is stored: tons of kilograms."""
        return Decimal(stored).scaleb(-self.decimals) if self.decimals else int(stored)

    @override
    def to_json(self, value: object) -> JsonValue:
        # It has so few digits that the nearest float is written as the same number.
        return float(value) if isinstance(value, (int, Decimal)) else None

    @override
    def from_json(self, value: object) -> object:
        """Return the digits of a number or of a numeric text; NaN, infinity and booleans are refused."""
        if isinstance(value, str) and PLAIN.fullmatch(value):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, Decimal) and value.is_finite():
            if abs(value.adjusted()) > MOST_MAGNITUDE:
                return str(value)
            # 12.500 is the number 12.5: trailing zeros are no decimals of it.
            return without_trailing_zeros(f"{value:f}")
        raise CellError(_("This must be a number, or a text that holds one."))

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "number"}

    @property
    @override
    def json_input_schema(self) -> JsonSchema:
        return {"type": ["number", "string"], "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"}

    @property
    @override
    def json_input_help(self) -> str:
        return _("At most %(places)d decimals.") % {"places": self.decimals} if self.decimals else ""

    def from_fraction(self, number: Fraction) -> Decimal | int:
        """Return an imported number, rounded half away from zero to the stored decimals. Raises CellError."""
        return Decimal(rounded(number, self.decimals)).scaleb(-self.decimals)

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        del site
        return self.from_fraction(parser.number(text)) if text.strip() else ""

    @property
    @override
    def xlsx_rule(self) -> XlsxRule:
        return XlsxRule("decimal", "greaterThanOrEqual", "0", _("Enter a number."))

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[int | float | None]:
        del context
        if not self.decimals:
            return [None if cell is None else int(cell) for cell in cells]  # type: ignore[arg-type]  # numbers
        scale = 10**self.decimals
        # The nearest float is what a spreadsheet makes of the decimal number as well.
        return [None if cell is None else int(cell) / scale for cell in cells]  # type: ignore[arg-type]  # numbers

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> Sequence[Raw]:
        del context
        if not self.decimals:
            return cells
        scale = 10**self.decimals
        # A whole number of up to 15 digits is exact as a float, and so are its decimals once rounded.
        return [None if cell is None else f"{int(cell) / scale:.{self.decimals}f}" for cell in cells]  # type: ignore[arg-type]  # numbers

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        if not self.decimals:
            return self.expression
        if vendor == "postgresql":
            return sql_text(f"(%(expressions)s * {Decimal(1).scaleb(-self.decimals)})", self.expression)
        # The sign is doubled for the expression's template, and again for the statement's values.
        shown = sql_text(
            f"printf('%%%%.{self.decimals}f', %(expressions)s / {10**self.decimals}.0)", self.expression
        )
        return Case(When(IsNull(self.expression, rhs=False), then=shown))

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        amounts = [Decimal(cell).scaleb(-self.decimals) for cell in cells if isinstance(cell, (int, Decimal))]
        texts = iter(written_each(amounts, self.shown_decimals))
        return ["" if cell is None else next(texts) for cell in cells]


@dataclass(frozen=True, kw_only=True)
class TonsColumn(NumberColumn):
    """Metric tons with 3 decimals, of which people read 2."""

    decimals: ClassVar[int] = 3
    shown_decimals: ClassVar[int] = 2
    css_name: ClassVar[str] = "tons"
    # A hundredweight is 100 lb in America and 112 lb in Britain; a long ton is 2,240 lb.
    units: ClassVar[Mapping[str, Fraction]] = {
        **TON_UNITS,
        "long_ton": Fraction("1.0160469088"),
        "cwt": Fraction("0.045359237"),
        "cwt_uk": Fraction("0.05080234544"),
        "quintal": Fraction(1, 10),
        "g": Fraction(1, 1_000_000),
    }
    xlsx_format: ClassVar[str] = "#,##0.00"
    xlsx_input_format: ClassVar[str] = "#,##0.000"
    xlsx_width: ClassVar[int] = 14

    @override
    def recognises(self, text: str) -> bool:
        return LOOKS_LIKE_A_NUMBER.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True)
class PartColumn(TonsColumn):
    """The tons of the records that mean one thing, such as feed used; empty for all other records."""

    # The name of the column with the tons of every record.
    of: str
    # Which records have this meaning.
    condition: Callable[[], Q]

    @property
    @override
    def expression(self) -> Combinable:
        return Case(When(self.condition(), then=F(self.of)))


@dataclass(frozen=True, kw_only=True)
class HoursColumn(NumberColumn):
    """Hours with 2 decimals."""

    decimals: ClassVar[int] = 2
    shown_decimals: ClassVar[int] = 2
    css_name: ClassVar[str] = "hours"
    units: ClassVar[Mapping[str, Fraction]] = HOUR_UNITS
    xlsx_format: ClassVar[str] = "#,##0.00"
    xlsx_input_format: ClassVar[str] = "0.00"
    xlsx_width: ClassVar[int] = 16


@dataclass(frozen=True, kw_only=True)
class PercentColumn(NumberColumn):
    """A percentage with 2 decimals: 12.5 is 12.5 %."""

    # A spreadsheet stores 12.5 % as 0.125.
    units: ClassVar[Mapping[str, Fraction]] = {"percent": Fraction(1), "fraction": Fraction(100)}
    decimals: ClassVar[int] = 2
    shown_decimals: ClassVar[int] = 2
    css_name: ClassVar[str] = "count"
    xlsx_format: ClassVar[str] = "0.00"
    xlsx_input_format: ClassVar[str] = "0.00"
    xlsx_width: ClassVar[int] = 12


@dataclass(frozen=True, kw_only=True)
class RatioColumn(NumberColumn):
    """A figure for each one of another, such as tons per hour, with 4 decimals, of which people read 2."""

    decimals: ClassVar[int] = 4
    shown_decimals: ClassVar[int] = 2
    css_name: ClassVar[str] = "count"
    xlsx_format: ClassVar[str] = "#,##0.00"
    xlsx_input_format: ClassVar[str] = "0.00"
    xlsx_width: ClassVar[int] = 14


@dataclass(frozen=True, kw_only=True)
class LitresColumn(NumberColumn):
    """Litres with one decimal."""

    decimals: ClassVar[int] = 1
    shown_decimals: ClassVar[int] = 1
    css_name: ClassVar[str] = "hours"
    units: ClassVar[Mapping[str, Fraction]] = LITRE_UNITS
    xlsx_format: ClassVar[str] = "#,##0.0"
    xlsx_input_format: ClassVar[str] = "0.0"
    xlsx_width: ClassVar[int] = 12


@dataclass(frozen=True, kw_only=True)
class ReadingColumn(NumberColumn):
    """What a counter shows, with 3 decimals, of which people read 2."""

    decimals: ClassVar[int] = 3
    shown_decimals: ClassVar[int] = 2
    css_name: ClassVar[str] = "tons"
    xlsx_format: ClassVar[str] = "#,##0.00"
    xlsx_input_format: ClassVar[str] = "0.000"
    xlsx_width: ClassVar[int] = 16


@dataclass(frozen=True, kw_only=True)
class CountColumn(NumberColumn):
    """A whole number of things."""

    css_name: ClassVar[str] = "count"
    xlsx_format: ClassVar[str] = "#,##0"
    xlsx_input_format: ClassVar[str] = "0"
    xlsx_width: ClassVar[int] = 12
    json_type: ClassVar[type] = int

    @override
    def to_json(self, value: object) -> JsonValue:
        return int(value) if isinstance(value, (int, Decimal)) else None

    @override
    def from_json(self, value: object) -> object:
        digits = super().from_json(value)
        if not WHOLE.fullmatch(str(digits)):
            raise CellError(_("This must be a whole number."))
        return digits

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "integer"}

    @property
    @override
    def json_input_schema(self) -> JsonSchema:
        return {"type": ["integer", "string"], "pattern": r"^-?[0-9]{1,30}$"}

    @override
    def from_fraction(self, number: Fraction) -> Decimal | int:
        if number.denominator != 1:
            raise CellError(_("This must be a whole number."))
        return number.numerator

    @property
    @override
    def xlsx_rule(self) -> XlsxRule:
        return XlsxRule("whole", "greaterThanOrEqual", "0", _("Enter a whole number."))


@dataclass(frozen=True, kw_only=True)
class IdentifierColumn(CountColumn):
    """The number of a record: it counts nothing, so it is read like a name."""

    css_class: ClassVar[str] = ""
    is_number: ClassVar[bool] = False
    xlsx_format: ClassVar[str] = "0"
    xlsx_width: ClassVar[int] = 10

    @override
    def format(self, value: object) -> str:
        return "" if value is None else str(value)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return [self.format(cell) for cell in cells]
