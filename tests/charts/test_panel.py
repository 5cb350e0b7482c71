"""Charts as a page shows them."""

from charts.chart import Chart, Series
from charts.levels import Level, LevelChart
from charts.panel import levels_panel, panel
from tests.charts.svg import SVG, read


class TestPanel:
    def test_holds_legend_drawing_and_table(self) -> None:
        chart = Chart("flow", "In & out", "t", "Shift", ["Morning"], [Series("In", [1])])

        parts = read(f"<figure>{panel(chart)}</figure>")

        assert [part.tag for part in parts] == ["ul", "chart-plot", "details"]
        plot = parts[1]
        assert plot.attrib == {"data-label": "In & out, value by value", "data-unit": "t"}
        assert plot[0].attrib["data-spread"] == "bands"
        assert parts[2].findtext("summary") == "Show as table"

    def test_of_levels_needs_nobody_to_read_them_out(self) -> None:
        chart = LevelChart("levels", "Stock", "t", "Material", [Level("G1", 7)])

        parts = read(f"<figure>{levels_panel(chart)}</figure>")

        assert [part.tag for part in parts] == [f"{SVG}svg", "details"]
