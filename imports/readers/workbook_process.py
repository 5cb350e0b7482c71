"""Read a workbook with calamine, in a process of its own with little memory and time.

    python -m imports.readers.workbook_process PATH heads SHEETS ROWS
    python -m imports.readers.workbook_process PATH rows [SHEET ...]

A damaged file can end this process and nothing else. It answers in lines of JSON: an object for each sheet,
or one object and then a list `[sheet, line, cells, mark, merged]` for each row that is not blank. The mark
says that the row is hidden or struck out; `merged` has the column and the first line of each cell that is
merged with others above, whose value it gets. The exit code says what failed.

Calamine gives values only. What else a workbook says (error cells, formulas without a result, units in number
formats, rows that are hidden or struck out) is read by `xlsx_parts` and `ods_xls_parts`; of XLSB nothing is.
"""

import datetime as dt
import json
import math
import resource
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

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

from imports.readers.ods_xls_parts import OdsParts, XlsParts
from imports.readers.sheet_parts import Parts, SheetParts
from imports.readers.survey import Cell, Survey
from imports.readers.xlsx_parts import XlsxParts, without_far_cells

MAX_MEMORY: Final = 1024 * 1024 * 1024
MAX_SECONDS: Final = 120
MAX_UNPACKED: Final = 600 * 1024 * 1024
# Sheets are packed to a tenth or so. One packed to less than a hundredth is no table of loads, and reading it
# would take long for the size of its file.
MAX_RATIO: Final = 100
FREELY_UNPACKED: Final = 30 * 1024 * 1024
# An ODS sheet can repeat a row a million times in a few bytes.
MAX_CELLS_PER_BYTE: Final = 4
FREE_CELLS: Final = 1_000_000
DAMAGED, TOO_LARGE, ENCRYPTED = 3, 4, 5
HIDDEN, STRUCK = "hidden", "struck"
# Begins the hidden sheet of a template workbook; module and site follow it.
TEMPLATE_MARK: Final = "deskops-template"
# How many lines of a kind are named.
MAX_NAMED: Final = 20
ODS_ENCRYPTION: Final = b"encryption-data"
# The streams of an XLSX file with a password, as the directory of an OLE file names them.
ENCRYPTED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0"

# Texts are none of them: only these are exact.
type Value = int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


def main(path: Path, mode: str, arguments: list[str]) -> int:
    """Read a workbook and return the exit code."""
    try:
        if _is_encrypted(path):
            return ENCRYPTED
        if is_too_large(path):
            return TOO_LARGE
        with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
            near, parts = _parts(path, Path(folder))
            workbook = _open(near)
            if mode == "heads":
                most = max(FREE_CELLS, MAX_CELLS_PER_BYTE * path.stat().st_size)
                _write_heads(workbook, parts, most, sheets=int(arguments[0]), rows=int(arguments[1]))
            else:
                _write_rows(workbook, parts, arguments)
    except PasswordError:
        return ENCRYPTED
    except MemoryError:
        return TOO_LARGE
    except (
        CalamineError,
        XmlError,
        ZipError,
        zipfile.BadZipFile,
        ET.ParseError,
        OSError,
        ValueError,
        KeyError,
    ):
        return DAMAGED
    return 0


def _parts(path: Path, folder: Path) -> tuple[Path, Parts]:
    """Return the file that calamine reads, and what reads the rest."""
    if not zipfile.is_zipfile(path):
        return path, XlsParts(path)
    with zipfile.ZipFile(path) as parts:
        names = set(parts.namelist())
    if "xl/workbook.xml" in names:
        near, far = without_far_cells(path, folder)
        return near, XlsxParts(path, far)
    return path, OdsParts(path) if "content.xml" in names else Parts()


def _open(path: Path) -> CalamineWorkbook:
    """Open a workbook by what its name says it is, else by its content."""
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except CalamineError:
        with path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)


def _is_encrypted(path: Path) -> bool:
    """Return whether the parts of a workbook are encrypted, which calamine takes for damage."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            manifest = "META-INF/manifest.xml"
            return manifest in parts.namelist() and ODS_ENCRYPTION in parts.read(manifest)
    content = path.read_bytes()
    return content.startswith(OLE_MAGIC) and ENCRYPTED_STREAM in content


def is_too_large(path: Path) -> bool:
    """Return whether the parts of a ZIP file would be too large, or far larger than they are packed."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as file:
        parts = file.infolist()
    return sum(part.file_size for part in parts) > MAX_UNPACKED or any(
        part.file_size > max(FREELY_UNPACKED, MAX_RATIO * part.compress_size) for part in parts
    )


