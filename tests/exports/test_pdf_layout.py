"""How rows share the width of paper, and how texts become lines."""

from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from exports.datasets.columns import Cell, SheetColumn
from exports.writers.pdf.layout import GAP, PAPERS, layout_of
from exports.writers.pdf.text import figure_of, heading_of, lines_of, room_of


def column(name: str, cell: Cell = Cell.TEXT) -> SheetColumn:
    return SheetColumn(name=name, label=name, cell=cell, source=F(name))


class TestLines:
    @given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60), st.integers(2, 20))
    def test_lose_no_letter_and_keep_to_their_room(self, text: str, room: int) -> None:
        lines = lines_of(text, room)

        assert "".join("".join(lines).split()) == "".join(text.split())
        assert all(room_of(line) <= room for line in lines)

    def test_keep_the_lines_that_a_text_has(self) -> None:
        assert lines_of("one\n\ntwo three four", 9) == ["one", "", "two three", "four"]

    def test_know_that_some_letters_are_wider(self) -> None:
        assert lines_of("砂利砂利", 5) == ["砂利", "砂利"]


class TestHeading:
    def test_says_the_unit_unless_the_label_does(self) -> None:
        tons = SheetColumn(name="qty_ton", label="Tons", cell=Cell.TONS, unit="t")
        shifts = SheetColumn(name="headcount", label="Person-shifts", cell=Cell.COUNT, unit="person-shifts")

        assert (heading_of(tons), figure_of(tons, 12_500)) == ("Tons (t)", "12.50 t")
        assert (heading_of(shifts), figure_of(shifts, 2271)) == ("Person-shifts", "2,271")


class TestLayout:
    def test_stands_upright_where_columns_fit(self) -> None:
        layout = layout_of([column("date"), column("notes")], [("Mon 2 Mar 2026", "wet")])

        assert layout.paper == PAPERS[0]
        assert layout.rooms == (14, 5)

    def test_lies_where_they_do_not_and_then_takes_smaller_letters(self) -> None:
        texts = ("x" * 28,)

        papers = [layout_of([column("a")] * many, [texts * many]).paper for many in (3, 4, 5, 6, 7)]

        assert papers == [PAPERS[0], PAPERS[1], PAPERS[1], PAPERS[2], PAPERS[3]]

    def test_gives_what_is_left_to_the_longest_text(self) -> None:
        layout = layout_of([column("a"), column("notes")], [("x" * 30, "x" * 300)])

        assert sum(layout.rooms) + GAP == layout.paper.letters
        assert layout.rooms[0] < 35

    def test_never_cuts_a_figure_and_makes_letters_smaller_instead(self) -> None:
        columns = [column("tons", Cell.COUNT), *[column("a")] * 30]

        layout = layout_of(columns, [("1,000,000", *["x" * 50] * 30)])

        assert layout.rooms == (9, *[8] * 30)
        assert layout.paper.size < PAPERS[-1].size
        assert sum(layout.rooms) + GAP * 30 <= layout.paper.letters

    def test_shares_out_the_whole_width(self) -> None:
        layout = layout_of([column("a"), column("b")], [("x", "y")])

        assert sum(layout.shares) == 100
