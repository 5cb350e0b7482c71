"""Read XLSX, XLSM, XLSB, XLS and ODS workbooks through a process that may fail without harm."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.base import MAX_CELL, ReadOptions, Row, Table, cleaned_headings
from imports.readers.workbook_process import ENCRYPTED, TOO_LARGE

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class SheetHead(NamedTuple):
    """The first rows of a sheet, and whether people see it."""

    name: str
    is_hidden: bool
    rows: list[list[str]]


@contextmanager
def open_workbook(path: Path, options: ReadOptions) -> Iterator[Table]:
    """Open a sheet of a workbook. Raises ImportRefused, then and while its rows are read."""
    with _answers(path, "rows", *([options.sheet] if options.sheet is not None else [])) as answers:
        about = json.loads(next(answers))
        if about["sheet"] is None:
            raise ImportRefused(
                _("The workbook has the sheets %(names)s. Choose one.")
                % {"names": ", ".join(about["sheets"])},
                option="--sheet",
            )
        rows = ((line, cells) for line, cells in map(json.loads, answers) if line >= options.headings_line)
        line, cells = next(rows, (0, []))
        if line != options.headings_line:
            raise ImportRefused(
                _("The sheet has nothing in line %(line)d.") % {"line": options.headings_line}
            )
        while cells and not cells[-1].strip():
            cells.pop()
        width = len(cells)
        yield Table(
            cleaned_headings(cells, line),
            (_row(line, cells, width) for line, cells in rows),
            about["length"],
        )


def heads_of(path: Path, *, sheets: int, rows: int) -> list[SheetHead]:
    """Return the first rows of the first sheets of a workbook. Raises ImportRefused."""
    with _answers(path, "heads", str(sheets), str(rows)) as answers:
        return [SheetHead(**json.loads(answer)) for answer in answers]


def _row(line: int, cells: list[str], width: int) -> Row:
    """Make a row as wide as the headings, unless there is text in cells to the right of them."""
    if any(len(cell) > MAX_CELL for cell in cells):
        raise ImportRefused(
            _("Line %(line)d has a cell of more than %(most)d characters.") % {"line": line, "most": MAX_CELL}
        )
    if any(cell.strip() for cell in cells[width:]):
        return Row(line, tuple(cells))
    return Row(line, tuple(cells[:width]) + ("",) * (width - len(cells)))


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
