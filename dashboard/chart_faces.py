"""What tells one chart of the dashboard from another, and what each of them has to say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charts.chart import Chart
from charts.levels import LevelChart
from dashboard.periods import Period
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures of which days a chart tells, and how an address names the sites."""

    sites: Sequence[Site]
    period: Period
    scope_code: str


@dataclass(frozen=True, slots=True)
class ChartFace:
    """A chart of the dashboard."""

    name: str
    title: "StrPromise"
    tell: Callable[[Asked], Told]
    # What is missing where there is nothing to draw.
    nothing: "StrPromise"
    # The pages of the records behind it, and their names.
    behind: tuple[tuple["StrPromise", str], ...]
