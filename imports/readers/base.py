"""A file as what every reader makes of it: headings, and rows of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from imports.errors import ImportRefused

# What is longer is no cell of a daily record; notes have 2,000 characters.
MAX_CELL = 32_767
MAX_COLUMNS = 500
MOST_TOLD = 160


class Row(NamedTuple):
    """A row of the file and the line it begins on, counted from 1."""

    line: int
    cells: tuple[str, ...]

    @property
    def told(self) -> str:
        """Return what stands in the row, for the eye."""
        said = " · ".join(filter(None, map(str.strip, self.cells)))
        return said if len(said) <= MOST_TOLD else f"{said[:MOST_TOLD]} …"

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How to read a file. What is None is found out, or refused where it is not plain."""

    delimiter: str | None = None
    # UTF-8 is read with and without its mark.
    encoding: str = "utf-8-sig"
    sheet: str | None = None
    headings_line: int = 1


@dataclass(frozen=True)
class Table:
    """The headings of a file, and its rows, read as they are asked for."""

    headings: tuple[str, ...]
    rows: Iterator[Row]
    # About how many rows there are, for the one who waits.
    length: int


def cleaned_headings(cells: list[str], line: int) -> tuple[str, ...]:
    """Return the headings without the space around them. Raises ImportRefused where there are none."""
    headings = tuple(cell.strip() for cell in cells)
    if not any(headings):
        raise ImportRefused(
            _("Line %(line)d has no headings. Say where they stand.") % {"line": line},
            option="--headings-line",
        )
    if len(headings) > MAX_COLUMNS:
        raise ImportRefused(
            _("The file has %(columns)d columns; %(most)d can be read.")
            % {"columns": len(headings), "most": MAX_COLUMNS}
        )
    return headings
