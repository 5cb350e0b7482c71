"""Cells as a person reads them in a PDF."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from charts.numbers import written_each
from exports.datasets.columns import Cell, SheetColumn
from exports.datasets.labels import Names
from exports.datasets.snapshot import Raw, day_of, moment_of
from exports.writers.cover import shown_date

type Words = Callable[[Sequence[Raw], ZoneInfo], Iterable[str]]

# Control characters become spaces; the end of a line stays.
NO_CONTROLS = dict.fromkeys([*range(32), 127], " ") | {ord("\n"): "\n"}


def words_of(column: SheetColumn, names: Names) -> Words:
    """Return how the cells of a column are written."""
    match column.cell:
        case Cell.NAME:
            known = {pk: _line(name.words) for pk, name in names.items()}
            return lambda cells, _zone: [known.get(cell, "") for cell in cells]
        case Cell.CHOICE:
            labels: dict[Raw, str] = {value: str(label) for value, label in column.choices.items()}
            return lambda cells, _zone: [labels.get(cell, "") for cell in cells]
        case Cell.DATE:
            days = _Days()
            return lambda cells, _zone: [days[cell] for cell in cells]
        case Cell.MOMENT:
            return lambda cells, zone: [
                date_format(moment_of(cell).astimezone(zone), "j M Y H:i") for cell in cells
            ]
        case Cell.TONS:
            return _figures(3, shown=2)
        case Cell.HOURS:
            return _figures(2, shown=2)
        case Cell.COUNT:
            return _figures(0, shown=0)
        case Cell.FLAG:
            return lambda cells, _zone: [_("yes") if cell else "" for cell in cells]
        case _:
            return lambda cells, _zone: ["" if cell is None else _line(str(cell)) for cell in cells]


def figure_of(column: SheetColumn, amount: int, *, has_unit: bool = True) -> str:
    """Return one amount, given in the unit of the database, as a person reads it."""
    (words,) = words_of(column, {})([amount], ZoneInfo("UTC"))
    return f"{words} {_unit_of(column)}".rstrip() if has_unit else words


def heading_of(column: SheetColumn) -> str:
    """Return the heading of a column, with the unit of its figures."""
    unit = _unit_of(column)
    return f"{column.label} ({unit})" if unit else str(column.label)


def _unit_of(column: SheetColumn) -> str:
    """Return the unit of a column's figures, unless its label says it already."""
    unit = str(column.unit)
    return "" if unit.casefold() in str(column.label).casefold().split() else unit


def _line(text: str) -> str:
    return text if text.isprintable() else text.translate(NO_CONTROLS)


def _figures(places: int, *, shown: int) -> Words:
    def words(cells: Sequence[Raw], _zone: ZoneInfo) -> Iterable[str]:
        amounts = [Decimal(cell).scaleb(-places) for cell in cells if isinstance(cell, (int, Decimal))]
        texts = iter(written_each(amounts, shown))
        return ["" if cell is None else next(texts) for cell in cells]

    return words


class _Days(dict[Raw, str]):
    """The dates met so far, as they are written."""

    def __missing__(self, raw: Raw) -> str:
        words = self[raw] = "" if raw is None else shown_date(day_of(raw))
        return words
