"""Charts as tables, and their legends."""

import datetime as dt
import time
from decimal import Decimal

from charts.chart import Chart, Mark, Series, Threshold
from charts.tables import legend, table
from tests.charts.svg import read


def chart(*series: Series, names: list[str] | None = None) -> Chart:
    first = dt.date(2026, 3, 2)
    days = [first + dt.timedelta(days=number) for number in range(len(series[0].values))]
    return Chart("flow", "In & out", "t", "Date", names or days, series)


def cells(markup: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in read(markup).iter("tr")]


class TestTable:
    def test_tells_the_same_figures_the_newest_first(self) -> None:
        markup = table(chart(Series("In", [Decimal("1234.5"), None]), Series("<Out>", [-2, 3])))

        assert cells(markup) == [
            ["Date", "In", "<Out>"],
            ["Tue 3 Mar 2026", "–", "3.00"],
            ["Mon 2 Mar 2026", "1,234.50", "−2.00"],
        ]
        assert read(markup).attrib["data-order"] == "newest-first"

    def test_of_names_keeps_their_order(self) -> None:
        markup = table(chart(Series("Crew", [4, 5]), names=["Morning", "Night"]))

        assert [row[0] for row in cells(markup)] == ["Date", "Morning", "Night"]
        assert "data-order" not in read(markup).attrib

    def test_says_what_and_in_which_unit(self) -> None:
        assert read(table(chart(Series("In", [1])))).findtext("caption") == "In & out, in t"

    def test_of_what_left_says_how_much_and_not_less_than_nothing(self) -> None:
        markup = table(chart(Series("Out", [5], Mark.BAR, is_downward=True)))

        assert cells(markup)[1][1] == "5.00"

    def test_of_nothing_has_a_head_alone(self) -> None:
        assert cells(table(chart(Series("In", [])))) == [["Date", "In"]]

    def test_tells_the_threshold_of_each_series_at_its_foot(self) -> None:
        markup = table(chart(Series("Sand", [4], threshold=Threshold("Low mark", 5)), Series("Stone", [4])))

        assert cells(markup)[-1] == ["Low mark", "5.00", "–"]

    def test_of_a_year_of_five_series_takes_milliseconds(self) -> None:
        year = chart(*(Series(f"S{n}", [Decimal(f"{day}.{n}25") for day in range(365)]) for n in range(5)))
        table(year)

        began = time.process_time()
        for _ in range(5):
            table(year)

        assert (time.process_time() - began) / 5 < 0.05


class TestLegend:
    def test_names_the_thresholds_where_there_are_several(self) -> None:
        mark = Threshold("Low mark", 5)
        sand, stone = (Series(name, [4], threshold=mark) for name in ("Sand", "Stone"))

        one, two = (read(legend(chart(*series))) for series in ((sand,), (sand, stone)))

        assert ["".join(line.itertext()) for line in one] == ["Sand"]
        assert ["".join(line.itertext()) for line in two] == [
            "Sand5\N{NO-BREAK SPACE}t",
            "Stone5\N{NO-BREAK SPACE}t",
            "Low mark",
        ]

    def test_names_each_series_next_to_what_it_looks_like(self) -> None:
        markup = legend(
            chart(Series("In & off", [1], Mark.BAR), Series("Out", [1], Mark.BAR), Series("Net", [1]))
        )

        names = ["".join(line.itertext()) for line in read(markup)]
        assert names == ["In & off", "Out", "Net"]
        # A hatch of its own name: the page has that of the drawing already.
        assert "url(#flow-s1)" in markup
        assert "stroke-dasharray" in markup
