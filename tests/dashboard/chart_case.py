"""The base case of the tests of charts: fetch a chart, and read its content."""

from typing import TYPE_CHECKING

from charts.chart import Chart
from charts.levels import LevelChart
from dashboard.chart_figures import CHARTS
from dashboard.charts import ChartContent, ChartPeriod, ChartRequest
from sites.models import Site, User
from tests.dashboard.case import TODAY, DashboardCase

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class ChartCase(DashboardCase):
    def chart(self, name: str, *, etag: str = "", person: User | None = None, **query: str) -> "Response":
        return self.part("dashboard:chart", name, etag=etag, person=person, **query)

    def content(self, name: str, *sites: Site, days: int = 7) -> ChartContent:
        """Return the content of a chart, of the yard unless other sites are named."""
        return CHARTS[name].build(ChartRequest(sites or (self.site,), ChartPeriod(TODAY, days), "YARD-NORTH"))

    def series(self, name: str, *sites: Site, days: int = 7) -> dict[str, list[str]]:
        chart = self.content(name, *sites, days=days).chart
        assert isinstance(chart, Chart)
        return {series.label: [str(value) for value in series.values] for series in chart.series}

    def drawn(self, name: str) -> Chart:
        chart = self.content(name).chart
        assert isinstance(chart, Chart)
        return chart

    def levels(self, name: str, *sites: Site, days: int = 7) -> dict[str, str]:
        chart = self.content(name, *sites, days=days).chart
        assert isinstance(chart, LevelChart)
        return {level.label: str(round(level.value, 2)) for level in chart.levels}

    def facts(self, name: str, *sites: Site, days: int = 7) -> dict[str, str]:
        return {fact.label: fact.figure for fact in self.content(name, *sites, days=days).facts}
