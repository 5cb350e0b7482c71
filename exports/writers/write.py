"""Write the file of a selection in any format: count the rows, write them, check that all are there."""

from typing import BinaryIO

from django.db import connection

from core.jobs.cancellation import Check, Progress, never_cancelled
from exports.datasets.rows import Table, row_source, without_empty_parts
from exports.datasets.selection import FileFormat, Selection
from exports.datasets.snapshot import snapshot
from exports.errors import RowsDifferError
from exports.writers.cover import Creation, cover_of
from exports.writers.csv import write_csv
from exports.writers.pdf.summary import summary_of
from exports.writers.pdf.writer import read_document, require_few_enough, write_pdf
from exports.writers.xlsx.writer import write_workbook


def count_rows(selection: Selection) -> int:
    """Return how many rows a file of this selection would have now. Raises ExportRefused."""
    return row_source(connection, selection, selection.chosen(FileFormat.CSV)).count()


def write_file(
    selection: Selection,
    *,
    file_format: FileFormat,
    creation: Creation,
    to: BinaryIO,
    progress: Progress = lambda _rows, _of: None,
    check: Check = never_cancelled,
) -> int:
    """Write a file of one consistent state of the database; return how many rows it holds.

    Whatever `progress` or `check` raises ends the writing. Raises ExportRefused, and RowsDifferError where
    rows are missing.
    """
    with snapshot(check) as reader:
        columns = selection.chosen(file_format)
        if file_format != FileFormat.CSV and not selection.columns:
            columns = without_empty_parts(reader, selection, columns)
        source = row_source(reader, selection, columns)
        table = Table(str(selection.dataset.label), source, source.count())
        progress(0, table.count)
        cover = cover_of(selection, count=table.count, creation=creation)
        match file_format:
            case FileFormat.CSV:
                rows = write_csv(table, to=to, progress=progress)
            case FileFormat.XLSX:
                rows = write_workbook(cover, [table], to=to, progress=progress)
            case FileFormat.PDF:
                require_few_enough(table.count)
                summary = summary_of(reader, selection)
                document = read_document(cover, [table], summary=summary, check=check)
    if file_format == FileFormat.PDF:
        # Rendering takes longer than reading, and needs no state of the database.
        rows = write_pdf(document, to=to, progress=progress)
    require_all_rows(rows, table.count)
    return rows


def require_all_rows(written: int, count: int) -> None:
    """Raise RowsDifferError where a file does not hold the rows that were counted."""
    if written != count:
        raise RowsDifferError(f"{written} rows were written of {count}.")
