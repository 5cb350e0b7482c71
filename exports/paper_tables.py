"""A table's rows in words, all of them in memory: paper takes no more than some ten thousand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from exports.columns import SheetColumn
from exports.files import StillWanted
from exports.paper_layout import Layout, Paper, layout_of
from exports.paper_text import figure_of, heading_of, words_of
from exports.reading import Raw, day_of
from exports.tables import Table


@dataclass
class PaperTable:
    """Rows as a person reads them."""

    table: Table
    # The papers that it may be on, the first that it fits on is taken.
    papers: Sequence[Paper]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    # Of each row, whether it is of a day of the week on which none of the sites works.
    rests: list[bool] = field(default_factory=list)

    @property
    def columns(self) -> tuple[SheetColumn, ...]:
        return self.table.columns

    @property
    def headings(self) -> list[str]:
        return [heading_of(column) for column in self.columns]

    @cached_property
    def layout(self) -> Layout:
        return layout_of(self.columns, [*self.rows, self.totals], self.papers)

    @property
    def totals(self) -> tuple[str, ...]:
        """Return the last line: the sum of each column that adds up, an empty text for any other."""
        sums = self.table.sums
        return tuple(
            figure_of(column, sums[place], has_unit=False) if place in sums else ""
            for place, column in enumerate(self.columns)
        )


def read(table: Table, papers: Sequence[Paper], *, require_wanted: StillWanted) -> PaperTable:
    """Return a table with all of its rows; whatever `require_wanted` raises ends it."""
    paper = PaperTable(table, papers)
    names = table.source.names
    words = [words_of(column, names.get(column.name, {})) for column in table.columns]
    dates = next((place for place, column in enumerate(table.columns) if column.name == "date"), None)
    for part in table.source.parts():
        require_wanted()
        columns = list(zip(*part.rows, strict=True))
        table.add(columns)
        texts = [make(cells, part.zone) for make, cells in zip(words, columns, strict=True)]
        paper.rows += zip(*texts, strict=True)
        paper.rests += (
            _rests(columns[dates], table.rest_days) if dates is not None else [False] * len(part.rows)
        )
    return paper


def _rests(dates: Sequence[Raw], rest_days: str) -> list[bool]:
    return [str(day_of(date).isoweekday()) in rest_days for date in dates]
