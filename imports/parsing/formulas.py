"""Where a number field comes from: a column, or arithmetic on columns with a unit.

    load_weight lb
    [gross kg] - [tare kg] kg
    (net + 20) / 1000

A heading that is not one word is in brackets. All arithmetic is on fractions; only the result is rounded.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.parsing.numbers import parse_number
from records.columns import CellError

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|\[(?P<quoted>[^\]]+)\]|(?P<word>[^\W\d]\w*)|(?P<mark>[-+*/()]))"
)
OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
ONE_COLUMN = re.compile(r"\[(?P<heading>.+)\] (?P<unit>\w+)(?: (?P<density>[0-9.]+))?", re.DOTALL)
UNIT_COLUMN = re.compile(r"\[(?P<heading>.+)\] in \[(?P<unit>.+)\]", re.DOTALL)
# Cubic metres.
VOLUMES = {"m3": Fraction(1), "yd3": Fraction("0.764554857984")}
DENSITY = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
MAX_LENGTH = 200
MAX_DEPTH = 20

type Term = Callable[[Sequence[Fraction]], Fraction]


@dataclass(frozen=True)
class Formula:
    """Arithmetic on the numbers of some columns, in the order of `headings`."""

    headings: tuple[str, ...]
    term: Term
    # Of the numbers in the columns, where the formula names one; and that unit in the field's own.
    unit: str = ""
    factor: Fraction = Fraction(1)
    # Whether the columns are only added and subtracted, so that a cell may have another unit.
    is_sum: bool = True
    # The column that names the unit of the number in each row.
    unit_heading: str = ""

    def of(self, numbers: Sequence[Fraction]) -> Fraction:
        """Return the result. Raises CellError for a division by zero."""
        try:
            return self.term(numbers)
        except ZeroDivisionError as error:
            raise CellError(_("This divides by zero.")) from error


def parse_formula(text: str, headings: Sequence[str], units: Mapping[str, Fraction]) -> Formula:
    """Parse a formula of headings with one of these units at its end. Raises ImportRefused.

    A volume is followed by its density in tons per cubic metre: `[Volume (m³)] m3 1.6`. A column may name
    the unit of each row: `[Quantity] in [Unit]`.
    """
    if text in headings:
        return Formula((text,), lambda numbers: numbers[0])
    found = ONE_COLUMN.fullmatch(text)
    if found and found["heading"] in headings:
        # The heading may have brackets of its own.
        factor = _factor(text, found["unit"], found["density"] or "", units)
        return Formula((found["heading"],), lambda numbers: numbers[0] * factor, found["unit"], factor)
    found = UNIT_COLUMN.fullmatch(text)
    if found and {found["heading"], found["unit"]} <= set(headings):
        return Formula((found["heading"],), lambda numbers: numbers[0], unit_heading=found["unit"])
    return _Parser(text, headings, units).formula()


def _factor(text: str, unit: str, density: str, units: Mapping[str, Fraction]) -> Fraction:
    """Return a unit in the field's own. Raises ImportRefused for one that is not known."""
    if unit in VOLUMES and units.keys() & {"t"}:
        if not DENSITY.fullmatch(density) or not Fraction(density):
            raise ImportRefused(
                _("“%(unit)s” is a volume: add its density in tons per cubic metre, such as 1.6.")
                % {"unit": unit},
                option=f"--column 'FIELD=[HEADING] {unit} 1.6'",
            )
        return VOLUMES[unit] * Fraction(density)
    if unit not in units or density:
        raise _error(text, unit, units)
    return units[unit]


def _error(text: str, where: str, units: Mapping[str, Fraction]) -> ImportRefused:
    return ImportRefused(
        _(
            "“%(formula)s” has an error at “%(where)s”. A formula has columns, numbers, + - * / and"
            " brackets, and at its end a unit: %(units)s. Put a heading with spaces into [ ]."
        )
        % {"formula": text, "where": where, "units": ", ".join(units) or "–"}
    )


