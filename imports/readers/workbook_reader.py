"""Read XLSX, XLSM, XLSB, XLS and ODS workbooks through a process that may fail without harm."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.base import (
    MAX_CELL,
    SHEET_LINES,
    Exact,
    FileRow,
    FileTable,
    MarkedLines,
    ReadOptions,
    cleaned_headings,
    fitted,
    joined_headings,
)
from imports.readers.survey import Cell
from imports.readers.workbook_process import ENCRYPTED, TOO_LARGE

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class SheetHead(NamedTuple):
    """The first rows of a sheet, what is in all of them, and whether people see it; see `Head`."""

    name: str
    is_hidden: bool
    rows: list[list[str]]
    values: list[list[tuple[int, str, bool]]]
    marked: dict[str, MarkedLines]
    is_unknown: bool
    hidden_columns: list[int]


@contextmanager
def open_workbook(path: Path, options: ReadOptions) -> Iterator[FileTable]:
    """Open sheets of a workbook. Raises ImportRefused, then and while their rows are read."""
    with _answers(path, "rows", *options.sheets) as answers:
        about = json.loads(next(answers))
        if about["chosen"] is None:
            raise ImportRefused(
                _("The workbook has the sheets %(names)s. Choose one.")
                % {"names": ", ".join(about["sheets"])},
                option="--sheet",
            )
        rows = (_row(*json.loads(answer)) for answer in answers)
        headings = _headings(rows, options)
        yield FileTable(
            headings,
            _rows_below(rows, headings, about["chosen"], options.headings_depth),
            about["length"],
            sheets=about["chosen"],
            left_out=about["left_out"],
            is_unknown=about["is_unknown"],
            has_1904_dates=about["has_1904_dates"],
        )


def heads_of(path: Path, *, sheets: int, rows: int) -> list[SheetHead]:
    """Return the first rows of the first sheets of a workbook. Raises ImportRefused."""
    with _answers(path, "heads", str(sheets), str(rows)) as answers:
        return [SheetHead(**json.loads(answer)) for answer in answers]


def _headings(rows: Iterator[FileRow], options: ReadOptions) -> tuple[str, ...]:
    """Read the headings of the first sheet. Raises ImportRefused where their line has none."""
    above: Sequence[str] = ()
    for row in rows:
        if row.line == options.headings_line:
            return cleaned_headings(fitted(row.cells, 0), row.line, above)
        if row.line > options.headings_line:
            break
        is_above = options.headings_depth > 1 and row.line == options.headings_line - 1
        above = row.cells if is_above else ()
    raise ImportRefused(_("The sheet has nothing in line %(line)d.") % {"line": options.headings_line})


def _rows_below(
    rows: Iterator[FileRow], headings: tuple[str, ...], sheets: Sequence[str], depth: int
) -> Iterator[FileRow]:
    """Yield the rows below the headings of each sheet. Raises ImportRefused where a sheet has others."""
    number, has_headings = 0, True
    above: Sequence[str] = ()
    for row in rows:
        if row.line // SHEET_LINES != number:
            _require_headings(sheets[number], is_found=has_headings)
            number, has_headings, above = row.line // SHEET_LINES, False, ()
        if has_headings:
            yield row._replace(cells=_of_width(row, len(headings)))
        elif joined_headings(above if depth > 1 else (), row.cells) == list(headings):
            has_headings = True
        else:
            above = row.cells
    _require_headings(sheets[number], is_found=has_headings)


def _require_headings(sheet: str, *, is_found: bool) -> None:
    if not is_found:
        raise ImportRefused(
            _("The sheet “%(sheet)s” has other headings than the first. Import it separately.")
            % {"sheet": sheet},
            option="--sheet",
        )


def _row(sheet: int, line: int, cells: list[Cell], mark: str, merged: list[tuple[int, int]]) -> FileRow:
    texts = tuple(cell if isinstance(cell, str) else Exact(cell[-1], cell[0]) for cell in cells)
    return FileRow(sheet * SHEET_LINES + line, texts, mark, dict(merged))


def _of_width(row: FileRow, width: int) -> tuple[str, ...]:
    """Return cells as many as the headings, unless there is text in cells to the right of them."""
    if any(len(cell) > MAX_CELL for cell in row.cells):
        raise ImportRefused(
            _("Line %(line)d has a cell of more than %(most)d characters.")
            % {"line": row.line % SHEET_LINES, "most": MAX_CELL}
        )
    cells = fitted(row.cells, width)
    return cells + ("",) * (width - len(cells))


@contextmanager
def _answers(path: Path, mode: str, *arguments: str) -> Iterator[Iterator[str]]:
    """Yield the lines that the process answers. Raises ImportRefused where it fails, also half-way."""
    command = [sys.executable, "-m", "imports.readers.workbook_process", str(path), mode, *arguments]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        try:
            yield _lines(process)
        finally:
            process.kill()


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout
    if code := process.wait():
        raise ImportRefused(_reason(code))


def _reason(code: int) -> str:
    if code == ENCRYPTED:
        return _("The workbook is protected by a password. Save it without one.")
    if code == TOO_LARGE or code < 0:
        # A negative code: the process was ended because it took too much memory or time.
        return _("The workbook is too large to be read. Save its sheet as CSV.")
    return _("The file is damaged or not a workbook. Open it in Excel or LibreOffice and save it again.")
