"""How the cells of a workbook look."""

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from exports.datasets.columns import Cell, SheetColumn

NAVY, RED, GREY = "FF12233F", "FFB42318", "FF5B6675"
HEADING_FILL = PatternFill("solid", fgColor="FFE7ECF2")
# Of a conditional format, whose background is its colour.
NEGATIVE_FILL = PatternFill("solid", bgColor="FFFDECEA")
REST_DAY_FILL = PatternFill("solid", bgColor="FFEDEFF2")
# Bold words of the font that openpyxl gives to all others.
BOLD = Font(name="Calibri", bold=True, color=NAVY)
HEADLINE = Font(name="Calibri", size=18, bold=True, color=NAVY)
ASIDE = Font(name="Calibri", size=11, color=GREY)
UNDERLINE = Border(bottom=Side("thin", NAVY))

# A text that was typed stays a text when somebody edits it.
TEXT_FORMAT = "@"
FORMATS = {
    Cell.DATE: "yyyy-mm-dd",
    Cell.MOMENT: "yyyy-mm-dd hh:mm",
    Cell.TONS: "#,##0.00",
    Cell.HOURS: "#,##0.00",
    Cell.COUNT: "#,##0",
    Cell.NUMBER: "0",
    Cell.FLAG: "General",
}


def number_format(column: SheetColumn) -> str:
    """Return how the cells of a column are shown, figures with their unit."""
    shown = FORMATS.get(column.cell, TEXT_FORMAT)
    return f'{shown}" {column.unit}"' if column.unit and column.cell.is_figure else shown


@dataclass(frozen=True)
class Formats:
    """The numbers by which the cells of a table name their formats, column by column."""

    headings: list[int]
    cells: list[int]
    totals: list[int]


class FormatNumbers:
    """Has openpyxl number the formats that cells written without it will name."""

    def __init__(self, workbook: Workbook) -> None:
        # A format has a number as soon as some cell has it, and keeps it when the cell is gone.
        self._workbook = workbook
        self._scratch = workbook.create_sheet()
        self._used = 0

    def close(self) -> None:
        self._workbook.remove(self._scratch)

    def of(self, columns: tuple[SheetColumn, ...]) -> Formats:
        """Return the formats of a table with these columns."""
        return Formats(
            headings=[self._heading(column) for column in columns],
            cells=[self._number(number_format(column), alignment=_alignment(column)) for column in columns],
            totals=[
                self._number(number_format(column), font=BOLD, border=Border(top=Side("thin", NAVY)))
                for column in columns
            ],
        )

    def _heading(self, column: SheetColumn) -> int:
        return self._number(
            TEXT_FORMAT,
            font=BOLD,
            fill=HEADING_FILL,
            border=Border(bottom=Side("medium", NAVY)),
            alignment=_alignment(column, vertical="center", wrap_text=True),
        )

    def _number(self, shown: str, **looks: Font | Border | PatternFill | Alignment) -> int:
        self._used += 1
        cell = self._scratch.cell(row=self._used, column=1)
        cell.number_format = shown
        for name, look in looks.items():
            setattr(cell, name, look)
        return int(cell.style_id)


def _alignment(column: SheetColumn, **looks: str | bool) -> Alignment:
    """Put figures at the end of a cell, and words a little away from the figures before them."""
    if column.cell.is_figure:
        return Alignment(horizontal="right", **looks)
    return Alignment(horizontal="left", indent=1, **looks)
