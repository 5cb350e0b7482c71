"""Colours that serve a light and a dark page."""

import pytest

from charts.chart import INK, PALETTE, Style, style_of
from tests.deskops.test_shell_styles import colour, contrast


class TestPalette:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("style", PALETTE, ids=lambda style: style.colour)
    def test_stands_out_from_the_page(self, style: Style, theme: str) -> None:
        assert contrast(style.colour, colour("surface", theme=theme)) >= 3
        assert contrast(style.colour, colour("bg", theme=theme)) >= 3

    def test_has_a_hatch_and_a_dash_for_each_but_the_first(self) -> None:
        for kind in ([style.hatch for style in PALETTE], [style.dash for style in PALETTE]):
            assert len(set(kind)) == len(PALETTE)

    def test_begins_again_when_it_is_used_up(self) -> None:
        assert style_of(len(PALETTE)) == PALETTE[0]
        assert INK not in {style.colour for style in PALETTE}
