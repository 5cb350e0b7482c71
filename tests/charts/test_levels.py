"""Horizontal bars."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from charts.levels import SPAN, Level, LevelChart, levels_svg
from tests.charts.svg import SVG, read, words

level = st.builds(
    Level,
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60),
    st.decimals(-999999, 999999, places=3),
    st.none() | st.decimals(-999999, 999999, places=3),
    span=st.none() | st.lists(st.integers(-999999, 999999), min_size=2, max_size=2).map(sorted).map(tuple),
)


def levels(*given: Level, mark: str = "Least stock") -> LevelChart:
    return LevelChart("levels", "Stock & more", "t", "Material", given, mark=mark)


class TestDrawing:
    def test_names_each_level_and_its_figure(self) -> None:
        svg = read(levels_svg(levels(Level("Sand <fine>", Decimal("1234.5")), Level("G1", 7))))

        assert words(svg) == ["Sand <fine>", "1,234.50 t", "G1", "7.00 t"]
        assert svg.findtext(f"{SVG}desc") == "Sand <fine>: 1,234.50 t. G1: 7.00 t."

    def test_names_a_level_below_its_mark_low(self) -> None:
        svg = read(levels_svg(levels(Level("G1", 7, mark=8), Level("G2", 8, mark=8))))

        assert words(svg)[1::2] == ["low: 7.00 t", "8.00 t"]
        fills = [rect.attrib["fill"] for rect in svg.iter(f"{SVG}rect") if "url" in rect.get("fill", "")]
        assert fills == ["url(#levels-low)"]

    def test_names_a_flagged_level_low(self) -> None:
        assert words(read(levels_svg(levels(Level("G1", 7, is_flagged=True), mark=""))))[1] == "low: 7.00 t"

    def test_draws_only_the_first_where_a_number_is_given(self) -> None:
        chart = LevelChart("levels", "Stock", "t", "Material", [Level("G1", 7), Level("G2", 5)], most=1)

        assert words(read(levels_svg(chart))) == ["G1", "7.00 t"]

    def test_shortens_a_name_that_would_run_into_its_figure(self) -> None:
        svg = read(levels_svg(levels(Level("Recycled aggregate three quarters of an inch", 1))))

        assert words(svg)[0] == "Recycled aggregate three quarte…"

    def test_has_a_line_from_the_least_to_the_most_that_a_level_was(self) -> None:
        svg = read(levels_svg(levels(Level("G1", 7, span=(5, 10)), Level("G2", 4))))

        lines = [rect.attrib for rect in svg.iter(f"{SVG}rect") if rect.get("height") == str(SPAN)]
        assert [(line["x"], line["width"]) for line in lines] == [("50.00%", "50.00%")]

    def test_of_nothing_is_empty(self) -> None:
        assert levels().is_empty
        assert words(read(levels_svg(levels()))) == []

    @given(st.lists(level, max_size=12))
    def test_stays_inside_its_box(self, given: list[Level]) -> None:
        svg = read(levels_svg(levels(*given)))

        for rect in svg.iter(f"{SVG}rect"):
            if rect.attrib["width"].endswith("%"):
                left, width = (float(rect.get(name, "0").rstrip("%")) for name in ("x", "width"))
                assert 0 <= left <= left + width <= 100.02
