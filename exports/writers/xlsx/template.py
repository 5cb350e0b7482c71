"""All of a workbook but its rows: openpyxl makes it, and leaves an empty place where the rows go."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from exports.datasets.columns import Cell, SheetColumn
from exports.datasets.labels import Names
from exports.datasets.table import Table
from exports.writers.cover import Cover
from exports.writers.xlsx.about_sheet import AboutSheet
from exports.writers.xlsx.styles import NEGATIVE_FILL, RED, REST_DAY_FILL, FormatNumbers, Formats

# The last row that a spreadsheet knows is the 1,048,576th. The first is the headings, and one the totals.
ROWS_A_SHEET = 1_048_574
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
LONGEST_TITLE = 26
WIDTHS = {
    Cell.DATE: 12,
    Cell.MOMENT: 17,
    Cell.TONS: 14,
    Cell.HOURS: 12,
    Cell.COUNT: 10,
    Cell.NUMBER: 10,
    Cell.FLAG: 10,
    Cell.CHOICE: 14,
}
TEXT_WIDTH, NOTES_WIDTH, MOST_OF_A_NAME = 18, 44, 36
# Room for the arrow of the filter.
ARROW = 4

ROWS_PLACE = re.compile(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>")
DIMENSION = re.compile(rb'(<dimension ref=")[^"]*')


@dataclass(frozen=True)
class Sheet:
    """A sheet of records: some of a table's rows, and what they look like."""

    table: Table
    formats: Formats
    rows: int
    # Whether another sheet goes on with the table.
    is_followed: bool
    # How it is called within the file.
    part: str

    @property
    def letters(self) -> list[str]:
        return letters_of(self.table.columns)

    @property
    def has_totals(self) -> bool:
        return bool(self.rows and self.table.sums)

    @property
    def last_line(self) -> int:
        """Return the number of the last record's line; of the sentence that there is none."""
        return max(self.rows, 1) + 1


class Template:
    """A workbook without its rows: a sheet about it, and one or more for each table."""

    def __init__(self, cover: Cover, tables: list[Table]) -> None:
        self._workbook = Workbook()
        self._workbook.properties.creator = cover.company
        self._workbook.properties.title = f"{cover.title} · {cover.dates}"
        about = self._workbook.active
        about.title = _("About")
        self._about_part = _part(1)
        numbers = FormatNumbers(self._workbook)
        self._sheets = [sheet for table in tables for sheet in self._sheets_made(table, numbers)]
        numbers.close()
        self._about = AboutSheet(about, cover, tables)
        self._parts = self._saved()

    def _sheets_made(self, table: Table, numbers: FormatNumbers) -> Iterator[Sheet]:
        formats = numbers.of(table.columns)
        title = FORBIDDEN_IN_TITLES.sub(" ", table.title)[:LONGEST_TITLE].strip()
        for number, first in enumerate(range(0, max(table.count, 1), ROWS_A_SHEET), start=1):
            worksheet = self._workbook.create_sheet(title if number == 1 else f"{title} {number}")
            # The scratch sheet of the formats lies between the first and these, and is gone in the end.
            sheet = Sheet(
                table=table,
                formats=formats,
                rows=min(table.count - first, ROWS_A_SHEET),
                is_followed=first + ROWS_A_SHEET < table.count,
                part=_part(len(self._workbook.worksheets) - 1),
            )
            lay_out(worksheet, sheet)
            yield sheet

    def _saved(self) -> dict[str, bytes]:
        packed = io.BytesIO()
        self._workbook.save(packed)
        with zipfile.ZipFile(packed) as parts:
            return {name: parts.read(name) for name in parts.namelist()}

    def sheets_of(self, table: Table) -> list[Sheet]:
        """Return the sheets of a table, in their order."""
        return [sheet for sheet in self._sheets if sheet.table is table]

    def fixed_parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield what does not depend on the rows, by name."""
        for name, content in self._parts.items():
            if name != self._about_part and name not in {sheet.part for sheet in self._sheets}:
                yield name, content

    def around_rows(self, sheet: Sheet) -> tuple[bytes, bytes]:
        """Return what stands before the rows of a sheet, and behind them."""
        content = self._parts[sheet.part]
        place = ROWS_PLACE.search(content)
        assert place is not None
        used = f"A1:{sheet.letters[-1]}{sheet.last_line + sheet.has_totals}"
        head = DIMENSION.sub(rb"\g<1>" + used.encode(), content[: place.start()], count=1)
        return head + b"<sheetData>", b"</sheetData>" + content[place.end() :]

    def about(self) -> tuple[str, bytes]:
        """Return the sheet about all this, with the sums of the rows that were written."""
        self._about.fill_in()
        return self._about_part, self._saved()[self._about_part]


def lay_out(worksheet: Worksheet, sheet: Sheet) -> None:
    """Give a sheet its widths, its headings' freeze and filter, its marks and its paper."""
    columns = sheet.table.columns
    for letter, column in zip(sheet.letters, columns, strict=True):
        names = sheet.table.source.names.get(column.name, {})
        worksheet.column_dimensions[letter].width = _width(column, names)
    last = f"{sheet.letters[-1]}{sheet.last_line}"
    worksheet.freeze_panes = "A2"
    worksheet.auto_filter.ref = f"A1:{last}"
    _mark(worksheet, sheet, everything=f"A2:{last}")
    worksheet.print_title_rows = "1:1"
    worksheet.page_setup.orientation = worksheet.ORIENTATION_LANDSCAPE
    worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
    worksheet.page_setup.fitToHeight = 0
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    worksheet.oddFooter.left.text = "&A"
    worksheet.oddFooter.right.text = "&P / &N"


def _mark(worksheet: Worksheet, sheet: Sheet, *, everything: str) -> None:
    """Mark what is below zero, and the days of the week on which no site works."""
    places = list(zip(sheet.letters, sheet.table.columns, strict=True))
    below_zero = CellIsRule(operator="lessThan", formula=["0"], font=Font(color=RED), fill=NEGATIVE_FILL)
    days = sheet.table.rest_days
    # What comes first wins.
    for letter in (letter for letter, column in places if column.cell.is_figure):
        worksheet.conditional_formatting.add(f"{letter}2:{letter}{sheet.last_line}", below_zero)
    for letter in (letter for letter, column in places if column.name == "date" and days):
        is_rest_day = f'ISNUMBER(FIND(WEEKDAY(${letter}2,2),"{days}"))'
        worksheet.conditional_formatting.add(
            everything, FormulaRule(formula=[is_rest_day], fill=REST_DAY_FILL)
        )


def _width(column: SheetColumn, names: Names) -> int:
    """Return how wide a column is, in characters, for its heading and for what it is likely to hold."""
    widest = WIDTHS.get(column.cell, NOTES_WIDTH if column.name == "notes" else TEXT_WIDTH)
    if names:
        widest = min(max(len(name.words) for name in names.values()) + 2, MOST_OF_A_NAME)
    return max(widest, len(str(column.label)) + ARROW)


def letters_of(columns: tuple[SheetColumn, ...]) -> list[str]:
    """Return what a spreadsheet calls these columns: A, B and so on."""
    return [get_column_letter(place) for place in range(1, len(columns) + 1)]


def _part(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"
