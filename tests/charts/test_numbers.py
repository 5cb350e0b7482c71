"""Figures as they are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts.numbers import exact, shortened, written, written_each
from records.templatetags.figures import tons


class TestWritten:
    @pytest.mark.parametrize(
        ("figure", "decimals", "text"),
        [
            (Decimal("1234567.125"), 2, "1,234,567.13"),
            (Decimal("-0.125"), 2, "−0.13"),
            (Decimal("-0.001"), 2, "0.00"),
            (Decimal(-12), 0, "−12"),
            (7, 0, "7"),
            (None, 2, "–"),
            (Decimal(10) ** 40, 0, f"{10**40:,}"),
        ],
    )
    def test_is_rounded_half_up_with_thousands_separated(
        self, figure: Decimal | int | None, decimals: int, text: str
    ) -> None:
        assert written(figure, decimals) == text

    @given(st.lists(st.none() | st.decimals(-999999, 999999, places=3), max_size=30))
    def test_says_what_the_pages_say(self, figures: list[Decimal | None]) -> None:
        shown = [tons(figure).replace("−0.00", "0.00") for figure in figures]

        assert written_each(figures, 2) == shown


class TestShortened:
    @pytest.mark.parametrize(
        ("figure", "text"),
        [
            ("0", "0"),
            ("0.25", "0.25"),
            ("2500", "2,500"),
            ("10000", "10k"),
            ("12500", "12.5k"),
            ("-250000", "−250k"),
            ("3E+6", "3M"),
            ("1000000000", "1G"),
            ("5E+12", "5T"),
            ("2.5E+18", "2.5e18"),
        ],
    )
    def test_fits_at_the_edge_of_a_drawing(self, figure: str, text: str) -> None:
        assert shortened(Decimal(figure)) == text


class TestExact:
    @pytest.mark.parametrize(
        ("figure", "text"),
        [
            ("0", "0"),
            ("300.000", "300"),
            ("16309.500", "16,309.5"),
            ("-0.125", "−0.125"),
            ("1E+6", "1,000,000"),
        ],
    )
    def test_shows_a_figure_as_it_is(self, figure: str, text: str) -> None:
        assert exact(Decimal(figure)) == text
