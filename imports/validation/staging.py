"""Where the rows of a file wait between being cleaned and being written: a private temporary database.

All or nothing needs every row cleaned before the first one is written. Kept on disk, a file of any length
takes the same memory, is cleaned once, and comes back in the order of sites and dates, in which the ledger is
moved with the fewest rows.
"""

import datetime as dt
import hashlib
import json
import pickle
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from django.db.models import ForeignKey, Model

from imports.validation.new_master_data import Created
from records.models import DailyRecord
from records.module import RecordModule
from records.operations.blanks import Blank
from sites.models import Material

BUFFERED = 500

TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;
CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE identity (said TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE waiting (
    site INTEGER, date TEXT, line INTEGER, digest BLOB, columns BLOB, cells TEXT, settled INTEGER DEFAULT 0,
    PRIMARY KEY (site, date, line)
) WITHOUT ROWID;
CREATE TABLE refused (
    line INTEGER, field TEXT, heading TEXT, value TEXT, reason TEXT, cells TEXT, whole TEXT
);
CREATE TABLE odd (line INTEGER, sentence TEXT, cells TEXT);
CREATE INDEX odd_line ON odd (line);
CREATE TABLE unread (line INTEGER PRIMARY KEY, site INTEGER, digest BLOB);
BEGIN;
"""


class Waiting(NamedTuple):
    """A cleaned row: its place in the order, the digest of its cells, and the columns that are filled."""

    site_id: int
    date: dt.date
    line: int
    digest: bytes
    columns: Mapping[str, object]
    # What is odd about it beside what is there.
    odd: Sequence[str] = ()


class RefusedCell(NamedTuple):
    """A line of the file that is not taken, and why: the column, what it says there, the reason in words."""

    line: int
    field: str
    heading: str
    value: str
    reason: str
    # What stands in each of the cells that say it.
    cells: tuple[str, ...] = ()
    # The line as a whole, for the eye.
    whole: str = ""


class OddLine(NamedTuple):
    """A line of the file that is taken, what is odd about it, and all its cells."""

    line: int
    sentence: str
    cells: tuple[str, ...]


class ValueCount(NamedTuple):
    """How many lines say in a column what cannot be read."""

    field: str
    heading: str
    value: str
    lines: int


class ReasonCount(NamedTuple):
    """How many lines were refused for one reason."""

    heading: str
    reason: str
    lines: int
    first_line: int


class Spool:
    """Rows that wait, rows that were refused, and what was seen before in the same file."""

    def __init__(self) -> None:
        # An empty name is a file of SQLite's own, which is gone with the connection.
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.executescript(TABLES)
        self._kept: list[tuple[int, str, int, bytes, bytes, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._rows.close()

    def occurrence(self, digest: bytes) -> int:
        """Count a row with this digest; return the how-manieth equal one it is, from 1."""
        counted = self._rows.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
            (digest,),
        )
        return int(counted.fetchone()[0])

    def line_with(self, identity: str, line: int) -> int:
        """Return the first line that had this identity, which is `line` itself where none had."""
        self._rows.execute("INSERT OR IGNORE INTO identity VALUES (?, ?)", (identity, line))
        return int(self._rows.execute("SELECT line FROM identity WHERE said = ?", (identity,)).fetchone()[0])

    def keep(self, row: Waiting, cells: Sequence[str]) -> None:
        """Let a cleaned row wait, with its cells as they stand in the file or were mended."""
        columns = pickle.dumps(row.columns, -1)
        self._kept.append(
            (row.site_id, row.date.isoformat(), row.line, row.digest, columns, json.dumps(cells))
        )
        if len(self._kept) >= BUFFERED:
            self._flush()

    def refuse(self, cell: RefusedCell) -> None:
        self._rows.execute(
            "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*cell[:5], json.dumps(cell.cells), cell.whole),
        )

    def keep_unread(self, line: int, site_id: int, digest: bytes) -> None:
        """Keep by what a refused row would be known again."""
        self._rows.execute("INSERT OR IGNORE INTO unread VALUES (?, ?, ?)", (line, site_id, digest))

    def unread(self, size: int) -> Iterator[list[tuple[int, int, bytes]]]:
        """Yield line, site and digest of what was refused, `size` rows at a time."""
        after = 0
        while found := self._rows.execute(
            "SELECT line, site, digest FROM unread WHERE line > ? ORDER BY line LIMIT ?", (after, size)
        ).fetchall():
            after = found[-1][0]
            yield found

    def forgive(self, lines: Iterable[int]) -> None:
        """Take lines out of those that were refused."""
        self._rows.executemany("DELETE FROM refused WHERE line = ?", [(line,) for line in lines])

    def settle(self, rows: Iterable[Waiting]) -> None:
        """Take rows out of those that wait: known already, or refused."""
        self._rows.executemany(
            "UPDATE waiting SET settled = 1 WHERE site = ? AND date = ? AND line = ?",
            [_place(row) for row in rows],
        )

    def parts(self, size: Callable[[], int]) -> Iterator[list[Waiting]]:
        """Yield what waits, in the order of sites, dates and lines, as many rows as `size` says each time."""
        self._flush()
        after: tuple[int, str, int] = (-(2**62), "", 0)
        while True:
            found = self._rows.execute(
                "SELECT site, date, line, digest, columns,"
                " (SELECT json_group_array(sentence) FROM odd WHERE odd.line = waiting.line) FROM waiting"
                " WHERE (site, date, line) > (?, ?, ?) AND settled = 0 ORDER BY site, date, line LIMIT ?",
                (*after, size()),
            ).fetchall()
            if not found:
                return
            after = found[-1][:3]
            yield [
                # Written by this object a moment ago, into a file that nobody else can open.
                Waiting(site, dt.date.fromisoformat(date), line, digest, pickle.loads(held), json.loads(odd))  # noqa: S301
                for site, date, line, digest, held, odd in found
            ]

    def cells_of(self, row: Waiting) -> tuple[str, ...]:
        """Return the cells of a row that waits or did."""
        self._flush()
        found = self._rows.execute(
            "SELECT cells FROM waiting WHERE site = ? AND date = ? AND line = ?", _place(row)
        )
        return tuple(json.loads(found.fetchone()[0]))

    def note_odd(self, rows: Iterable[tuple[Waiting, str]]) -> None:
        """Keep what is odd about lines that wait."""
        self._rows.executemany(
            "INSERT INTO odd SELECT line, ?, cells FROM waiting WHERE site = ? AND date = ? AND line = ?",
            [(sentence, *_place(row)) for row, sentence in rows],
        )

    @property
    def odd_lines(self) -> int:
        return int(self._rows.execute("SELECT count(DISTINCT line) FROM odd").fetchone()[0])

    def odd(self, most: int = -1) -> Iterator[OddLine]:
        """Yield lines and what is odd about them, in the order of the file; the first so many, or all."""
        found = self._rows.execute("SELECT * FROM odd ORDER BY line, rowid LIMIT ?", (most,))
        for line, sentence, cells in found:
            yield OddLine(line, sentence, tuple(json.loads(cells)))

    @property
    def waiting(self) -> int:
        """Return how many rows wait to be written."""
        self._flush()
        return int(self._rows.execute("SELECT count(*) FROM waiting WHERE settled = 0").fetchone()[0])

    @property
    def refused_lines(self) -> int:
        return int(self._rows.execute("SELECT count(DISTINCT line) FROM refused").fetchone()[0])

    def refusals(self) -> Iterator[RefusedCell]:
        """Yield what was refused, in the order of the file."""
        for found in self._rows.execute("SELECT * FROM refused ORDER BY line, rowid"):
            line, name, heading, value, reason, cells, whole = found
            yield RefusedCell(line, name, heading, value, reason, tuple(json.loads(cells)), whole)

    def reasons(self) -> list[ReasonCount]:
        """Return the reasons, the most frequent first."""
        found = self._rows.execute(
            "SELECT heading, reason, count(*), min(line) FROM refused GROUP BY heading, reason"
            " ORDER BY 3 DESC, 4"
        )
        return [ReasonCount(*row) for row in found]

    def refused_values(self, fields: Iterable[str], most: int) -> list[ValueCount]:
        """Return what was refused of these fields, the most frequent value first."""
        names = json.dumps(list(fields))
        found = self._rows.execute(
            "SELECT field, heading, value, count(*) FROM refused"
            " WHERE field IN (SELECT value FROM json_each(?)) AND value != ''"
            " GROUP BY field, heading, value ORDER BY 4 DESC, min(line) LIMIT ?",
            (names, most),
        )
        return [ValueCount(*row) for row in found]

    def _flush(self) -> None:
        if self._kept:
            self._rows.executemany(
                "INSERT INTO waiting (site, date, line, digest, columns, cells) VALUES (?, ?, ?, ?, ?, ?)",
                self._kept,
            )
            self._kept.clear()


def _place(row: Waiting) -> tuple[int, str, int]:
    return row.site_id, row.date.isoformat(), row.line


def import_key(site_id: int, digest: bytes) -> str:
    """Return by what the record of a row is known: by the site's id, which outlives a change of its code."""
    return hashlib.sha256(b"%d %b" % (site_id, digest)).hexdigest()


class Unfolder:
    """Makes the records of rows that wait, naming what was created where a row names what was missing."""

    def __init__(
        self,
        module: RecordModule[DailyRecord],
        created: Created | None = None,
        missing: Sequence[Material] = (),
    ) -> None:
        self._blank = Blank(module.model())
        created = created or Created()
        self._site_ids = {missing: site.pk for missing, site in created.sites.items()}
        self._material_ids = {missing: material.pk for missing, material in created.materials.items()}
        # The ledger reads master data through the record: attached, it costs no query a row.
        self._attached: list[tuple[ForeignKey[Model, Model], dict[int, Model]]] = []
        self._materials: list[str] = []
        for name in module.form.base_fields:
            column = module.model._meta.get_field(name)
            if isinstance(column, ForeignKey):
                rows = column.related_model._default_manager.all()
                self._attached.append((column, {row.pk: row for row in rows}))
                if column.related_model is Material:
                    self._attached[-1][1].update({material.pk: material for material in missing})
                    self._materials.append(column.attname)

    def record(self, row: Waiting) -> DailyRecord:
        """Return a new record each time: a write that was taken back leaves traces on one."""
        record = self._blank.record()
        record.__dict__.update(row.columns)
        record.site_id = self._site_ids.get(record.site_id, record.site_id)
        for attname in self._materials:
            named = getattr(record, attname)
            if named in self._material_ids:
                setattr(record, attname, self._material_ids[named])
        for column, rows in self._attached:
            master_data = rows.get(getattr(record, column.attname))
            if master_data is not None:
                column.set_cached_value(record, master_data)
        if row.odd:
            record.confirmed_warnings = list(dict.fromkeys([*record.confirmed_warnings, *row.odd]))
        record.import_key = import_key(record.site_id, row.digest)
        return record

    def sites_missing_in(self, record: DailyRecord) -> set[int]:
        """Return the id below zero of the site, if it is not there yet."""
        return {record.site_id} if record.site_id < 0 else set()

    def materials_missing_in(self, record: DailyRecord) -> set[int]:
        """Return the ids below zero of materials that are not there yet."""
        named = {getattr(record, attname) for attname in self._materials}
        return {key for key in named if key is not None and key < 0}
