"""Which rows of a file are meant: `load_type=TIRES|LITTER`, `net>0`, `report_date>=2021-02-01`."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from imports.errors import CellRefused, ImportRefused
from imports.parsing.numbers import read_number

CONDITION = re.compile(r"(?P<heading>.+?)\s*(?P<act><=|>=|!=|=|<|>)\s*(?P<value>.*)", re.DOTALL)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*", re.DOTALL)

type Condition = Callable[[Sequence[str]], bool]


def parse_condition(text: str, headings: Sequence[str], decimal_mark: str | None) -> Condition:
    """Read a condition on one column. Raises ImportRefused.

    `=` and `!=` compare text, with `|` between several; the others compare numbers or dates that begin
    with the year, and leave out a cell that is neither.
    """
    found = CONDITION.fullmatch(text.strip())
    if found is None or found["heading"] not in headings:
        raise ImportRefused(
            _("“%(condition)s” is no condition. Write a heading, one of = != < <= > >=, and a value.")
            % {"condition": text}
        )
    place = headings.index(found["heading"])
    act, value = found["act"], found["value"].strip()
    if act in ("=", "!="):
        wanted = {part.strip() for part in value.split("|")}
        return lambda cells: (cells[place].strip() in wanted) == (act == "=")
    bound = _comparable(value, decimal_mark)
    if bound is None:
        raise ImportRefused(
            _("“%(condition)s” compares with neither a number nor a date such as 2021-02-27.")
            % {"condition": text}
        )
    return lambda cells: _compares(_comparable(cells[place].strip(), decimal_mark), act, bound)


def _comparable(text: str, decimal_mark: str | None) -> Fraction | str | None:
    if ISO_DATE.fullmatch(text):
        return text
    try:
        return read_number(text, decimal_mark)
    except CellRefused:
        return None


def _compares(left: Fraction | str | None, act: str, right: Fraction | str) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        # A bound that is a date alone means the whole day.
        order = (left[: len(right)] > right) - (left[: len(right)] < right)
    elif isinstance(left, Fraction) and isinstance(right, Fraction):
        order = (left > right) - (left < right)
    else:
        return False
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[act]
