"""A table's rows as texts, and how its columns share the width of a page, in points.

All rows are in memory: a PDF has no more than some ten thousand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from charts.numbers import MINUS
from core.jobs.cancellation import Check
from exports.datasets.rows import ExportTable
from exports.writers.pdf.text import text_fonts, width_of
from records.columns import CellContext, Column, Raw
from records.columns.dates import read_date

# A4, and its margins to the left and right.
SHORT_SIDE, LONG_SIDE, MARGIN = 595, 842, 40
# Between a text and the edge of its cell, on both sides together; as in pdf.css.
PADDING = 8
# In widths of the letter m (ems). Longer texts may take several lines, and get no less than this on each.
COMFORTABLE, LEAST = 16.0, 5.0
# The steps in which width is given and taken, and what a text is given beyond its own width.
STEP, SLACK = 0.25, 0.15


@dataclass(frozen=True)
class PageFormat:
    """A page of A4 and the size of its rows' letters."""

    is_landscape: bool
    # Points.
    size: float

    @property
    def width(self) -> int:
        """Return the width between the margins."""
        return (LONG_SIDE if self.is_landscape else SHORT_SIDE) - 2 * MARGIN

    @property
    def height(self) -> int:
        return SHORT_SIDE if self.is_landscape else LONG_SIDE


PAGE_FORMATS = (
    PageFormat(is_landscape=False, size=8),
    PageFormat(is_landscape=True, size=8),
    PageFormat(is_landscape=True, size=7),
    PageFormat(is_landscape=True, size=6),
)


@dataclass(frozen=True)
class PageTexts:
    """What every page has at its edges."""

    title: str
    company: str
    made: str
    # With places for the page's number and for how many pages there are.
    number: str


@dataclass(frozen=True)
class TableLayout:
    """The page format of a table, and the width of each of its columns, padding included."""

    page: PageFormat
    widths: tuple[float, ...]

    @property
    def shares(self) -> list[float]:
        """Return the part of the width that each column takes, in percent."""
        return [100 * width / sum(self.widths) for width in self.widths]


def layout_of(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    totals: Sequence[str],
    formats: Sequence[PageFormat] = PAGE_FORMATS,
) -> TableLayout:
    """Return the first page format that has room for all columns, else the last with smaller letters."""
    texts = [place for place, column in enumerate(columns) if not column.is_number]
    least, wanted = [], []
    for place, column in enumerate(columns):
        heading = column.heading
        cells = _widest({row[place] for row in rows}, totals[place])
        least.append(max(cells, *(_widest((), word) for word in heading.split(" "))))
        if place in texts:
            least[-1] = min(least[-1], COMFORTABLE)
        wanted.append(max(cells, _widest((), heading)))
    page = next((page for page in formats if sum(least) <= _room(page, len(columns))), formats[-1])
    shared = _shared(least, wanted, _room(page, len(columns)), texts)
    if sum(shared) > _room(page, len(columns)):
        page = PageFormat(page.is_landscape, size=(page.width - PADDING * len(columns)) / sum(shared))
    widths = [width * page.size + PADDING for width in shared]
    # A table is as wide as its page.
    return TableLayout(page, tuple(width * page.width / sum(widths) for width in widths))


def _room(page: PageFormat, columns: int) -> float:
    """Return the width that a page has for texts, in ems."""
    return (page.width - PADDING * columns) / page.size


def _widest(texts: Iterable[str], bold: str) -> float:
    """Return the width that texts, and one in bold, take on one line."""
    fonts = text_fonts()
    return max(width_of(bold, fonts.bold), *(width_of(text, fonts.regular) for text in texts), 0) + SLACK


def _shared(least: list[float], wanted: list[float], room: float, texts: Sequence[int]) -> list[float]:
    """Give what is left to those that want more, or take what is missing from the widest texts."""
    widths = list(least)
    while sum(widths) > room and (long := [place for place in texts if widths[place] > LEAST]):
        widths[max(long, key=widths.__getitem__)] -= STEP
    while sum(widths) + STEP <= room and (
        short := [place for place in range(len(widths)) if widths[place] < wanted[place]]
    ):
        widths[min(short, key=lambda place: widths[place] / wanted[place])] += STEP
    return widths


