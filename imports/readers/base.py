"""What every reader makes of a file: headings, and rows of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from imports.errors import ImportRefused

# What is longer is no cell of a daily record; notes have 2,000 characters.
MAX_CELL = 32_767
MAX_COLUMNS = 500
MAX_SUMMARY = 160


class Row(NamedTuple):
    """A row of the file and the line it begins on, counted from 1."""

    line: int
    cells: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return the cells as one short text."""
        text = " · ".join(filter(None, map(str.strip, self.cells)))
        return text if len(text) <= MAX_SUMMARY else f"{text[:MAX_SUMMARY]} …"

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How to read a file. None: detect it, or refuse the file where it is ambiguous."""

    delimiter: str | None = None
    # UTF-8, with or without a byte-order mark.
    encoding: str = "utf-8-sig"
    sheet: str | None = None
    headings_line: int = 1


@dataclass(frozen=True)
class Table:
    """The headings of a file, and its rows, read when they are iterated over."""

    headings: tuple[str, ...]
    rows: Iterator[Row]
    # About how many rows there are, for the progress bar.
    length: int
    # Numbers are as somebody wrote them, so that the decimal mark may be ambiguous.
    is_text: bool = False


@dataclass(frozen=True)
class Head:
    """The first rows of a sheet, or of the one table of a CSV file."""

    sheet: str
    rows: list[list[str]]
    # The module and the site's code, in a template workbook that was filled in.
    template: tuple[str, str] | None = None

    def headings(self, line: int) -> list[str]:
        """Return the cells of a line, counted from 1, without empty ones at the end."""
        cells = [cell.strip() for cell in self.rows[line - 1]] if 0 < line <= len(self.rows) else []
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def below(self, line: int) -> list[list[str]]:
        """Return the rows below a line that are not blank."""
        return [row for row in self.rows[line:] if any(cell.strip() for cell in row)]


def cleaned_headings(cells: list[str], line: int) -> tuple[str, ...]:
    """Return the headings without surrounding space. Raises ImportRefused where there are none."""
    headings = tuple(cell.strip() for cell in cells)
    if not any(headings):
        raise ImportRefused(
            _("Line %(line)d has no headings. Choose the line that has them.") % {"line": line},
            option="--headings-line",
        )
    if len(headings) > MAX_COLUMNS:
        raise ImportRefused(
            _("The file has %(columns)d columns; %(most)d can be read.")
            % {"columns": len(headings), "most": MAX_COLUMNS}
        )
    return headings
