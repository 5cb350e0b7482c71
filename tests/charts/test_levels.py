"""Horizontal bars."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from charts.levels import SPAN, Level, LevelChart, levels_legend, levels_svg, levels_table
from charts.panel import levels_panel
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

    def test_says_of_what_is_below_its_mark_that_it_is_low(self) -> None:
        svg = read(levels_svg(levels(Level("G1", 7, mark=8), Level("G2", 8, mark=8))))

        assert words(svg)[1::2] == ["low: 7.00 t", "8.00 t"]
        fills = [rect.attrib["fill"] for rect in svg.iter(f"{SVG}rect") if "url" in rect.get("fill", "")]
        assert fills == ["url(#levels-low)"]

    def test_says_so_too_of_what_is_low_for_another_reason(self) -> None:
        assert words(read(levels_svg(levels(Level("G1", 7, is_flagged=True), mark=""))))[1] == "low: 7.00 t"

    def test_draws_only_the_first_where_a_number_is_given(self) -> None:
        chart = LevelChart("levels", "Stock", "t", "Material", [Level("G1", 7), Level("G2", 5)], most=1)

        assert words(read(levels_svg(chart))) == ["G1", "7.00 t"]
        assert "Show all 2 as table" in levels_panel(chart)
        assert "G2" in levels_table(chart)

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
        svg = read(levels_svg(levels(*given), width=400))

        for rect in svg.iter(f"{SVG}rect"):
            if rect.attrib["width"].endswith("%"):
                left, width = (float(rect.get(name, "0").rstrip("%")) for name in ("x", "width"))
                assert 0 <= left <= left + width <= 100.02


class TestTable:
    def test_tells_levels_and_marks_and_leads_on(self) -> None:
        markup = levels_table(levels(Level("G1", 7, mark=8, href="/inventory/1/?a=1&b=2"), Level("G2", 9)))

        rows = [["".join(cell.itertext()) for cell in row] for row in read(markup).iter("tr")]
        assert rows == [["Material", "t", "Least stock"], ["G1", "7.00", "8.00"], ["G2", "9.00", "–"]]
        assert 'href="/inventory/1/?a=1&amp;b=2"' in markup

    def test_without_marks_has_no_column_for_them(self) -> None:
        assert len(list(read(levels_table(levels(Level("G1", 7), mark=""))).iter("th"))) == 3

    def test_tells_the_least_and_the_most_where_they_are_known(self) -> None:
        given = [Level("G1", 7, span=(5, 10)), Level("G2", 4)]

        markup = levels_table(LevelChart("levels", "Stock", "t", "Material", given, moved="In these days"))

        rows = [["".join(cell.itertext()) for cell in row] for row in read(markup).iter("tr")]
        assert rows == [
            ["Material", "t", "Lowest", "Highest"],
            ["G1", "7.00", "5.00", "10.00"],
            ["G2", "4.00", "–", "–"],
        ]


class TestLegend:
    def test_explains_the_line_under_a_bar(self) -> None:
        chart = LevelChart("levels", "Stock", "t", "Material", [Level("G1", 7)], moved="In these days")

        assert "".join(read(levels_legend(chart)).itertext()) == "In these days"

    def test_explains_line_and_hatch_where_there_are_marks(self) -> None:
        assert "".join(read(levels_legend(levels(Level("G1", 7, mark=8)))).itertext()) == "Least stockLow"
        assert "".join(read(levels_legend(levels(Level("G1", 8, mark=8)))).itertext()) == "Least stock"
        assert levels_legend(levels(Level("G1", 7), mark="")) == ""
