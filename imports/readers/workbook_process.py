"""Read a workbook with calamine, in a process of its own with little memory and time.

    python -m imports.readers.workbook_process PATH heads SHEETS ROWS
    python -m imports.readers.workbook_process PATH rows [SHEET]

A damaged file can end this process and nothing else. It answers in lines of JSON: an object for each sheet,
or one object and then a list `[line, cells]` for each row that is not blank. The exit code says what failed.

Calamine gives values only. What else an XLSX says (error cells, formulas without a result; number formats and
hidden rows where they are needed one day) is read by `xlsx_parts`.
"""

import datetime as dt
import json
import math
import resource
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from imports.readers.xlsx_parts import unread_cells

MAX_MEMORY: Final = 1024 * 1024 * 1024
MAX_SECONDS: Final = 120
MAX_UNPACKED: Final = 600 * 1024 * 1024
DAMAGED, TOO_LARGE, ENCRYPTED = 3, 4, 5

type Value = int | float | str | bool | dt.date | dt.datetime | dt.time | dt.timedelta


def main(path: Path, mode: str, arguments: list[str]) -> int:
    """Read a workbook and return the exit code."""
    if _unpacked_size(path) > MAX_UNPACKED:
        return TOO_LARGE
    try:
        workbook = _open(path)
        if mode == "heads":
            _write_heads(workbook, sheets=int(arguments[0]), rows=int(arguments[1]))
        else:
            _write_rows(path, workbook, arguments[0] if arguments else None)
    except PasswordError:
        return ENCRYPTED
    except MemoryError:
        return TOO_LARGE
    except (CalamineError, XmlError, ZipError, OSError, ValueError, KeyError):
        return DAMAGED
    return 0


def _open(path: Path) -> CalamineWorkbook:
    """Open a workbook by what its name says it is, else by its content."""
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except CalamineError:
        with path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)


def _unpacked_size(path: Path) -> int:
    """Return the size of all parts together, 0 for what is no ZIP file, as XLS."""
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as parts:
        return sum(part.file_size for part in parts.infolist())


def _write_heads(workbook: CalamineWorkbook, *, sheets: int, rows: int) -> None:
    for sheet in _sheets(workbook)[:sheets]:
        found: list[list[str]] = []
        for line, cells in _rows(workbook.get_sheet_by_name(sheet.name), {}):
            if line > rows:
                break
            found += [[] for _blank in range(line - len(found) - 1)]
            found.append(cells)
        is_hidden = sheet.visible != SheetVisibleEnum.Visible
        _write({"name": sheet.name, "is_hidden": is_hidden, "rows": found})


def _write_rows(path: Path, workbook: CalamineWorkbook, name: str | None) -> None:
    names = [sheet.name for sheet in _sheets(workbook)]
    if name is None and len(names) == 1:
        name = names[0]
    if name not in names:
        _write({"sheets": names, "sheet": None, "length": 0})
        return
    sheet = workbook.get_sheet_by_name(name)
    _write({"sheets": names, "sheet": name, "length": sheet.total_height})
    for row in _rows(sheet, unread_cells(path, name)):
        _write(row)


def _sheets(workbook: CalamineWorkbook) -> list[SheetMetadata]:
    return [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _rows(sheet: CalamineSheet, unread: dict[int, dict[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that is not blank, counted from 1, and its cells from column A on.

    `unread` are the texts of cells in which calamine sees nothing, by line and column.
    """
    before = [""] * (sheet.start or (0, 0))[1]
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = before + [_text(value) for value in values]
        for column, text in unread.pop(line, {}).items():
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text
        if any(cells):
            yield line, cells
    # A formula without a result can be below all values.
    for line in sorted(unread):
        cells = [""] * (max(unread[line]) + 1)
        for column, text in unread[line].items():
            cells[column] = text
        yield line, cells


def _text(value: Value) -> str:
    """Return a value as text that says exactly what the sheet says."""
    match value:
        case str():
            # No database keeps a NUL.
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in value else value
        case bool():
            return "TRUE" if value else "FALSE"
        case float() | int():
            return _number_text(value)
        case dt.datetime():
            return str(value) if value.time() != dt.time() else str(value.date())
        case dt.timedelta():
            return _hours_text(value)
        case _:
            return str(value)


@lru_cache(maxsize=8192)
def _number_text(value: float) -> str:
    """Return a number as it was typed: the shortest text that is this float."""
    if not math.isfinite(value):
        return str(value)
    if value == (whole := int(value)):
        return str(whole)
    return format(Decimal(repr(value)).normalize(), "f")


def _hours_text(value: dt.timedelta) -> str:
    """Return a duration, such as a cell with the format `[h]:mm`, as hours, minutes and seconds."""
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _write(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
