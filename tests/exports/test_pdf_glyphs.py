"""Rows that are drawn by us look and read like those that WeasyPrint sets."""

from pathlib import Path
from unittest import mock

import pytest

from exports.writers.pdf.layout import MARGIN
from exports.writers.pdf.protocol import ROWS_PLACE, Order, Rows
from tests.exports.pdf import needs_pango, texts_of

pytestmark = needs_pango

CSS = "@page { size: A4; margin: 0 } body { margin: 0 } section { break-after: page; padding: 46pt 40pt 0 }"
FACE = " pre { margin: 0; font: 8pt/1.3 'Liberation Mono', 'DejaVu Sans Mono', monospace }"
PLAIN = ["Debris    1,234.50  Ünïcödé & <b>", "", "Gravel       −0.01  (10 %) “quoted” – …"]


def order_of(*pages: list[str]) -> Order:
    rows = Rows(pages=list(pages), size=8, leading=10.4, left=MARGIN, top=46)
    sections = f"<section>{ROWS_PLACE}</section>" * len(pages)
    return Order(html=f"<html><body>{sections}</body></html>", css=CSS + FACE, is_tagged=False, rows=rows)


class TestMake:
    def made(self, order: Order, folder: Path) -> tuple[list[str], bool]:
        """Return the text of each page, and whether WeasyPrint set the rows."""
        from exports.writers.pdf import render_worker
        from exports.writers.pdf.glyphs import html_with_rows

        with mock.patch.object(render_worker, "html_with_rows", wraps=html_with_rows) as by_weasyprint:
            render_worker.make(order, folder / "made.pdf")
        return texts_of((folder / "made.pdf").read_bytes()), by_weasyprint.called

    def test_draws_lines_that_read_as_those_of_weasyprint(self, tmp_path: Path) -> None:
        from exports.writers.pdf import render_worker

        order = order_of(PLAIN, ["second page"])

        drawn, is_slow = self.made(order, tmp_path)
        with mock.patch.object(render_worker, "stands_alone", return_value=False):
            set_by_weasyprint, _is_slow = self.made(order, tmp_path)

        assert not is_slow
        assert len(drawn) == 2
        assert [page.split() for page in drawn] == [page.split() for page in set_by_weasyprint]

    @pytest.mark.parametrize("text", ["سيارة", "שלום", "e\u0301", "\u0928\u092e", "東京", "\x07"])
    def test_leaves_what_it_cannot_draw_to_weasyprint(self, text: str, tmp_path: Path) -> None:
        pages, is_slow = self.made(order_of(PLAIN, [f"a {text} b"]), tmp_path)

        assert is_slow
        assert len(pages) == 2
        assert "1,234.50" in pages[0]
