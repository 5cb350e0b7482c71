"""Numbers of a file, parsed exactly: no float, and no guess which character is the decimal mark."""

import re
from fractions import Fraction

from django.utils.translation import gettext as _

from records.columns import CellError

PLAIN = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")
# By decimal mark: numbers with a mark between thousands.
GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3}){1,9}(\.\d{1,30})?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3}){1,9}(,\d{1,30})?"),
}
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
    elif decimal_mark is None and is_ambiguous(text):
        raise CellError(
            _("“%(text)s” can be read in two ways. Choose whether the decimal mark is a point or a comma.")
            % {"text": text[:50]}
        )
    raise CellError(_("“%(text)s” is not a number.") % {"text": text[:50]})


def is_ambiguous(text: str) -> bool:
    """Return whether a comma in a number could separate thousands or decimals."""
    text = text.strip()
    return not PLAIN.fullmatch(text) and bool(DECIMAL_COMMA.fullmatch(text) or GROUPED["."].fullmatch(text))
