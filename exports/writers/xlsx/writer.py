"""XLSX workbooks: openpyxl makes all but the rows, which go into the file as they are read.

See docs/decisions/0050-rows-go-straight-into-a-file.md.
"""

import sys
import zipfile
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from exports.datasets.rows import Part
from exports.datasets.table import Table
from exports.errors import ExportRefused
from exports.writers.cover import Cover
from exports.writers.sink import Progress, Sink
from exports.writers.xlsx.cells import EMPTY, contents_of, number_cell, scale_of, text_cell
from exports.writers.xlsx.template import Sheet, Template

# Nearly as small as the default's, in half the time.
COMPRESSION = 3
HEADINGS_HEIGHT = 30
# A longer one needs a kind of archive that spreadsheets take for a damaged one.
LONGEST_SHEET = 2_000_000_000  # bytes


def write_workbook(cover: Cover, tables: list[Table], *, to: Sink, progress: Progress) -> int:
    """Write every row of the tables; return how many there were. Memory does not grow with them.

    Raises ExportRefused for a sheet longer than a workbook can hold.
    """
    template = Template(cover, tables)
    count = sum(table.count for table in tables)
    written = 0
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as file:
        for name, content in template.fixed_parts():
            file.writestr(name, content)
        for table in tables:
            supply = Supply(table)
            for sheet in template.sheets_of(table):
                head, tail = template.around_rows(sheet)
                with file.open(sheet.part, "w") as part:
                    part.write(head)
                    for rows in SheetWriter(sheet, part).write(supply):
                        written += rows
                        progress(written, count)
                    part.write(tail)
        file.writestr(*template.about())
    return written


class Supply:
    """A table's rows, handed out in the portions that its sheets take."""

    def __init__(self, table: Table) -> None:
        self._parts = table.source.parts()
        self._left: Part | None = None

    def take(self, most: int) -> Iterator[Part]:
        """Yield the rows that come next, up to so many."""
        while most > 0:
            part = self._left or next(self._parts, None)
            if part is None:
                return
            self._left = Part(part.zone, part.rows[most:]) if len(part.rows) > most else None
            taken = part.rows[:most]
            most -= len(taken)
            yield Part(part.zone, taken)


class SheetWriter:
    """Writes the lines of one sheet: headings, records, totals."""

    def __init__(self, sheet: Sheet, to: IO[bytes]) -> None:
        self._sheet = sheet
        self._table = sheet.table
        self._to = to
        self._size = 0
        names = self._table.source.names
        self._contents = [contents_of(column, names.get(column.name, {})) for column in self._table.columns]
        # A line with places for its number and for the contents of its cells.
        self._line = f'<row r="%s">{self._cells(sheet.formats.cells)}</row>'

    def _cells(self, formats: list[int]) -> str:
        letters = zip(self._sheet.letters, formats, strict=True)
        return "".join(f'<c r="{letter}%s" s="{number}"%s' for letter, number in letters)

    def write(self, supply: Supply) -> Iterator[int]:
        """Write all lines, yielding after every few thousand how many records they were."""
        sums_before = dict(self._table.sums)
        self._write_headings()
        line = 2
        # Rows that nobody counted must be noticed, so the last sheet takes whatever is left.
        for part in supply.take(self._sheet.rows if self._sheet.is_followed else sys.maxsize):
            self._write(self._records(part, line))
            line += len(part.rows)
            yield len(part.rows)
        if line == 2:
            self._write_one(line, self._sheet.formats.cells, [text_cell(str(self._table.nothing))])
        elif self._sheet.has_totals:
            self._write_totals(line, sums_before)

    def _records(self, part: Part, first: int) -> str:
        lines = [str(line) for line in range(first, first + len(part.rows))]
        columns = list(zip(*part.rows, strict=True))
        self._table.add(columns)
        pieces = [lines]
        for contents, column in zip(self._contents, columns, strict=True):
            pieces += (lines, contents(column, part.zone))  # type: ignore[arg-type]  # any iterable of texts
        return "".join(map(self._line.__mod__, zip(*pieces, strict=True)))

    def _write_headings(self) -> None:
        headings = [text_cell(str(column.label)) for column in self._table.columns]
        self._write_one(
            1, self._sheet.formats.headings, headings, f' ht="{HEADINGS_HEIGHT}" customHeight="1"'
        )

    def _write_totals(self, line: int, sums_before: dict[int, int]) -> None:
        """Write the sums under the records; they follow the filter, as a person would have them."""
        contents = [EMPTY] * len(self._table.columns)
        for place, total in self._table.sums.items():
            letter = self._sheet.letters[place]
            value = (total - sums_before[place]) / scale_of(self._table.columns[place].cell)
            formula = f"SUBTOTAL(109,{letter}2:{letter}{line - 1})"
            contents[place] = f"><f>{formula}</f>{number_cell(value).removeprefix('>')}"
        label = next((place for place in range(len(contents)) if place not in self._table.sums), None)
        if label is not None:
            contents[label] = text_cell(_("Total"))
        self._write_one(line, self._sheet.formats.totals, contents)

    def _write_one(self, line: int, formats: list[int], contents: list[str], looks: str = "") -> None:
        cells = zip(self._sheet.letters, formats, contents, strict=False)
        content = "".join(f'<c r="{letter}{line}" s="{number}"{cell}' for letter, number, cell in cells)
        self._write(f'<row r="{line}"{looks}>{content}</row>')

    def _write(self, lines: str) -> None:
        content = lines.encode()
        self._size += len(content)
        if self._size > LONGEST_SHEET:
            raise ExportRefused(
                _("This is more than a workbook can hold. Choose CSV, fewer columns or fewer days.")
            )
        self._to.write(content)
