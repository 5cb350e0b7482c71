"""Charts as drawings."""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts.chart import INK, NEUTRAL, PALETTE, THRESHOLD_DASH, Chart, Mark, Series, Threshold
from charts.drawing import START, chart_svg, summary
from tests.charts.svg import SVG, numbers, paths, read, words

FIRST = dt.date(2026, 3, 2)
BLUE, VERMILION = PALETTE[0].colour, PALETTE[1].colour

figures = st.lists(st.none() | st.decimals(-999999, 999999, places=3), max_size=40)


def chart(
    *values: Sequence[Decimal | int | None],
    mark: Mark = Mark.LINE,
    thresholds: Sequence[Threshold | None] = (),
    downward: int | None = None,
) -> Chart:
    """Describe a chart of some days, a series for each list of values."""
    return Chart(
        name="flow",
        title="Loads <in & out>",
        unit="t",
        corner="Date",
        positions=[FIRST + dt.timedelta(days=number) for number in range(len(values[0]))],
        series=[
            Series(f"Line {number}", line, mark, is_downward=number == downward, threshold=threshold)
            for number, (line, threshold) in enumerate(zip_longest(values, thresholds))
        ],
    )


class TestEveryDrawing:
    def test_says_what_it_is_and_what_it_shows(self) -> None:
        svg = read(chart_svg(chart([1, Decimal("2.5"), None])))

        assert svg.attrib["role"] == "img"
        assert svg.findtext(f"{SVG}title") == "Loads <in & out>"
        assert svg.findtext(f"{SVG}desc") == (
            "Mon 2 Mar 2026 to Wed 4 Mar 2026. Line 0: from 1.00 to 2.50 t, last 2.50."
        )

    def test_names_unit_figures_and_dates(self) -> None:
        assert words(read(chart_svg(chart([40, 97])))) == [
            *("t", "0", "20", "40", "60", "80", "100"),
            *("Mon", "Tue"),
        ]

    def test_shows_more_than_the_unit_on_request(self) -> None:
        assert words(read(chart_svg(replace(chart([1]), axis="tons a day"))))[0] == "tons a day"

    def test_is_as_wide_as_its_place_with_words_of_one_size(self) -> None:
        svg = read(chart_svg(chart([1, 2, 3])))

        assert svg.attrib["width"] == "100%"
        assert "viewBox" not in svg.attrib
        (plot,) = (inner for inner in svg.iter(f"{SVG}svg") if inner is not svg)
        assert plot.attrib["preserveAspectRatio"] == "none"
        assert not list(plot.iter(f"{SVG}text"))

    def test_for_paper_has_a_width_and_keeps_room_for_its_words(self) -> None:
        svg = read(chart_svg(chart([1, 2, 3]), width=520))

        assert svg.attrib["viewBox"] == "0 0 520 220"
        inside, plot = (inner for inner in svg.iter(f"{SVG}svg") if inner is not svg)
        assert inside.attrib["x"] == str(START)
        # Nothing is stretched there, since a PDF would stretch its lines.
        assert plot.attrib["viewBox"].split()[2] == inside.attrib["width"]

    def test_for_paper_names_positions_in_pixels(self) -> None:
        # A PDF's renderer takes percent of the whole drawing, and would put the names next to their bars.
        svg = read(chart_svg(chart([1, 2, 3], mark=Mark.BAR), width=658))

        places = [text.attrib["x"] for text in svg.iter(f"{SVG}text")]
        assert {"100.0", "300.0", "500.0"} <= set(places)
        assert not any("%" in place for place in places)

    def test_names_the_last_date_under_its_place_and_on_paper_ends_with_it(self) -> None:
        line = chart([1, 2, 3], mark=Mark.LINE)

        # To the left of its place it would run into the one before.
        assert chart_svg(line).count('%" y="214">') == 3
        assert 'text-anchor="end">' in chart_svg(line, width=400).split('y="214"')[-1]

    @pytest.mark.parametrize("mark", Mark)
    def test_needs_no_style_sheet(self, mark: Mark) -> None:
        markup = chart_svg(chart([1, 2], [3, 4], mark=mark), width=400)

        assert "style" not in markup
        assert all(f in markup for f in ("stroke=", "fill="))

    @pytest.mark.parametrize("mark", Mark)
    def test_distinguishes_series_by_more_than_colour(self, mark: Mark) -> None:
        markup = chart_svg(chart([1, 2], [3, 4], mark=mark))

        assert "url(#flow-1)" in markup or "stroke-dasharray" in markup

    def test_names_its_threshold_and_reaches_up_to_it(self) -> None:
        svg = read(chart_svg(chart([1, 2], thresholds=(Threshold("Full", 900),))))

        assert {"Full 900 t", "1,000"} <= set(words(svg))

    def test_names_several_thresholds_in_the_legend_only(self) -> None:
        thresholds = (Threshold("Low", 900), Threshold("Low", 1))

        svg = read(chart_svg(chart([1, 2], [3, 4], thresholds=thresholds)))

        assert not any("Low" in word for word in words(svg))

    def test_draws_a_threshold_in_the_colour_of_its_series(self) -> None:
        svg = read(chart_svg(chart([1, 2], [3, 4], thresholds=(None, Threshold("Low", 2)))))

        (line,) = (path for path in svg.iter(f"{SVG}path") if path.get("stroke-dasharray") == THRESHOLD_DASH)
        assert line.attrib["stroke"] == VERMILION

    @given(st.lists(figures, min_size=1, max_size=4), st.sampled_from(Mark), st.sampled_from([None, 500]))
    def test_stays_inside_its_plot_whatever_the_values(
        self, lines: list[list[Decimal | None]], mark: Mark, width: int | None
    ) -> None:
        length = min(len(line) for line in lines)
        svg = read(chart_svg(chart(*(line[:length] for line in lines), mark=mark), width=width))

        plot = list(svg.iter(f"{SVG}svg"))[-1]
        right, bottom = (float(number) for number in plot.attrib["viewBox"].split()[2:])
        for path in plot.iter(f"{SVG}path"):
            for x, y in points(path.attrib["d"]):
                assert -0.2 <= x <= right + 0.2
                assert -0.2 <= y <= bottom + 0.2

    @given(
        st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
    )
    def test_draws_huge_and_tiny_figures(self, values: list[Decimal]) -> None:
        read(chart_svg(chart(list(values), mark=Mark.BAR)))

    def test_of_no_day_is_an_empty_frame(self) -> None:
        svg = read(chart_svg(chart([])))

        assert "0" in words(svg)
        assert paths(svg, stroke=BLUE) == []

    def test_of_nothing_known_says_so(self) -> None:
        assert summary(chart([None, None])).endswith("Line 0: nothing.")

    def test_refuses_values_that_do_not_fit_the_days(self) -> None:
        with pytest.raises(ValueError, match="Line 1: 1 values at 2 positions"):
            chart([1, 2], [3])

    def test_of_a_year_of_five_series_takes_milliseconds(self) -> None:
        year = chart(
            *([Decimal(day * line % 97) for day in range(365)] for line in range(1, 6)), mark=Mark.AREA
        )
        chart_svg(year)

        began = time.process_time()
        for _ in range(5):
            chart_svg(year)

        # A busy machine takes several times as long as a quiet one.
        assert (time.process_time() - began) / 5 < 0.05


