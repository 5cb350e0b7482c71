"""CSV: RFC 4180 in UTF-8 with its mark, ISO dates, plain numbers, headings that never change.

Master data is named by its code, a choice by its value, moments are told in UTC. Texts that a spreadsheet
would run are made harmless; `core.csv_injection.restored` is the way back.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.csv_injection import harmless
from exports.datasets.columns import Cell, SheetColumn
from exports.datasets.labels import Names
from exports.datasets.rows import EnteredRows, RowSource
from exports.datasets.snapshot import Raw, RawRow, day_of, moment_of, rows_of
from exports.datasets.table import Table
from exports.writers.csv import copy_sql
from exports.writers.sink import Progress, Sink

# What stands before a cell, and how one begins that a spreadsheet may run, found too often rather than too
# seldom: the apostrophe is that of a text made harmless before, and with \xef the wide signs begin.
BEFORE, FIRST = b',\n"', b"=+-@\t'\xef"
# All of them as one sign each, by which they are found four times as fast as by a regular expression.
MARKED = bytes.maketrans(BEFORE + FIRST, b"," * len(BEFORE) + b"=" * len(FIRST))
# Only in quotes does a cell begin with a line's end.
MAY_RUN_ON = (b'"\r', b'"\n')

type Text = str | Raw
# Makes the texts of a column, for many rows at once: far quicker than cell by cell.
type Texts = Callable[[Sequence[Raw]], Iterable[Text]]


def write_csv(table: Table, *, to: Sink, progress: Progress) -> int:
    """Write every row of a table under its headings; return how many there were."""
    source = table.source
    to.write(BOM_UTF8 + lines_of([[column.name for column in source.columns]]))
    written = 0
    for block, rows in blocks_of(source):
        to.write(block)
        written += rows
        progress(written, table.count)
    if not table.count:
        to.write(lines_of([[str(table.nothing), *[None] * (len(source.columns) - 1)]]))
    return written


def blocks_of(source: RowSource) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of the file, each with the number of its rows, as this database writes them quickest."""
    # A line with a single cell and nothing in it is written in two ways.
    if isinstance(source, EnteredRows) and len(source.columns) > 1:
        is_postgres = source.reading.vendor == "postgresql"
        return copy_sql.copied_blocks(source) if is_postgres else queried_blocks(source)
    return made_blocks(source)


def queried_blocks(source: EnteredRows) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of the file whose cells the database has made into texts."""
    texts = copy_sql.texts_of(source.reading, source.columns)
    typed = [column.cell in (Cell.TEXT, Cell.NAME) for column in source.columns]
    for site in source.sites:
        for rows in rows_of(source.reading, source.asked(site, texts)):
            lines = lines_of(rows)
            # Few pieces have a text in them that must be made harmless; to look into each cell takes longer.
            if _may_run(b"\n" + lines, len(rows)):
                lines = lines_of(_harmless_rows(rows, typed))
            yield lines, len(rows)


def _may_run(lines: bytes, rows: int) -> bool:
    """Say whether one of so many rows, with a line's end before them, may have a cell that would be run."""
    if b",=" in lines.translate(MARKED):
        return True
    has_ends_in_cells = lines.count(b"\n") > rows + 1 or lines.count(b"\r") > rows
    return has_ends_in_cells and any(beginning in lines for beginning in MAY_RUN_ON)


def _harmless_rows(rows: Iterable[RawRow], typed: Sequence[bool]) -> Iterator[list[Text]]:
    for row in rows:
        yield [
            harmless(cell) if is_typed and isinstance(cell, str) else cell
            for cell, is_typed in zip(row, typed, strict=True)
        ]


def made_blocks(source: RowSource) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of the file as Python writes it."""
    texts = [texts_of(column, source.names.get(column.name, {})) for column in source.columns]
    for part in source.parts():
        cells = zip(*part.rows, strict=True)
        columns = [make(column) for make, column in zip(texts, cells, strict=True)]
        yield lines_of(zip(*columns, strict=True)), len(part.rows)


def lines_of(rows: Iterable[Iterable[Text]]) -> bytes:
    """Return rows as lines of CSV."""
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def texts_of(column: SheetColumn, names: Names) -> Texts:
    """Return how the cells of a column are written."""
    match column.cell:
        case Cell.NAME:
            codes: dict[Raw, Text] = {pk: harmless(name.code) for pk, name in names.items()}
            return lambda cells: [codes.get(cell) for cell in cells]
        case Cell.DATE:
            days = _Days()
            return lambda cells: [days[cell] for cell in cells]
        case Cell.MOMENT:
            return lambda cells: [f"{moment_of(cell):%Y-%m-%dT%H:%M:%SZ}" for cell in cells]
        case Cell.TONS:
            return _scaled(1000, 3)
        case Cell.HOURS:
            return _scaled(100, 2)
        case Cell.FLAG:
            return lambda cells: ["true" if cell else "false" for cell in cells]
        case Cell.TEXT:
            return lambda cells: [harmless(cell) if isinstance(cell, str) else cell for cell in cells]
        case _:
            return lambda cells: cells


def _scaled(scale: int, places: int) -> Texts:
    def texts(cells: Sequence[Raw]) -> Iterable[Text]:
        # A whole number of up to 15 digits is exact, and so are its decimals once rounded to these places.
        return [None if cell is None else f"{cell / scale:.{places}f}" for cell in cells]  # type: ignore[operator]

    return texts


class _Days(dict[Raw, str]):
    """The dates met so far, as they are written."""

    def __missing__(self, raw: Raw) -> str:
        text = self[raw] = day_of(raw).isoformat()
        return text
