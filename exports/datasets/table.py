"""Rows under a title, as a workbook and a paper show them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exports.datasets.columns import SheetColumn
from exports.datasets.rows import RowSource
from exports.datasets.selection import RECORDS, Selection
from exports.datasets.snapshot import RawRow, whole
from exports.writers.cover import NOTHING_FOUND

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


@dataclass
class Table:
    """Rows that were counted, and the sums of those that were written so far."""

    title: str
    source: RowSource
    count: int
    # What it says where it has no rows.
    nothing: "Text" = NOTHING_FOUND
    # Places of the columns that add up, with their sums in the units of the database.
    sums: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        summed = (*self.source.selection.subject.totals, RECORDS)
        self.sums = {place: 0 for place, column in enumerate(self.columns) if column in summed}

    @property
    def columns(self) -> tuple[SheetColumn, ...]:
        return self.source.columns

    @property
    def rest_days(self) -> str:
        """Return the days of the week on which none of the sites works, as in `date.isoweekday()`: "67"."""
        working = {day for site in self.source.selection.sites for day in site.weekdays}
        return "".join(str(day) for day in range(1, 8) if day not in working)

    def add(self, columns: Sequence[RawRow]) -> None:
        """Add rows, given column by column, to the sums."""
        for place in self.sums:
            self.sums[place] += sum(map(whole, columns[place]))

    @property
    def totals(self) -> list[tuple[SheetColumn, int]]:
        """Return the columns that add up, each with its sum in the unit of the database."""
        return [(self.columns[place], total) for place, total in self.sums.items()]


def table_of(selection: Selection, source: RowSource) -> Table:
    """Return a selection's rows under the name of what they are."""
    return Table(str(selection.subject.label), source, source.count())
