"""Reading one state of the database for as long as a file takes, in nobody's way."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import IsolationLevel

from core.jobs.cancellation import cancelling_queries
from exports.writers.sink import StillWanted, wanted_anyway

# What a driver hands over: tons are kilograms still, hours are hundredths, SQLite's dates are texts.
type Raw = int | str | dt.date | Decimal | None
type RawRow = tuple[Raw, ...]
# What a statement is given.
type Value = bool | int | float | Decimal | str | bytes | dt.date | None

ROWS_AT_ONCE = 2000
# A reader goes over its rows once: a large cache, and a file that counts as memory, would gain it nothing.
SQLITE_READER = "PRAGMA cache_size=-4096; PRAGMA mmap_size=0;"


@contextmanager
def one_state(require_wanted: StillWanted = wanted_anyway) -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection of its own to which the database stands still, whatever others write meanwhile.

    It writes nothing and keeps nobody from writing: the caller's own connection stays free, for telling of
    progress, say. Whatever `require_wanted` raises ends a statement in the middle. Within a transaction of
    the caller it is the caller's connection, which sees what was written there and nowhere else yet.
    """
    if connection.in_atomic_block:
        yield connection
        return
    reading = connection.copy()
    options = reading.settings_dict["OPTIONS"]
    if reading.vendor == "postgresql":
        options.pop("pool", None)
        options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    else:
        options["transaction_mode"] = "DEFERRED"
        options["detect_types"] = 0
        options["init_command"] = options.get("init_command", "") + SQLITE_READER
    try:
        reading.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with cancelling_queries(require_wanted, reading):
            yield reading
    finally:
        reading.close()


def statement_of(
    reading: BaseDatabaseWrapper, asked: models.QuerySet[models.Model, object]
) -> tuple[str, tuple[Value, ...]] | None:
    """Return a query as SQL and the values in it; None where nothing can be found."""
    try:
        sql, values = asked.query.get_compiler(connection=reading).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(values)


def rows_of(
    reading: BaseDatabaseWrapper, asked: models.QuerySet[models.Model, object]
) -> Iterator[list[RawRow]]:
    """Yield the rows of a `values_list` as the driver gives them, some thousands at once, the rest to follow.

    Django would turn each cell into what the field says, which takes longer than reading it.
    """
    statement = statement_of(reading, asked)
    if statement is None:
        return
    with reading.chunked_cursor() as cursor:
        cursor.execute(*statement)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows


def all_rows(reading: BaseDatabaseWrapper, asked: models.QuerySet[models.Model, object]) -> Iterator[RawRow]:
    """Yield the rows of a `values_list` one by one."""
    return chain.from_iterable(rows_of(reading, asked))


def count_of(reading: BaseDatabaseWrapper, asked: models.QuerySet[models.Model, object]) -> int:
    """Return how many rows a query has, groups counted as one."""
    statement = statement_of(reading, asked.order_by())
    if statement is None:
        return 0
    sql, values = statement
    with reading.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) counted", values)  # noqa: S608  # Django's own SQL
        (count,) = cursor.fetchone()
    return int(count)


def day_of(raw: Raw) -> dt.date:
    """Return a date as whichever driver gave it."""
    if isinstance(raw, str):
        return dt.date.fromisoformat(raw[:10])
    assert isinstance(raw, dt.date)
    return raw.date() if isinstance(raw, dt.datetime) else raw


def moment_of(raw: Raw) -> dt.datetime:
    """Return a moment in UTC as whichever driver gave it."""
    moment = dt.datetime.fromisoformat(raw) if isinstance(raw, str) else raw
    assert isinstance(moment, dt.datetime)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def whole(raw: Raw) -> int:
    """Return a whole number of the database; nothing is none."""
    return int(raw) if isinstance(raw, (int, Decimal)) else 0