type Row = tuple[str, ...]


@dataclass
class PdfTable:
    """Rows as a person reads them."""

    table: ExportTable
    # The page formats that it may have; the first that it fits on is taken.
    formats: Sequence[PageFormat]
    rows: list[Row] = field(default_factory=list)
    # Of each row, whether it is of a day of the week on which none of the sites works.
    rest_days: list[bool] = field(default_factory=list)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.table.columns

    @property
    def headings(self) -> Row:
        return tuple(column.heading for column in self.columns)

    @cached_property
    def layout(self) -> TableLayout:
        return layout_of(self.columns, self.rows, self.totals, self.formats)

    @cached_property
    def totals(self) -> Row:
        """Return the row of totals, named in the first column that does not add up."""
        sums = self.table.sums
        named = (
            next((place for place in range(len(self.columns)) if place not in sums), None) if sums else None
        )
        return tuple(
            figure_of(column, sums[place], has_unit=False)
            if place in sums
            else _("Total")
            if place == named
            else ""
            for place, column in enumerate(self.columns)
        )

    @property
    def has_totals(self) -> bool:
        return bool(self.rows and self.table.sums)


def read_table(table: ExportTable, formats: Sequence[PageFormat], *, check: Check) -> PdfTable:
    """Return a table with all of its rows; an exception of `check` ends it."""
    pdf_table = PdfTable(table, formats)
    dates = next((place for place, column in enumerate(table.columns) if column.name == "date"), None)
    for batch in table.source.batches():
        check()
        columns = list(zip(*batch.rows, strict=True))
        table.add(columns)
        contexts = table.source.contexts(batch.zone)
        texts = [
            column.pdf_texts(cells, context)
            for column, cells, context in zip(table.columns, columns, contexts, strict=True)
        ]
        pdf_table.rows += zip(*texts, strict=True)
        pdf_table.rest_days += (
            _rest_days(columns[dates], table.rest_days) if dates is not None else [False] * len(batch.rows)
        )
    return pdf_table


def _rest_days(dates: Sequence[Raw], rest_days: str) -> list[bool]:
    return [str(read_date(date).isoweekday()) in rest_days for date in dates]


def figure_of(column: Column, amount: int, *, has_unit: bool = True) -> str:
    """Return an amount, in the unit of the database, as people read it."""
    (text,) = column.pdf_texts([amount], CellContext())
    # No unit where the label names it already.
    return f"{text} {column.unit}" if has_unit and column.heading != str(column.label) else text


def is_below_zero(column: Column, text: str) -> bool:
    """Return whether a cell is a figure below zero, which is red."""
    return column.is_number and text.startswith(MINUS)


@dataclass(frozen=True)
class HtmlCell:
    text: str
    css_class: str


@dataclass(frozen=True)
class HtmlRow:
    css_class: str
    cells: list[HtmlCell]


@dataclass(frozen=True)
class HtmlTable:
    """A table as the template shows it: a real one, which is read out cell by cell."""

    title: str
    css_class: str
    layout: TableLayout
    headings: list[HtmlCell]
    rows: list[HtmlRow]
    nothing: str


def html_table(table: PdfTable) -> HtmlTable:
    """Return a table for the template."""
    rows = [
        HtmlRow("rest" if is_rest else "", _html_cells(table, cells))
        for cells, is_rest in zip(table.rows, table.rest_days, strict=True)
    ]
    if table.has_totals:
        rows.append(HtmlRow("total", _html_cells(table, table.totals)))
    return HtmlTable(
        title=table.table.title,
        css_class="pages-landscape" if table.layout.page.is_landscape else "pages-portrait",
        layout=table.layout,
        headings=_html_cells(table, table.headings),
        rows=rows,
        nothing=str(table.table.empty_text),
    )


def _html_cells(table: PdfTable, texts: Row) -> list[HtmlCell]:
    return [
        HtmlCell(
            text,
            "" if not column.is_number else "figure below" if is_below_zero(column, text) else "figure",
        )
        for column, text in zip(table.columns, texts, strict=True)
    ]
