"""Read CSV one line at a time, whatever the length of the file or of a line."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.errors import ImportRefused
from imports.readers.base import MAX_CELL, FileRow, FileTable, ReadOptions, cleaned_headings, fitted

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
