"""Detect what a file is from its content, and open it; read CSV one line at a time, whatever its length."""

import codecs
import csv
import hashlib
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.errors import ImportRefused
from imports.readers import workbook_reader
from imports.readers.base import (
    MAX_CELL,
    FileRow,
    FileTable,
    Head,
    ReadOptions,
    cleaned_headings,
    fitted,
)
from imports.readers.encodings import UTF_8, UTF_16_MARKS
from imports.readers.html_tables import tables_of
from imports.readers.survey import Survey
from imports.readers.workbook_process import TEMPLATE_MARK

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".htm", ".html")
# XLSX, XLSM, XLSB and ODS are ZIP files; XLS, and XLSX with a password, are OLE files.
ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAX_BYTES = 500 * 1024 * 1024
# A workbook may have a sheet for each day or week.
MAX_HEAD_ROWS, MAX_HEAD_COLUMNS, MAX_SHEETS, MAX_HEAD_TEXT = 40, 80, 60, 100
SPACES = re.compile(r"\S {2,}\S")
# Rows between two reports of progress.
PROGRESS_STEP = 5_000
# How web pages begin that programs save as workbooks, and other texts that are no table.
HTML_STARTS = ("<!doctype html", "<html", "<head", "<meta", "<body", "<style", "<table", "<div", "<center")
# A line that is longer is no line of a table.
MAX_LINE = 1_000_000
BLOCK = 1024 * 1024
DELIMITERS = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("vertical bar"),
}


@contextmanager
def open_table(path: Path, options: ReadOptions) -> Iterator[FileTable]:
    """Open a CSV file or a workbook. Raises ImportRefused, then and while its rows are read."""
    try:
        _require_known_suffix(path)
        if is_workbook(path):
            with workbook_reader.open_workbook(path, options) as table:
                yield table
            return
        with tempfile.TemporaryDirectory(prefix="table-") as folder:
            if (as_csv := table_of_html(path, Path(folder))) is not None:
                path, options = as_csv, replace(options, encoding=UTF_8, delimiter=",")
            with open_csv(path, options) as table:
                yield table
    except OSError as error:
        raise _unreadable(path, error) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, which identifies it when it is imported again."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def is_workbook(path: Path) -> bool:
    """Return whether a file begins as a workbook does."""
    with path.open("rb") as file:
        return file.read(4) in (ZIP_MAGIC, OLE_MAGIC)


