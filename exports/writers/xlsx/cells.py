"""The cells of a sheet as XML, made for many rows at once.

Text is written into its cell (an inline string), so that it is text whatever it begins with, and that no
table of shared texts grows with the rows.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

from exports.datasets.columns import Cell, SheetColumn
from exports.datasets.labels import Names
from exports.datasets.snapshot import Raw, day_of, moment_of

# The part of a cell after its place and format: `<c r="A1" s="2"` comes before it.
type Contents = Callable[[Sequence[Raw], ZoneInfo], Iterable[str]]

EMPTY = "/>"
# Excel's day 0; its day 60 never was, so dates before March 1900 are a day off, in every program.
EPOCH = dt.date(1899, 12, 30)
SECONDS_A_DAY = 86_400
NOT_PLAIN = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|^\s|\s$")
# What XML cannot hold, and what would be taken for such an escape.
UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def text_cell(text: str) -> str:
    """Return a text as the contents of a cell."""
    if not text:
        return EMPTY
    if not NOT_PLAIN.search(text):
        return f' t="inlineStr"><is><t>{text}</t></is></c>'
    return f' t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'


def escaped(text: str) -> str:
    """Return a text as the contents of an element; what XML cannot hold becomes `_x0007_`."""
    spoken = UNSPEAKABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return spoken.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def number_cell(number: float | str) -> str:
    """Return a number as the contents of a cell."""
    return f"><v>{number}</v></c>"


def contents_of(column: SheetColumn, names: Names) -> Contents:
    """Return how the cells of a column are written."""
    match column.cell:
        case Cell.NAME:
            return _known({pk: text_cell(name.words) for pk, name in names.items()})
        case Cell.CHOICE:
            return _known({value: text_cell(str(label)) for value, label in column.choices.items()})
        case Cell.DATE:
            days = _Days()
            return lambda cells, _zone: [days[cell] for cell in cells]
        case Cell.MOMENT:
            return lambda cells, zone: [number_cell(_serial(moment_of(cell), zone)) for cell in cells]
        case Cell.TONS:
            return _scaled(1000)
        case Cell.HOURS:
            return _scaled(100)
        case Cell.COUNT | Cell.NUMBER:
            return _scaled(1)
        case Cell.FLAG:
            return lambda cells, _zone: [f' t="b"><v>{1 if cell else 0}</v></c>' for cell in cells]
        case Cell.TEXT:
            return lambda cells, _zone: [text_cell(str(cell or "")) for cell in cells]


def scale_of(cell: Cell) -> int:
    """Return into how many parts a cell's unit is parted in the database."""
    return {Cell.TONS: 1000, Cell.HOURS: 100}.get(cell, 1)


def _known(contents: dict[Raw, str]) -> Contents:
    return lambda cells, _zone: [contents.get(cell, EMPTY) for cell in cells]


def _scaled(scale: int) -> Contents:
    def contents(cells: Sequence[Raw], _zone: ZoneInfo) -> Iterable[str]:
        if scale == 1:
            return [EMPTY if cell is None else f"><v>{cell}</v></c>" for cell in cells]
        # The nearest float is what a spreadsheet would make of the decimal number as well.
        return [EMPTY if cell is None else f"><v>{cell / scale}</v></c>" for cell in cells]  # type: ignore[operator]

    return contents


def _serial(moment: dt.datetime, zone: ZoneInfo) -> float:
    """Return a moment as the days since Excel's epoch on the clocks of a zone."""
    local = moment.astimezone(zone)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return (local.date() - EPOCH).days + seconds / SECONDS_A_DAY


class _Days(dict[Raw, str]):
    """The dates met so far, as they are written."""

    def __missing__(self, raw: Raw) -> str:
        contents = self[raw] = EMPTY if raw is None else number_cell((day_of(raw) - EPOCH).days)
        return contents
