"""Where the rows of a file come from: counted first, then read once, in the same order every time."""

import datetime as dt
from abc import ABC, abstractmethod
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import batched, groupby
from typing import NamedTuple, override
from zoneinfo import ZoneInfo

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from exports.datasets.columns import SITE, Cell, SheetColumn
from exports.datasets.dataset import Records
from exports.datasets.labels import NamesOf, names_of
from exports.datasets.selection import FIRST_DAY, LAST_DAY, MONTH, RECORDS, WEEK, Granularity, Selection
from exports.datasets.snapshot import ROWS_AT_ONCE, Raw, RawRow, all_rows, count_of, day_of, rows_of
from sites.models import Site

START = "period_start"

type Asked = models.QuerySet[models.Model, object]


class Part(NamedTuple):
    """Rows of one site, in whose zone their moments are told."""

    zone: ZoneInfo
    rows: Sequence[RawRow]


class RowSource(ABC):
    """Rows of some columns. Site after site, and within a site in the order of the subject."""

    def __init__(
        self, reading: BaseDatabaseWrapper, selection: Selection, columns: Sequence[SheetColumn]
    ) -> None:
        self.reading = reading
        self.selection = selection
        self.columns = tuple(columns)

    @cached_property
    def names(self) -> NamesOf:
        """Return what the ids of the rows stand for."""
        return names_of(self.reading, self.columns)

    @abstractmethod
    def count(self) -> int:
        """Return how many rows there are."""

    @abstractmethod
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        """Yield a site's rows, some thousands at once."""

    @property
    def sites(self) -> list[Site]:
        return sorted(self.selection.sites, key=lambda site: site.code)

    def parts(self) -> Iterator[Part]:
        """Yield all rows, no part without any. Memory does not grow with them."""
        for site in self.sites:
            yield from (Part(site.zone, rows) for rows in self.rows_at(site) if rows)


class EnteredRows(RowSource):
    """The records as they were entered."""

    @override
    def count(self) -> int:
        return count_of(self.reading, self.selection.records.values_list("pk"))

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        return rows_of(self.reading, self.asked(site, [column.source for column in self.columns]))

    def asked(self, site: Site, sources: Sequence[Combinable | None]) -> Asked:
        """Return the query of a site's rows with these expressions as their cells."""
        records = self.selection.records.filter(site=site).order_by(*self.selection.subject.order)
        return records.values_list(*sources)  # type: ignore[arg-type]  # expressions are as good as names


class TotalRows(RowSource):
    """The totals of each week or month, by the dimensions among the columns."""

    @override
    def count(self) -> int:
        lines = self._by_period().values_list("site", START, *self._dimensions).distinct()
        return count_of(self.reading, lines)

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        line = Line(self.selection, self.columns, site)
        names = (*self._dimensions, *self._sums)
        for found in batched(all_rows(self.reading, self._asked(site)), ROWS_AT_ONCE):
            yield [line.of(day_of(start), dict(zip(names, cells, strict=True))) for start, *cells in found]

    @property
    def _dimensions(self) -> list[str]:
        offered = self.selection.subject.dimensions
        return [column.name for column in self.columns if column in offered]

    @property
    def _sums(self) -> dict[str, Combinable]:
        summed = (*self.selection.subject.totals, RECORDS)
        return {column.name: sum_of(column) for column in self.columns if column in summed}

    def _by_period(self) -> Records:
        by_period: Records = self.selection.records.annotate(**{START: self.selection.start})
        return by_period

    def _asked(self, site: Site) -> Asked:
        sums = {f"sum_of_{name}": total for name, total in self._sums.items()}
        lines = self._by_period().filter(site=site).values(START, *self._dimensions).annotate(**sums)
        asked: Asked = lines.order_by(START, *self._order()).values_list(START, *self._dimensions, *sums)
        return asked

    def _order(self) -> Iterator[str]:
        """Yield the order of a period's lines: that of the master data's own lists."""
        for column in self.columns:
            if column.name in self._dimensions:
                if column.cell is Cell.NAME:
                    yield from (f"{column.name}__position", f"{column.name}__code")
                yield column.name


