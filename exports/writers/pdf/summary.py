"""The summary of a PDF: totals, their breakdown by each dimension, and the chart."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Value
from django.utils.translation import gettext as _

from exports.datasets.rows import names_of, sum_of
from exports.datasets.selection import RECORDS, Selection
from exports.datasets.snapshot import as_int, fetch_rows
from exports.writers.pdf.chart import Drawing, drawing_of
from exports.writers.pdf.table import figure_of
from records.columns import Column, ReferenceColumn

MAX_ROWS = 12

type Row = tuple[str, ...]
# None where there is nothing, or where things that are not alike would be added up.
type Sums = tuple[int | None, ...]


@dataclass(frozen=True)
class Breakdown:
    """The totals by one dimension, such as the material, the largest first."""

    title: str
    headings: Row
    lines: list[Row]


@dataclass(frozen=True)
class Summary:
    """What comes before the rows."""

    # Each label with its total and unit.
    totals: list[tuple[str, str]]
    breakdowns: list[Breakdown]
    # None where no column adds up.
    drawing: Drawing | None


def summary_of(connection: BaseDatabaseWrapper, selection: Selection) -> Summary:
    """Return the summary of a selection, in a few queries."""
    figures = (*selection.dataset.totals, RECORDS)
    sums = {f"sum_of_{column.name}": sum_of(column) for column in figures}
    query = selection.records.annotate(all=Value(1)).values("all").annotate(**sums).values_list(*sums)
    # Without rows there is nothing to add up, only their number.
    totals = next(fetch_rows(connection, query), (*[None] * len(selection.dataset.totals), 0))
    return Summary(
        totals=[
            (str(column.label), figure_of(column, as_int(total)))
            for column, total in zip(figures, totals, strict=True)
            if total is not None
        ],
        breakdowns=[
            _breakdown(connection, selection, dimension)
            for dimension in selection.dataset.dimensions
            if isinstance(dimension, ReferenceColumn) and totals[-1]
        ],
        drawing=drawing_of(connection, selection) if totals[-1] else None,
    )


def _breakdown(connection: BaseDatabaseWrapper, selection: Selection, by: Column) -> Breakdown:
    figures = (*selection.dataset.totals, RECORDS)
    sums = {f"sum_of_{column.name}": sum_of(column) for column in figures}
    query = selection.records.values(by.name).annotate(**sums).values_list(by.name, *sums)
    names = names_of(connection, [by])[by.name]
    found = list(fetch_rows(connection, query))
    # Without the figures that no row has.
    used = [place for place in range(len(figures)) if any(row[place + 1] is not None for row in found)]
    figures = tuple(figures[place] for place in used)
    parts = [
        (names[pk].label, tuple(None if cells[place] is None else as_int(cells[place]) for place in used))
        for pk, *cells in found
    ]
    return Breakdown(
        title=_("By %(what)s") % {"what": str(by.label).lower()},
        headings=(str(by.label), *(column.heading for column in figures)),
        lines=_rows(parts, figures),
    )


def _sum(parts: Sequence[Sums], figures: Sequence[Column]) -> Sums:
    return tuple(
        None if column.alike_by else sum(sums[place] or 0 for sums in parts)
        for place, column in enumerate(figures)
    )


def _largest_first(part: tuple[str, Sums]) -> tuple[list[int], str]:
    name, sums = part
    return [-(amount or 0) for amount in sums], name


def _rows(parts: list[tuple[str, Sums]], figures: Sequence[Column]) -> list[Row]:
    largest = sorted(parts, key=_largest_first)
    shown, others = largest[:MAX_ROWS], largest[MAX_ROWS:]
    if others:
        name = _("%(count)d others") % {"count": len(others)}
        shown.append((name, _sum([sums for _name, sums in others], figures)))
    return [
        (
            name,
            *(
                "" if amount is None else figure_of(column, amount, has_unit=False)
                for column, amount in zip(figures, sums, strict=True)
            ),
        )
        for name, sums in shown
    ]
