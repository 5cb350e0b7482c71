"""The rows of a file: counted, then read once, always in the same order, from one state of the database."""

import datetime as dt
from abc import ABC, abstractmethod
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import batched, chain, groupby
from typing import TYPE_CHECKING, NamedTuple, override
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from psycopg import IsolationLevel

from core.csv_injection import harmless
from core.jobs.cancellation import Check, cancelling_queries, never_cancelled
from exports.datasets.selection import (
    FIRST_DAY,
    LAST_DAY,
    MONTH,
    RECORDS,
    SITE,
    WEEK,
    Granularity,
    Records,
    Selection,
)
from records.columns import CellContext, Column, Name, PartColumn, Raw, ReferenceColumn
from records.columns.dates import read_date
from records.reports import Report
from sites.models import Site, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

START = "period_start"
NO_ROWS = _("No rows were found for these sites, dates and filters.")

type RawRow = tuple[Raw, ...]
type Query = models.QuerySet[models.Model, object]
# A parameter of a statement.
type Parameter = bool | int | float | Decimal | str | bytes | dt.date | None

BATCH_SIZE = 2000
# Rows are read once: a large cache, and a mapped file that counts as memory, would gain nothing.
SQLITE_PRAGMAS = "PRAGMA cache_size=-4096; PRAGMA mmap_size=0;"
# The names of the ids of a column.
type Names = Mapping[Raw, Name]


@contextmanager
def snapshot(check: Check = never_cancelled) -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection of its own that sees one state of the database, whatever others write meanwhile.

    A running query is cancelled as soon as `check` raises. Within a transaction of the caller, the caller's
    connection is yielded: only it sees what was written there.
    """
    if connection.in_atomic_block:
        yield connection
        return
    reader = connection.copy()
    options = reader.settings_dict["OPTIONS"]
    if reader.vendor == "postgresql":
        options.pop("pool", None)
        options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    else:
        options["transaction_mode"] = "DEFERRED"
        options["detect_types"] = 0
        options["init_command"] = options.get("init_command", "") + SQLITE_PRAGMAS
    try:
        reader.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with cancelling_queries(check, reader):
            yield reader
    finally:
        reader.close()


@contextmanager
def reading_snapshot(check: Check = never_cancelled) -> Iterator[None]:
    """Let every query of this thread see one state of the database, as in `snapshot`. It must not write."""
    with snapshot(check) as reader:
        usual = connections[DEFAULT_DB_ALIAS]
        # Within a transaction it is the connection in use, as a proxy that would lead to itself.
        connections[DEFAULT_DB_ALIAS] = usual if reader is connection else reader
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = usual


def compile_query(connection: BaseDatabaseWrapper, query: Query) -> tuple[str, tuple[Parameter, ...]] | None:
    """Return the SQL of a query and its parameters; None where it cannot find anything."""
    try:
        sql, parameters = query.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(parameters)


def fetch_batches(connection: BaseDatabaseWrapper, query: Query) -> Iterator[list[RawRow]]:
    """Yield the rows of a `values_list` as the driver returns them, some thousands at a time.

    Django would convert each cell, which takes longer than reading it.
    """
    statement = compile_query(connection, query)
    if statement is None:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(*statement)
        while rows := cursor.fetchmany(BATCH_SIZE):
            yield rows


def fetch_rows(connection: BaseDatabaseWrapper, query: Query) -> Iterator[RawRow]:
    """Yield the rows of a `values_list` one by one."""
    return chain.from_iterable(fetch_batches(connection, query))


def count_query(connection: BaseDatabaseWrapper, query: Query) -> int:
    """Return how many rows a query has, a group being one."""
    statement = compile_query(connection, query.order_by())
    if statement is None:
        return 0
    sql, parameters = statement
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) counted", parameters)  # noqa: S608  # Django's own SQL
        (count,) = cursor.fetchone()
    return int(count)


def as_int(raw: Raw) -> int:
    """Return a whole number of the database; 0 for NULL."""
    return int(raw) if isinstance(raw, (int, Decimal)) else 0


class RowBatch(NamedTuple):
    """Rows of one site, whose moments are written in its zone."""

    zone: ZoneInfo
    rows: Sequence[RawRow]


class RowSource(ABC):
    """The rows of a selection, site by site, within a site in the order of the dataset."""

    def __init__(
        self, connection: BaseDatabaseWrapper, selection: Selection, columns: Sequence[Column]
    ) -> None:
        self.connection = connection
        self.selection = selection
        self.columns = tuple(columns)

    @abstractmethod
    def count(self) -> int:
        """Return how many rows there are."""

    @abstractmethod
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        """Yield a site's rows, some thousands at a time."""

    @cached_property
    def names(self) -> Mapping[str, Names]:
        """Return the names of the ids in each column of references."""
        return names_of(self.connection, self.columns)

    @property
    def summed(self) -> Sequence[Column]:
        """Return the columns whose cells add up to a total."""
        return (*self.selection.dataset.totals, RECORDS)

    @property
    def csv_headings(self) -> list[str]:
        """Return the headings of a CSV file, which do not change with the language."""
        return [column.name for column in self.columns]

    @property
    def sites(self) -> list[Site]:
        return sorted(self.selection.sites, key=lambda site: site.code)

    def batches(self) -> Iterator[RowBatch]:
        """Yield all rows. Memory does not grow with them."""
        for site in self.sites:
            yield from (RowBatch(site.zone, rows) for rows in self.rows_at(site) if rows)

    def contexts(self, zone: ZoneInfo) -> list[CellContext]:
        """Return what the cells of each column depend on, in a zone."""
        return [CellContext(zone=zone, names=self.names.get(column.name, {})) for column in self.columns]


