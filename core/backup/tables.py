"""The tables of either database as lines of text, and back: the text format of PostgreSQL's COPY.

A line is a row, its columns separated by tabs; NULL is \\N; a backslash comes before what would be mistaken.
PostgreSQL reads and writes that itself. For SQLite, Python does, so that one database's backup restores into
the other.
"""

import datetime as dt
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import batched
from typing import override

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import IsolationLevel

# What a cell is in SQLite's own types.
type Cell = int | float | str | bytes | None

BLOCK_BYTES = 4 * 1024 * 1024
ROWS_AT_ONCE = 5000
# A stolen backup must open no session.
LEFT_OUT = frozenset({"django_session", "usersessions_usersession"})
NULL = "\\N"
ESCAPES = str.maketrans(
    {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
)
NEEDS_ESCAPE = re.compile(r"[\\\b\f\n\r\t\v]")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
MEANINGS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Tables(ABC):
    """The tables of a database that a backup keeps."""

    def __init__(self, database: BaseDatabaseWrapper) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Return the tables that are kept, in the order of their names."""
        # Those of models: the database may hold tables that are no business of ours.
        ours = self._database.introspection.django_table_names(only_existing=True, include_views=False)
        return sorted(set(ours) - LEFT_OUT)

    @abstractmethod
    def columns(self, table: str) -> list[str]:
        """Return the columns that hold something of their own, not computed from others."""

    @abstractmethod
    def blocks(self, table: str, columns: list[str]) -> Iterator[bytes]:
        """Yield a table's rows as lines, some megabytes of whole lines at once, in the order of their ids."""

    @abstractmethod
    def load(self, table: str, columns: list[str], blocks: Iterable[bytes]) -> None:
        """Insert lines into a table."""

    @abstractmethod
    def empty(self, tables: Iterable[str]) -> None:
        """Delete every row of these tables."""

    @abstractmethod
    def last_id(self, table: str) -> int:
        """Return the highest id given out, also to rows that are gone; 0 where ids are not numbered."""

    @abstractmethod
    def continue_after(self, table: str, last_id: int) -> None:
        """Number the next row after this id, and after every id that is there."""

    @abstractmethod
    @contextmanager
    def without_references(self) -> Iterator[None]:
        """Load in any order: references between tables are checked once, at the end, in one transaction."""

    def count(self, table: str) -> int:
        """Return the number of rows."""
        with self._database.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {self._quoted(table)}")  # noqa: S608  # a quoted name
            (count,) = cursor.fetchone()
        return int(count)

    def _quoted(self, *names: str) -> str:
        return ", ".join(self._database.ops.quote_name(name) for name in names)

    def _ordered_select(self, table: str, columns: list[str]) -> str:
        with self._database.cursor() as cursor:
            key = self._database.introspection.get_primary_key_columns(cursor, table) or columns
        return (
            f"SELECT {self._quoted(*columns)} FROM {self._quoted(table)}"  # noqa: S608  # quoted names
            f" ORDER BY {self._quoted(*key)}"
        )


def tables_of(database: BaseDatabaseWrapper) -> Tables:
    """Return the tables of a connection."""
    return PostgresTables(database) if database.vendor == "postgresql" else SqliteTables(database)


@contextmanager
def snapshot() -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection of its own that sees one state of the database, whatever others write meanwhile."""
    reading = connection.copy()
    options = reading.settings_dict["OPTIONS"]
    if reading.vendor == "postgresql":
        options.pop("pool", None)
        options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    else:
        # SQLite's log of changes (WAL) keeps the state of a reading transaction and lets others write.
        options["transaction_mode"] = "DEFERRED"
    try:
        reading.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        yield reading
    finally:
        reading.close()


class PostgresTables(Tables):
    """PostgreSQL reads and writes the lines itself."""

    @override
    def columns(self, table: str) -> list[str]:
        with self._database.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
                " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
                [table],
            )
            return [name for (name,) in cursor.fetchall()]

    @override
    def blocks(self, table: str, columns: list[str]) -> Iterator[bytes]:
        statement = f"COPY ({self._ordered_select(table, columns)}) TO STDOUT"
        with self._database.cursor() as cursor:
            cursor.execute(
                "SET LOCAL datestyle TO ISO; SET LOCAL timezone TO 'UTC'; SET LOCAL bytea_output TO hex"
            )
            block = bytearray()
            with cursor.copy(statement) as lines:
                for line in lines:
                    block += line
                    if len(block) >= BLOCK_BYTES:
                        yield bytes(block)
                        block.clear()
            if block:
                yield bytes(block)

    @override
    def load(self, table: str, columns: list[str], blocks: Iterable[bytes]) -> None:
        statement = f"COPY {self._quoted(table)} ({self._quoted(*columns)}) FROM STDIN"
        with self._database.cursor() as cursor:
            cursor.execute("SET LOCAL timezone TO 'UTC'")
            with cursor.copy(statement) as lines:
                for block in blocks:
                    lines.write(block)

    @override
    def empty(self, tables: Iterable[str]) -> None:
        with self._database.cursor() as cursor:
            cursor.execute(f"TRUNCATE {self._quoted(*tables)}")

    @override
    def last_id(self, table: str) -> int:
        if not (sequence := self._sequence(table)):
            return 0
        with self._database.cursor() as cursor:
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
            (last,) = cursor.fetchone()
        return int(last)

    @override
    def continue_after(self, table: str, last_id: int) -> None:
        if not (sequence := self._sequence(table)):
            return
        with self._database.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {self._quoted(table)}")  # noqa: S608  # quoted
            (highest,) = cursor.fetchone()
            if last := max(last_id, highest):
                cursor.execute("SELECT setval(%s, %s)", [sequence, last])

    def _sequence(self, table: str) -> str:
        """Return the quoted name of the sequence of a table's ids; empty where there is none."""
        with self._database.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_serial_sequence(%s, column_name) FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND table_name = %s AND column_name = 'id'",
                [self._quoted(table), table],
            )
            found = cursor.fetchone()
        return found[0] or "" if found else ""

    @override
    @contextmanager
    def without_references(self) -> Iterator[None]:
        with self._database.cursor() as cursor:
            cursor.execute(
                "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
                " FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
            )
            references = cursor.fetchall()
            for table, name, _definition in references:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        with self._database.cursor() as cursor:
            for table, name, definition in references:
                # Checks all rows at once, which takes far less than a look for each row.
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


