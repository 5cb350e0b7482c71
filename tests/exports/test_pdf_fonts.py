"""Fonts that are looked up on the machine, and texts that are cut into runs of them."""

import subprocess
from collections.abc import Iterator
from unittest import mock

import pytest

from exports.errors import PdfUnavailable
from exports.writers.pdf import text
from exports.writers.pdf.text import FontFile, Run, _runs_of, is_in_font, text_fonts

LISTED = """\
/fonts/B.ttf\t0\tB Sans\t80\tTrueType\ten|de\t20-7e a0
/fonts/B-Bold.ttf\t0\tB Sans\t200\tTrueType\ten|de\t20-7e a0
/fonts/A.otf\t0\tA Sans\t80\tCFF\ten\t20-7e 4e00-9fff
/fonts/C.ttc\t1\tC Sans\t80\tTrueType\tja\t3041-30ff
"""


def runs(text: str) -> list[tuple[str, bool]]:
    return [(run.text, run.is_shaped) for run in _runs_of(text, text_fonts().regular)]


class TestLookup:
    @pytest.fixture(autouse=True)
    def no_fonts_known(self) -> Iterator[None]:
        caches = (text.text_fonts, text.fallback_font, text._installed)
        for cached in caches:
            cached.cache_clear()
        with mock.patch.object(text, "_register", side_effect=self.name_of):
            yield
        for cached in caches:
            cached.cache_clear()

    def name_of(self, font: FontFile) -> str:
        return f"{font.path}#{font.index}"

    def listed(self, output: str) -> "mock._patch[mock.MagicMock]":
        return mock.patch.object(subprocess, "run", return_value=mock.Mock(stdout=output))

    def test_takes_the_first_family_that_can_be_embedded(self) -> None:
        with self.listed(LISTED):
            assert text_fonts() == text.TextFonts(regular="/fonts/B.ttf#0", bold="/fonts/B-Bold.ttf#0")

    def test_prefers_the_families_of_the_style_sheet(self) -> None:
        dejavu = "/fonts/D.ttf\t0\tDejaVu Sans\t80\tTrueType\ten\t20-7e\n"

        with self.listed(LISTED + dejavu):
            assert text_fonts() == text.TextFonts(regular="/fonts/D.ttf#0", bold="/fonts/D.ttf#0")

    def test_finds_a_font_for_a_character_that_can_be_embedded(self) -> None:
        with self.listed(LISTED):
            assert text.fallback_font("か") == "/fonts/C.ttc#1"
            assert text.fallback_font("東") is None

    @pytest.mark.parametrize("output", ["", "/fonts/A.otf\t0\tA Sans\t80\tCFF\ten\t20-7e\n"])
    def test_names_what_to_install_where_no_font_can_be_embedded(self, output: str) -> None:
        with self.listed(output), pytest.raises(PdfUnavailable, match="fonts-dejavu-core"):
            text_fonts()

    def test_names_what_to_install_where_fontconfig_is_missing(self) -> None:
        with (
            mock.patch.object(subprocess, "run", side_effect=FileNotFoundError),
            pytest.raises(PdfUnavailable, match="fonts-dejavu-core"),
        ):
            text_fonts()


class TestRuns:
    def test_are_one_for_a_text_without_joining_letters(self) -> None:
        assert runs("Kies & Söhne −5") == [("Kies & Söhne −5", False)]

    @pytest.mark.skipif(not is_in_font("ש", text_fonts().regular), reason="The font has no Hebrew")
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("abc שלום def", [("abc ", False), ("שלום", True), (" def", False)]),
            # Numbers are read from left to right, what is around them from right to left.
            ("שלום 12 עולם", [("עולם", True), (" 12 ", False), ("שלום", True)]),
            ("שלום 12.5", [("12.5 ", False), ("שלום", True)]),
            ("שלום ۱۲۳", [("۱۲۳ ", False), ("שלום", True)]),
            # Brackets are those of the text that they are in.
            ("שלום (2)", [("(2) ", False), ("שלום", True)]),
            ("Kies (שלום) [3]", [("Kies (", False), ("שלום", True), (") [3]", False)]),
            ("שלום ((2)) «a»", [("((2)) ", False), ("שלום", True), (" «a»", False)]),
        ],
    )
    def test_are_in_the_order_of_the_page(self, text: str, expected: list[tuple[str, bool]]) -> None:
        assert runs(text) == expected

    def test_keep_marks_with_their_letters(self) -> None:
        assert runs("ae\u0301b") == [("a", False), ("e\u0301", True), ("b", False)]

    def test_use_another_font_for_characters_that_the_first_lacks(self) -> None:
        with mock.patch("exports.writers.pdf.text.fallback_font", return_value=text_fonts().bold):
            _runs_of.cache_clear()
            found = _runs_of("a\U00012000b", text_fonts().regular)
        _runs_of.cache_clear()

        assert found[1] == Run("\U00012000", text_fonts().bold, is_shaped=True)
