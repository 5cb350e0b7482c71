"""How rows share the width of a page, and how texts become lines."""

from hypothesis import given
from hypothesis import strategies as st

from exports.writers.pdf.table import LEAST, PADDING, PAGE_FORMATS, figure_of, layout_of
from exports.writers.pdf.text import lines_of, text_fonts, width_of
from records.columns import CountColumn, TextColumn, TonsColumn


def column(name: str) -> TextColumn:
    return TextColumn(name=name, label=name)


def lines(text: str, room: float) -> list[str]:
    return lines_of(text, text_fonts().regular, room)


class TestLines:
    @given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60), st.floats(2, 20))
    def test_lose_no_character_and_keep_to_their_width(self, text: str, room: float) -> None:
        found = lines(text, room)

        assert "".join("".join(found).split()) == "".join(text.split())
        # One character is never divided.
        assert all(width_of(line, text_fonts().regular) <= room + 1.5 for line in found)

    def test_keep_the_line_ends_of_a_text(self) -> None:
        assert lines("one\n\ntwo three four", 5.5) == ["one", "", "two three", "four"]

    def test_divide_words_that_are_wider_than_a_line(self) -> None:
        assert lines("a mmmmm b", 2.5) == ["a", "mm", "mm", "m b"]


class TestHeading:
    def test_has_the_unit_unless_the_label_has_it(self) -> None:
        tons = TonsColumn(name="qty_ton", label="Tons", unit="t")
        shifts = CountColumn(name="headcount", label="Person-shifts", unit="person-shifts")

        assert (tons.heading, figure_of(tons, 12_500)) == ("Tons (t)", "12.50 t")
        assert (shifts.heading, figure_of(shifts, 2271)) == ("Person-shifts", "2,271")


class TestLayout:
    def test_is_portrait_where_columns_fit(self) -> None:
        layout = layout_of([column("date"), column("notes")], [("Mon 2 Mar 2026", "wet")], ("", ""))

        assert layout.page == PAGE_FORMATS[0]

    def test_is_landscape_where_they_do_not_and_then_takes_smaller_letters(self) -> None:
        text = "m" * 16

        pages = [
            layout_of([column("a")] * many, [(text,) * many], ("",) * many).page for many in (3, 4, 5, 6, 7)
        ]

        assert pages == [PAGE_FORMATS[0], PAGE_FORMATS[1], PAGE_FORMATS[1], PAGE_FORMATS[2], PAGE_FORMATS[3]]

    def test_gives_what_is_left_to_the_longest_text(self) -> None:
        layout = layout_of([column("a"), column("notes")], [("x" * 20, "x" * 300)], ("", ""))

        assert layout.widths[1] > 2 * layout.widths[0]

    def test_never_cuts_a_figure_and_makes_letters_smaller_instead(self) -> None:
        columns = [CountColumn(name="tons", label="tons"), *[column("a")] * 30]

        layout = layout_of(columns, [("1,000,000", *["x" * 50] * 30)], ("",) * 31)

        figure = width_of("1,000,000", text_fonts().regular)
        assert layout.page.size < PAGE_FORMATS[-1].size
        assert layout.widths[0] >= figure * layout.page.size + PADDING
        assert layout.widths[1] >= LEAST * layout.page.size + PADDING

    def test_fills_the_width_of_the_page(self) -> None:
        layout = layout_of([column("a"), column("b")], [("x", "y")], ("", ""))

        assert sum(layout.widths) == layout.page.width
        assert sum(layout.shares) == 100