class RecordRows(RowSource):
    """The records as they were entered."""

    @override
    def count(self) -> int:
        return count_query(self.connection, self.selection.records.values_list("pk"))

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        return fetch_batches(self.connection, self.query(site, [each.expression for each in self.columns]))

    def query(self, site: Site, expressions: Sequence[Combinable]) -> Query:
        """Return the query of a site's rows with these expressions as cells."""
        records = self.selection.records.filter(site=site).order_by(*self.selection.dataset.order)
        return records.values_list(*expressions)


class PeriodTotals(RowSource):
    """The totals of each week or month, by the dimensions among the columns."""

    @override
    def count(self) -> int:
        groups = self._by_period().values_list("site", START, *self._dimensions).distinct()
        return count_query(self.connection, groups)

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        names = (*self._dimensions, *self._sums)
        for rows in batched(fetch_rows(self.connection, self._query(site)), BATCH_SIZE):
            yield [
                period_row(self, site, read_date(start), dict(zip(names, cells, strict=True)))
                for start, *cells in rows
            ]

    @property
    def _dimensions(self) -> list[str]:
        available = self.selection.dataset.dimensions
        return [column.name for column in self.columns if column in available]

    @property
    def _sums(self) -> dict[str, Combinable]:
        summed = (*self.selection.dataset.totals, RECORDS)
        return {column.name: sum_of(column) for column in self.columns if column in summed}

    def _by_period(self) -> Records:
        by_period: Records = self.selection.records.annotate(**{START: self.selection.start})
        return by_period

    def _query(self, site: Site) -> Query:
        sums = {f"sum_of_{name}": total for name, total in self._sums.items()}
        groups = self._by_period().filter(site=site).values(START, *self._dimensions).annotate(**sums)
        query: Query = groups.order_by(START, *self._order()).values_list(START, *self._dimensions, *sums)
        return query

    def _order(self) -> Iterator[str]:
        """Yield the order within a period, which is that of the master data."""
        for column in self.columns:
            if column.name in self._dimensions:
                if isinstance(column, ReferenceColumn):
                    yield from (f"{column.name}__position", f"{column.name}__code")
                yield column.name


class LedgerTotals(RowSource):
    """Each week or month of a material's stock: opening, movements, closing."""

    @override
    def count(self) -> int:
        by_period = self.selection.records.annotate(**{START: self.selection.start})
        return count_query(self.connection, by_period.values_list("site", "material", START).distinct())

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        rows = (
            period_row(self, site, start, self._total(material, list(days)))
            for (material, start), days in groupby(self._days(site), key=self._period_of)
        )
        yield from batched(rows, BATCH_SIZE)

    def _days(self, site: Site) -> Iterator[RawRow]:
        records = self.selection.records.filter(site=site)
        ordered = records.order_by("material__position", "material_id", "date")
        names = (column.name for column in self.selection.dataset.figures)
        return fetch_rows(self.connection, ordered.values_list("material", "date", *names))

    def _period_of(self, day: RawRow) -> tuple[Raw, dt.date]:
        material, date, *_figures = day
        return material, first_day(read_date(date), self.selection.granularity)

    def _total(self, material: Raw, days: Sequence[RawRow]) -> dict[str, Raw]:
        """Return the figures of a period: the first opening, the sums, the last closing."""
        names = [column.name for column in self.selection.dataset.figures]
        total: dict[str, Raw] = {
            name: sum(amount for amount in amounts if isinstance(amount, int))
            for name, amounts in zip(names, list(zip(*days, strict=True))[2:], strict=True)
        }
        total[names[0]], total[names[-1]] = days[0][2], days[-1][-1]
        return {"material": material, RECORDS.name: len(days), **total}


class ReportRows(RowSource):
    """The rows of a report, which are in memory."""

    def __init__(self, connection: BaseDatabaseWrapper, selection: Selection, report: Report) -> None:
        super().__init__(connection, selection, report.columns)
        self._report = report

    @property
    @override
    def summed(self) -> Sequence[Column]:
        # The last row is the total.
        return ()

    @property
    @override
    def csv_headings(self) -> list[str]:
        return [harmless(column.heading) for column in self.columns]

    @override
    def count(self) -> int:
        return len(self._report.rows)

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        """Yield the rows of all sites at the first of them: they are not divided by site."""
        if site == self.sites[0]:
            yield from batched(self._report.rows, BATCH_SIZE)


