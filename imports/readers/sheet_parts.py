"""What is known of a sheet besides its values: marked rows, and numbers as their formats show them.

It is read in the process of `workbook_process`, which bounds its memory and time.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

# The parts of a number format: a text, a condition or colour, digits, a percent sign.
FORMAT = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<brackets>[^\]]*)\]|(?P<digits>[0#?.,]+)'
    r"|(?P<percent>%)|(?P<other>.)",
    re.DOTALL,
)
CONDITION = re.compile(r"(?P<operator><=|>=|<>|=|<|>)(?P<bound>-?[0-9]+(?:\.[0-9]+)?)")
SCALING = re.compile(r",+(?=\.|$)")
# Columns to the right of this one are not read.
MAX_HIDDEN = 500
# Built in: 0 % and 0.00 %.
PERCENT_FORMATS = {9: "0%", 10: "0.00%"}
DATE_LETTERS = frozenset("ymdhsYMDHS")


class NumberFormat(NamedTuple):
    """How one section of a number format shows a number: scaled, and with a unit."""

    condition: tuple[str, Decimal] | None
    unit: str
    # The shown number is the stored one times this.
    scale: Decimal

    @property
    def is_plain(self) -> bool:
        return not self.unit and self.scale == 1


@dataclass
class SheetParts:
    """What is known of a sheet's cells and rows besides their values."""

    # Line → column from 0 → text of a cell in which calamine sees nothing.
    unread: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    # Line → column from 0 → the number as it is shown, with its unit.
    shown: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    hidden: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    # Counted from 0.
    hidden_columns: set[int] = field(default_factory=set)
    # First line, column from 0 and last line of cells that are merged with those below, for ODS.
    merged: list[tuple[int, int, int]] = field(default_factory=list)


class Parts:
    """What is known of a workbook besides its values: nothing, of a kind of file that is not read here."""

    is_unknown = True
    # Whether its day numbers begin with 1904.
    has_1904_dates = False

    def of(self, _sheet: str) -> SheetParts:
        """Return what is known of a sheet."""
        return SheetParts()


def shown_number(value: float, sections: list[NumberFormat]) -> str:
    """Return a number as a format with a unit, a percent sign or a scale shows it; empty for others."""
    if not sections:
        return ""
    number = Decimal(repr(value))
    section = _section_for(number, sections)
    if section.is_plain:
        return ""
    return with_unit(number * section.scale, section.unit, section.scale)


def with_unit(number: Decimal, unit: str, scale: Decimal) -> str:
    """Return a shown number with its unit; `scale` times the stored number."""
    text = format(number.normalize(), "f")
    if unit == "%":
        return f"{text}%"
    # Only the scale: nobody can tell whether the number that is shown or the one that is stored is meant.
    return f"{text} {unit}" if unit else f"{text} (×{format(1 / scale, 'f')})"


def _section_for(number: Decimal, sections: list[NumberFormat]) -> NumberFormat:
    for section in sections:
        if section.condition is not None and _meets(number, *section.condition):
            return section
    if any(section.condition is not None for section in sections):
        return next((section for section in sections if section.condition is None), sections[-1])
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def _meets(number: Decimal, operator: str, bound: Decimal) -> bool:
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }[operator]


def number_formats(code: str) -> list[NumberFormat]:
    """Return the sections of a number format; none for one that shows plain numbers or dates."""
    sections = [_number_format(section) for section in _sections(code)]
    numbers = [section for section in sections[:3] if section is not None]
    if len(numbers) < len(sections[:3]) or all(section.is_plain for section in numbers):
        return []
    return numbers


def _sections(code: str) -> list[str]:
    sections = [""]
    for found in FORMAT.finditer(code):
        if found["other"] == ";":
            sections.append("")
        else:
            sections[-1] += found[0]
    return sections


def _number_format(section: str) -> NumberFormat | None:
    """Return what a section does to a number; None for the format of a date or a duration."""
    unit, scale, condition = "", Decimal(1), None
    for found in FORMAT.finditer(section):
        if found["brackets"] is not None:
            if bound := CONDITION.fullmatch(found["brackets"]):
                condition = (bound["operator"], Decimal(bound["bound"]))
            elif found["brackets"].casefold() in ("h", "hh", "m", "mm", "s", "ss"):
                return None
            elif found["brackets"].startswith("$"):
                # A currency in the format's sense can be any text: [$kg-409].
                unit += found["brackets"][1:].partition("-")[0]
        elif found["other"] in DATE_LETTERS and not section.startswith("General"):
            return None
        elif found["digits"] and (commas := SCALING.search(found["digits"].lstrip(","))):
            scale /= 1000 ** len(commas[0])
        elif found["percent"]:
            unit, scale = "%", scale * 100
        else:
            unit += found["quoted"] or found["escaped"] or ""
    unit = unit.strip()
    return NumberFormat(condition, unit if any(map(str.isalpha, unit)) or unit == "%" else "", scale)