class SqliteTables(Tables):
    """Python turns SQLite's values into the lines and back."""

    def _types(self, table: str) -> dict[str, str]:
        """Return the declared type of each column that is not computed."""
        with self._database.cursor() as cursor:
            cursor.execute(f"PRAGMA table_xinfo({self._quoted(table)})")
            return {row[1]: row[2].lower() for row in cursor.fetchall() if row[6] == 0}

    @override
    def columns(self, table: str) -> list[str]:
        return list(self._types(table))

    @override
    def blocks(self, table: str, columns: list[str]) -> Iterator[bytes]:
        types = self._types(table)
        writers = [_writer(types[column]) for column in columns]
        block = bytearray()
        with self._database.chunked_cursor() as cursor:
            cursor.execute(self._ordered_select(table, columns))
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                for row in rows:
                    # A list: quicker than a generator, for millions of rows.
                    cells = [
                        NULL if cell is None else write(cell)
                        for write, cell in zip(writers, row, strict=True)
                    ]
                    block += "\t".join(cells).encode() + b"\n"
                if len(block) >= BLOCK_BYTES:
                    yield bytes(block)
                    block.clear()
        if block:
            yield bytes(block)

    @override
    def load(self, table: str, columns: list[str], blocks: Iterable[bytes]) -> None:
        types = self._types(table)
        readers = [READERS.get(types[column], _read) for column in columns]
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {self._quoted(table)} ({self._quoted(*columns)}) VALUES ({places})"  # noqa: S608
        lines = (line for block in blocks for line in block.decode().split("\n")[:-1])
        rows = (
            [
                None if cell == NULL else read(cell)
                for read, cell in zip(readers, line.split("\t"), strict=True)
            ]
            for line in lines
        )
        with self._database.cursor() as cursor:
            for some in batched(rows, ROWS_AT_ONCE):
                cursor.executemany(statement, some)

    @override
    def empty(self, tables: Iterable[str]) -> None:
        with self._database.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DELETE FROM {self._quoted(table)}")  # noqa: S608  # a quoted name

    @override
    def last_id(self, table: str) -> int:
        with self._database.cursor() as cursor:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
        return int(found[0]) if found else 0

    @override
    def continue_after(self, table: str, last_id: int) -> None:
        if not last_id:
            return
        with self._database.cursor() as cursor:
            last = max(last_id, self.last_id(table))
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])

    @override
    @contextmanager
    def without_references(self) -> Iterator[None]:
        # Django's references are deferred: SQLite checks them at the end of the transaction.
        yield
        self._database.check_constraints()


def _writer(column_type: str) -> Callable[[Cell], str]:
    """Return what writes a column of this type as text."""
    return str if "int" in column_type else WRITERS.get(column_type, _write)


def _write(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell.translate(ESCAPES) if NEEDS_ESCAPE.search(cell) else cell
    return str(cell)


def _write_bool(cell: Cell) -> str:
    return "t" if cell else "f"


def _write_moment(cell: Cell) -> str:
    text = str(cell)
    if "+" in text:
        # Written by a statement of somebody's own, with an offset; Django itself writes UTC without one.
        text = str(dt.datetime.fromisoformat(text).astimezone(dt.UTC).replace(tzinfo=None))
    return (text.rstrip("0") if "." in text else text) + "+00"


def _write_time(cell: Cell) -> str:
    text = str(cell)
    return text.rstrip("0") if "." in text else text


def _write_uuid(cell: Cell) -> str:
    text = str(cell)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _write_bytes(cell: Cell) -> str:
    assert isinstance(cell, bytes)
    return f"\\\\x{cell.hex()}"


def _read(text: str) -> Cell:
    return ESCAPED.sub(_meaning, text) if "\\" in text else text


def _meaning(escaped: re.Match[str]) -> str:
    return MEANINGS.get(escaped[1], escaped[1])


def _read_bool(text: str) -> Cell:
    return int(text == "t")


def _read_moment(text: str) -> Cell:
    return str(dt.datetime.fromisoformat(text).replace(tzinfo=None))


def _read_time(text: str) -> Cell:
    return str(dt.time.fromisoformat(text))


def _read_uuid(text: str) -> Cell:
    return text.replace("-", "")


def _read_bytes(text: str) -> Cell:
    return bytes.fromhex(text.removeprefix("\\\\x"))


# By the types that Django declares in SQLite; all others are numbers and texts.
WRITERS: dict[str, Callable[[Cell], str]] = {
    "bool": _write_bool,
    "datetime": _write_moment,
    "time": _write_time,
    "char(32)": _write_uuid,
    "blob": _write_bytes,
}
READERS: dict[str, Callable[[str], Cell]] = {
    "bool": _read_bool,
    "datetime": _read_moment,
    "time": _read_time,
    "char(32)": _read_uuid,
    "blob": _read_bytes,
}
