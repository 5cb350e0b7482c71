"""The small line next to a figure."""

import xml.etree.ElementTree as ET
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from charts.sparkline import sparkline

SVG = "{http://www.w3.org/2000/svg}"

figures = st.lists(
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-999999, 999999, places=3),
    max_size=40,
)


def drawn(values: list[Decimal | float | None], *, width: int = 120, height: int = 32) -> ET.Element:
    """Draw a sparkline and read it back."""
    return ET.fromstring(sparkline(values, label="Tons <a day>", width=width, height=height))  # noqa: S314  our own


def points(svg: ET.Element) -> list[list[tuple[float, float]]]:
    """Return the points of each line."""
    return [
        [(float(x), float(y)) for x, y in (point.split(",") for point in line.attrib["points"].split())]
        for line in svg.iter(f"{SVG}polyline")
    ]


class TestSparkline:
    def test_says_what_it_is(self) -> None:
        svg = drawn([1, 2, 3])

        assert svg.findtext(f"{SVG}title") == "Tons <a day>"
        assert svg.attrib["role"] == "img"

    def test_rises_where_the_figures_rise(self) -> None:
        (line,) = points(drawn([1, Decimal("2.5"), 3]))

        heights = [y for _, y in line]
        assert heights == sorted(heights, reverse=True)
        assert line[0][0] < line[1][0] < line[2][0]

    def test_parts_the_line_where_a_day_has_no_value(self) -> None:
        lines = points(drawn([1, 2, None, 3, 4, 5]))

        assert [len(line) for line in lines] == [2, 3]

    def test_runs_through_the_middle_where_every_day_was_the_same(self) -> None:
        (line,) = points(drawn([7, 7, 7], height=32))

        assert {y for _, y in line} == {16.0}

    def test_lies_on_the_ground_where_there_was_nothing(self) -> None:
        (line,) = points(drawn([0, 0, 0], height=32))

        assert {y for _, y in line} == {29.0}

    def test_marks_the_latest_value(self) -> None:
        svg = drawn([1, 2, None])

        (dot,) = svg.findall(f"{SVG}path")
        ((_, (x, y)),) = points(svg)
        assert dot.attrib["d"] == f"M{x},{y}h0"

    def test_shows_where_nothing_is_between_gain_and_loss(self) -> None:
        without, between = drawn([1, 2, 3]), drawn([-1, 2, 3])

        assert len(without.findall(f"{SVG}path")) == 1
        assert len(between.findall(f"{SVG}path")) == 2

    def test_is_an_empty_drawing_of_nothing(self) -> None:
        svg = drawn([])

        assert [child.tag for child in svg] == [f"{SVG}title"]

    def test_needs_no_style_sheet(self) -> None:
        svg = drawn([1, 2])

        assert {shape.get("stroke") for shape in svg if shape.tag != f"{SVG}title"} == {"currentColor"}
        assert "style" not in ET.tostring(svg, encoding="unicode")

    @given(figures, st.integers(20, 400), st.integers(12, 200))
    def test_is_well_formed_and_stays_inside_its_box(
        self, values: list[Decimal | float | None], width: int, height: int
    ) -> None:
        svg = drawn(values, width=width, height=height)

        every = [point for line in points(svg) for point in line]
        assert len(every) == sum(value is not None for value in values)
        assert all(0 <= x <= width and 0 <= y <= height for x, y in every)
