"""Tables of many rows, drawn with reportlab: thousands of rows a second, a page at a time.

They look like the tables that WeasyPrint makes of pdf.css. They are not tagged.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

from django.utils.translation import get_language
from reportlab.pdfgen.canvas import Canvas

from exports.writers.pdf.table import MARGIN, PADDING, PageTexts, PdfTable, Row, is_below_zero
from exports.writers.pdf.text import TextPen, lines_of, text_fonts, width_of

# Lengths are in points and as in pdf.css. The rows are between the margins at the top and the bottom.
TOP, BOTTOM = 46, 50
EDGE_SIZE, EDGE = 7.5, 24
TITLE_SIZE, TITLE_HEIGHT = 11.5, 22
LINE_HEIGHT = 1.3
ROW_PADDING, HEADING_PADDING = 1.4, 3.0
THIN, THICK = 0.4, 1.0
# A file is saved without a pause, in some 0.15 seconds; a cancelled export ends only between files.
PAGES_PER_FILE = 100

type Colour = tuple[float, float, float]
TEXT: Colour = (0x13 / 255, 0x20 / 255, 0x2E / 255)
NAVY: Colour = (0x0F / 255, 0x24 / 255, 0x40 / 255)
GREY: Colour = (0x51 / 255, 0x60 / 255, 0x6F / 255)
RED: Colour = (0xB3 / 255, 0x26 / 255, 0x1E / 255)
HEADING_FILL: Colour = (0xE7 / 255, 0xEC / 255, 0xF2 / 255)
REST_FILL: Colour = (0xF4 / 255, 0xF6 / 255, 0xF8 / 255)
RULE: Colour = (0xDB / 255, 0xE2 / 255, 0xE8 / 255)

type Lines = list[list[str]]
type Tick = Callable[[int], None]


@dataclass(frozen=True)
class Piece:
    """A row on a page, or those of its lines that a page has room for."""

    row: int
    first: int
    end: int


class LongTable:
    """A table that is divided into pages before the first is drawn, so that each can be numbered."""

    def __init__(self, table: PdfTable, *, tick: Tick) -> None:
        """Divide the rows; `tick(pages)` is called now and then, and an exception of it ends the work."""
        self._table = table
        self._layout = table.layout
        self._size = table.layout.page.size
        self._leading = self._size * LINE_HEIGHT
        self._fonts = text_fonts()
        self._headings = self._lines(table.headings, self._fonts.bold)
        self._rows: list[Row] = [*table.rows, *([table.totals] if table.has_totals else [])]
        self.pages = list(self._divided(tick))

    @property
    def count(self) -> int:
        return len(self._table.rows)

    def draw_page(self, canvas: Canvas, place: int, texts: PageTexts, *, number: int, of: int) -> None:
        """Draw one of the pages, which has this number in the document."""
        page = self._layout.page
        canvas.setPageSize((page.width + 2 * MARGIN, page.height))
        self._draw_edges(canvas, texts, number=number, of=of)
        y = self._draw_headings(canvas, has_title=place == 0)
        self._draw_rows(canvas, self.pages[place], y)
        canvas.showPage()

    def _divided(self, tick: Tick) -> Iterator[list[Piece]]:
        """Yield pages as full as they can be; a row is on one page unless it is longer than that."""
        page: list[Piece] = []
        whole = self._layout.page.height - TOP - BOTTOM - self._headings_height
        room = whole - TITLE_HEIGHT
        for row in range(len(self._rows)):
            if row % 500 == 0:
                tick(0)
            count, first = self._count_lines(row), 0
            # The totals are never alone on a page.
            below = self._height(1) if self._table.has_totals and row == self.count - 1 else 0
            if page and self._height(count) + below > room:
                yield page
                page, room = [], whole
            while self._height(count - first) + below > room:
                end = first + max(1, min(self._fitting(room), count - first - 1))
                yield [Piece(row, first, end)]
                first, room = end, whole
            page.append(Piece(row, first, count))
            room -= self._height(count - first)
        if page:
            yield page

    @property
    def _headings_height(self) -> float:
        lines = max(map(len, self._headings))
        return lines * self._leading + 2 * HEADING_PADDING + THICK

    def _height(self, lines: int) -> float:
        return lines * self._leading + 2 * ROW_PADDING + THIN

    def _fitting(self, room: float) -> int:
        """Return how many lines of a row have room."""
        return int((room - 2 * ROW_PADDING - THIN) / self._leading)

    def _count_lines(self, row: int) -> int:
        return max(map(len, self._lines_of_row(row)))

    def _lines_of_row(self, row: int) -> Lines:
        font = self._fonts.bold if self._is_total(row) else self._fonts.regular
        return self._lines(self._rows[row], font)

    def _lines(self, cells: Row, font: str) -> Lines:
        return [
            lines_of(cell, font, (width - PADDING) / self._size)
            for cell, width in zip(cells, self._layout.widths, strict=True)
        ]

    def _draw_edges(self, canvas: Canvas, texts: PageTexts, *, number: int, of: int) -> None:
        page, pen = self._layout.page, TextPen(canvas)
        pen.set_colour(GREY)
        font, right = self._fonts.regular, MARGIN + page.width
        count = texts.number % {"page": number, "pages": of}
        for start, end, y in (
            (texts.title, texts.company, page.height - EDGE - EDGE_SIZE),
            (texts.made, count, EDGE + EDGE_SIZE),
        ):
            width = width_of(end, font) * EDGE_SIZE
            for line, text in enumerate(lines_of(start, font, (page.width - width) / EDGE_SIZE - 2)[:2]):
                pen.write(text, MARGIN, y - line * EDGE_SIZE * LINE_HEIGHT, font=font, size=EDGE_SIZE)
            pen.write(end, right - width, y, font=font, size=EDGE_SIZE)
        pen.finish()

    def _draw_headings(self, canvas: Canvas, *, has_title: bool) -> float:
        """Draw the table's title and headings; return where the rows begin."""
        page, pen = self._layout.page, TextPen(canvas)
        y = page.height - TOP
        pen.set_colour(NAVY)
        if has_title:
            title = self._table.table.title
            pen.write(title, MARGIN, y - TITLE_SIZE, font=self._fonts.bold, size=TITLE_SIZE)
            y -= TITLE_HEIGHT
        height = self._headings_height
        self._fill(canvas, HEADING_FILL, y, height)
        self._rule(canvas, NAVY, y - height, THICK)
        lines = max(map(len, self._headings))
        # Headings are at the bottom of their cells.
        cells = [[""] * (lines - len(cell)) + cell for cell in self._headings]
        self._write(pen, cells, y - HEADING_PADDING, font=self._fonts.bold, colours={})
        pen.finish()
        return y - height

    def _draw_rows(self, canvas: Canvas, pieces: list[Piece], top: float) -> None:
        # Behind all texts.
        self._draw_backgrounds(canvas, pieces, top)
        pen, y = TextPen(canvas), top
        pen.set_colour(TEXT)
        for piece in pieces:
            cells = [cell[piece.first : piece.end] for cell in self._lines_of_row(piece.row)]
            below = {
                place: RED
                for place, column in enumerate(self._table.columns)
                if is_below_zero(column, self._rows[piece.row][place])
            }
            font = self._fonts.bold if self._is_total(piece.row) else self._fonts.regular
            self._write(pen, cells, y - ROW_PADDING, font=font, colours=below)
            y -= self._height(piece.end - piece.first)
        pen.finish()

    def _draw_backgrounds(self, canvas: Canvas, pieces: list[Piece], top: float) -> None:
        y = top
        for piece in pieces:
            height = self._height(piece.end - piece.first)
            if self._is_total(piece.row):
                self._rule(canvas, NAVY, y, THICK)
            else:
                if self._table.rest_days[piece.row]:
                    self._fill(canvas, REST_FILL, y, height)
                self._rule(canvas, RULE, y - height, THIN)
            y -= height

    def _is_total(self, row: int) -> bool:
        return row == self.count

    def _write(self, pen: TextPen, cells: Lines, y: float, *, font: str, colours: dict[int, Colour]) -> None:
        """Write the cells of a row whose texts begin below y: those in other colours in these."""
        # The letters' middle is the line's middle.
        baseline = y - self._leading / 2 - self._size * 0.36
        left = float(MARGIN)
        for place, (lines, width) in enumerate(zip(cells, self._layout.widths, strict=True)):
            if place in colours:
                pen.set_colour(colours[place])
            for number, line in enumerate(lines):
                x = left + PADDING / 2
                if self._table.columns[place].is_number:
                    x = left + width - PADDING / 2 - width_of(line, font) * self._size
                if line:
                    pen.write(line, x, baseline - number * self._leading, font=font, size=self._size)
            if place in colours:
                pen.set_colour(TEXT)
            left += width

    def _fill(self, canvas: Canvas, colour: Colour, y: float, height: float) -> None:
        canvas.setFillColorRGB(*colour)
        canvas.rect(MARGIN, y - height, self._layout.page.width, height, stroke=0, fill=1)

    def _rule(self, canvas: Canvas, colour: Colour, y: float, thickness: float) -> None:
        canvas.setStrokeColorRGB(*colour)
        canvas.setLineWidth(thickness)
        canvas.line(MARGIN, y, MARGIN + self._layout.page.width, y)


def draw_tables(
    tables: Sequence[LongTable], folder: Path, texts: PageTexts, *, first: int, of: int, tick: Tick
) -> Iterator[Path]:
    """Draw tables one after the other and yield PDF files of their pages, numbered from `first`.

    `tick(pages)` is called after each page; an exception of it ends the work.
    """
    pages = [(table, place) for table in tables for place in range(len(table.pages))]
    for part in batched(enumerate(pages, start=first), PAGES_PER_FILE):
        file = folder / f"pages-{part[0][0]}.pdf"
        canvas = Canvas(
            str(file), pageCompression=1, lang=get_language(), initialFontName=text_fonts().regular
        )
        for number, (table, place) in part:
            table.draw_page(canvas, place, texts, number=number, of=of)
            tick(number - first + 1)
        canvas.save()
        yield file
