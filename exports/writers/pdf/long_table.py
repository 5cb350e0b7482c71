"""Many rows on paper: lines of a typewriter's face, which are made some ten times as fast as a table.

Each page is set by us, down to its number, so that pages can be made apart from each other, several at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import batched, zip_longest

from exports.writers.pdf.layout import GAP, MARGIN, Paper
from exports.writers.pdf.protocol import ROWS_PLACE, Order, Rows
from exports.writers.pdf.table import PaperTable, with_label
from exports.writers.pdf.text import lines_of, room_of

# Twice as many take a third more memory and no less time.
PAGES_AN_ORDER = 10
LINE_HEIGHT = 1.3
# Points: where the rows begin below the upper edge, and end above the lower one.
TOP, BOTTOM = 46, 44

type Lines = list[str]


@dataclass(frozen=True)
class PageWords:
    """What stands around the rows of each page."""

    title: str
    company: str
    made: str
    # With places for the page's number and for how many there are.
    number: str


class LinePages:
    """The pages of a table's rows."""

    def __init__(self, paper_table: PaperTable, *, tick: Callable[[], None]) -> None:
        """Fill the pages; `tick` is told of each, and whatever it raises ends it."""
        self._table = paper_table
        self._paper: Paper = paper_table.layout.paper
        self._heading = self._lines(paper_table.headings)
        self.pages: list[Lines] = []
        for page in self._filled(self._rows()):
            tick()
            self.pages.append(page)
        # All of them are lines by now.
        paper_table.rows.clear()

    def _rows(self) -> Iterator[Lines]:
        """Yield the lines of each row, in the end those of the totals."""
        for cells in self._table.rows:
            yield self._lines(cells)
        if self._table.table.sums:
            rule = "─" * (sum(self._table.layout.rooms) + GAP * (len(self._table.columns) - 1))
            yield [rule, *self._lines(with_label(self._table))]

    def _filled(self, rows: Iterator[Lines]) -> Iterator[Lines]:
        """Yield pages as full as they can be; a row is on one page unless it is longer than that."""
        page: Lines = []
        most = self._lines_a_page
        for row in rows:
            if page and len(page) + len(row) > most:
                yield page
                page = []
            page += row
            while len(page) > most:
                yield page[:most]
                page = page[most:]
        if page:
            yield page

    @property
    def _lines_a_page(self) -> int:
        room = self._paper.height - TOP - BOTTOM
        return int(room / (self._paper.size * LINE_HEIGHT)) - len(self._heading) - 1

    def _lines(self, cells: Sequence[str]) -> Lines:
        """Return a row as lines: its cells beside each other, figures at the end of their room."""
        rooms = self._table.layout.rooms
        wrapped = [lines_of(cell, room) for cell, room in zip(cells, rooms, strict=True)]
        places = [
            (room, column.cell.is_figure) for room, column in zip(rooms, self._table.columns, strict=True)
        ]
        return [
            (" " * GAP)
            .join(
                _padded(piece, room, at_end=is_figure)
                for piece, (room, is_figure) in zip(pieces, places, strict=True)
            )
            .rstrip()
            for pieces in zip_longest(*wrapped, fillvalue="")
        ]

    def orders(self, words: PageWords, *, first: int, of: int) -> list[Order]:
        """Return the pages as orders; the first of them has this number of so many."""
        numbered = enumerate(self.pages, start=first)
        return [
            Order(
                html=_document(words, [self._page(words, number, of) for number, _page in pages]),
                css=self._css(),
                is_tagged=False,
                rows=self._rows_on([page for _number, page in pages]),
            )
            for pages in batched(numbered, PAGES_AN_ORDER)
        ]

    def _rows_on(self, pages: list[Lines]) -> Rows:
        leading = self._paper.size * LINE_HEIGHT
        # A line is free between the headings and the rows.
        top = TOP + (len(self._heading) + 1) * leading
        return Rows(pages=pages, size=self._paper.size, leading=leading, left=MARGIN, top=top)

    def _page(self, words: PageWords, number: int, of: int) -> str:
        shown = words.number % {"page": number, "pages": of}
        return (
            f'<section><p class="start top">{escape(words.title)}</p>'
            f'<p class="end top">{escape(words.company)}</p>'
            f'<pre class="heading">{_text(self._heading)}</pre>{ROWS_PLACE}'
            f'<p class="start foot">{escape(words.made)}</p><p class="end foot">{escape(shown)}</p></section>'
        )

    def _css(self) -> str:
        size = self._paper.size
        side = " landscape" if self._paper.is_landscape else ""
        return (
            f"@page {{ size: A4{side}; margin: 0 }} body {{ margin: 0 }}"
            # A hair less than the page: rounding must not push a page onto another.
            f"section {{ position: relative; height: {self._paper.height - 1}pt; break-after: page;"
            f" padding: {TOP}pt {MARGIN}pt 0; box-sizing: border-box }}"
            " section:last-child { break-after: auto }"
            f"pre {{ margin: 0; font: {size}pt/{LINE_HEIGHT} 'Liberation Mono', 'DejaVu Sans Mono',"
            " monospace; color: #13202e }"
            ".heading { font-weight: 700; color: #0f2440; border-block-end: 1pt solid #0f2440;"
            f" margin-block-end: {size * LINE_HEIGHT - 1}pt }}"
            "p { position: absolute; margin: 0; font: 7.5pt 'Noto Sans', 'Liberation Sans', 'DejaVu Sans',"
            " sans-serif; color: #51606f }"
            f".start {{ left: {MARGIN}pt }} .end {{ right: {MARGIN}pt }}"
            " .top { top: 24pt } .foot { bottom: 24pt }"
        )


def _document(words: PageWords, pages: Sequence[str]) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{escape(words.title)}</title></head>'
        f"<body>{''.join(pages)}</body></html>"
    )


def _text(lines: Lines) -> str:
    # HTML drops a line's end right behind the beginning.
    return "\n" + escape("\n".join(lines), quote=False)


def _padded(text: str, room: int, *, at_end: bool) -> str:
    space = " " * (room - room_of(text))
    return space + text if at_end else text + space