def row_source(connection: BaseDatabaseWrapper, selection: Selection, columns: Sequence[Column]) -> RowSource:
    """Return the rows of a selection."""
    source: type[RowSource]
    if selection.granularity == Granularity.DAILY:
        source = RecordRows
    else:
        source = PeriodTotals if selection.dataset.opening is None else LedgerTotals
    return source(connection, selection, columns)


def without_empty_parts(
    connection: BaseDatabaseWrapper, selection: Selection, columns: Sequence[Column]
) -> tuple[Column, ...]:
    """Return columns without those of tons of a meaning that no record of the selection has."""

    def has_any(column: Column) -> bool:
        if not isinstance(column, PartColumn):
            return True
        found = selection.records.filter(column.condition()).values_list("pk")[:1]
        return any(fetch_rows(connection, found))

    return tuple(column for column in columns if has_any(column))


def period_row(source: RowSource, site: Site, start: dt.date, cells: Mapping[str, Raw]) -> RawRow:
    """Return the row of the week or month that starts on a date."""
    selection = source.selection
    known: dict[str, Raw] = {
        SITE.name: site.pk,
        WEEK.name: f"{start:%G-W%V}",
        MONTH.name: f"{start:%Y-%m}",
        # Days outside of the selected dates are not in the totals.
        FIRST_DAY.name: max(start, selection.first),
        LAST_DAY.name: min(last_day(start, selection.granularity), selection.last),
        **cells,
    }
    return tuple(known[column.name] for column in source.columns)


def sum_of(column: Column) -> Combinable:
    """Return the sum of a column as an expression, in the unit of the database."""
    return column.expression if column == RECORDS else Cast(column.total, BigIntegerField())


def first_day(date: dt.date, granularity: Granularity) -> dt.date:
    """Return the first day of a date's ISO week or month."""
    if granularity == Granularity.WEEKLY:
        return date - dt.timedelta(days=date.weekday())
    return date.replace(day=1)


def last_day(start: dt.date, granularity: Granularity) -> dt.date:
    """Return the last day of the ISO week or month that starts on a date."""
    if granularity == Granularity.WEEKLY:
        return start + dt.timedelta(days=6)
    return start.replace(day=monthrange(start.year, start.month)[1])


def names_of(connection: BaseDatabaseWrapper, columns: Iterable[Column]) -> dict[str, Names]:
    """Return the names of the ids in each column of references, by the column's name."""
    by_model: dict[type[models.Model], Names] = {}
    names: dict[str, Names] = {}
    for column in columns:
        if isinstance(column, ReferenceColumn):
            if column.model not in by_model:
                by_model[column.model] = _names_in(connection, column.model)
            names[column.name] = by_model[column.model]
    return names


def _names_in(connection: BaseDatabaseWrapper, model: type[models.Model]) -> Names:
    if model is User:
        people = fetch_rows(connection, User.objects.order_by().values_list("pk", "name", "email"))
        return {pk: Name(str(name or email), str(name or email)) for pk, name, email in people}
    is_of_a_site = any(field.name == "site" for field in model._meta.fields)
    site = models.F("site_id") if is_of_a_site else models.Value(0)
    query = model._default_manager.order_by().values_list("pk", "code", "name", site)
    rows = list(fetch_rows(connection, query))
    # Two rows with the same name are labelled by their codes, so that an import can tell them apart. What
    # belongs to a site is compared with the rows of its site only.
    times = Counter((site_id, _plain(name)) for _pk, _code, name, site_id in rows)
    times.update({(site_id, _plain(code)) for _pk, code, _name, site_id in rows})
    return {
        pk: Name(
            str(code),
            str(name if times[site_id, _plain(name)] == 1 or _plain(name) == _plain(code) else code),
        )
        for pk, code, name, site_id in rows
    }


def _plain(text: Raw) -> str:
    return " ".join(str(text).split()).casefold()


@dataclass
class ExportTable:
    """Rows with a title, and the sums of those that were written so far."""

    title: str
    source: RowSource
    count: int
    # The text of a table without rows.
    empty_text: "Text" = NO_ROWS
    # The sum of each column that adds up, in the unit of the database, by the column's position.
    sums: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        summed = self.source.summed
        self.sums = {
            place: 0 for place, column in enumerate(self.columns) if column in summed and not column.alike_by
        }

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.source.columns

    @property
    def rest_days(self) -> str:
        """Return the weekdays on which none of the sites works, as `date.isoweekday()` counts: "67"."""
        working = {day for site in self.source.selection.sites for day in site.weekdays}
        return "".join(str(day) for day in range(1, 8) if day not in working)

    def add(self, columns: Sequence[RawRow]) -> None:
        """Add rows, given column by column, to the sums."""
        for place in self.sums:
            self.sums[place] += sum(map(as_int, columns[place]))

    @property
    def totals(self) -> list[tuple[Column, int]]:
        """Return the columns that add up, each with its sum in the unit of the database."""
        return [(self.columns[place], total) for place, total in self.sums.items()]
