"""What a chart of the dashboard consists of: its definition, its request and its content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charts.chart import Chart
from charts.levels import LevelChart
from dashboard.addresses import day_address, records_address
from dashboard.charts.period import Period
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


# So many bars are as high as the other charts.
MAX_LEVELS = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the whole period, as a person reads it."""

    label: str
    figure: str


@dataclass(frozen=True, slots=True)
class ChartContent:
    """A chart with its values, and the figures above it."""

    chart: Chart | LevelChart
    facts: Sequence[Fact] = ()
    # More levels, shown in the table of the chart only.
    more_levels: LevelChart | None = None


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """The sites and the period of a chart, and the code of the sites in an address."""

    sites: Sequence[Site]
    period: Period
    scope_code: str


@dataclass(frozen=True, slots=True)
class ChartLink:
    """A page about the data of a chart: records of the same dates, or the state on the last date."""

    label: "StrPromise"
    url_name: str
    filters: tuple[tuple[str, str], ...] = ()
    is_of_a_day: bool = False

    def address(self, scope_code: str, period: Period) -> str:
        """Return the address of the page; empty where it is not part of this portal."""
        if self.is_of_a_day:
            return day_address(self.url_name, scope_code, period.last)
        return records_address(self.url_name, scope_code, *self.filters, first=period.first, last=period.last)


@dataclass(frozen=True, slots=True)
class ChartDefinition:
    """A chart of the dashboard."""

    name: str
    title: "StrPromise"
    build: Callable[[ChartRequest], ChartContent]
    # The text where there is nothing to draw.
    empty_text: "StrPromise"
    links: tuple[ChartLink, ...]
