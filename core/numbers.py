"""The one parser for numbers that people type and that files and programs send; and changes in percent.

Only the digits 0 to 9 count, with a point or a comma as the decimal mark. Thousands may be separated by the
other mark, a space or an apostrophe. Python's own syntax (`1_5`, `1e1`, `.5`, `+1`) is no number here. See
docs/day-sheet.md.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.utils.translation import gettext as _

POINT, COMMA = ".", ","
# Metric tons. A short ton is the American one of 2,000 lb.
TON_UNITS: Mapping[str, Fraction] = {
    "t": Fraction(1),
    "kg": Fraction(1, 1000),
    "lb": Fraction("0.00045359237"),
    "short_ton": Fraction("0.90718474"),
}
HOUR_UNITS: Mapping[str, Fraction] = {"h": Fraction(1), "min": Fraction(1, 60)}
LITRE_UNITS: Mapping[str, Fraction] = {"l": Fraction(1)}
PERCENT_UNITS: Mapping[str, Fraction] = {"%": Fraction(1)}
NO_UNITS: Mapping[str, Fraction] = {}
# What people write for a unit, where it is not the unit's own sign.
UNIT_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("ton", "tons", "tonne", "tonnes", "to"), "t"),
    **dict.fromkeys(("kgs", "kilo", "kilos"), "kg"),
    "lbs": "lb",
    **dict.fromkeys(("hr", "hrs", "hour", "hours", "std"), "h"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("ltr", "litre", "litres", "liter", "liters"), "l"),
}

# A number as programs write it: digits and a point.
PLAIN = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
# The same character separates all thousands. The first group never begins with 0: “0,125” is a fraction.
_GROUPED = (
    r"-?[1-9][0-9]{0,2}(?P<separator>[%s'\u2019 \u00a0\u2009\u202f])[0-9]{3}(?:(?P=separator)[0-9]{3}){0,9}"
)
_NUMBER = {
    mark: re.compile(
        rf"(?P<whole>-?[0-9]{{1,30}}|{_GROUPED % other})(?:{re.escape(mark)}(?P<fraction>[0-9]{{1,30}}))?"
    )
    for mark, other in ((POINT, COMMA), (COMMA, POINT))
}
_SEPARATORS = str.maketrans("", "", ".,'\u2019 \u00a0\u2009\u202f")
_CLOCK = re.compile(r"(?P<hours>[0-9]{1,3})\s?[:h]\s?(?P<minutes>[0-5][0-9])(?:\s?min)?", re.IGNORECASE)
_WITH_UNIT = re.compile(r"(?P<number>.*[0-9])\s*(?P<unit>[^\W\d]+|%)", re.DOTALL)


# What a database's column of ids and versions holds.
MOST_DIGITS = 18


def whole_number(text: object) -> int | None:
    """Return an id, a version or a place as a browser or a program sends it; None where it is none.

    A longer number fits into no column, and one of thousands of digits costs time.
    """
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None


class NumberError(ValueError):
    """A text that is no number, or has two readings; with a sentence for people."""

    def __init__(self, message: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        # How to type each of two readings.
        self.readings = readings


class Readings(NamedTuple):
    """A text as a plain number, with a point and with a comma as its decimal mark; None where it is none."""

    point: str | None
    comma: str | None


def readings_of(text: str) -> Readings:
    """Return what a text means with either decimal mark."""
    text = text.strip().replace("−", "-")
    if PLAIN.fullmatch(text) and POINT not in text:
        return Readings(text, text)
    return Readings(_reading(text, POINT), _reading(text, COMMA))


def parse_typed(
    text: str, decimal_mark: str, *, decimals: int, units: Mapping[str, Fraction] = NO_UNITS
) -> Decimal:
    """Return a number as a person at a site with this decimal mark means it, without trailing zeros.

    The number may be followed by one of the units; it is converted, and rounded half up to the decimals.
    Hours may be written as on a clock: 7:30 is 7.5.
    Raises NumberError, also where the number has two readings: “1.234” where people write commas.
    """
    clock = _CLOCK.fullmatch(text.strip()) if "h" in units else None
    if clock is not None:
        hours = int(clock["hours"]) + Fraction(int(clock["minutes"]), 60)
        return Decimal(rounded(hours, decimals)).scaleb(-decimals)
    number, factor = _without_unit(text, units)
    readings = readings_of(number)
    if readings.point is None and readings.comma is None:
        raise NumberError(_("“%(text)s” is not a number.") % {"text": text.strip()[:50]})
    own, other = readings if decimal_mark != COMMA else reversed(readings)
    reading = own or other
    if own is not None and other is not None and own != other:
        usual = own if (decimal_mark or POINT) in number else None
        # Of loads and kilograms only a whole number can be stored.
        is_whole = factor != 1 or (not decimals and usual is None)
        reading = (is_whole and _only_exact(own, other, factor, decimals)) or usual
    if reading is None:
        assert own is not None
        assert other is not None
        unit = text.strip().removeprefix(number.strip())
        thousands, fraction = f"{own}{unit}", f"{write_number(other, decimal_mark)}{unit}"
        raise NumberError(
            _("“%(text)s” has two readings: do you mean %(thousands)s or %(fraction)s? Type one of these.")
            % {"text": text.strip()[:50], "thousands": thousands, "fraction": fraction},
            (thousands, fraction),
        )
    if factor == 1:
        return Decimal(without_trailing_zeros(reading))
    return Decimal(rounded(Fraction(reading) * factor, decimals)).scaleb(-decimals)


# The decimal mark of the sites that the page of this request is about: its figures have it. Empty where
# they have different ones or there is no site, in files and in the API.
page_mark: ContextVar[str] = ContextVar("page_mark", default="")


def write_number(number: Decimal | str, decimal_mark: str) -> str:
    """Return a plain number with the decimal mark of a site."""
    return str(number).replace(POINT, decimal_mark or POINT)


def without_trailing_zeros(number: str) -> str:
    """Return a plain number without the zeros at its end: 12.500 is 12.5."""
    return number.rstrip("0").rstrip(POINT) if POINT in number else number


def rounded(number: Fraction, decimals: int) -> int:
    """Return the number in units of its last decimal, half of one rounded away from zero."""
    scaled = abs(number.numerator) * int(10**decimals)
    whole = (2 * scaled + number.denominator) // (2 * number.denominator)
    return whole if number.numerator >= 0 else -whole


def _reading(text: str, mark: str) -> str | None:
    found = _NUMBER[mark].fullmatch(text)
    if found is None:
        return None
    whole = found["whole"].translate(_SEPARATORS)
    return f"{whole}.{found['fraction']}" if found["fraction"] else whole


def _without_unit(text: str, units: Mapping[str, Fraction]) -> tuple[str, Fraction]:
    found = _WITH_UNIT.fullmatch(text.strip()) if units else None
    unit = found["unit"].casefold() if found else ""
    factor = units.get(UNIT_NAMES.get(unit, unit))
    return (text, Fraction(1)) if found is None or factor is None else (found["number"], factor)


def _only_exact(one: str, other: str, factor: Fraction, decimals: int) -> str | None:
    """Return the one reading that can be stored without rounding; None where that is both or neither."""
    exact = [each for each in (one, other) if (Fraction(each) * factor * int(10**decimals)).denominator == 1]
    return exact[0] if len(exact) == 1 else None


HUNDRED = Decimal(100)


def change_percent(*, now: Decimal, before: Decimal) -> Decimal:
    """Return by how many percent a figure differs from the one before it.

    `(now − before) / |before| × 100`; from nothing to something is +100, from nothing to nothing or below 0.
    """
    if before:
        return (now - before) / abs(before) * HUNDRED
    return HUNDRED if now > 0 else Decimal(0)
