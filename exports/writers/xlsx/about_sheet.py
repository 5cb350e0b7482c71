"""The first sheet of a workbook: what this is, of whom, and what it comes to."""

from django.utils.translation import gettext as _
from openpyxl.cell import Cell as Place
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from exports.datasets.columns import SheetColumn
from exports.datasets.table import Table
from exports.writers.cover import Cover, Fact
from exports.writers.xlsx.cells import scale_of
from exports.writers.xlsx.styles import ASIDE, BOLD, HEADLINE, TEXT_FORMAT, UNDERLINE, number_format

NAMES_WIDTH, WORDS_WIDTH, HEADLINE_HEIGHT, SIGNATURE_HEIGHT = 34, 72, 28, 40


class AboutSheet:
    """A sheet of facts. Its sums are filled in when all rows are written."""

    def __init__(self, worksheet: Worksheet, cover: Cover, tables: list[Table]) -> None:
        self._worksheet = worksheet
        self._line = 0
        self._tables = tables
        worksheet.sheet_view.showGridLines = False
        worksheet.column_dimensions["A"].width = NAMES_WIDTH
        worksheet.column_dimensions["B"].width = WORDS_WIDTH
        worksheet.row_dimensions[2].height = HEADLINE_HEIGHT
        worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
        worksheet.sheet_properties.pageSetUpPr.fitToPage = True
        self._headline(cover.company, ASIDE)
        self._headline(f"{cover.title} · {cover.dates}", HEADLINE)
        self._facts(cover.facts)
        self._sums = [place for table in tables for place in self._totals_of(table)]
        self._facts(cover.made)
        self._facts(tuple((line, "") for line in cover.signatures), height=SIGNATURE_HEIGHT)
        self._facts(_legend())

    def fill_in(self) -> None:
        """Write the sums of what was written."""
        totals = (total for table in self._tables for total in table.totals)
        for place, (column, total) in zip(self._sums, totals, strict=True):
            # A float is what a workbook holds; the whole number has no more digits than it can keep.
            place.value = total / scale_of(column.cell)

    def _headline(self, words: str, font: Font) -> None:
        self._line += 1
        self._text(self._line, 1, words).font = font

    def _facts(self, facts: tuple[Fact, ...], *, height: int | None = None) -> None:
        self._line += bool(facts)
        for name, words in facts:
            self._line += 1
            if height is not None:
                self._sign_here(height)
            self._text(self._line, 1, name).font = BOLD
            self._text(self._line, 2, words).alignment = Alignment(wrap_text=True, vertical="top")

    def _sign_here(self, height: int) -> None:
        self._worksheet.row_dimensions[self._line].height = height
        self._worksheet.cell(row=self._line, column=2).border = UNDERLINE

    def _totals_of(self, table: Table) -> list[Place]:
        self._line += bool(table.totals)
        return [self._total(table, column) for column, _total in table.totals]

    def _total(self, table: Table, column: SheetColumn) -> Place:
        self._line += 1
        of = _("Total") if len(self._tables) == 1 else table.title
        self._text(self._line, 1, f"{of}: {column.label}").font = BOLD
        place = self._worksheet.cell(row=self._line, column=2, value=0)
        place.number_format = number_format(column)
        place.alignment = Alignment(horizontal="left")
        return place

    def _text(self, row: int, column: int, words: str) -> Place:
        # What XML cannot hold is refused by openpyxl.
        place = self._worksheet.cell(row=row, column=column, value=ILLEGAL_CHARACTERS_RE.sub("", words))
        # What begins with “=” is taken for a formula.
        place.data_type = "s"
        place.number_format = TEXT_FORMAT
        return place


def _legend() -> tuple[Fact, ...]:
    return (
        (_("Grey rows"), _("A day of the week on which none of these sites works.")),
        (_("Red figures"), _("Below zero.")),
        (_("Tons and hours"), _("Shown with 2 decimals; the cells hold every decimal there is.")),
        (_("Times"), _("As the clocks of each row's site showed them.")),
    )
