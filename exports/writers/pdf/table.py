"""A table's rows in words, all of them in memory: paper takes no more than some ten thousand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.numbers import MINUS
from exports.datasets.columns import SheetColumn
from exports.datasets.snapshot import Raw, day_of
from exports.datasets.table import Table
from exports.writers.pdf.layout import Layout, Paper, layout_of
from exports.writers.pdf.text import figure_of, heading_of, words_of
from exports.writers.sink import StillWanted


@dataclass
class PaperTable:
    """Rows as a person reads them."""

    table: Table
    # The papers that it may be on, the first that it fits on is taken.
    papers: Sequence[Paper]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    # Of each row, whether it is of a day of the week on which none of the sites works.
    rests: list[bool] = field(default_factory=list)

    @property
    def columns(self) -> tuple[SheetColumn, ...]:
        return self.table.columns

    @property
    def headings(self) -> list[str]:
        return [heading_of(column) for column in self.columns]

    @cached_property
    def layout(self) -> Layout:
        return layout_of(self.columns, [*self.rows, self.totals], self.papers)

    @property
    def totals(self) -> tuple[str, ...]:
        """Return the last line: the sum of each column that adds up, an empty text for any other."""
        sums = self.table.sums
        return tuple(
            figure_of(column, sums[place], has_unit=False) if place in sums else ""
            for place, column in enumerate(self.columns)
        )


def read(table: Table, papers: Sequence[Paper], *, require_wanted: StillWanted) -> PaperTable:
    """Return a table with all of its rows; whatever `require_wanted` raises ends it."""
    paper = PaperTable(table, papers)
    names = table.source.names
    words = [words_of(column, names.get(column.name, {})) for column in table.columns]
    dates = next((place for place, column in enumerate(table.columns) if column.name == "date"), None)
    for part in table.source.parts():
        require_wanted()
        columns = list(zip(*part.rows, strict=True))
        table.add(columns)
        texts = [make(cells, part.zone) for make, cells in zip(words, columns, strict=True)]
        paper.rows += zip(*texts, strict=True)
        paper.rests += (
            _rests(columns[dates], table.rest_days) if dates is not None else [False] * len(part.rows)
        )
    return paper


def _rests(dates: Sequence[Raw], rest_days: str) -> list[bool]:
    return [str(day_of(date).isoweekday()) in rest_days for date in dates]


@dataclass(frozen=True)
class RowsSheet:
    """What the template shows of a table."""

    title: str
    look: str
    shares: list[str]
    headings: SafeString
    rows: SafeString
    nothing: str


def rows_sheet(paper: PaperTable) -> RowsSheet:
    """Return a table as the template shows it."""
    looks = ["figure" if column.cell.is_figure else "" for column in paper.columns]
    headings = (
        f'<th scope="col"{_class(look)}>{escape(heading)}</th>'
        for look, heading in zip(looks, paper.headings, strict=True)
    )
    return RowsSheet(
        title=paper.table.title,
        look="pages-wide" if paper.layout.paper.is_landscape else "pages-upright",
        shares=[f"{share:.2f}" for share in paper.layout.shares],
        headings=SafeString("".join(headings)),
        rows=SafeString("".join(_lines(paper, looks))),
        nothing=str(paper.table.nothing),
    )


def _lines(paper: PaperTable, looks: Sequence[str]) -> Iterator[str]:
    for cells, rests in zip(paper.rows, paper.rests, strict=True):
        yield f"<tr{_class('rest' if rests else '')}>{_cells(cells, looks)}</tr>"
    if paper.rows and paper.table.sums:
        yield f'<tr class="total">{_cells(with_label(paper), looks)}</tr>'


def _cells(cells: Sequence[str], looks: Sequence[str]) -> str:
    return "".join(
        f"<td{_class(f'{look} below' if look and cell.startswith(MINUS) else look)}>{escape(cell)}</td>"
        for cell, look in zip(cells, looks, strict=True)
    )


def _class(look: str) -> str:
    return f' class="{look}"' if look else ""


def with_label(paper: PaperTable) -> tuple[str, ...]:
    """Return the line of totals, named in the first column that does not add up."""
    named = next((place for place in range(len(paper.columns)) if place not in paper.table.sums), None)
    return tuple(_("Total") if place == named else cell for place, cell in enumerate(paper.totals))
