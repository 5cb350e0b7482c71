"""XLSX workbooks: openpyxl makes everything except the rows, which are written as they are read.

See docs/decisions/0020-export-rows-without-objects.md.
"""

import io
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.jobs.cancellation import Progress
from exports.datasets.rows import ExportTable, Names, RowBatch
from exports.errors import ExportRefused
from exports.writers.cover import Cover, Fact
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

NAVY, RED, GREY = "FF12233F", "FFB42318", "FF5B6675"
HEADING_FILL = PatternFill("solid", fgColor="FFE7ECF2")
# Conditional formats show their background colour.
NEGATIVE_FILL = PatternFill("solid", bgColor="FFFDECEA")
REST_DAY_FILL = PatternFill("solid", bgColor="FFEDEFF2")
# Bold in the font that openpyxl uses by default.
BOLD = Font(name="Calibri", bold=True, color=NAVY)
TITLE = Font(name="Calibri", size=18, bold=True, color=NAVY)
SUBDUED = Font(name="Calibri", size=11, color=GREY)
UNDERLINE = Border(bottom=Side("thin", NAVY))

# What openpyxl sets on a cell.
type Style = Font | Border | PatternFill | Alignment

# Of every table: its headings, and its row of totals. The other rows are in `cell_style`.
HEADING_STYLE: dict[str, Style] = {
    "font": BOLD,
    "fill": HEADING_FILL,
    "border": Border(bottom=Side("medium", NAVY)),
}
HEADING_TEXT: dict[str, str | bool] = {"vertical": "center", "wrap_text": True}
TOTAL_STYLE: dict[str, Style] = {"font": BOLD, "border": Border(top=Side("thin", NAVY))}

# Text stays text when somebody edits it.
TEXT_FORMAT = "@"


@dataclass(frozen=True)
class TableStyles:
    """The ids of the styles of a table, column by column."""

    headings: list[int]
    cells: list[int]
    totals: list[int]


class StyleIds:
    """Has openpyxl number the styles that the rows, which are written without it, refer to."""

    def __init__(self, workbook: Workbook) -> None:
        # A style gets its id from the first cell that has it, and keeps it when that cell is deleted.
        self._workbook = workbook
        self._scratch = workbook.create_sheet()
        self._used = 0

    def close(self) -> None:
        self._workbook.remove(self._scratch)

    def of(self, columns: tuple[Column, ...]) -> TableStyles:
        """Return the styles of a table with these columns."""
        return TableStyles(
            headings=[
                self._id(TEXT_FORMAT, **HEADING_STYLE, alignment=_alignment(column, **HEADING_TEXT))
                for column in columns
            ],
            cells=[self._id(column.xlsx_number_format, **cell_style(column)) for column in columns],
            totals=[self._id(column.xlsx_number_format, **TOTAL_STYLE) for column in columns],
        )

    def _id(self, number_format: str, **styles: Style) -> int:
        self._used += 1
        cell = self._scratch.cell(row=self._used, column=1)
        cell.number_format = number_format
        for name, style in styles.items():
            setattr(cell, name, style)
        return int(cell.style_id)


def cell_style(column: Column) -> dict[str, Style]:
    """Return how the cells of a column look in every workbook, by the names of openpyxl's attributes.

    A style for some columns is added here, by their class or name.
    """
    return {"alignment": _alignment(column)}


def _alignment(column: Column, **options: str | bool) -> Alignment:
    """Align numbers at the end of a cell, and indent text away from the number before it."""
    if column.is_number:
        return Alignment(horizontal="right", **options)
    return Alignment(horizontal="left", indent=1, **options)


# A sheet has at most 1,048,576 rows, of which one is the headings and one the totals.
ROWS_A_SHEET = 1_048_574
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
LONGEST_TITLE = 26
NOTES_WIDTH, MAX_NAME_WIDTH = 44, 36
# Room for the button of the filter.
FILTER_BUTTON_WIDTH = 4
LABEL_WIDTH, TEXT_WIDTH, TITLE_HEIGHT, SIGNATURE_HEIGHT = 34, 72, 28, 40

