"""A file of a selection, whatever the format: counted, written, proven to hold what was counted."""

from typing import BinaryIO

from django.db import connection

from exports.datasets.rows import source_of
from exports.datasets.selection import FileFormat, Selection
from exports.datasets.snapshot import one_state
from exports.datasets.summary import summary_of
from exports.datasets.table import table_of
from exports.errors import RowsDifferError
from exports.writers.cover import Imprint, cover_of
from exports.writers.csv.writer import write_csv
from exports.writers.pdf.writer import read_document, require_few_enough, write_pdf
from exports.writers.sink import Progress, Sink, StillWanted, Written, wanted_anyway
from exports.writers.xlsx.writer import write_workbook


def count_rows(selection: Selection) -> int:
    """Return how many rows a file of this selection would have now. Raises ExportRefused."""
    return source_of(connection, selection, selection.chosen(FileFormat.CSV)).count()


def write_file(
    selection: Selection,
    *,
    file_format: FileFormat,
    imprint: Imprint,
    to: BinaryIO,
    progress: Progress = lambda _rows, _of: None,
    require_wanted: StillWanted = wanted_anyway,
) -> Written:
    """Write a file of one consistent state of the database, in nobody's way, and return what it holds.

    `progress(rows, of)` is told of every few thousand rows, `require_wanted()` is asked while the database
    works, from a thread of its own; whatever they raise ends the writing, and what was written by then is no
    file. Raises ExportRefused, and RowsDifferError where rows are missing.
    """
    sink = Sink(to)
    with one_state(require_wanted) as reading:
        table = table_of(selection, source_of(reading, selection, selection.chosen(file_format)))
        progress(0, table.count)
        cover = cover_of(selection, count=table.count, imprint=imprint)
        match file_format:
            case FileFormat.CSV:
                rows = write_csv(table, to=sink, progress=progress)
            case FileFormat.XLSX:
                rows = write_workbook(cover, [table], to=sink, progress=progress)
            case FileFormat.PDF:
                require_few_enough(table.count)
                summary = summary_of(reading, selection)
                document = read_document(cover, [table], summary=summary, require_wanted=require_wanted)
    if file_format == FileFormat.PDF:
        # Setting takes longer than reading, and needs no state of the database to be kept.
        rows = write_pdf(document, to=sink, progress=progress)
    return proven(sink, rows=rows, count=table.count)


def proven(sink: Sink, *, rows: int, count: int) -> Written:
    """Return what a file holds. Raises RowsDifferError where that is not what was counted."""
    if rows != count:
        raise RowsDifferError(f"{rows} rows were written of {count}.")
    return Written(rows=rows, size=sink.size, sha256=sink.sha256)
