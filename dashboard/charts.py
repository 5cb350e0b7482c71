"""A chart of the dashboard: its definition, its period, and the part of the page that shows it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.chart import Chart
from charts.levels import LevelChart
from charts.panel import panel
from dashboard.addresses import (
    RecordsLink,
    day_address,
    day_query,
    fragment_query,
    page_address,
    records_address,
)
from records.pages.dates import ONE_DAY, PERIODS, Day
from sites.dates import days_until
from sites.models import Site
from sites.scope import Scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

DAYS_PARAMETER = "days"
DEFAULT_DAYS = 30
# Longer periods are shown by the week.
MAX_DAILY = 100

type ByDay[V: (int, Decimal)] = Mapping[dt.date, V]


@dataclass(frozen=True)
class ChartPeriod:
    """A number of operating dates, up to and including the last."""

    last: dt.date
    days: int

    @property
    def first(self) -> dt.date:
        return self.last - (self.days - 1) * ONE_DAY

    @cached_property
    def dates(self) -> tuple[dt.date, ...]:
        """Return every date, oldest first."""
        return days_until(self.last, count=self.days)

    @property
    def is_weekly(self) -> bool:
        return self.days > MAX_DAILY

    @cached_property
    def positions(self) -> tuple[dt.date, ...]:
        """Return the positions of the values: every date, or the first date of each week in the period."""
        return tuple(part[0] for part in self._parts)

    @property
    def corner(self) -> str:
        """Return the heading of the positions."""
        return _("Week from") if self.is_weekly else _("Date")

    @property
    def tons_each(self) -> str:
        """Return the unit of sums of tons."""
        return _("t a week") if self.is_weekly else _("t a day")

    def sums(self, amounts: ByDay[Decimal]) -> list[Decimal]:
        """Return the sum at each position; 0 without amounts."""
        return [sum((amounts[date] for date in part if date in amounts), Decimal(0)) for part in self._parts]

    def known_sums(self, amounts: ByDay[Decimal]) -> list[Decimal | None]:
        """Return the sum at each position; `None` where no date has an amount."""
        return [
            sum(known, Decimal(0)) if (known := [amounts[date] for date in part if date in amounts]) else None
            for part in self._parts
        ]

    def ends[V](self, values: Sequence[V]) -> list[V]:
        """Return the value of the last date of each position; `values` has one for each date."""
        return [values[(part[-1] - self.first).days] for part in self._parts]

    @cached_property
    def _parts(self) -> list[tuple[dt.date, ...]]:
        """Return the dates of each position."""
        if not self.is_weekly:
            return [(date,) for date in self.dates]
        weeks = groupby(self.dates, key=lambda date: date.isocalendar()[:2])
        return [tuple(dates) for _week, dates in weeks]


def requested_days(text: str) -> int:
    """Return the requested length of the period; the default where it is not one of those offered."""
    return next((days for days in PERIODS if str(days) == text), DEFAULT_DAYS)


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
    period: ChartPeriod
    scope_code: str


@dataclass(frozen=True, slots=True)
class ChartLink:
    """A page about the data of a chart: records of the same dates, or the state on the last date."""

    label: "StrPromise"
    url_name: str
    filters: tuple[tuple[str, str], ...] = ()
    is_of_a_day: bool = False

    def address(self, scope_code: str, period: ChartPeriod) -> str:
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


@dataclass(frozen=True)
class ChartCard:
    """A chart of some sites over a period, with its addresses."""

    definition: ChartDefinition
    scope: Scope
    day: Day
    period: ChartPeriod

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def element_id(self) -> str:
        """Return the id of the element, which differs from that of a card."""
        return f"chart-{self.name}"

    @cached_property
    def content(self) -> ChartContent:
        return self.definition.build(ChartRequest(self.scope.sites, self.period, self.scope.code))

    @property
    def is_empty(self) -> bool:
        return self.content.chart.is_empty

    @property
    def panel(self) -> SafeString:
        """Return legend, drawing and table."""
        return panel(self.content.chart, more_levels=self.content.more_levels)

    @property
    def address(self) -> str:
        """Return the address of this part, which keeps to the date of the page around it."""
        return f"{self._path}?{fragment_query(self.scope.code, self.day, **self._days)}"

    @property
    def page_address(self) -> str:
        """Return the page that shows this chart alone, on the running day where this page shows that."""
        date = None if self.day.follows else self.day.date
        return f"{self._path}?{day_query(self.scope.code, date, **self._days)}"

    @property
    def links(self) -> list[RecordsLink]:
        """Return the links to the records of the chart."""
        links = [
            RecordsLink(link.label, link.address(self.scope.code, self.period))
            for link in self.definition.links
        ]
        return [link for link in links if link.href]

    @property
    def _path(self) -> str:
        return page_address("dashboard:chart", self.name)

    @property
    def _days(self) -> dict[str, int]:
        return {DAYS_PARAMETER: self.period.days}
