"""Read one consistent state of the database for as long as a file takes, without blocking anybody."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import IsolationLevel

from core.jobs.cancellation import Check, cancelling_queries, never_cancelled
from records.columns import Raw

type RawRow = tuple[Raw, ...]
type Query = models.QuerySet[models.Model, object]
# A parameter of a statement.
type Parameter = bool | int | float | Decimal | str | bytes | dt.date | None

BATCH_SIZE = 2000
# Rows are read once: a large cache, and a mapped file that counts as memory, would gain nothing.
SQLITE_PRAGMAS = "PRAGMA cache_size=-4096; PRAGMA mmap_size=0;"


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
