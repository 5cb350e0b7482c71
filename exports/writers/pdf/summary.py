"""The summary of a PDF: totals, their breakdown by each dimension, and the chart."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Value
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from charts.chart import PLAIN, Chart, Mark, Series
from charts.drawing import chart_svg
from exports.datasets.rows import as_int, fetch_rows, first_day, last_day, names_of, sum_of
from exports.datasets.selection import RECORDS, Granularity, Selection
from exports.writers.pdf.table import figure_of
from records.columns import Column, NumberColumn, ReferenceColumn
from records.columns.dates import read_date

# Pixels, 96 to the inch.
WIDTH, HEIGHT = 680, 200
# As in pdf.css: an SVG does not inherit the fonts of its page.
FONTS = "Noto Sans, Liberation Sans, DejaVu Sans, sans-serif"
# With more bars, the chart has weeks or months instead of days.
MAX_BARS = 62
DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Drawing:
    title: str
    svg: SafeString


def drawing_of(connection: BaseDatabaseWrapper, selection: Selection) -> Drawing | None:
    """Return the chart of a selection in two queries; None where no column adds up."""
    dataset = selection.dataset
    if not dataset.chart_in:
        return None
    period = _period(selection)
    ups, downs = (
        _sums(connection, selection, columns, period) for columns in (dataset.chart_in, dataset.chart_out)
    )
    starts = list(_starts(selection, period))
    first = dataset.chart_in[0]
    assert isinstance(first, NumberColumn)

    def amounts(sums: Counter[dt.date]) -> list[Decimal]:
        return [Decimal(first.from_stored(sums[start])) for start in starts]

    label = _("Tons in (up) and out (down)") if dataset.chart_out else str(first.label)
    series = [Series(label, amounts(ups), Mark.BAR, style=PLAIN[0])]
    if dataset.chart_out:
        series = [
            Series(_("In"), amounts(ups), Mark.BAR, style=PLAIN[0]),
            Series(_("Out"), amounts(downs), Mark.BAR, is_downward=True, style=PLAIN[1]),
        ]
    title = _title(label, period)
    chart = Chart("course", title, str(first.unit), _("Date"), starts, series)
    return Drawing(title, chart_svg(chart, width=WIDTH, height=HEIGHT, family=FONTS))


def _period(selection: Selection) -> Granularity:
    """Return the shortest period that gives few enough bars."""
    days = (selection.last - selection.first).days + 1
    if days <= MAX_BARS:
        return Granularity.DAILY
    return Granularity.WEEKLY if days <= MAX_BARS * DAYS_A_WEEK else Granularity.MONTHLY


def _title(label: str, period: Granularity) -> str:
    titles = {
        Granularity.DAILY: _("%(figure)s per day"),
        Granularity.WEEKLY: _("%(figure)s per week"),
        Granularity.MONTHLY: _("%(figure)s per month"),
    }
    return titles[period] % {"figure": label}


def _start(date: dt.date, period: Granularity) -> dt.date:
    return date if period == Granularity.DAILY else first_day(date, period)


def _starts(selection: Selection, period: Granularity) -> Iterator[dt.date]:
    """Yield the first day of each period from the first to the last date."""
    start = _start(selection.first, period)
    while start <= selection.last:
        yield start
        end = start if period == Granularity.DAILY else last_day(start, period)
        start = end + dt.timedelta(days=1)


def _sums(
    connection: BaseDatabaseWrapper, selection: Selection, columns: Sequence[Column], period: Granularity
) -> Counter[dt.date]:
    """Return the sum of these columns by the first day of each period, in the unit of the database."""
    sums: Counter[dt.date] = Counter()
    if columns:
        totals = {f"sum_of_{column.name}": sum_of(column) for column in columns}
        query = selection.records.values("date").annotate(**totals).values_list("date", *totals)
        for date, *amounts in fetch_rows(connection, query):
            sums[_start(read_date(date), period)] += sum(map(as_int, amounts))
    return sums


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
        None
        if column.alike_by or all(sums[place] is None for sums in parts)
        else sum(sums[place] or 0 for sums in parts)
        for place, column in enumerate(figures)
    )


def _largest_first(part: tuple[str, Sums]) -> tuple[list[int], str]:
    name, sums = part
    return [-(amount or 0) for amount in sums], name


def _rows(parts: list[tuple[str, Sums]], figures: Sequence[Column]) -> list[Row]:
    largest = sorted(parts, key=_largest_first)
    shown, others = largest[:MAX_ROWS], largest[MAX_ROWS:]
    if others:
        count = len(others)
        name = ngettext("%(count)d other", "%(count)d others", count) % {"count": count}
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