class _Parser:
    def __init__(self, text: str, headings: Sequence[str], units: Mapping[str, Fraction]) -> None:
        self._text = text
        self._headings = headings
        self._units = units
        self._used: list[str] = []
        self._depth = 0
        self._tokens = self._tokenize(text)
        self._is_sum = not {"*", "/"} & {value for _kind, value in self._tokens}

    def formula(self) -> Formula:
        term = self._sum()
        unit, factor = "", Fraction(1)
        if self._tokens:
            unit, factor = self._unit()
            inner = term

            def term(numbers: Sequence[Fraction]) -> Fraction:
                return inner(numbers) * factor

        if self._tokens:
            raise self._error(self._tokens[0][1])
        if not self._used:
            raise ImportRefused(
                _("“%(formula)s” names no column. Set what is the same in every row separately.")
                % {"formula": self._text},
                option="--set",
            )
        return Formula(tuple(self._used), term, unit, factor, self._is_sum)

    def _tokenize(self, text: str) -> list[tuple[str, str]]:
        if len(text) > MAX_LENGTH:
            raise ImportRefused(_("A formula has at most %(most)d characters.") % {"most": MAX_LENGTH})
        tokens = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise self._error(text[at:].strip())
            tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        return tokens

    def _unit(self) -> tuple[str, Fraction]:
        kind, name = self._tokens.pop(0)
        if kind != "word":
            raise self._error(name)
        density = self._tokens.pop(0)[1] if name in VOLUMES and self._tokens else ""
        return name, _factor(self._text, name, density, self._units)

    def _sum(self) -> Term:
        return self._chain(self._product, "+-")

    def _product(self) -> Term:
        return self._chain(self._factor, "*/")

    def _chain(self, part: Callable[[], Term], marks: str) -> Term:
        term = part()
        while self._tokens and self._tokens[0][0] == "mark" and self._tokens[0][1] in marks:
            operation = OPERATIONS[self._tokens.pop(0)[1]]
            term = _combined(operation, term, part())
        return term

    def _factor(self) -> Term:
        if not self._tokens:
            raise self._error(_("its end"))
        kind, value = self._tokens.pop(0)
        if kind == "number":
            number = Fraction(value)
            return lambda _numbers: number
        if kind in ("word", "quoted"):
            return self._column(value.strip())
        if value == "-":
            inner = self._factor()
            return lambda numbers: -inner(numbers)
        if value == "(" and self._depth < MAX_DEPTH:
            self._depth += 1
            inner = self._sum()
            if self._tokens[:1] != [("mark", ")")]:
                raise self._error(_("a bracket that is not closed"))
            self._tokens.pop(0)
            self._depth -= 1
            return inner
        raise self._error(value)

    def _column(self, name: str) -> Term:
        if name not in self._headings:
            raise ImportRefused(
                _("“%(formula)s”: the file has no column “%(name)s”. It has: %(headings)s.")
                % {"formula": self._text, "name": name, "headings": ", ".join(filter(None, self._headings))}
            )
        if name not in self._used:
            self._used.append(name)
        place = self._used.index(name)
        return lambda numbers: numbers[place]

    def _error(self, where: str) -> ImportRefused:
        return _error(self._text, where, self._units)


def _combined(operation: Callable[[Fraction, Fraction], Fraction], left: Term, right: Term) -> Term:
    return lambda numbers: operation(left(numbers), right(numbers))


FILTER = re.compile(r"(?P<heading>.+?)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<value>.*)", re.DOTALL)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*", re.DOTALL)

type RowFilter = Callable[[Sequence[str]], bool]


def parse_row_filter(text: str, headings: Sequence[str], decimal_mark: str | None) -> RowFilter:
    """Parse a condition on one column. Raises ImportRefused.

    `=` and `!=` compare text, with `|` between several; the others compare numbers or dates that begin
    with the year, and skip rows whose cell is neither.
    """
    found = FILTER.fullmatch(text.strip())
    if found is None or found["heading"] not in headings:
        raise ImportRefused(
            _("“%(condition)s” is not a condition. Write a heading, one of = != < <= > >=, and a value.")
            % {"condition": text}
        )
    place = headings.index(found["heading"])
    operator, value = found["operator"], found["value"].strip()
    if operator in ("=", "!="):
        wanted = {part.strip() for part in value.split("|")}
        return lambda cells: (cells[place].strip() in wanted) == (operator == "=")
    bound = _comparable(value, decimal_mark)
    if bound is None:
        raise ImportRefused(
            _("“%(condition)s” compares with neither a number nor a date such as 2021-02-27.")
            % {"condition": text}
        )
    return lambda cells: _compare(_comparable(cells[place].strip(), decimal_mark), operator, bound)


def _comparable(text: str, decimal_mark: str | None) -> Fraction | str | None:
    if ISO_DATE.fullmatch(text):
        return text
    try:
        return parse_number(text, decimal_mark)
    except CellError:
        return None


def _compare(left: Fraction | str | None, operator: str, right: Fraction | str) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        # A bound that is a date alone means the whole day.
        order = (left[: len(right)] > right) - (left[: len(right)] < right)
    elif isinstance(left, Fraction) and isinstance(right, Fraction):
        order = (left > right) - (left < right)
    else:
        return False
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]
