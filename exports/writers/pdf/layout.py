"""How the columns of a table share the width of a page, in points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exports.writers.pdf.fonts import text_fonts
from exports.writers.pdf.text_runs import width_of
from records.columns import Column

# A4, and its margins to the left and right.
SHORT_SIDE, LONG_SIDE, MARGIN = 595, 842, 40
# Between a text and the edge of its cell, on both sides together; as in pdf.css.
PADDING = 8
# In widths of the letter m (ems). Longer texts may take several lines, and get no less than this on each.
COMFORTABLE, LEAST = 16.0, 5.0
# The steps in which width is given and taken, and what a text is given beyond its own width.
STEP, SLACK = 0.25, 0.15


@dataclass(frozen=True)
class PageFormat:
    """A page of A4 and the size of its rows' letters."""

    is_landscape: bool
    # Points.
    size: float

    @property
    def width(self) -> int:
        """Return the width between the margins."""
        return (LONG_SIDE if self.is_landscape else SHORT_SIDE) - 2 * MARGIN

    @property
    def height(self) -> int:
        return SHORT_SIDE if self.is_landscape else LONG_SIDE


PAGE_FORMATS = (
    PageFormat(is_landscape=False, size=8),
    PageFormat(is_landscape=True, size=8),
    PageFormat(is_landscape=True, size=7),
    PageFormat(is_landscape=True, size=6),
)


@dataclass(frozen=True)
class PageTexts:
    """What every page has at its edges."""

    title: str
    company: str
    made: str
    # With places for the page's number and for how many pages there are.
    number: str


@dataclass(frozen=True)
class Layout:
    """The page format of a table, and the width of each of its columns, padding included."""

    page: PageFormat
    widths: tuple[float, ...]

    @property
    def shares(self) -> list[float]:
        """Return the part of the width that each column takes, in percent."""
        return [100 * width / sum(self.widths) for width in self.widths]


def layout_of(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    totals: Sequence[str],
    formats: Sequence[PageFormat] = PAGE_FORMATS,
) -> Layout:
    """Return the first page format that has room for all columns, else the last with smaller letters."""
    texts = [place for place, column in enumerate(columns) if not column.is_number]
    least, wanted = [], []
    for place, column in enumerate(columns):
        heading = column.heading
        cells = _widest({row[place] for row in rows}, totals[place])
        least.append(max(cells, *(_widest((), word) for word in heading.split(" "))))
        if place in texts:
            least[-1] = min(least[-1], COMFORTABLE)
        wanted.append(max(cells, _widest((), heading)))
    page = next((page for page in formats if sum(least) <= _room(page, len(columns))), formats[-1])
    shared = _shared(least, wanted, _room(page, len(columns)), texts)
    if sum(shared) > _room(page, len(columns)):
        page = PageFormat(page.is_landscape, size=(page.width - PADDING * len(columns)) / sum(shared))
    widths = [width * page.size + PADDING for width in shared]
    # A table is as wide as its page.
    return Layout(page, tuple(width * page.width / sum(widths) for width in widths))


def _room(page: PageFormat, columns: int) -> float:
    """Return the width that a page has for texts, in ems."""
    return (page.width - PADDING * columns) / page.size


def _widest(texts: Iterable[str], bold: str) -> float:
    """Return the width that texts, and one in bold, take on one line."""
    fonts = text_fonts()
    return max(width_of(bold, fonts.bold), *(width_of(text, fonts.regular) for text in texts), 0) + SLACK


def _shared(least: list[float], wanted: list[float], room: float, texts: Sequence[int]) -> list[float]:
    """Give what is left to those that want more, or take what is missing from the widest texts."""
    widths = list(least)
    while sum(widths) > room and (long := [place for place in texts if widths[place] > LEAST]):
        widths[max(long, key=widths.__getitem__)] -= STEP
    while sum(widths) + STEP <= room and (
        short := [place for place in range(len(widths)) if widths[place] < wanted[place]]
    ):
        widths[min(short, key=lambda place: widths[place] / wanted[place])] += STEP
    return widths
