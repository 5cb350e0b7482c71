"""What tells one chart of the dashboard from another, and what each of them has to say."""

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


# So many bars are as high as the other drawings.
MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the whole period, as a person reads it."""

    label: str
    figure: str


@dataclass(frozen=True, slots=True)
class Told:
    """A chart with its figures in it, and what they come to."""

    chart: Chart | LevelChart
    facts: Sequence[Fact] = ()
    # What its table tells besides.
    besides: LevelChart | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures of which days a chart tells, and how an address names the sites."""

    sites: Sequence[Site]
    period: Period
    scope_code: str


@dataclass(frozen=True, slots=True)
class PageBehind:
    """A page that tells more of what a chart draws: records of the same dates, or what stood on the last."""

    label: "StrPromise"
    url_name: str
    narrowed_by: tuple[tuple[str, str], ...] = ()
    is_of_a_day: bool = False

    def address(self, scope_code: str, period: Period) -> str:
        """Return where it is; empty where the page is not part of this portal."""
        if self.is_of_a_day:
            return day_address(self.url_name, scope_code, period.last)
        return records_address(
            self.url_name, scope_code, *self.narrowed_by, first=period.first, last=period.last
        )


@dataclass(frozen=True, slots=True)
class ChartFace:
    """A chart of the dashboard."""

    name: str
    title: "StrPromise"
    tell: Callable[[Asked], Told]
    # What is missing where there is nothing to draw.
    nothing: "StrPromise"
    behind: tuple[PageBehind, ...]
