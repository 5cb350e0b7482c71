"""Reading XLSX through calamine, after a look at what the file would unfold to."""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from imports.errors import ImportRefused
from imports.tables import MAX_COLUMNS, Reading, Row, Table, cleaned_headings

type Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

# calamine unfolds a sheet in memory, and every cell between the first and the last that is used.
MAX_UNPACKED = 300 * 1024 * 1024
MAX_CELLS = 5_000_000
MAX_TEXT = 1024 * 1024 * 1024
CHUNK = 1024 * 1024
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
PLACE_LENGTH = 32
DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@contextmanager
def open_workbook(path: Path, reading: Reading) -> Iterator[Table]:
    """Open a sheet of a workbook. Raises ImportRefused, then and while its rows are read."""
    _require_sensible(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
    except CalamineError as error:
        raise ImportRefused(_unreadable(error)) from error
    with workbook:
        sheet = _chosen(workbook, reading.sheet)
        rows = _rows(sheet)
        headings: Row | None = None
        for row in rows:
            if row.line == reading.headings_line:
                headings = row
                break
        if headings is None:
            raise ImportRefused(
                _("The sheet has nothing on line %(line)d.") % {"line": reading.headings_line}
            )
        cells = list(headings.cells)
        # A sheet is as wide as its widest row; headings end where they end.
        while cells and not cells[-1].strip():
            cells.pop()
        width = len(cells)
        length = sheet.total_height
        yield Table(cleaned_headings(cells, headings.line), (_cut(row, width) for row in rows), length)


def first_rows(path: Path, *, sheets: int, rows: int) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the name of each sheet and how it begins. Raises ImportRefused."""
    _require_sensible(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            for name in workbook.sheet_names[:sheets]:
                cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=rows)
                yield name, [[_text(cell) for cell in row] for row in cells]
    except CalamineError as error:
        raise ImportRefused(_unreadable(error)) from error


def _cut(row: Row, width: int) -> Row:
    """Drop the empty cells beyond the headings."""
    if any(cell.strip() for cell in row.cells[width:]):
        return row
    return Row(row.line, row.cells[:width])


def _chosen(workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
    names = workbook.sheet_names
    if name is None and len(names) == 1:
        name = names[0]
    if name is None or name not in names:
        raise ImportRefused(
            _("The workbook has the sheets %(names)s. Say which.") % {"names": ", ".join(names)},
            option="--sheet",
        )
    try:
        return workbook.get_sheet_by_name(name)
    except CalamineError as error:
        raise ImportRefused(_unreadable(error)) from error


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    """Yield the rows with the numbers that they have in the sheet."""
    for line, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        yield Row(line, tuple(_text(cell) for cell in cells))


def _text(cell: Cell) -> str:
    """Return a cell as a text that says exactly what the workbook says."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            # Every number of a workbook is a float; its shortest writing is what a person typed.
            return format(Decimal(repr(cell)).normalize(), "f")
        case _:
            return str(cell)


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


def _require_sensible(path: Path) -> None:
    """Refuse what would take more memory than any workbook of records, before it is unfolded."""
    whole = Measure()
    try:
        with zipfile.ZipFile(path) as packed:
            if "xl/workbook.xml" not in packed.namelist():
                raise ImportRefused(_("This is a packed file, but not an XLSX workbook."))
            if any(name.casefold().endswith("vbaproject.bin") for name in packed.namelist()):
                raise ImportRefused(_("The workbook has macros. Save it as an .xlsx without them."))
            for name in packed.namelist():
                whole = whole.beside(_measured(packed, name, MAX_UNPACKED - whole.size))
                if not whole.is_sensible:
                    raise ImportRefused(
                        _("The workbook is too large to be read whole. Save its sheet as CSV.")
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(_unreadable(error)) from error


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
            if DECLARES.search(piece):
                raise ImportRefused(_("The workbook declares entities, as none needs to: it is not read."))
            # A place cut in two by the end of a piece is whole in the next one.
            tail = piece[-PLACE_LENGTH:]
            for place in PLACE.finditer(piece):
                column = max(column, _column_number(place[1]))
                row = max(row, int(place[2]))
                cells += 1
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
