"""The summary of a PDF: totals, their breakdown by each dimension, and the chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

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
type Sums = tuple[int, ...]


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
    totals = next(fetch_rows(connection, query), (0,) * len(figures))
    return Summary(
        totals=[
            (str(column.label), figure_of(column, as_int(total)))
            for column, total in zip(figures, totals, strict=True)
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
    parts = [(names[pk].label, tuple(map(as_int, amounts))) for pk, *amounts in fetch_rows(connection, query)]
    return Breakdown(
        title=_("By %(what)s") % {"what": str(by.label).lower()},
        headings=(str(by.label), *(column.heading for column in figures)),
        lines=_rows(parts, figures),
    )


def _sum(parts: Sequence[Sums], figures: Sequence[Column]) -> Sums:
    return tuple(sum(sums[place] for sums in parts) for place in range(len(figures)))


def _rows(parts: list[tuple[str, Sums]], figures: Sequence[Column]) -> list[Row]:
    largest = sorted(sorted(parts), key=itemgetter(1), reverse=True)
    shown, others = largest[:MAX_ROWS], largest[MAX_ROWS:]
    if others:
        name = _("%(count)d others") % {"count": len(others)}
        shown.append((name, _sum([sums for _name, sums in others], figures)))
    return [
        (
            name,
            *(
                figure_of(column, amount, has_unit=False)
                for column, amount in zip(figures, sums, strict=True)
            ),
        )
        for name, sums in shown
    ]
