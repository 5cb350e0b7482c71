"""Charts as pages show them: legend, drawing and table."""

import datetime as dt
import time
import xml.etree.ElementTree as ET
from decimal import Decimal

from charts.chart import Chart, Mark, Series, Threshold
from charts.levels import Level, LevelChart
from charts.panel import panel
from tests.charts.svg import SVG, read


def chart(*series: Series, names: list[str] | None = None) -> Chart:
    first = dt.date(2026, 3, 2)
    days = [first + dt.timedelta(days=number) for number in range(len(series[0].values))]
    return Chart("flow", "In & out", "t", "Date", names or days, series)


def levels(*given: Level, mark: str = "", moved: str = "", most: int | None = None) -> LevelChart:
    return LevelChart("levels", "Stock", "t", "Material", given, mark=mark, moved=moved, most=most)


def parts(shown: Chart | LevelChart) -> list[ET.Element]:
    return list(read(f"<figure>{panel(shown)}</figure>"))


def words(element: ET.Element) -> str:
    return "".join(element.itertext()).strip()


def table(shown: Chart | LevelChart) -> ET.Element:
    (found,) = parts(shown)[-1].iter("table")
    return found


def cells(shown: Chart | LevelChart) -> list[list[str]]:
    return [[words(cell) for cell in row] for row in table(shown).iter("tr")]


def legend(shown: Chart | LevelChart) -> list[str]:
    first = parts(shown)[0]
    return [words(entry) for entry in first] if first.tag == "ul" else []


class TestPanel:
    def test_contains_legend_drawing_and_table(self) -> None:
        found = parts(chart(Series("In", [1]), names=["Morning"]))

        assert [part.tag for part in found] == ["ul", "chart-plot", "details"]
        plot = found[1]
        assert plot.attrib == {"data-label": "In & out, value by value", "data-unit": "t"}
        assert plot[0].attrib["data-spread"] == "bands"
        summary = found[2].find("summary")
        assert summary is not None
        assert words(summary) == "Show as table"

    def test_of_levels_has_no_reader(self) -> None:
        assert [part.tag for part in parts(levels(Level("G1", 7)))] == [f"{SVG}svg", "details"]

    def test_of_levels_has_every_level_in_the_table(self) -> None:
        few = levels(Level("G1", 7), Level("G2", 5), most=1)

        assert "Show all 2 as table" in words(parts(few)[-1])
        assert [row[0] for row in cells(few)] == ["Material", "G1", "G2"]

    def test_shows_more_levels_under_its_table(self) -> None:
        markup = panel(chart(Series("In", [1])), more_levels=levels(Level("G1", 7)))

        assert markup.count("<table") == 2


class TestTable:
    def test_has_the_same_figures_newest_first(self) -> None:
        flow = chart(Series("In", [Decimal("1234.5"), None]), Series("<Out>", [-2, 3]))

        assert cells(flow) == [
            ["Date", "In", "<Out>"],
            ["Tue 3 Mar 2026", "–", "3.00"],
            ["Mon 2 Mar 2026", "1,234.50", "−2.00"],
        ]
        assert table(flow).attrib["data-order"] == "newest-first"

    def test_keeps_the_order_of_names(self) -> None:
        shifts = chart(Series("Crew", [4, 5]), names=["Morning", "Night"])

        assert [row[0] for row in cells(shifts)] == ["Date", "Morning", "Night"]
        assert "data-order" not in table(shifts).attrib

    def test_has_title_and_unit_as_its_caption(self) -> None:
        caption = table(chart(Series("In", [1]))).find("caption")

        assert caption is not None
        assert words(caption) == "In & out, in t"

    def test_shows_downward_figures_without_a_sign(self) -> None:
        assert cells(chart(Series("Out", [5], Mark.BAR, is_downward=True)))[1][1] == "5.00"

    def test_without_values_has_only_headings(self) -> None:
        assert cells(chart(Series("In", []))) == [["Date", "In"]]

    def test_ends_with_the_threshold_of_each_series(self) -> None:
        both = chart(Series("Sand", [4], threshold=Threshold("Low mark", 5)), Series("Stone", [4]))

        assert cells(both)[-1] == ["Low mark", "5.00", "–"]

    def test_links_levels_and_shows_their_marks(self) -> None:
        marked = levels(
            Level("G1", 7, mark=8, href="/inventory/1/?a=1&b=2"), Level("G2", 9), mark="Least stock"
        )

        assert cells(marked) == [
            ["Material", "t", "Least stock"],
            ["G1", "7.00", "8.00"],
            ["G2", "9.00", "–"],
        ]
        assert 'href="/inventory/1/?a=1&amp;b=2"' in panel(marked)

    def test_has_no_column_of_marks_without_marks(self) -> None:
        assert cells(levels(Level("G1", 7)))[0] == ["Material", "t"]

    def test_shows_the_lowest_and_highest_level_where_known(self) -> None:
        assert cells(levels(Level("G1", 7, span=(5, 10)), Level("G2", 4), moved="In these days")) == [
            ["Material", "t", "Lowest", "Highest"],
            ["G1", "7.00", "5.00", "10.00"],
            ["G2", "4.00", "–", "–"],
        ]

    def test_of_a_year_of_five_series_takes_milliseconds(self) -> None:
        year = chart(*(Series(f"S{n}", [Decimal(f"{day}.{n}25") for day in range(365)]) for n in range(5)))
        panel(year)

        began = time.process_time()
        for _ in range(5):
            panel(year)

        assert (time.process_time() - began) / 5 < 0.1


class TestLegend:
    def test_names_several_thresholds(self) -> None:
        mark = Threshold("Low mark", 5)
        sand, stone = (Series(name, [4], threshold=mark) for name in ("Sand", "Stone"))

        assert legend(chart(sand)) == ["Sand"]
        assert legend(chart(sand, stone)) == [
            "Sand5\N{NO-BREAK SPACE}t",
            "Stone5\N{NO-BREAK SPACE}t",
            "Low mark",
        ]

    def test_names_each_series_with_its_pattern(self) -> None:
        flow = chart(Series("In & off", [1], Mark.BAR), Series("Out", [1], Mark.BAR), Series("Net", [1]))

        assert legend(flow) == ["In & off", "Out", "Net"]
        # A hatch with an id of its own: the page has that of the drawing already.
        assert "url(#flow-s1)" in panel(flow)
        assert "stroke-dasharray" in panel(flow)

    def test_explains_the_line_under_a_bar(self) -> None:
        assert legend(levels(Level("G1", 7), moved="In these days")) == ["In these days"]

    def test_explains_marks_and_hatched_bars(self) -> None:
        assert legend(levels(Level("G1", 7, mark=8), mark="Least stock")) == ["Least stock", "Low"]
        assert legend(levels(Level("G1", 8, mark=8), mark="Least stock")) == ["Least stock"]
        assert legend(levels(Level("G1", 7))) == []