ROWS_PLACE = re.compile(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>")
DIMENSION = re.compile(rb'(<dimension ref=")[^"]*')


@dataclass(frozen=True)
class WorkbookSheet:
    """A sheet with some of a table's rows."""

    table: ExportTable
    styles: TableStyles
    rows: int
    # Whether another sheet has more rows of the table.
    is_continued: bool
    # Its name within the file.
    part: str

    @property
    def letters(self) -> list[str]:
        return letters_of(self.table.columns)

    @property
    def has_totals(self) -> bool:
        return bool(self.rows and self.table.sums)

    @property
    def last_line(self) -> int:
        """Return the line of the last row; of the text that there are none."""
        return max(self.rows, 1) + 1


class Template:
    """A workbook without its rows: a sheet about it, and one or more sheets for each table."""

    def __init__(self, cover: Cover, tables: list[ExportTable]) -> None:
        self._workbook = Workbook()
        self._workbook.properties.creator = cover.company
        self._workbook.properties.title = f"{cover.title} · {cover.dates}"
        about = self._workbook.active
        about.title = _("About")
        self._about_part = _part(1)
        style_ids = StyleIds(self._workbook)
        self._sheets = [sheet for table in tables for sheet in self._make_sheets(table, style_ids)]
        style_ids.close()
        self._about = AboutSheet(about, cover, tables)
        self._parts = self._saved()

    def _make_sheets(self, table: ExportTable, style_ids: StyleIds) -> Iterator[WorkbookSheet]:
        styles = style_ids.of(table.columns)
        title = FORBIDDEN_IN_TITLES.sub(" ", table.title)[:LONGEST_TITLE].strip()
        for number, first in enumerate(range(0, max(table.count, 1), ROWS_A_SHEET), start=1):
            worksheet = self._workbook.create_sheet(title if number == 1 else f"{title} {number}")
            # The scratch sheet of the styles comes between the first and these, and is deleted in the end.
            sheet = WorkbookSheet(
                table=table,
                styles=styles,
                rows=min(table.count - first, ROWS_A_SHEET),
                is_continued=first + ROWS_A_SHEET < table.count,
                part=_part(len(self._workbook.worksheets) - 1),
            )
            lay_out(worksheet, sheet)
            yield sheet

    def _saved(self) -> dict[str, bytes]:
        packed = io.BytesIO()
        self._workbook.save(packed)
        with zipfile.ZipFile(packed) as parts:
            return {name: parts.read(name) for name in parts.namelist()}

    def sheets_of(self, table: ExportTable) -> list[WorkbookSheet]:
        """Return the sheets of a table in order."""
        return [sheet for sheet in self._sheets if sheet.table is table]

    def fixed_parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield the parts of the file that do not depend on the rows, each with its name."""
        for name, content in self._parts.items():
            if name != self._about_part and name not in {sheet.part for sheet in self._sheets}:
                yield name, content

    def around_rows(self, sheet: WorkbookSheet) -> tuple[bytes, bytes]:
        """Return what comes before and after the rows of a sheet."""
        content = self._parts[sheet.part]
        place = ROWS_PLACE.search(content)
        assert place is not None
        used = f"A1:{sheet.letters[-1]}{sheet.last_line + sheet.has_totals}"
        head = DIMENSION.sub(rb"\g<1>" + used.encode(), content[: place.start()], count=1)
        return head + b"<sheetData>", b"</sheetData>" + content[place.end() :]

    def about(self) -> tuple[str, bytes]:
        """Return the name and content of the sheet about the workbook, with the sums of the written rows."""
        self._about.fill_in_sums()
        return self._about_part, self._saved()[self._about_part]


def lay_out(worksheet: Worksheet, sheet: WorkbookSheet) -> None:
    """Set the widths, frozen headings, filter, conditional formats and page setup of a sheet."""
    columns = sheet.table.columns
    for letter, column in zip(sheet.letters, columns, strict=True):
        names = sheet.table.source.names.get(column.name, {})
        worksheet.column_dimensions[letter].width = _width(column, names)
    last = f"{sheet.letters[-1]}{sheet.last_line}"
    worksheet.freeze_panes = "A2"
    worksheet.auto_filter.ref = f"A1:{last}"
    _add_conditional_formats(worksheet, sheet, everything=f"A2:{last}")
    worksheet.print_title_rows = "1:1"
    worksheet.page_setup.orientation = worksheet.ORIENTATION_LANDSCAPE
    worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
    worksheet.page_setup.fitToHeight = 0
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    worksheet.oddFooter.left.text = "&A"
    worksheet.oddFooter.right.text = "&P / &N"


def _add_conditional_formats(worksheet: Worksheet, sheet: WorkbookSheet, *, everything: str) -> None:
    """Mark negative numbers, and the weekdays on which no site works."""
    places = list(zip(sheet.letters, sheet.table.columns, strict=True))
    below_zero = CellIsRule(operator="lessThan", formula=["0"], font=Font(color=RED), fill=NEGATIVE_FILL)
    days = sheet.table.rest_days
    # The first rule wins.
    for letter in (letter for letter, column in places if column.is_number):
        worksheet.conditional_formatting.add(f"{letter}2:{letter}{sheet.last_line}", below_zero)
    for letter in (letter for letter, column in places if column.name == "date" and days):
        is_rest_day = f'ISNUMBER(FIND(WEEKDAY(${letter}2,2),"{days}"))'
        worksheet.conditional_formatting.add(
            everything, FormulaRule(formula=[is_rest_day], fill=REST_DAY_FILL)
        )


def _width(column: Column, names: Names) -> int:
    """Return the width of a column in characters, for its heading and its likely values."""
    widest = NOTES_WIDTH if column.name == "notes" else column.xlsx_width
    if names:
        widest = min(max(len(name.label) for name in names.values()) + 2, MAX_NAME_WIDTH)
    return max(widest, len(str(column.label)) + FILTER_BUTTON_WIDTH)


def letters_of(columns: tuple[Column, ...]) -> list[str]:
    """Return the letters of these columns: A, B and so on."""
    return [get_column_letter(place) for place in range(1, len(columns) + 1)]


class AboutSheet:
    """The first sheet: facts about the workbook, and sums that are filled in when all rows are written."""

    def __init__(self, worksheet: Worksheet, cover: Cover, tables: list[ExportTable]) -> None:
        self._worksheet = worksheet
        self._line = 0
        self._tables = tables
        worksheet.sheet_view.showGridLines = False
        worksheet.column_dimensions["A"].width = LABEL_WIDTH
        worksheet.column_dimensions["B"].width = TEXT_WIDTH
        worksheet.row_dimensions[2].height = TITLE_HEIGHT
        worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
        worksheet.sheet_properties.pageSetUpPr.fitToPage = True
        self._heading(cover.company, SUBDUED)
        self._heading(f"{cover.title} · {cover.dates}", TITLE)
        self._facts(cover.facts)
        self._sums = [place for table in tables for place in self._totals_of(table)]
        self._facts(cover.creation)
        self._facts(tuple((line, "") for line in cover.signatures), height=SIGNATURE_HEIGHT)
        self._facts(_legend())

    def fill_in_sums(self) -> None:
        """Write the sums of the rows that were written."""
        totals = (total for table in self._tables for total in table.totals)
        for place, (column, total) in zip(self._sums, totals, strict=True):
            (place.value,) = column.xlsx_values([total], CellContext())

    def _heading(self, text: str, font: Font) -> None:
        self._line += 1
        self._text(self._line, 1, text).font = font

    def _facts(self, facts: tuple[Fact, ...], *, height: int | None = None) -> None:
        self._line += bool(facts)
        for name, text in facts:
            self._line += 1
            if height is not None:
                self._add_signature_line(height)
            self._text(self._line, 1, name).font = BOLD
            self._text(self._line, 2, text).alignment = Alignment(wrap_text=True, vertical="top")

    def _add_signature_line(self, height: int) -> None:
        self._worksheet.row_dimensions[self._line].height = height
        self._worksheet.cell(row=self._line, column=2).border = UNDERLINE

    def _totals_of(self, table: ExportTable) -> list[Cell]:
        self._line += bool(table.totals)
        return [self._total(table, column) for column, _total in table.totals]

    def _total(self, table: ExportTable, column: Column) -> Cell:
        self._line += 1
        of = _("Total") if len(self._tables) == 1 else table.title
        self._text(self._line, 1, f"{of}: {column.label}").font = BOLD
        place = self._worksheet.cell(row=self._line, column=2, value=0)
        place.number_format = column.xlsx_number_format
        place.alignment = Alignment(horizontal="left")
        return place

    def _text(self, row: int, column: int, text: str) -> Cell:
        # openpyxl refuses characters that XML cannot hold.
        place = self._worksheet.cell(row=row, column=column, value=ILLEGAL_CHARACTERS_RE.sub("", text))
        # Otherwise text that begins with “=” becomes a formula.
        place.data_type = "s"
        place.number_format = TEXT_FORMAT
        return place


def _legend() -> tuple[Fact, ...]:
    return (
        (_("Grey rows"), _("A weekday on which none of these sites works.")),
        (_("Red figures"), _("Below zero.")),
        (_("Tons and hours"), _("Shown with 2 decimals; the cells hold all decimals.")),
        (_("Times"), _("In the time zone of each row's site.")),
    )


def _part(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def write_workbook(cover: Cover, tables: list[ExportTable], *, to: BinaryIO, progress: Progress) -> int:
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

    def __init__(self, table: ExportTable) -> None:
        self._batches = table.source.batches()
        self._left: RowBatch | None = None

    def take(self, most: int) -> Iterator[RowBatch]:
        """Yield the next rows, up to so many."""
        while most > 0:
            batch = self._left or next(self._batches, None)
            if batch is None:
                return
            self._left = RowBatch(batch.zone, batch.rows[most:]) if len(batch.rows) > most else None
            taken = batch.rows[:most]
            most -= len(taken)
            yield RowBatch(batch.zone, taken)


class SheetWriter:
    """Writes the lines of one sheet: headings, rows, totals."""

    def __init__(self, sheet: WorkbookSheet, to: IO[bytes]) -> None:
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

    def _rows(self, batch: RowBatch, first: int) -> str:
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
