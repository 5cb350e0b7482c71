"""Numbers of a file, parsed exactly: no float, and no guess which character is the decimal mark."""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from core.numbers import COMMA, PLAIN, POINT, readings_of
from records.columns import CellError


def parse_number(text: str, decimal_mark: str | None) -> Fraction:
    """Return a number as the file means it.

    Without a `decimal_mark` a comma is an error, since “1,234” has two readings. Raises CellError.
    """
    if decimal_mark != COMMA and PLAIN.fullmatch(text):
        return Fraction(text)
    if decimal_mark is None and has_comma(text):
        raise CellError(
            _("“%(text)s” can be read in two ways. Choose whether the decimal mark is a point or a comma.")
            % {"text": text[:50]}
        )
    readings = readings_of(text)
    reading = readings.comma if decimal_mark == COMMA else readings.point
    if reading is None:
        raise CellError(_("“%(text)s” is not a number.") % {"text": text.strip()[:50]})
    return Fraction(reading)


def has_comma(text: str) -> bool:
    """Return whether a text is a number with a comma."""
    return COMMA in text and any(reading is not None for reading in readings_of(text))


def is_ambiguous(text: str) -> bool:
    """Return whether the mark in a number could separate thousands or decimals: “12.480”."""
    point, comma = readings_of(text)
    return point is not None and comma is not None and point != comma


def proven_decimal_mark(text: str) -> str:
    """Return the only decimal mark with which a text is a number; empty for both or none."""
    point, comma = readings_of(text)
    if (point is None) == (comma is None):
        return ""
    return COMMA if point is None else POINT


@dataclass
class MarkEvidence:
    """What the numbers of a file say about its decimal mark."""

    # A number that could be read in two ways.
    ambiguous: str = ""
    is_proven: bool = False

    def add(self, text: str) -> None:
        if is_ambiguous(text):
            self.ambiguous = self.ambiguous or text
        elif proven_decimal_mark(text):
            self.is_proven = True


def two_readings(text: str) -> str:
    """Return a sentence that shows both readings of an ambiguous number."""
    point, comma = parse_number(text, "."), parse_number(text, ",")
    return _("“%(text)s” is %(point)s with a decimal point and %(comma)s with a decimal comma.") % {
        "text": text,
        "point": f"{float(point):g}",
        "comma": f"{float(comma):g}",
    }
