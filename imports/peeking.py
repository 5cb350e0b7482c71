"""How the tables of a file begin: read once when it comes, so that the pages need not open it again."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from imports.csv_files import DELIMITERS, lines_of
from imports.errors import ImportRefused
from imports.workbooks import heads_of

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS, MOST_TEXT = 40, 80, 20, 100
UNICODE_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
BLOCK = 1024 * 1024
# Begins the hidden sheet of a workbook of ours to be filled in; module and site follow it.
TEMPLATE_MARK = "deskops-template"


@dataclass(frozen=True)
class Head:
    """The first rows of a sheet, or of the one table of a CSV file."""

    sheet: str
    rows: list[list[str]]
    # The module and the site's code, in a workbook of ours to be filled in.
    template: tuple[str, str] | None = None

    def headings(self, line: int) -> list[str]:
        """Return the cells of a line, counted from 1, as far as something stands in them."""
        cells = [cell.strip() for cell in self.rows[line - 1]] if 0 < line <= len(self.rows) else []
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def below(self, line: int) -> list[list[str]]:
        """Return the rows below the headings in which something stands."""
        return [row for row in self.rows[line:] if any(cell.strip() for cell in row)]


def encoding_of(path: Path) -> str:
    """Return how a text is encoded: UTF-8 where it can be, else what Excel writes in the West."""
    with path.open("rb") as file:
        mark = file.read(2)
    if mark in UNICODE_MARKS:
        return UNICODE_MARKS[mark]
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            while text.read(BLOCK):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def heads_of_workbook(path: Path) -> list[Head]:
    """Return how each sheet begins, empty sheets left out. Raises ImportRefused."""
    heads = heads_of(path, sheets=MOST_SHEETS, rows=MOST_ROWS)
    template = next((_template(head.rows) for head in heads if head.is_hidden), None)
    found = [Head(head.name, _cut(head.rows), template) for head in heads if not head.is_hidden]
    found = [head for head in found if head.rows]
    if not found:
        raise ImportRefused(_("The workbook has nothing in it."))
    return found


def _template(rows: list[list[str]]) -> tuple[str, str] | None:
    """Return what the hidden sheet of a workbook of ours says that it is for."""
    said = rows[0] if rows else []
    return (said[1], said[2]) if len(said) > 2 and said[0] == TEMPLATE_MARK else None


def head_of_text(path: Path, encoding: str, delimiter: str) -> Head:
    """Return how a CSV file begins. Raises ImportRefused."""
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(islice(lines_of(file), MOST_ROWS), delimiter=delimiter)
        try:
            return Head("", _cut([list(row) for row in rows]))
        except csv.Error as error:
            raise ImportRefused(
                _("The file cannot be read as CSV: %(reason)s.") % {"reason": error}
            ) from error


def delimiter_of(path: Path, encoding: str) -> str:
    """Return what parts the cells: what parts most of the first lines into equally many."""
    with path.open(encoding=encoding, newline="") as file:
        lines = list(islice(lines_of(file), MOST_ROWS))

    def alike(mark: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _parted(lines, mark) if len(row) > 1)
        width, times = widths.most_common(1)[0] if widths else (0, 0)
        return times, width

    return max(DELIMITERS, key=alike)


def _parted(lines: list[str], mark: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=mark)
    except csv.Error:
        return


def _cut(rows: list[list[str]]) -> list[list[str]]:
    """Keep what a page can show, and no empty rows at the end."""
    kept = [[cell[:MOST_TEXT] for cell in row[:MOST_COLUMNS]] for row in rows[:MOST_ROWS]]
    while kept and not any(cell.strip() for cell in kept[-1]):
        kept.pop()
    return kept