def points(path: str) -> list[tuple[float, float]]:
    """Return where a path of M, L, h, V and z goes."""
    x = y = 0.0
    been = []
    for letter, rest in zip(path_letters(path), path_arguments(path), strict=True):
        if letter in "ML":
            for place in range(0, len(rest), 2):
                x, y = rest[place], rest[place + 1]
                been.append((x, y))
        elif letter == "h":
            x += rest[0]
        elif letter == "V":
            (y,) = rest
        been.append((x, y))
    return been


def path_letters(path: str) -> list[str]:
    return [letter for letter in path if letter.isalpha()]


def path_arguments(path: str) -> list[list[float]]:
    for letter in "MLhVz":
        path = path.replace(letter, "|")
    return [numbers(part) for part in path.split("|")[1:]]


class TestLines:
    def test_rise_where_the_figures_rise(self) -> None:
        ((_x0, first, _x1, second),) = map(numbers, paths(read(chart_svg(chart([1, 2]))), stroke=BLUE)[:1])

        assert second < first

    def test_are_parted_where_a_day_has_no_value(self) -> None:
        line, _dots = paths(read(chart_svg(chart([1, 2, None, 3, 4]))), stroke=BLUE)

        assert line.count("M") == 2

    def test_show_a_single_value_as_a_dot(self) -> None:
        (dot,) = paths(read(chart_svg(chart([None, 5, None]))), stroke=BLUE)

        assert dot.endswith("h0")

    def test_of_many_days_are_lines_alone(self) -> None:
        assert len(paths(read(chart_svg(chart(list(range(60))))), stroke=BLUE)) == 1


