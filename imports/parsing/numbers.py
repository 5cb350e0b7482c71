"""Numbers of a file, parsed exactly: no float, and no guess which character is the decimal mark."""

import re
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from records.columns import CellError

PLAIN = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")
# By decimal mark: numbers with a mark between thousands.
GROUPED = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3}){1,9}(\.\d{1,30})?"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3}){1,9}(,\d{1,30})?"),
}
# One mark and three digits after it: “12.480” is twelve and a half, or twelve thousand.
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,30}(,\d{1,30})?")


def parse_number(text: str, decimal_mark: str | None) -> Fraction:
    """Return a number as the file means it.

    Without a `decimal_mark` only digits and a point are accepted, since “1,234” has two readings. Raises
    CellError.
    """
    text = text.strip().replace("−", "-").replace("\N{NO-BREAK SPACE}", "")
    if decimal_mark == ",":
        if GROUPED[","].fullmatch(text):
            return Fraction(text.replace(".", "").replace(",", "."))
        if DECIMAL_COMMA.fullmatch(text):
            return Fraction(text.replace(",", "."))
    elif PLAIN.fullmatch(text):
        return Fraction(text)
    elif decimal_mark == "." and GROUPED["."].fullmatch(text):
        return Fraction(text.replace(",", ""))
    elif decimal_mark is None and has_comma(text):
        raise CellError(
            _("“%(text)s” can be read in two ways. Choose whether the decimal mark is a point or a comma.")
            % {"text": text[:50]}
        )
    raise CellError(_("“%(text)s” is not a number.") % {"text": text[:50]})


def has_comma(text: str) -> bool:
    """Return whether a text is a number with a comma."""
    return "," in text and bool(DECIMAL_COMMA.fullmatch(text) or GROUPED["."].fullmatch(text))


def is_ambiguous(text: str) -> bool:
    """Return whether the mark in a number could separate thousands or decimals."""
    return AMBIGUOUS.fullmatch(text.strip()) is not None


def proven_decimal_mark(text: str) -> str:
    """Return the only decimal mark with which a text is a number; empty for both or none."""
    text = text.strip()
    if is_ambiguous(text):
        return ""
    point = PLAIN.fullmatch(text) or GROUPED["."].fullmatch(text)
    comma = DECIMAL_COMMA.fullmatch(text) or GROUPED[","].fullmatch(text)
    if bool(point) == bool(comma):
        return ""
    return "." if point else ","


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