def table_of_html(path: Path, folder: Path) -> Path | None:
    """Write the longest table of a web page as CSV into a folder and return it; None for another file.

    Programs save web pages as `.xls`. Raises ImportRefused for a page without a table, and for XML.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    encoding = "utf-16" if head[:2] in UTF_16_MARKS else UTF_8
    start = head.decode(encoding, errors="replace").lstrip().casefold()
    if start.startswith("mime-version:") or "urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise ImportRefused(
            _("This is a web archive or an XML file, not a workbook. Open it in Excel and save it as XLSX.")
        )
    if not start.startswith(HTML_STARTS) and not (start.startswith("<?xml") and "<html" in start):
        return None
    rows = max(tables_of(path), key=len, default=[])
    if not rows:
        raise ImportRefused(_("This is a web page without a table. Open it in Excel and save it as XLSX."))
    as_csv = folder / "table.csv"
    with as_csv.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return as_csv


def delimiter_of(path: Path, encoding: str) -> str:
    """Return the delimiter that splits most of the first lines into equally many cells."""
    with path.open(encoding=encoding, newline="") as file:
        lines = list(islice(lines_of(file), MAX_HEAD_ROWS))

    def regularity(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _split(lines, delimiter) if len(row) > 1)
        width, times = widths.most_common(1)[0] if widths else (0, 0)
        return times, width

    return max(DELIMITERS, key=regularity)


def has_columns_of_spaces(head: Head) -> bool:
    """Return whether no delimiter splits the lines of a text, but several spaces split each of them."""
    lines = [row[0] for row in head.rows if row and row[0].strip()]
    return (
        len(lines) > 1
        and not any(len(row) > 1 for row in head.rows)
        and all(SPACES.search(line.strip()) for line in lines)
    )


def heads_of_workbook(path: Path) -> list[Head]:
    """Return the first rows of each visible sheet that is not empty. Raises ImportRefused."""
    sheets = workbook_reader.heads_of(path, sheets=MAX_SHEETS, rows=MAX_HEAD_ROWS)
    template = next((_template(sheet.rows) for sheet in sheets if sheet.is_hidden), None)
    heads = [
        Head(
            sheet.name,
            _cut(sheet.rows),
            template,
            values=sheet.values,
            marked=sheet.marked,
            is_unknown=sheet.is_unknown,
            hidden_columns=sheet.hidden_columns,
        )
        for sheet in sheets
        if not sheet.is_hidden
    ]
    heads = [head for head in heads if head.rows]
    if not heads:
        raise ImportRefused(_("The workbook is empty."))
    return heads


def head_of_text(
    path: Path,
    encoding: str,
    delimiter: str,
    encodings: Sequence[tuple[str, str]] = (),
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Head:
    """Return the first rows of a CSV file, and what is in all of them; report the bytes that are read.

    Raises ImportRefused.
    """
    size = path.stat().st_size
    first: list[list[str]] = []
    survey = Survey()
    with path.open("rb") as stored, io.TextIOWrapper(stored, encoding=encoding, newline="") as file:
        try:
            reader, line = csv.reader(lines_of(file), delimiter=delimiter), 1
            for count, cells in enumerate(reader):
                if line <= MAX_HEAD_ROWS:
                    # A row is in the line on which it begins: a quoted cell may run over several.
                    first += [[] for _line in range(line - len(first) - 1)]
                    first.append(list(cells))
                survey.add(line, list(cells))
                line = reader.line_num + 1
                if count % PROGRESS_STEP == 0:
                    progress(stored.tell(), size)
        except csv.Error as error:
            # The check says in which line.
            if not first:
                raise ImportRefused(
                    _("The file cannot be read as CSV: %(reason)s.") % {"reason": error}
                ) from error
    return Head("", _cut(first), values=survey.to_json(), encodings=encodings)


def _require_known_suffix(path: Path) -> None:
    """Refuse a file whose name and content do not agree, which a script passes by mistake."""
    if not path.is_file() and path.exists():
        raise ImportRefused(_("%(file)s is not a file.") % {"file": path.name})
    suffix = path.suffix.lower()
    if suffix not in (*TEXT_SUFFIXES, *workbook_reader.SUFFIXES):
        raise ImportRefused(
            _("%(file)s is neither a CSV file nor a workbook (%(suffixes)s).")
            % {"file": path.name, "suffixes": ", ".join(workbook_reader.SUFFIXES)}
        )
    if path.stat().st_size > MAX_BYTES:
        raise ImportRefused(
            _("%(file)s is larger than %(most)d MB. Split it.")
            % {"file": path.name, "most": MAX_BYTES // 1024 // 1024}
        )
    if is_workbook(path) and suffix in TEXT_SUFFIXES:
        raise ImportRefused(_("%(file)s is a workbook, not a CSV file. Rename it.") % {"file": path.name})
    if not is_workbook(path) and suffix not in TEXT_SUFFIXES and not _begins_as_markup(path):
        raise ImportRefused(_("%(file)s is not a workbook, although its name says so.") % {"file": path.name})


def _begins_as_markup(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"<", b"M")


def _unreadable(path: Path, error: OSError) -> ImportRefused:
    return ImportRefused(
        _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": error.strerror or error}
    )


def _template(rows: list[list[str]]) -> tuple[str, str] | None:
    """Return the module and site that the hidden sheet of a template workbook names."""
    cells = rows[0] if rows else []
    return (cells[1], cells[2]) if len(cells) > 2 and cells[0] == TEMPLATE_MARK else None


def _split(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return


def _cut(rows: list[list[str]]) -> list[list[str]]:
    """Keep what a page can show, and no empty rows at the end."""
    kept = [[cell[:MAX_HEAD_TEXT] for cell in row[:MAX_HEAD_COLUMNS]] for row in rows[:MAX_HEAD_ROWS]]
    while kept and not any(cell.strip() for cell in kept[-1]):
        kept.pop()
    return kept


@contextmanager
def open_csv(path: Path, options: ReadOptions) -> Iterator[FileTable]:
    """Open a CSV file. Raises ImportRefused, then and while its rows are read."""
    try:
        file = path.open(encoding=options.encoding, newline="")
    except LookupError as error:
        raise ImportRefused(
            _("“%(encoding)s” is not an encoding. Use one such as utf-8 or cp1252.")
            % {"encoding": options.encoding}
        ) from error
    with file:
        lines = lines_of(file)
        first_line = options.headings_line - options.headings_depth + 1
        for _skipped in range(first_line - 1):
            next(lines, "")
        first = next(lines, "")
        if not first:
            raise ImportRefused(_("The file is empty."))
        delimiter = options.delimiter or _delimiter_of(first)
        rows = _rows(chain([first], lines), delimiter, first_line)
        above = next(rows).cells if options.headings_depth > 1 else ()
        found = next(rows)
        headings = cleaned_headings(found.cells, found.line, above)
        yield FileTable(headings, (_with_empty_ends(row, headings) for row in rows), _line_count(path))


def lines_of(file: TextIO) -> Iterator[str]:
    """Yield the lines of a text file. Raises ImportRefused for what is not text or has a line too long."""
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(MAX_LINE + 1)
        except UnicodeError as error:
            raise ImportRefused(
                _(
                    "Near line %(line)d the file is not %(encoding)s text. Save it as UTF-8, or choose its"
                    " encoding."
                )
                % {"line": number, "encoding": file.encoding.removesuffix("-sig")},
                option="--encoding",
            ) from error
        if not line:
            return
        if len(line) > MAX_LINE:
            raise ImportRefused(
                _("Line %(line)d is longer than a line of a table can be.") % {"line": number}
            )
        if "\0" in line:
            raise ImportRefused(
                _(
                    "Line %(line)d has a NUL byte: the file is damaged, or not a text. Export it again, or"
                    " open it in a spreadsheet and save it as XLSX."
                )
                % {"line": number}
            )
        yield line


def _line_count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(partial(file.read, BLOCK), b""))


def _rows(lines: Iterator[str], delimiter: str, first_line: int) -> Iterator[FileRow]:
    """Yield the rows, each with the line that it begins on: a quoted cell may run over several."""
    # Strict: a quote that is never closed must not swallow the rows that follow.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = first_line
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportRefused(
                _("Line %(line)d cannot be read as CSV: %(reason)s.") % {"line": line, "reason": error}
            ) from error
        if any(len(cell) > MAX_CELL for cell in cells):
            raise ImportRefused(
                _("Line %(line)d has a cell of more than %(most)d characters.")
                % {"line": line, "most": MAX_CELL}
            )
        yield FileRow(line, tuple(cells))
        line = first_line + reader.line_num


def _with_empty_ends(row: FileRow, headings: Sequence[str]) -> FileRow:
    """Add or remove empty cells at the end of a row where no heading is above them."""
    width = len(headings)
    cells = fitted(row.cells, width)
    if len(cells) < width and not any(headings[len(cells) :]):
        cells += ("",) * (width - len(cells))
    return row._replace(cells=cells)


def _delimiter_of(headings: str) -> str:
    """Return the one delimiter that splits the headings. Raises ImportRefused where several could."""
    fitting = [mark for mark in DELIMITERS if len(next(csv.reader([headings], delimiter=mark), [])) > 1]
    if len(fitting) > 1:
        raise ImportRefused(
            _("The delimiter could be %(delimiters)s. Choose one.")
            % {"delimiters": _(" or ").join(str(DELIMITERS[mark]) for mark in fitting)},
            option="--delimiter",
        )
    return fitting[0] if fitting else ","
