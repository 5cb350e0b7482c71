"""Numbers of a file, parsed exactly: no float, and no guess which character is the decimal mark."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from core.numbers import COMMA, PLAIN, POINT, readings_of
from imports.readers.base import Exact
from records.columns import CellError

# Characters that show nothing: marks of the direction of a text.
INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"))
ARABIC_DECIMAL, ARABIC_THOUSANDS = "\u066b", "\u066c"
# The comma and the percent sign of Arabic; hyphens and dashes that people and programs write as a minus.
OTHER_SIGNS = {ord("،"): ",", ord("٪"): "%"} | dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-"
)
DIGIT = re.compile(r"[^\x00-\x7f]")
# A lakh has two digits between its commas: 1,24,800.
LAKH = re.compile(r"-?[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
# Accountants write −12.4 as (12.4).
BRACKETS = re.compile(r"\(\s*([0-9][^()]*)\)")
# SAP writes it as 12.4-.
TRAILING_MINUS = re.compile(r"([0-9][^-]*[0-9])\s?-|([0-9])\s?-")
STRAY_MARK = re.compile(r"-?[.,]\s*[0-9].*|.*[0-9]\s*[.,;]")
WITH_UNIT = re.compile(
    r"(?P<number>[-−+(]?[0-9.,][0-9.,'\u2019 \u00a0\u2009\u202f\u066b\u066c]*[)-]?)\s*"
    r"(?P<unit>[^\W\d_][^\d]*[²³23]?|%|\(×.*)"
)
DURATION = re.compile(
    r"(?P<sign>-?)(?P<hours>[0-9]{1,5}):(?P<minutes>[0-5][0-9])(?::(?P<seconds>[0-5][0-9]))?"
)
# An error of a spreadsheet.
ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|#+)")


def normalized(text: str) -> str:
    """Return a text with the digits 0 to 9, without invisible characters; Arabic marks become ours."""
    # A spreadsheet's mark of a text, which some programs export.
    text = text.strip().removeprefix("'")
    if text.isascii():
        return text
    text = text.translate(INVISIBLE).translate(OTHER_SIGNS)
    return DIGIT.sub(_as_digit, text).strip()


def _as_digit(found: re.Match[str]) -> str:
    return str(int(found[0])) if found[0].isdecimal() else found[0]


def parse_number(text: str, decimal_mark: str | None) -> Fraction:
    """Return a number as the file means it.

    Without a `decimal_mark` a comma is an error, since “1,234” has two readings. Raises CellError.
    """
    if isinstance(text, Exact):
        decimal_mark = POINT
    original, text = text, normalized(text)
    if ARABIC_DECIMAL in text or ARABIC_THOUSANDS in text:
        text = text.replace(ARABIC_THOUSANDS, "").replace(ARABIC_DECIMAL, POINT)
        decimal_mark = POINT
    if decimal_mark != COMMA and PLAIN.fullmatch(text):
        return Fraction(text)
    if found := BRACKETS.fullmatch(text):
        return -parse_number(found[1], decimal_mark)
    if found := TRAILING_MINUS.fullmatch(text):
        return -parse_number(found[1] or found[2], decimal_mark)
    if LAKH.fullmatch(text) and decimal_mark != COMMA:
        return Fraction(text.replace(COMMA, ""))
    if decimal_mark is None and has_comma(text):
        raise CellError(
            _("“%(text)s” can be read in two ways. Choose whether the decimal mark is a point or a comma.")
            % {"text": original[:50]}
        )
    readings = readings_of(text)
    reading = readings.comma if decimal_mark == COMMA else readings.point
    if reading is None:
        raise CellError(_not_a_number(original.strip()))
    return Fraction(reading)


def _not_a_number(text: str) -> str:
    if text.startswith("="):
        return _(
            "“%(formula)s” is a formula without a stored result: calculate and save the file in Excel or"
            " LibreOffice."
        ) % {"formula": text[:100]}
    if STRAY_MARK.fullmatch(text):
        return _("“%(text)s” begins or ends with a mark. Enter the number without it.") % {"text": text[:50]}
    if ERROR.fullmatch(text):
        return _("The cell has the error %(error)s of the spreadsheet.") % {"error": text}
    return _("“%(text)s” is not a number.") % {"text": text[:50]}


def parse_hours(text: str, decimal_mark: str | None) -> Fraction:
    """Return a number, or a duration such as 30:15, in hours. Raises CellError."""
    found = DURATION.fullmatch(normalized(text))
    if found is None:
        return parse_number(text, decimal_mark)
    seconds = int(found["hours"]) * 3600 + int(found["minutes"]) * 60 + int(found["seconds"] or 0)
    return Fraction(-seconds if found["sign"] else seconds, 3600)


def split_unit(text: str) -> tuple[str, str]:
    """Return the number of a cell and the word behind it; an empty word for none."""
    plain = normalized(text)
    if plain[-1:].isdigit() or not (found := WITH_UNIT.fullmatch(plain)):
        # Superscripts and “m3” end with a digit.
        found = WITH_UNIT.fullmatch(plain) if plain[-1:] in "²³23" and not PLAIN.fullmatch(plain) else None
        if found is None:
            return (text if isinstance(text, Exact) else plain), ""
    number = found["number"].strip()
    return Exact(number) if isinstance(text, Exact) else number, found["unit"].strip()


def parse_quantity(
    text: str, decimal_mark: str | None, units: Mapping[str, Fraction]
) -> tuple[Fraction, Fraction | None]:
    """Return a number and, where the cell names a unit, this unit as a multiple of the stored one.

    `units` are the words for them. Raises CellError.
    """
    number, word = split_unit(text)
    if not word:
        return parse_number(text, decimal_mark), None
    if word.startswith("(×"):
        raise CellError(
            _(
                "The cell shows %(shown)s, but its number format leaves thousands out: it holds more than it"
                " shows. Remove the comma at the end of the format, or correct the number here."
            )
            % {"shown": number}
        )
    factor = units.get(unit_word(word))
    if factor is None:
        raise CellError(
            _("“%(text)s”: the unit “%(unit)s” is not known here.") % {"text": text[:50], "unit": word[:30]}
        )
    return parse_number(number, decimal_mark), factor


def unit_word(text: str) -> str:
    """Return a word for a unit for comparison, in any case: except “Mg”, which is a ton, and “mg”."""
    word = " ".join(text.replace(".", " ").rstrip(",;").split())
    return word if word in ("Mg", "MG") else word.casefold().replace("³", "3")


def has_comma(text: str) -> bool:
    """Return whether a text is a number with a comma."""
    text = normalized(text)
    return COMMA in text and any(reading is not None for reading in readings_of(text))


def is_ambiguous(text: str) -> bool:
    """Return whether the mark in a number could separate thousands or decimals: “12.480”, “12,480 kg”."""
    point, comma = _readings(text)
    return point is not None and comma is not None and point != comma


def proven_decimal_mark(text: str) -> str:
    """Return the only decimal mark with which a text is a number; empty for both or none."""
    point, comma = _readings(text)
    if (point is None) == (comma is None):
        return ""
    return COMMA if point is None else POINT


def _readings(text: str) -> tuple[str | None, str | None]:
    if isinstance(text, Exact):
        return None, None
    number = split_unit(text)[0].strip("()").rstrip("- ")
    if ARABIC_DECIMAL in number or ARABIC_THOUSANDS in number:
        return None, None
    if LAKH.fullmatch(number):
        return number, None
    point, comma = readings_of(number)
    return point, comma


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
    number = split_unit(text)[0]
    point, comma = parse_number(number, "."), parse_number(number, ",")
    return _("“%(text)s” is %(point)s with a decimal point and %(comma)s with a decimal comma.") % {
        "text": text,
        "point": f"{float(point):.12g}",
        "comma": f"{float(comma):.12g}",
    }
