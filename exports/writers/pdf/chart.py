"""The chart of a PDF: the first total of a selection by day, week or month."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.chart import PLAIN, Chart, Mark, Series
from charts.drawing import chart_svg
from exports.datasets.rows import first_day, last_day, sum_of
from exports.datasets.selection import Granularity, Selection
from exports.datasets.snapshot import as_int, fetch_rows
from records.columns import Column, NumberColumn
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
