"""How the columns of a table share the width of a sheet of paper."""

from collections.abc import Sequence
from dataclasses import dataclass

from exports.datasets.columns import SheetColumn
from exports.writers.pdf.text import heading_of, room_of

# Points: A4, and what is left of it between the margins.
SHORT_SIDE, LONG_SIDE, MARGIN = 595, 842, 40
# What a letter of a typewriter's face is wide, for each point of its size.
LETTER = 0.602
# Letters between two columns.
GAP = 2
# A text that is longer may take several lines, and gets no fewer letters than these on each.
COMFORTABLE, LEAST = 28, 8


@dataclass(frozen=True)
class Paper:
    """A sheet of A4, and the size of the letters on it."""

    is_landscape: bool
    # Points.
    size: float

    @property
    def width(self) -> int:
        return (LONG_SIDE if self.is_landscape else SHORT_SIDE) - 2 * MARGIN

    @property
    def height(self) -> int:
        return SHORT_SIDE if self.is_landscape else LONG_SIDE

    @property
    def letters(self) -> int:
        """Return how many letters a line has."""
        return int(self.width / (self.size * LETTER))


PAPERS = (
    Paper(is_landscape=False, size=8),
    Paper(is_landscape=True, size=8),
    Paper(is_landscape=True, size=7),
    Paper(is_landscape=True, size=6),
)


@dataclass(frozen=True)
class Layout:
    """The paper of a table, and the letters that each of its columns has room for."""

    paper: Paper
    rooms: tuple[int, ...]

    @property
    def shares(self) -> list[float]:
        """Return the part of the width that each column takes, in percent, its gap included."""
        whole = sum(self.rooms) + GAP * len(self.rooms)
        return [100 * (room + GAP) / whole for room in self.rooms]


def layout_of(
    columns: Sequence[SheetColumn], rows: Sequence[Sequence[str]], papers: Sequence[Paper] = PAPERS
) -> Layout:
    """Return the first paper on which the columns fit beside each other, else the last, made to fit."""
    wanted = [
        max([_heading_room(column), *(room_of(row[place]) for row in rows)])
        for place, column in enumerate(columns)
    ]
    texts = [place for place, column in enumerate(columns) if not column.cell.is_figure]
    least = [min(room, COMFORTABLE) if place in texts else room for place, room in enumerate(wanted)]
    gaps = GAP * (len(columns) - 1)
    paper = next((paper for paper in papers if sum(least) + gaps <= paper.letters), papers[-1])
    rooms = _shared(least, wanted, paper.letters - gaps, texts)
    needed = sum(rooms) + gaps
    if needed > paper.letters:
        paper = Paper(is_landscape=paper.is_landscape, size=paper.width / (needed * LETTER))
    return Layout(paper, tuple(rooms))


def _heading_room(column: SheetColumn) -> int:
    """Return the room of a heading, which may take several lines."""
    return max(room_of(word) for word in heading_of(column).split(" "))


def _shared(least: list[int], wanted: list[int], room: int, texts: Sequence[int]) -> list[int]:
    """Give what is left to those that want more, or take what is missing from the longest texts."""
    rooms = list(least)
    while sum(rooms) > room and (long := [place for place in texts if rooms[place] > LEAST]):
        rooms[max(long, key=rooms.__getitem__)] -= 1
    while sum(rooms) < room and (short := [place for place in texts if rooms[place] < wanted[place]]):
        rooms[min(short, key=lambda place: rooms[place] / wanted[place])] += 1
    return rooms
