"""The charts of the dashboard over a year of a site, each against one statement for its figures."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from bench.filling import LAST_DAY, Filled, statement
from bench.measuring import Measured, Report, against
from charts.chart import Chart
from charts.levels import LevelChart
from charts.panel import panel
from dashboard.chart_figures import CHARTS
from dashboard.charts import ChartContent, ChartPeriod, ChartRequest

YEAR = ChartPeriod(LAST_DAY, 365)

type Line = tuple[object, ...]


@dataclass(frozen=True)
class Floor:
    """What a chart's statement and the chart itself come to, which must be the same."""

    of_lines: Callable[[list[Line]], Decimal]
    of_chart: Callable[[ChartContent], Decimal]


def measured_charts(report: Report, filled: Filled) -> dict[str, Measured]:
    """Measure each chart over a year, with its drawing and table, against the statement for its figures."""
    measured = {}
    for name in CHARTS:
        on_floor, in_chart = totals(name, filled)
        assert on_floor == in_chart, f"floor and chart differ: {name}"
        measured[name] = against(lambda: _draw(name, filled), lambda: _lines(name, filled), rounds=30)  # noqa: B023
        report.at_most(
            f"chart of a year, drawn, against its statement: {name}",
            value=measured[name].ratio,
            most=3,
            detail=measured[name].words,
        )
    return measured


def totals(name: str, filled: Filled) -> tuple[Decimal, Decimal]:
    """Return what the statement of a chart comes to, and what the chart does."""
    floor = FLOORS[name]
    return floor.of_lines(_lines(name, filled)), floor.of_chart(_content(name, filled))


def _content(name: str, filled: Filled) -> ChartContent:
    return CHARTS[name].build(ChartRequest([filled.site], YEAR, filled.site.code))


def _draw(name: str, filled: Filled) -> str:
    return panel(_content(name, filled).chart)


def _lines(name: str, filled: Filled) -> list[Line]:
    values: Mapping[str, int | dt.date] = {"site": filled.site.pk, "first": YEAR.first, "last": YEAR.last}
    with connection.cursor() as cursor:
        cursor.execute(statement(f"chart_{name}"), values)
        lines: list[Line] = cursor.fetchall()
        return lines


def _column(number: int, *, dated: bool | None = None, scale: int = 1) -> Callable[[list[Line]], Decimal]:
    """Add a column up, of all lines or of those that do, or do not, begin with something."""

    def total(lines: list[Line]) -> Decimal:
        counted = (line for line in lines if dated is None or (line[0] is not None) == dated)
        return sum((Decimal(str(line[number] or 0)) for line in counted), Decimal(0)) / scale

    return total


def _series(number: int) -> Callable[[ChartContent], Decimal]:
    def total(content: ChartContent) -> Decimal:
        assert isinstance(content.chart, Chart)
        return sum((Decimal(value or 0) for value in content.chart.series[number].values), Decimal(0))

    return total


def _last_of_all(content: ChartContent) -> Decimal:
    assert isinstance(content.chart, Chart)
    return sum((Decimal(series.values[-1] or 0) for series in content.chart.series), Decimal(0))


def _levels(content: ChartContent) -> Decimal:
    assert isinstance(content.chart, LevelChart)
    return sum((Decimal(level.value) for level in content.chart.levels), Decimal(0))


def _fact(number: int) -> Callable[[ChartContent], Decimal]:
    return lambda content: Decimal(content.facts[number].figure.removesuffix(" h").replace(",", ""))


FLOORS = {
    "production": Floor(_column(1, scale=1000), _series(0)),
    "flow": Floor(_column(1, scale=1000), _series(0)),
    "categories": Floor(_column(2, dated=False, scale=1000), _last_of_all),
    "levels": Floor(_column(1, scale=1000), _levels),
    "equipment": Floor(_column(1, scale=100), _fact(1)),
    "manpower": Floor(_column(3, scale=100), _fact(2)),
}