class TestBars:
    def test_stand_side_by_side(self) -> None:
        svg = read(chart_svg(chart([5], [5], mark=Mark.BAR), width=458))

        (first,) = paths(svg, fill=BLUE)
        (second,) = paths(svg, fill="url(#flow-1)")
        (left, ground, top, width, _), (right, *same) = numbers(first), numbers(second)
        assert left + width == pytest.approx(right, abs=0.1)
        assert same == [ground, top, width, ground]

    def test_of_what_left_hang_under_those_of_what_came(self) -> None:
        svg = read(chart_svg(chart([5], [4], mark=Mark.BAR, downward=1)))

        ((left, ground, up, *_),) = map(numbers, paths(svg, fill=BLUE))
        ((same, as_well, down, *_),) = map(numbers, paths(svg, fill="url(#flow-1)"))
        assert (left, ground) == (same, as_well)
        assert up < ground < down

    def test_are_left_out_where_there_is_nothing(self) -> None:
        (bars,) = paths(read(chart_svg(chart([5, 0, None, 5], mark=Mark.BAR))), fill=BLUE)

        assert bars.count("M") == 2

    def test_below_zero_hang_down(self) -> None:
        ((_left, ground, low, *_),) = map(
            numbers, paths(read(chart_svg(chart([-5], mark=Mark.BAR))), fill=BLUE)
        )

        assert low > ground


class TestStacks:
    def test_stand_on_what_came_before(self) -> None:
        svg = read(chart_svg(chart([30], [20], mark=Mark.STACKED_BAR)))

        ((_, _, top, *_),) = map(numbers, paths(svg, fill=BLUE))
        ((_, base, _, *_),) = map(numbers, paths(svg, fill="url(#flow-1)"))
        assert base == top

    def test_go_down_from_zero_for_what_is_below_it(self) -> None:
        svg = read(chart_svg(chart([30], [-20], mark=Mark.STACKED_BAR)))

        ((_, ground, _, *_),) = map(numbers, paths(svg, fill=BLUE))
        ((_, base, low, *_),) = map(numbers, paths(svg, fill="url(#flow-1)"))
        assert ground == base < low


class TestAreas:
    def test_are_drawn_the_highest_first_so_that_none_is_hidden(self) -> None:
        markup = chart_svg(chart([1, 2], [3, 4], mark=Mark.AREA))

        assert markup.index('fill="url(#flow-1)"') < markup.index(f'fill="{BLUE}"')

    def test_of_a_single_day_have_a_width(self) -> None:
        (area,) = paths(read(chart_svg(chart([None, 5, None], mark=Mark.AREA))), fill=BLUE)

        assert max(numbers(area)[::4]) > 0
        assert "h" in area


class TestSteps:
    def test_are_level_over_days_with_the_same_value(self) -> None:
        target = Series("Target", [200, 200, None, 200], Mark.STEP, style=NEUTRAL)
        one = Chart("p", "Target", "t", "Date", [FIRST + dt.timedelta(days=n) for n in range(4)], [target])

        steps = [path for path in paths(read(chart_svg(one)), stroke=INK) if path.count("M") == 2]

        assert [path.count("h") for path in steps] == [2]
