"""Where the rows of a file wait between validation and commit: a private temporary database.

Every row is validated before the first is written. On disk, a file of any length takes the same memory, is
validated once, and comes back in the order of sites and dates, in which the ledger changes the fewest rows.
"""

import datetime as dt
import hashlib
import json
import pickle
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from django.db.models import ForeignKey, Model

from imports.validation.new_master_data import CreatedMasterData, NewMasterData
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site

INSERT_SIZE = 500
# What differs between the reasons of rows with the same problem: quoted texts, and numbers.
VARYING = re.compile(r"“[^”]*”|\d+")

TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;
CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE identity (value TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE staged (
    site INTEGER, date TEXT, line INTEGER, digest BLOB, columns BLOB, cells TEXT, removed INTEGER DEFAULT 0,
    PRIMARY KEY (site, date, line)
) WITHOUT ROWID;
CREATE TABLE rejected (
    line INTEGER, field TEXT, heading TEXT, value TEXT, reason TEXT, cells TEXT, summary TEXT
);
CREATE TABLE rejected_key (line INTEGER PRIMARY KEY, site INTEGER, digest BLOB);
CREATE TABLE warning (line INTEGER, sentence TEXT, cells TEXT);
CREATE INDEX warning_line ON warning (line);
BEGIN;
"""


class StagedRow(NamedTuple):
    """A valid row: its place in the order, the digest of its cells, and the columns that are not empty."""

    site_id: int
    date: dt.date
    line: int
    digest: bytes
    columns: Mapping[str, object]
    warnings: Sequence[str] = ()


class RejectedCell(NamedTuple):
    """Why a row is not imported: the field, the column and its value, the reason for people."""

    line: int
    field: str
    heading: str
    value: str
    reason: str
    # The text of each cell that the field comes from.
    cells: tuple[str, ...] = ()
    # The whole row as one text.
    summary: str = ""


class RowWarning(NamedTuple):
    """A warning about a row that is imported, and all cells of the row."""

    line: int
    sentence: str
    cells: tuple[str, ...]


class ValueCount(NamedTuple):
    """A value of a column that was rejected, and in how many rows."""

    field: str
    heading: str
    value: str
    lines: int


class ReasonCount(NamedTuple):
    """A reason, and how many rows were rejected for it."""

    heading: str
    reason: str
    lines: int
    first_line: int


class ProblemGroup(NamedTuple):
    """Rows that were rejected for the same kind of reason, with one of the reasons."""

    field: str
    heading: str
    problem: str
    lines: int
    first_line: int
    reason: str


def problem_of(reason: str) -> str:
    """Return what the reasons of rows with the same problem have in common: all but texts and numbers."""
    return VARYING.sub("…", reason)


class StagingTable:
    """Valid rows, rejected rows, and what was found earlier in the same file."""

    def __init__(self) -> None:
        # An empty name is a file of SQLite's own, which is deleted with the connection.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(TABLES)
        self._database.create_function("problem_of", 1, problem_of, deterministic=True)
        self._buffer: list[tuple[int, str, int, bytes, bytes, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def occurrence(self, digest: bytes) -> int:
        """Count a row with this digest; return its number among the equal ones, from 1."""
        counted = self._database.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
            (digest,),
        )
        return int(counted.fetchone()[0])

    def first_line_with(self, identity: str, line: int) -> int:
        """Return the first line that had this identity, which is `line` itself where none had."""
        self._database.execute("INSERT OR IGNORE INTO identity VALUES (?, ?)", (identity, line))
        found = self._database.execute("SELECT line FROM identity WHERE value = ?", (identity,))
        return int(found.fetchone()[0])

    def add(self, row: StagedRow, cells: Sequence[str]) -> None:
        """Add a valid row, with its cells as they are in the file or were corrected."""
        columns = pickle.dumps(row.columns, -1)
        self._buffer.append(
            (row.site_id, row.date.isoformat(), row.line, row.digest, columns, json.dumps(cells))
        )
        if len(self._buffer) >= INSERT_SIZE:
            self._flush()

    def remove(self, rows: Iterable[StagedRow]) -> None:
        """Remove rows that are imported already or rejected."""
        self._database.executemany(
            "UPDATE staged SET removed = 1 WHERE site = ? AND date = ? AND line = ?",
            [_key(row) for row in rows],
        )

    def parts(self, size: Callable[[], int]) -> Iterator[list[StagedRow]]:
        """Yield the rows in the order of sites, dates and lines, as many at a time as `size` returns."""
        self._flush()
        after: tuple[int, str, int] = (-(2**62), "", 0)
        while True:
            found = self._database.execute(
                "SELECT site, date, line, digest, columns,"
                " (SELECT json_group_array(sentence) FROM warning WHERE warning.line = staged.line)"
                " FROM staged WHERE (site, date, line) > (?, ?, ?) AND removed = 0"
                " ORDER BY site, date, line LIMIT ?",
                (*after, size()),
            ).fetchall()
            if not found:
                return
            after = found[-1][:3]
            yield [
                StagedRow(
                    site,
                    dt.date.fromisoformat(date),
                    line,
                    digest,
                    # Written by this object, into a file that nobody else can open.
                    pickle.loads(columns),  # noqa: S301
                    json.loads(warnings),
                )
                for site, date, line, digest, columns, warnings in found
            ]

    def cells_of(self, row: StagedRow) -> tuple[str, ...]:
        """Return the cells of a row, removed or not."""
        self._flush()
        found = self._database.execute(
            "SELECT cells FROM staged WHERE site = ? AND date = ? AND line = ?", _key(row)
        )
        return tuple(json.loads(found.fetchone()[0]))

    @property
    def row_count(self) -> int:
        """Return how many rows are to be written."""
        self._flush()
        return int(self._database.execute("SELECT count(*) FROM staged WHERE removed = 0").fetchone()[0])

    # Rejected rows

    def reject(self, cell: RejectedCell) -> None:
        self._database.execute(
            "INSERT INTO rejected VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*cell[:5], json.dumps(cell.cells), cell.summary),
        )

    def add_rejected_key(self, line: int, site_id: int, digest: bytes) -> None:
        """Save what identifies a rejected row, which may have been imported with corrections before."""
        self._database.execute("INSERT OR IGNORE INTO rejected_key VALUES (?, ?, ?)", (line, site_id, digest))

    def rejected_keys(self, size: int) -> Iterator[list[tuple[int, int, bytes]]]:
        """Yield line, site and digest of the rejected rows, `size` at a time."""
        after = 0
        while found := self._database.execute(
            "SELECT line, site, digest FROM rejected_key WHERE line > ? ORDER BY line LIMIT ?", (after, size)
        ).fetchall():
            after = found[-1][0]
            yield found

    def unreject(self, lines: Iterable[int]) -> None:
        """Remove lines from those that were rejected."""
        self._database.executemany("DELETE FROM rejected WHERE line = ?", [(line,) for line in lines])

    @property
    def rejected_count(self) -> int:
        """Return how many rows were rejected."""
        return int(self._database.execute("SELECT count(DISTINCT line) FROM rejected").fetchone()[0])

    def rejected(self) -> Iterator[RejectedCell]:
        """Yield what was rejected, in the order of the file."""
        for found in self._database.execute("SELECT * FROM rejected ORDER BY line, rowid"):
            line, field, heading, value, reason, cells, summary = found
            yield RejectedCell(line, field, heading, value, reason, tuple(json.loads(cells)), summary)

    def reasons(self) -> list[ReasonCount]:
        """Return the reasons, the most frequent first."""
        found = self._database.execute(
            "SELECT heading, reason, count(*), min(line) FROM rejected GROUP BY heading, reason"
            " ORDER BY 3 DESC, 4"
        )
        return [ReasonCount(*row) for row in found]

    def groups(self, limit: int) -> list[ProblemGroup]:
        """Return the problems that rows have in common, the most frequent first."""
        found = self._database.execute(
            "SELECT field, heading, problem_of(reason), count(DISTINCT line), min(line), min(reason)"
            " FROM rejected GROUP BY 1, 2, 3 ORDER BY 4 DESC, 5 LIMIT ?",
            (limit,),
        )
        return [ProblemGroup(*row) for row in found]

    def lines_of(self, reason: ReasonCount, limit: int) -> list[int]:
        """Return the first lines that were rejected for a reason."""
        found = self._database.execute(
            "SELECT DISTINCT line FROM rejected WHERE heading = ? AND reason = ? ORDER BY line LIMIT ?",
            (reason.heading, reason.reason, limit),
        )
        return [line for (line,) in found]

    def rejected_values(self, fields: Iterable[str], limit: int) -> list[ValueCount]:
        """Return the rejected values of these fields, the most frequent first."""
        names = json.dumps(list(fields))
        found = self._database.execute(
            "SELECT field, heading, value, count(*) FROM rejected"
            " WHERE field IN (SELECT value FROM json_each(?)) AND value != ''"
            " GROUP BY field, heading, value ORDER BY 4 DESC, min(line) LIMIT ?",
            (names, limit),
        )
        return [ValueCount(*row) for row in found]

    # Warnings

    def add_warnings(self, rows: Iterable[tuple[StagedRow, str]]) -> None:
        self._database.executemany(
            "INSERT INTO warning SELECT line, ?, cells FROM staged WHERE site = ? AND date = ? AND line = ?",
            [(sentence, *_key(row)) for row, sentence in rows],
        )

    @property
    def warned_count(self) -> int:
        """Return how many rows have warnings."""
        return int(self._database.execute("SELECT count(DISTINCT line) FROM warning").fetchone()[0])

    def warnings(self, limit: int = -1) -> Iterator[RowWarning]:
        """Yield the warnings in the order of the file; -1 for all."""
        found = self._database.execute("SELECT * FROM warning ORDER BY line, rowid LIMIT ?", (limit,))
        for line, sentence, cells in found:
            yield RowWarning(line, sentence, tuple(json.loads(cells)))

    def _flush(self) -> None:
        if self._buffer:
            self._database.executemany(
                "INSERT INTO staged (site, date, line, digest, columns, cells) VALUES (?, ?, ?, ?, ?, ?)",
                self._buffer,
            )
            self._buffer.clear()


def _key(row: StagedRow) -> tuple[int, str, int]:
    return row.site_id, row.date.isoformat(), row.line


def import_key(site_id: int, digest: bytes) -> str:
    """Return what identifies the record of a row; the site's id outlives a change of its code."""
    return hashlib.sha256(b"%d %b" % (site_id, digest)).hexdigest()


class RecordBuilder:
    """Makes the records of staged rows, with the master data that was created for them."""

    def __init__(
        self,
        module: RecordModule[DailyRecord],
        *,
        created: CreatedMasterData | None = None,
        unsaved: NewMasterData | None = None,
    ) -> None:
        """`unsaved` is not created yet."""
        self._model = module.model
        self._unsaved = unsaved
        created = created or CreatedMasterData()
        self._site_ids = {key: site.pk for key, site in created.rows[Site].items()}
        # The ledger reads master data through the record: cached there, it costs no query per row.
        self._related: list[tuple[ForeignKey[Model, Model], Mapping[int, Model], Mapping[int, int]]] = []
        rows_of: dict[type[Model], dict[int, Model]] = {}
        for name in module.form.base_fields:
            column = module.model._meta.get_field(name)
            if not isinstance(column, ForeignKey):
                continue
            model = column.related_model
            if model not in rows_of:
                rows_of[model] = {row.pk: row for row in model._default_manager.all()}
                rows_of[model] |= {row.pk: row for row in unsaved.rows[model]} if unsaved is not None else {}
            ids = {key: row.pk for key, row in created.rows[model].items()}
            self._related.append((column, rows_of[model], ids))

    def record(self, row: StagedRow) -> DailyRecord:
        """Return a new record each time: a write that is rolled back leaves traces on one."""
        record = self._model.with_columns(row.columns)
        record.site_id = self._site_ids.get(record.site_id, record.site_id)
        if record.site_id < 0 and self._unsaved is not None:
            record.site = self._unsaved.made(Site, record.site_id)  # type: ignore[assignment]  # a site
        for column, rows, ids in self._related:
            key = row.columns.get(column.attname)
            if not isinstance(key, int):
                continue
            if key in ids:
                key = ids[key]
                setattr(record, column.attname, key)
            if (master_data := rows.get(key)) is not None:
                column.set_cached_value(record, master_data)
        if row.warnings:
            record.confirmed_warnings = list(dict.fromkeys([*record.confirmed_warnings, *row.warnings]))
        record.import_key = import_key(record.site_id, row.digest)
        return record

    def unsaved(self, record: DailyRecord) -> Iterator[tuple[type[Model], int]]:
        """Yield model and id below zero of what the record names and is not created yet."""
        if record.site_id < 0:
            yield Site, record.site_id
        for column, _rows, _ids in self._related:
            key = getattr(record, column.attname)
            if key is not None and key < 0:
                yield column.related_model, key