def sum_of(column: SheetColumn) -> Combinable:
    """Return the sum of a column as a query has it, in the unit of the database."""
    assert column.source is not None
    return column.source if column == RECORDS else Cast(Sum(column.source), BigIntegerField())


class LedgerTotals(RowSource):
    """Each week or month of a material's stock: how it opened, what moved it, how it closed."""

    @override
    def count(self) -> int:
        by_period = self.selection.records.annotate(**{START: self.selection.start})
        return count_of(self.reading, by_period.values_list("site", "material", START).distinct())

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        line = Line(self.selection, self.columns, site)
        lines = (
            line.of(start, self._folded(material, list(days)))
            for (material, start), days in groupby(self._days(site), key=self._line_of)
        )
        yield from batched(lines, ROWS_AT_ONCE)

    def _days(self, site: Site) -> Iterator[RawRow]:
        subject = self.selection.subject
        records = self.selection.records.filter(site=site).order_by(
            "material__position", "material_id", "date"
        )
        names = (column.name for column in subject.figures)
        return all_rows(self.reading, records.values_list("material", "date", *names))

    def _line_of(self, day: RawRow) -> tuple[Raw, dt.date]:
        material, date, *_figures = day
        return material, first_day(day_of(date), self.selection.granularity)

    def _folded(self, material: Raw, days: Sequence[RawRow]) -> dict[str, Raw]:
        """Return the figures of a period: the first opening, the sums, the last closing."""
        subject = self.selection.subject
        names = [column.name for column in subject.figures]
        folded: dict[str, Raw] = {
            name: sum(amount for amount in amounts if isinstance(amount, int))
            for name, amounts in zip(names, list(zip(*days, strict=True))[2:], strict=True)
        }
        folded[names[0]], folded[names[-1]] = days[0][2], days[-1][-1]
        return {"material": material, RECORDS.name: len(days), **folded}


class Line:
    """Makes the rows of a week's or month's totals at a site."""

    def __init__(self, selection: Selection, columns: Sequence[SheetColumn], site: Site) -> None:
        self._selection = selection
        self._columns = columns
        self._site = site

    def of(self, start: dt.date, cells: Mapping[str, Raw]) -> RawRow:
        """Return the row of the period that starts so: its name, its days within the selection, its cells."""
        granularity = self._selection.granularity
        known: dict[str, Raw] = {
            SITE.name: self._site.pk,
            WEEK.name: f"{start:%G-W%V}",
            MONTH.name: f"{start:%Y-%m}",
            # What lies outside the dates asked for is not in the totals.
            FIRST_DAY.name: max(start, self._selection.first),
            LAST_DAY.name: min(last_day(start, granularity), self._selection.last),
            **cells,
        }
        return tuple(known[column.name] for column in self._columns)


def first_day(date: dt.date, granularity: Granularity) -> dt.date:
    """Return the first day of a date's ISO week or month."""
    if granularity == Granularity.WEEKLY:
        return date - dt.timedelta(days=date.weekday())
    return date.replace(day=1)


def last_day(start: dt.date, granularity: Granularity) -> dt.date:
    """Return the last day of the ISO week or month that starts so."""
    if granularity == Granularity.WEEKLY:
        return start + dt.timedelta(days=6)
    return start.replace(day=monthrange(start.year, start.month)[1])


def source_of(
    reading: BaseDatabaseWrapper, selection: Selection, columns: Sequence[SheetColumn]
) -> RowSource:
    """Return where the rows of a selection come from."""
    kind: type[RowSource]
    if selection.granularity == Granularity.DAILY:
        kind = EnteredRows
    else:
        kind = TotalRows if selection.subject.opening is None else LedgerTotals
    return kind(reading, selection, columns)