def _write_heads(
    workbook: CalamineWorkbook, parts: Parts, cells_left: int, *, sheets: int, rows: int
) -> None:
    for sheet in _sheets(workbook)[:sheets]:
        found: list[list[str]] = []
        survey, marked = Survey(), {HIDDEN: _Lines(), STRUCK: _Lines()}
        sheet_parts = parts.of(sheet.name)
        for line, cells, mark, _merged in _rows(workbook.get_sheet_by_name(sheet.name), sheet_parts):
            cells_left -= len(cells) - cells.count("")
            if cells_left < 0:
                raise MemoryError
            survey.add(line, cells)
            if mark:
                marked[mark].add(line)
            if line <= rows:
                found += [[] for _blank in range(line - len(found) - 1)]
                found.append([cell if isinstance(cell, str) else cell[-1] for cell in cells])
        _write(
            {
                "name": sheet.name,
                "is_hidden": sheet.visible != SheetVisibleEnum.Visible,
                "rows": found,
                "values": survey.to_json(),
                "marked": {mark: vars(lines) for mark, lines in marked.items() if lines.count},
                "is_unknown": parts.is_unknown,
                "hidden_columns": sorted(sheet_parts.hidden_columns),
            }
        )


@dataclass
class _Lines:
    """How many lines there are of a kind, and the first."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.first) < MAX_NAMED:
            self.first.append(line)


def _write_rows(workbook: CalamineWorkbook, parts: Parts, chosen: list[str]) -> None:
    names = [sheet.name for sheet in _sheets(workbook)]
    if not chosen and len(names) == 1:
        chosen = names
    if not chosen or not set(chosen) <= set(names):
        _write({"sheets": names, "chosen": None})
        return
    sheets = {name: workbook.get_sheet_by_name(name) for name in chosen}
    _write(
        {
            "sheets": names,
            "chosen": chosen,
            "left_out": _left_out(workbook, chosen),
            "length": sum(sheet.total_height for sheet in sheets.values()),
            "is_unknown": parts.is_unknown,
            "has_1904_dates": parts.has_1904_dates,
        }
    )
    for number, (name, sheet) in enumerate(sheets.items()):
        for line, cells, mark, merged in _rows(sheet, parts.of(name)):
            _write([number, line, cells, mark, merged])


def _left_out(workbook: CalamineWorkbook, chosen: list[str]) -> list[str]:
    """Return the names of the sheets with cells that are not read; none in a template workbook of ours."""
    left_out = []
    for sheet in _sheets(workbook):
        if sheet.name in chosen:
            continue
        rows = workbook.get_sheet_by_name(sheet.name).to_python(nrows=1)
        if sheet.visible != SheetVisibleEnum.Visible and rows and rows[0][:1] == [TEMPLATE_MARK]:
            return []
        if rows:
            left_out.append(sheet.name)
    return left_out


def _sheets(workbook: CalamineWorkbook) -> list[SheetMetadata]:
    return [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _rows(
    sheet: CalamineSheet, parts: SheetParts
) -> Iterator[tuple[int, list[Cell], str, list[tuple[int, int]]]]:
    """Yield the number of each line that is not blank, from 1, its cells from column A on, its mark.

    Last, the column and the first line of each of its cells that are merged with others above.
    """
    merged = _MergedCells(sheet, parts)
    before: list[Cell] = [""] * (sheet.start or (0, 0))[1]
    unread = parts.unread
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = before + [
            value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else [_text(value)]
            for value in values
        ]
        for column, text in unread.pop(line, {}).items():
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text
        for column, text in parts.shown.pop(line, {}).items():
            if column < len(cells) and isinstance(stored := cells[column], list):
                cells[column] = [*stored, text]
        if any(cells):
            yield line, cells, _mark(line, parts), merged.fill(line, cells)
    # A formula without a result can be below all values.
    for line in sorted(unread):
        cells = [""] * (max(unread[line]) + 1)
        for column, text in unread[line].items():
            cells[column] = text
        yield line, cells, _mark(line, parts), []


class _MergedCells:
    """Repeats the value of a cell that is merged with those below in the rows below."""

    def __init__(self, sheet: CalamineSheet, parts: SheetParts) -> None:
        ranges = [
            (first[0] + 1, first[1], last[0] + 1) for first, last in sheet.merged_cell_ranges or ()
        ] or parts.merged
        # Line → column → last line.
        self._begin: dict[int, dict[int, int]] = defaultdict(dict)
        for first_line, column, last_line in ranges:
            if last_line > first_line:
                self._begin[first_line][column] = last_line
        # Column → first line, last line and value.
        self._open: dict[int, tuple[int, int, Cell]] = {}

    def fill(self, line: int, cells: list[Cell]) -> list[tuple[int, int]]:
        """Fill the empty cells of a row; return the column and the first line of each."""
        filled = []
        for column, (first_line, last_line, value) in list(self._open.items()):
            if line > last_line:
                del self._open[column]
                continue
            cells += [""] * (column + 1 - len(cells))
            if not cells[column]:
                cells[column] = value
                filled.append((column, first_line))
        for column, last_line in self._begin.get(line, {}).items():
            if column < len(cells) and cells[column]:
                self._open[column] = (line, last_line, cells[column])
        return filled


def _mark(line: int, parts: SheetParts) -> str:
    return HIDDEN if line in parts.hidden else STRUCK if line in parts.struck else ""


def _text(value: Value) -> str:
    """Return a value as text that says exactly what the sheet says."""
    match value:
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
