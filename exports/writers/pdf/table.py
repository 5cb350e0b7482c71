"""A table's rows as texts, all of them in memory: a PDF has no more than some ten thousand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from charts.numbers import MINUS
from core.jobs.cancellation import Check
from exports.datasets.rows import Table
from exports.writers.pdf.layout import Layout, PageFormat, layout_of
from records.columns import CellContext, Column, Raw
from records.columns.dates import read_date

type Row = tuple[str, ...]


@dataclass
class PdfTable:
    """Rows as a person reads them."""

    table: Table
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
    def layout(self) -> Layout:
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


def read_table(table: Table, formats: Sequence[PageFormat], *, check: Check) -> PdfTable:
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
    layout: Layout
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
