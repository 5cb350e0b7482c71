"""What every reader makes of a file: headings, and rows of text."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Self, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.errors import ImportRefused

# What is longer is no cell of a daily record; notes have 2,000 characters.
MAX_CELL = 32_767
MAX_COLUMNS = 500
MAX_SUMMARY = 160


VALUES_ONLY = gettext_lazy(
    "Of this kind of workbook only values can be read: neither units in number formats nor errors, formulas"
    " without a result, merged cells, and rows that are hidden or struck out. Save it as XLSX if it has any."
)

# Each sheet of a workbook has its own block of lines where several are read, so that a line is one row.
SHEET_LINES = 2_000_000


class Exact(str):
    """The text of a number or date that a workbook stores as such, so that it has only one reading."""

    __slots__ = ("stored",)
    # As stored, where the cell's number format shows another number or a unit.
    stored: str

    def __new__(cls, text: str, stored: str = "") -> Self:
        exact = super().__new__(cls, text)
        exact.stored = stored or text
        return exact


class FileRow(NamedTuple):
    """A row of the file and the line it begins on, counted from 1."""

    line: int
    cells: tuple[str, ...]
    # “hidden” or “struck”, as a workbook shows it.
    mark: str = ""
    # Place → first line of a cell that is merged with others above, whose value it has.
    merged: Mapping[int, int] = MappingProxyType({})

    @property
    def stored_cells(self) -> list[str]:
        """Return the cells as they are stored, whatever their number formats show."""
        return [cell.stored if isinstance(cell, Exact) else cell for cell in self.cells]

    @property
    def summary(self) -> str:
        """Return the cells as one short text."""
        text = " · ".join(filter(None, map(str.strip, self.cells)))
        return text if len(text) <= MAX_SUMMARY else f"{text[:MAX_SUMMARY]} …"

    def without_merged(self, places: Collection[int]) -> "FileRow":
        """Return the row with these cells as its own: somebody entered their values."""
        if not self.merged:
            return self
        left = {place: line for place, line in self.merged.items() if place not in places}
        return self._replace(merged=left)

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


def cell_name(line: int, place: int) -> str:
    """Return the name of a workbook's cell, such as C7."""
    letters, place = "", place + 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{line % SHEET_LINES}"


def shown_line(line: int, sheets: Sequence[str] = ()) -> str:
    """Return a line as people find it: with its sheet, where several are read."""
    sheet, line = divmod(line, SHEET_LINES)
    return f"{sheets[sheet]} {line}" if len(sheets) > 1 else str(line)


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How to read a file. None: detect it, or refuse the file where it is ambiguous."""

    delimiter: str | None = None
    # UTF-8, with or without a byte-order mark.
    encoding: str = "utf-8-sig"
    # The sheets that are read one after the other; the first has its headings in the line below.
    sheets: tuple[str, ...] = ()
    headings_line: int = 1
    # How many lines the headings take; `headings_line` is the last.
    headings_depth: int = 1


@dataclass(frozen=True)
class FileTable:
    """The headings of a file, and its rows, read when they are iterated over."""

    headings: tuple[str, ...]
    rows: Iterator[FileRow]
    # About how many rows there are, for the progress bar.
    length: int
    sheets: Sequence[str] = ()
    # Sheets that are not read.
    left_out: Sequence[str] = ()
    # Whether a workbook tells values only: neither number formats nor marked rows, errors and formulas.
    is_unknown: bool = False
    # Whether the day numbers of a workbook begin with 1904.
    has_1904_dates: bool = False


class MarkedLines(TypedDict):
    """How many lines there are of a kind, and the first of them."""

    count: int
    first: list[int]


@dataclass(frozen=True)
class Head:
    """The first rows of a sheet, or of the one table of a CSV file, and what is in all its rows."""

    sheet: str
    rows: list[list[str]]
    # The module and the site's code, in a template workbook that was filled in.
    template: tuple[str, str] | None = None
    # By column: line, text, and whether a workbook stores it as a number or date; see `Survey`.
    values: Sequence[Sequence[tuple[int, str, bool]]] = ()
    # “hidden” and “struck”: how many such rows there are, and the lines of the first.
    marked: Mapping[str, MarkedLines] = field(default_factory=dict)
    # The encodings in which a text could be, with a sample in each, while nobody has chosen one.
    encodings: Sequence[tuple[str, str]] = ()
    headings_depth: int = 1
    # Whether only the values of the workbook are known, see `FileTable`.
    is_unknown: bool = False
    # The columns that a workbook hides, counted from 0.
    hidden_columns: Sequence[int] = ()

    def headings(self, line: int) -> list[str]:
        """Return the cells of a line, counted from 1, without empty ones at the end."""
        if not 0 < line <= len(self.rows):
            return []
        above = self.rows[line - 2] if self.headings_depth > 1 and line > 1 else []
        return joined_headings(above, self.rows[line - 1])

    def below(self, line: int) -> list[list[str]]:
        """Return the rows below a line that are not blank."""
        return [row for row in self.rows[line:] if any(cell.strip() for cell in row)]


def joined_headings(above: Sequence[str], own: Sequence[str]) -> list[str]:
    """Return the headings of a line, each below the one that spans it in the line above; all different."""
    group = ""
    headings = []
    for place in range(max(len(above), len(own))):
        spanning, name = _cell(above, place), _cell(own, place)
        group = spanning or group
        headings.append(f"{group} · {name}" if group and name and group != name else name or spanning)
    while headings and not headings[-1]:
        headings.pop()
    return _distinct(headings)


def cleaned_headings(cells: Sequence[str], line: int, above: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the headings, as many as there are cells. Raises ImportRefused where there are none."""
    headings = joined_headings(above, cells)
    headings += [""] * (len(cells) - len(headings))
    if not any(headings):
        raise ImportRefused(
            _("Line %(line)d has no headings. Choose the line that has them.") % {"line": line},
            option="--headings-line",
        )
    if len(headings) > MAX_COLUMNS:
        raise ImportRefused(
            _("The file has %(columns)d columns; %(most)d can be read.")
            % {"columns": len(headings), "most": MAX_COLUMNS}
        )
    return tuple(headings)


def fitted(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """Return cells without empty ones to the right of the headings."""
    cells = list(cells)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _distinct(headings: Sequence[str]) -> list[str]:
    """Number headings that occur more than once, so that one must be chosen: “Tons (1)”, “Tons (2)”."""
    times = Counter(headings)
    seen: Counter[str] = Counter()
    distinct = []
    for heading in headings:
        seen[heading] += 1
        distinct.append(f"{heading} ({seen[heading]})" if heading and times[heading] > 1 else heading)
    return distinct
