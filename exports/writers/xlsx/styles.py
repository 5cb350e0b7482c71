"""How the cells of a workbook look."""

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from records.columns import Column

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
            headings=[self._heading(column) for column in columns],
            cells=[self._id(column.xlsx_number_format, alignment=_alignment(column)) for column in columns],
            totals=[
                self._id(column.xlsx_number_format, font=BOLD, border=Border(top=Side("thin", NAVY)))
                for column in columns
            ],
        )

    def _heading(self, column: Column) -> int:
        return self._id(
            TEXT_FORMAT,
            font=BOLD,
            fill=HEADING_FILL,
            border=Border(bottom=Side("medium", NAVY)),
            alignment=_alignment(column, vertical="center", wrap_text=True),
        )

    def _id(self, number_format: str, **styles: Font | Border | PatternFill | Alignment) -> int:
        self._used += 1
        cell = self._scratch.cell(row=self._used, column=1)
        cell.number_format = number_format
        for name, style in styles.items():
            setattr(cell, name, style)
        return int(cell.style_id)


def _alignment(column: Column, **options: str | bool) -> Alignment:
    """Align numbers at the end of a cell, and indent text away from the number before it."""
    if column.is_number:
        return Alignment(horizontal="right", **options)
    return Alignment(horizontal="left", indent=1, **options)
