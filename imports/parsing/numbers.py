"""Numbers of a file, read exactly: no float, and no guess which mark is the decimal one."""

import re
from fractions import Fraction

from django.utils.translation import gettext as _

from imports.errors import CellRefused

PLAIN = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")
GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3}){1,9}(\.\d{1,30})?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3}){1,9}(,\d{1,30})?"),
}
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,30}(,\d{1,30})?")


def read_number(text: str, decimal_mark: str | None) -> Fraction:
    """Return a number as the file means it.

    Without a `decimal_mark` only digits and a point are read: “1,234” is a thousand here and one and a bit
    there. Raises CellRefused.
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
    elif decimal_mark is None and is_ambiguous(text):
        raise CellRefused(
            _("“%(text)s” could be read in two ways. Say whether a point or a comma parts the decimals.")
            % {"text": text[:50]}
        )
    raise CellRefused(_("“%(text)s” is not a number.") % {"text": text[:50]})


def is_ambiguous(text: str) -> bool:
    """Say whether a comma in a number could part thousands or decimals."""
    text = text.strip()
    return not PLAIN.fullmatch(text) and bool(DECIMAL_COMMA.fullmatch(text) or GROUPED["."].fullmatch(text))


def rounded(number: Fraction, places: int) -> int:
    """Return the number in units of its last place, half of one rounded away from zero."""
    scaled = abs(number.numerator) * int(10**places)
    whole = (2 * scaled + number.denominator) // (2 * number.denominator)
    return whole if number.numerator >= 0 else -whole
