"""XLSX workbooks: openpyxl makes everything except the rows, which are written as they are read.

See docs/decisions/0020-export-rows-without-objects.md.
"""

import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, BinaryIO

from django.utils.translation import gettext as _

from core.jobs.cancellation import Progress
from exports.datasets.rows import Batch, Table
from exports.errors import ExportRefused
from exports.writers.cover import Cover
from exports.writers.xlsx.template import Sheet, Template
from records.columns import CellContext, Column, Raw
from records.columns.base import XlsxValue

# Nearly as small as with the default level, in half the time.
COMPRESSION = 3
HEADINGS_HEIGHT = 30
# Bytes. A larger sheet needs an archive format that spreadsheets take for damaged.
MAX_SHEET_SIZE = 2_000_000_000

EMPTY_CELL = "/>"
NEEDS_ESCAPE = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|^\s|\s$")
# What XML cannot hold, and what would be read as such an escape.
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(cover: Cover, tables: list[Table], *, to: BinaryIO, progress: Progress) -> int:
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
            rows_left = RowsLeft(table)
            for sheet in template.sheets_of(table):
                head, tail = template.around_rows(sheet)
                with file.open(sheet.part, "w") as part:
                    part.write(head)
                    for rows in SheetWriter(sheet, part).write(rows_left):
                        written += rows
                        progress(written, count)
                    part.write(tail)
        file.writestr(*template.about())
    return written


class RowsLeft:
    """The rows of a table that no sheet has yet."""

    def __init__(self, table: Table) -> None:
        self._batches = table.source.batches()
        self._left: Batch | None = None

    def take(self, most: int) -> Iterator[Batch]:
        """Yield the next rows, up to so many."""
        while most > 0:
            batch = self._left or next(self._batches, None)
            if batch is None:
                return
            self._left = Batch(batch.zone, batch.rows[most:]) if len(batch.rows) > most else None
            taken = batch.rows[:most]
            most -= len(taken)
            yield Batch(batch.zone, taken)


class SheetWriter:
    """Writes the lines of one sheet: headings, rows, totals."""

    def __init__(self, sheet: Sheet, to: IO[bytes]) -> None:
        self._sheet = sheet
        self._table = sheet.table
        self._to = to
        self._size = 0
        # A line with places for its number and for the contents of its cells.
        self._line = f'<row r="%s">{self._cells(sheet.styles.cells)}</row>'

    def _cells(self, style_ids: list[int]) -> str:
        letters = zip(self._sheet.letters, style_ids, strict=True)
        return "".join(f'<c r="{letter}%s" s="{style}"%s' for letter, style in letters)

    def write(self, rows_left: RowsLeft) -> Iterator[int]:
        """Write all lines, yielding after every few thousand how many rows they were."""
        sums_before = dict(self._table.sums)
        self._write_headings()
        line = 2
        # The last sheet takes all that is left, so that rows that were not counted are noticed.
        for batch in rows_left.take(self._sheet.rows if self._sheet.is_continued else sys.maxsize):
            self._write(self._rows(batch, line))
            line += len(batch.rows)
            yield len(batch.rows)
        if line == 2:
            self._write_one(line, self._sheet.styles.cells, [text_cell(str(self._table.empty_text))])
        elif self._sheet.has_totals:
            self._write_totals(line, sums_before)

    def _rows(self, batch: Batch, first: int) -> str:
        lines = [str(line) for line in range(first, first + len(batch.rows))]
        cells = list(zip(*batch.rows, strict=True))
        self._table.add(cells)
        pieces = [lines]
        contexts = self._table.source.contexts(batch.zone)
        for column, column_cells, context in zip(self._table.columns, cells, contexts, strict=True):
            pieces += (lines, contents_of(column, column_cells, context))
        return "".join(map(self._line.__mod__, zip(*pieces, strict=True)))

    def _write_headings(self) -> None:
        headings = [text_cell(str(column.label)) for column in self._table.columns]
        self._write_one(1, self._sheet.styles.headings, headings, f' ht="{HEADINGS_HEIGHT}" customHeight="1"')

    def _write_totals(self, line: int, sums_before: dict[int, int]) -> None:
        """Write the sums under the rows, as formulas that follow the filter."""
        contents = [EMPTY_CELL] * len(self._table.columns)
        for place, total in self._table.sums.items():
            letter = self._sheet.letters[place]
            (content,) = contents_of(self._table.columns[place], [total - sums_before[place]], CellContext())
            formula = f"SUBTOTAL(109,{letter}2:{letter}{line - 1})"
            contents[place] = f"><f>{formula}</f>{content.removeprefix('>')}"
        label = next((place for place in range(len(contents)) if place not in self._table.sums), None)
        if label is not None:
            contents[label] = text_cell(_("Total"))
        self._write_one(line, self._sheet.styles.totals, contents)

    def _write_one(self, line: int, style_ids: list[int], contents: list[str], attributes: str = "") -> None:
        cells = zip(self._sheet.letters, style_ids, contents, strict=False)
        content = "".join(f'<c r="{letter}{line}" s="{style}"{cell}' for letter, style, cell in cells)
        self._write(f'<row r="{line}"{attributes}>{content}</row>')

    def _write(self, lines: str) -> None:
        content = lines.encode()
        self._size += len(content)
        if self._size > MAX_SHEET_SIZE:
            raise ExportRefused(
                _("A workbook cannot hold so many rows. Choose CSV, fewer columns or fewer days.")
            )
        self._to.write(content)


def contents_of(column: Column, cells: Sequence[Raw], context: CellContext) -> list[str]:
    """Return the cells of a column as XML: what follows `<c r="A1" s="2"`."""
    values = column.xlsx_values(cells, context)
    if column.is_number:
        return [EMPTY_CELL if value is None else f"><v>{value}</v></c>" for value in values]
    # Most values occur many times in a batch.
    values = list(values)
    contents = {value: _content_of(value) for value in set(values)}
    return [contents[value] for value in values]


def _content_of(value: XlsxValue) -> str:
    match value:
        case None:
            return EMPTY_CELL
        case str():
            return text_cell(value)
        case bool():
            return f' t="b"><v>{int(value)}</v></c>'
        case _:
            return f"><v>{value}</v></c>"


def text_cell(text: str) -> str:
    """Return a text as the contents of a cell.

    The text is written into its cell (an inline string), so that it is text whatever it begins with, and
    that no table of shared strings grows with the rows.
    """
    if not text:
        return EMPTY_CELL
    if not NEEDS_ESCAPE.search(text):
        return f' t="inlineStr"><is><t>{text}</t></is></c>'
    return f' t="inlineStr"><is><t xml:space="preserve">{_escape(text)}</t></is></c>'


def _escape(text: str) -> str:
    """Escape a text as an XLSX file does: a character that XML cannot hold becomes `_x0007_`."""
    text = NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
