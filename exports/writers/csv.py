"""CSV files: RFC 4180 in UTF-8 with a byte order mark, ISO dates, plain numbers, headings that never change.

Master data is written as its code, a choice as its stored value, a moment in UTC. Text that a spreadsheet
would run as a formula is made harmless; `core.csv_injection.restored` reverses that.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import BinaryIO

from core.csv_injection import harmless
from core.jobs.cancellation import Progress
from exports.datasets.rows import ExportTable, RawRow, RecordRows, RowSource, compile_query, fetch_batches
from records.columns import Raw

# What comes before a cell, and the first byte of a cell that a spreadsheet may run, found too often rather
# than too seldom: the apostrophe begins a text that was made harmless before, \xef the full-width signs.
BEFORE, FIRST = b',\n"', b"=+-@\t'\xef"
# All of them as one byte each: searching them so is four times as fast as by a regular expression.
MARKED = bytes.maketrans(BEFORE + FIRST, b"," * len(BEFORE) + b"=" * len(FIRST))
# A cell begins with a line end only in quotes.
QUOTED_LINE_ENDS = (b'"\r', b'"\n')
# Lines that PostgreSQL sends, joined to one piece.
LINES_AT_ONCE = 5000

# A piece of the file and the number of its rows.
type Piece = tuple[bytes, int]


def write_csv(table: ExportTable, *, to: BinaryIO, progress: Progress) -> int:
    """Write every row of a table under its headings; return how many there were."""
    source = table.source
    to.write(BOM_UTF8 + lines_of([source.csv_headings]))
    written = 0
    for piece, rows in pieces_of(source):
        to.write(piece)
        written += rows
        progress(written, table.count)
    if not table.count:
        to.write(lines_of([[str(table.empty_text), *[None] * (len(source.columns) - 1)]]))
    return written


def pieces_of(source: RowSource) -> Iterator[Piece]:
    """Yield the rows as pieces of the file, in the fastest way that the database offers."""
    # PostgreSQL and Python write a line with a single empty cell differently.
    if isinstance(source, RecordRows) and len(source.columns) > 1:
        is_postgres = source.connection.vendor == "postgresql"
        return copied_pieces(source) if is_postgres else queried_pieces(source)
    return python_pieces(source)


def copied_pieces(source: RecordRows) -> Iterator[Piece]:
    """Yield pieces as PostgreSQL itself writes them (COPY)."""
    texts = [column.csv_sql("postgresql") for column in source.columns]
    with source.connection.cursor() as cursor:
        # Otherwise the server decides how dates are written.
        cursor.execute("SET LOCAL datestyle TO ISO")
        for site in source.sites:
            statement = compile_query(source.connection, source.query(site, texts))
            if statement is None:
                continue
            sql, parameters = statement
            with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", parameters) as lines:
                for rows in batched(lines, LINES_AT_ONCE):
                    yield _with_crlf(rows), len(rows)


def _with_crlf(lines: tuple[bytes, ...]) -> bytes:
    """Return lines, of which the server sends one at a time, with the line ends of RFC 4180."""
    piece = b"".join(lines)
    if piece.count(b"\n") == len(lines):
        return piece.replace(b"\n", b"\r\n")
    # Line ends inside of cells stay as they are.
    return b"".join(bytes(line[:-1]) + b"\r\n" for line in lines)


def queried_pieces(source: RecordRows) -> Iterator[Piece]:
    """Yield pieces whose cells the database has made into texts."""
    vendor = source.connection.vendor
    texts = [column.csv_sql(vendor) for column in source.columns]
    is_free_text = [column.is_free_text for column in source.columns]
    for site in source.sites:
        for rows in fetch_batches(source.connection, source.query(site, texts)):
            lines = lines_of(rows)
            # Few pieces need it, and testing each cell takes longer than testing a piece.
            if _may_hold_formula(b"\n" + lines, len(rows)):
                lines = lines_of(_harmless_rows(rows, is_free_text))
            yield lines, len(rows)


def _may_hold_formula(lines: bytes, rows: int) -> bool:
    """Return whether one of these rows, after a line end, may have a cell that a spreadsheet would run."""
    if b",=" in lines.translate(MARKED):
        return True
    has_line_ends_in_cells = lines.count(b"\n") > rows + 1 or lines.count(b"\r") > rows
    return has_line_ends_in_cells and any(start in lines for start in QUOTED_LINE_ENDS)


def _harmless_rows(rows: Iterable[RawRow], is_free_text: Sequence[bool]) -> Iterator[list[Raw]]:
    for row in rows:
        yield [
            harmless(cell) if is_free and isinstance(cell, str) else cell
            for cell, is_free in zip(row, is_free_text, strict=True)
        ]


def python_pieces(source: RowSource) -> Iterator[Piece]:
    """Yield pieces as Python writes them."""
    for batch in source.batches():
        cells = zip(source.columns, zip(*batch.rows, strict=True), source.contexts(batch.zone), strict=True)
        texts = [column.csv_values(column_cells, context) for column, column_cells, context in cells]
        yield lines_of(zip(*texts, strict=True)), len(batch.rows)


def lines_of(rows: Iterable[Iterable[Raw]]) -> bytes:
    """Return rows as lines of CSV."""
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
