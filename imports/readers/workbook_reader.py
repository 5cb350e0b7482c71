"""Reading XLSX, after a look at what the file would unfold to."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.base import MAX_CELL, MAX_COLUMNS, Reading, Row, Table, cleaned_headings
from imports.readers.books import WORKBOOK, Book

# A sheet may be long; what is longer is no list of records.
MAX_UNPACKED = 300 * 1024 * 1024
MAX_CELLS = 5_000_000
MAX_TEXT = 1024 * 1024 * 1024
CHUNK = 1024 * 1024
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
PLACE_LENGTH = 32
# What reading a workbook that is not as it should be ends with.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    expat.error,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


class SheetHead(NamedTuple):
    """How a sheet begins, and whether people see it."""

    name: str
    rows: list[list[str]]
    is_hidden: bool


@contextmanager
def open_workbook(path: Path, reading: Reading) -> Iterator[Table]:
    """Open a sheet of a workbook. Raises ImportRefused, then and while its rows are read."""
    with _opened(path) as (book, measure):
        rows = _readable(book.rows(_chosen(book, reading.sheet)))
        found = next((row for row in rows if row[0] >= reading.headings_line), None)
        if found is None or found[0] != reading.headings_line:
            raise ImportRefused(
                _("The sheet has nothing on line %(line)d.") % {"line": reading.headings_line}
            )
        cells = found[1]
        # A sheet is as wide as its widest row; headings end where they end.
        while cells and not cells[-1].strip():
            cells.pop()
        width = len(cells)
        yield Table(
            cleaned_headings(cells, reading.headings_line),
            (_row(line, said, width) for line, said in rows),
            measure.last_row,
        )


def heads_of(path: Path, *, sheets: int, rows: int) -> list[SheetHead]:
    """Return how the first sheets of a workbook begin. Raises ImportRefused."""
    with _opened(path) as (book, _measure):
        return [
            SheetHead(name, _first(book, name, rows), name in book.hidden) for name in book.sheets[:sheets]
        ]


def _first(book: Book, sheet: str, most: int) -> list[list[str]]:
    found: list[list[str]] = []
    for line, cells in takewhile(lambda row: row[0] <= most, _readable(book.rows(sheet))):
        found += [[] for _empty in range(line - len(found) - 1)]
        found.append(cells)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Book, "Measure"]]:
    measure = _require_sensible(path)
    with zipfile.ZipFile(path) as packed:
        try:
            book = Book(packed)
        except BROKEN as error:
            raise ImportRefused(_unreadable(error)) from error
        with book:
            yield book, measure


def _readable(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows. Raises ImportRefused where the sheet ends in the middle of something."""
    try:
        yield from rows
    except BROKEN as error:
        raise ImportRefused(_unreadable(error)) from error


def _row(line: int, cells: list[str], width: int) -> Row:
    """Make a row as wide as the headings, unless something stands beyond them."""
    if any(len(cell) > MAX_CELL for cell in cells):
        raise ImportRefused(
            _("Line %(line)d has a cell of more than %(most)d characters.") % {"line": line, "most": MAX_CELL}
        )
    if any(cell.strip() for cell in cells[width:]):
        return Row(line, tuple(cells))
    return Row(line, tuple(cells[:width]) + ("",) * (width - len(cells)))


def _chosen(book: Book, name: str | None) -> str:
    names = book.sheets
    if name is None and len(names) == 1:
        name = names[0]
    if name is None or name not in names:
        raise ImportRefused(
            _("The workbook has the sheets %(names)s. Say which.") % {"names": ", ".join(names)},
            option="--sheet",
        )
    return name


class Measure(NamedTuple):
    """What a part of a workbook unfolds to."""

    size: int = 0
    last_column: int = 0
    last_row: int = 0
    cells: int = 0
    longest_text: int = 0

    def beside(self, other: "Measure") -> "Measure":
        """Return what both together unfold to."""
        return Measure(
            self.size + other.size,
            max(self.last_column, other.last_column),
            max(self.last_row, other.last_row),
            self.cells + other.cells,
            max(self.longest_text, other.longest_text),
        )

    @property
    def is_sensible(self) -> bool:
        return (
            self.size <= MAX_UNPACKED
            and self.last_column <= MAX_COLUMNS
            and self.last_column * self.last_row <= MAX_CELLS
            # A text that many cells share is copied for each of them.
            and self.cells * self.longest_text <= MAX_TEXT
        )


def _require_sensible(path: Path) -> Measure:
    """Refuse what is longer than any workbook of records, before it is unfolded; return how long it is."""
    whole = Measure()
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            if WORKBOOK not in names:
                raise ImportRefused(_("This is a packed file, but not an XLSX workbook."))
            if any(name.casefold().endswith("vbaproject.bin") for name in names):
                raise ImportRefused(_("The workbook has macros. Save it as an .xlsx without them."))
            for name in names:
                whole = whole.beside(_measured(packed, name, MAX_UNPACKED - whole.size))
                if not whole.is_sensible:
                    raise ImportRefused(
                        _("The workbook is too large to be read whole. Save its sheet as CSV.")
                    )
    except BROKEN as error:
        raise ImportRefused(_unreadable(error)) from error
    return whole


def _measured(packed: zipfile.ZipFile, name: str, most: int) -> Measure:
    """Unfold a part piece by piece, no further than it may go.

    Every part is looked at, since a workbook may keep its sheets and texts under any name.
    """
    size = column = row = cells = longest = run = 0
    with packed.open(name) as part:
        tail = b""
        while size <= most and (chunk := part.read(CHUNK)):
            size += len(chunk)
            piece = tail + chunk
            # A place cut in two by the end of a piece is whole in the next one.
            tail = piece[-PLACE_LENGTH:]
            places = PLACE.findall(piece)
            cells += len(places)
            column = max(column, *(_column_number(letters) for letters in {place[0] for place in places}), 0)
            row = max(row, *(int(number) for number in {place[1] for place in places}), 0)
            texts = [len(text) for text in chunk.split(b"<")]
            longest = max(longest, run + texts[0], *texts[1:])
            run = texts[-1] + (run if len(texts) == 1 else 0)
    return Measure(size, column, row, cells, longest)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _unreadable(error: Exception) -> str:
    return _("The workbook cannot be read: %(reason)s.") % {"reason": str(error).strip(". ")}
