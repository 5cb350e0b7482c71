"""The values of a whole column that differ in kind: what a question to the user depends on.

A file is examined as a whole: the number that shows the decimal mark, or the date whose order is certain, may
be in its last row. One value of each kind is enough. The process that reads workbooks uses it, so it imports
nothing of Django.
"""

import re
from functools import lru_cache

DIGITS = re.compile(r"\d+")
# The time of a day behind a date.
CLOCK = re.compile(
    r"(?<=[\s,t])(?P<hour>\d{1,2}):(?P<rest>\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(?P<half>[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
MAX_KINDS, MAX_TEXT, MAX_COLUMNS = 60, 60, 80
# Larger numbers are unlikely to be tons.
LARGE = 200
MAX_MONTH, MAX_DAY = 12, 31

# A typed text; or a list: a number or date that a workbook stores, as stored, and as shown if that differs.
type Cell = str | list[str]


class Survey:
    """The first value of each kind in each column of a table, with its line."""

    def __init__(self) -> None:
        self._columns: list[dict[tuple[str, bool], tuple[int, str, bool]]] = []

    def add(self, line: int, cells: list[Cell]) -> None:
        """Add a row."""
        for place, cell in enumerate(cells[:MAX_COLUMNS]):
            is_exact = isinstance(cell, list)
            text = cell[-1] if isinstance(cell, list) else cell
            kind = kind_of(text)
            if not kind:
                continue
            while len(self._columns) <= place:
                self._columns.append({})
            column = self._columns[place]
            if (kind, is_exact) not in column and len(column) < MAX_KINDS:
                column[kind, is_exact] = (line, text.strip(), is_exact)

    def to_json(self) -> list[list[tuple[int, str, bool]]]:
        """Return line, text and whether the workbook stores it as a number or date, column by column."""
        return [list(column.values()) for column in self._columns]


@lru_cache(maxsize=65_536)
def kind_of(text: str) -> str:
    """Return what a text with digits has in common with others of its kind; empty for other texts."""
    if len(text) > MAX_TEXT:
        return ""
    text = CLOCK.sub(lambda found: "midnight" if is_midnight(found) else "clock", text.strip().casefold())
    kind, runs = DIGITS.subn(_kind_of_digits, text)
    return kind if runs or kind[:1] in ("#", "=") else ""


def is_midnight(clock: re.Match[str]) -> bool:
    """Return whether a time of a day is 00:00 or 12:00 AM."""
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"][0].casefold() == "p" else 0)
    return not hour and not clock["rest"].strip("0:.")


def _kind_of_digits(found: re.Match[str]) -> str:
    """Return what matters of a run of digits: its length, and whether it can be a month or a day."""
    digits = found[0]
    number, length = int(digits), len(digits)
    if length <= 2:
        return "z" if digits == "0" else "m" if number <= MAX_MONTH else "d" if number <= MAX_DAY else "n"
    if length == 3:
        return "f" if not digits.startswith("0") and number <= LARGE else "e" if number > LARGE else "o"
    return {4: "y", 8: "c"}.get(length, "l")
