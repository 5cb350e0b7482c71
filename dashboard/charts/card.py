"""The charts of the dashboard: each a part of the page that is fetched when the page is there."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from charts.levels import LevelChart
from charts.panel import levels_panel, panel
from dashboard.addresses import Lead, day_query, fragment_query, page_address
from dashboard.charts.definition import Asked, ChartFace, Told
from dashboard.charts.flow import FLOWS
from dashboard.charts.period import PARAMETER, Period
from dashboard.charts.production import PRODUCTION
from dashboard.charts.stock import CATEGORIES, LEVELS
from dashboard.charts.work import EQUIPMENT, MANPOWER
from records.pages.dates import Day
from sites.scope import Scope

CHART_FACES = {face.name: face for face in (PRODUCTION, FLOWS, CATEGORIES, LEVELS, EQUIPMENT, MANPOWER)}


@dataclass(frozen=True)
class ChartCard:
    """A chart of some sites over a period, with where it is fetched from and where it leads."""

    face: ChartFace
    scope: Scope
    day: Day
    period: Period

    @property
    def name(self) -> str:
        return self.face.name

    @property
    def element_id(self) -> str:
        """Return the name of the element, which a chart does not share with a card."""
        return f"chart-{self.face.name}"

    @cached_property
    def told(self) -> Told:
        return self.face.tell(Asked(self.scope.sites, self.period, self.scope.code))

    @property
    def is_empty(self) -> bool:
        return self.told.chart.is_empty

    @property
    def panel(self) -> SafeString:
        """Return legend, drawing and table."""
        chart = self.told.chart
        if isinstance(chart, LevelChart):
            return levels_panel(chart)
        return panel(chart, besides=self.told.besides)

    @property
    def address(self) -> str:
        """Return where this part is fetched from: it stays with the days that the page around it names."""
        return f"{self._path}?{fragment_query(self.scope.code, self.day, **self._days)}"

    @property
    def page_address(self) -> str:
        """Return the page that shows this chart alone, which moves on with the day where this one does."""
        date = None if self.day.follows else self.day.date
        return f"{self._path}?{day_query(self.scope.code, date, **self._days)}"

    @property
    def _path(self) -> str:
        return page_address("dashboard:chart", self.name)

    @property
    def _days(self) -> dict[str, int]:
        return {PARAMETER: self.period.days}

    @property
    def links(self) -> list[Lead]:
        """Return the ways to the records behind the chart."""
        links = [Lead(page.label, page.address(self.scope.code, self.period)) for page in self.face.behind]
        return [link for link in links if link.href]
