"""Which rows of a file to import: `load_type=TIRES|LITTER`, `net>0`, `report_date>=2021-02-01`."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.parsing.numbers import parse_number
from records.columns import CellError

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
