"""A table's rows as HTML, a real table that is read out cell by cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.numbers import MINUS
from exports.paper_tables import PaperTable


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
