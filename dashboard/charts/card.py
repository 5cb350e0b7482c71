"""The charts of the dashboard, each a part of the page that is fetched after the page."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from charts.panel import panel
from dashboard.addresses import RecordsLink, day_query, fragment_query, page_address
from dashboard.charts.definition import ChartContent, ChartDefinition, ChartRequest
from dashboard.charts.flow import FLOW
from dashboard.charts.period import DAYS_PARAMETER, Period
from dashboard.charts.production import PRODUCTION
from dashboard.charts.stock import CATEGORIES, LEVELS
from dashboard.charts.work import EQUIPMENT, MANPOWER
from records.pages.dates import Day
from sites.scope import Scope

CHARTS = {
    definition.name: definition for definition in (PRODUCTION, FLOW, CATEGORIES, LEVELS, EQUIPMENT, MANPOWER)
}


@dataclass(frozen=True)
class ChartCard:
    """A chart of some sites over a period, with its addresses."""

    definition: ChartDefinition
    scope: Scope
    day: Day
    period: Period

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
