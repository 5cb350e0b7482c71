"""Reading CSV, a line at a time, whatever the length of the file or of a line."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.errors import ImportRefused
from imports.readers.base import MAX_CELL, Reading, Row, Table, cleaned_headings

# A line that is longer is no line of a table.
MAX_LINE = 1_000_000
BLOCK = 1024 * 1024
DELIMITERS = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("bar"),
}


@contextmanager
def open_csv(path: Path, reading: Reading) -> Iterator[Table]:
    """Open a CSV file. Raises ImportRefused, then and while its rows are read."""
    try:
        file = path.open(encoding=reading.encoding, newline="")
    except LookupError as error:
        raise ImportRefused(
            _("“%(encoding)s” is not an encoding. Take one such as utf-8 or cp1252.")
            % {"encoding": reading.encoding}
        ) from error
    with file:
        lines = lines_of(file)
        for _skipped in range(reading.headings_line - 1):
            next(lines, "")
        first = next(lines, "")
        if not first:
            raise ImportRefused(_("The file is empty."))
        delimiter = reading.delimiter or _delimiter_of(first)
        rows = _rows(first, lines, delimiter, reading.headings_line)
        headings = next(rows)
        yield Table(cleaned_headings(list(headings.cells), headings.line), rows, _line_count(path))


def _line_count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(partial(file.read, BLOCK), b""))


def _rows(first: str, lines: Iterator[str], delimiter: str, line: int) -> Iterator[Row]:
    """Yield the rows, each with the line that it begins on: a quoted cell may run over several."""

    def again() -> Iterator[str]:
        yield first
        yield from lines

    # A file that opens a quote and never closes it must not swallow the rows that follow: strict.
    reader = csv.reader(again(), delimiter=delimiter, strict=True)
    begins = line
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportRefused(
                _("Line %(line)d cannot be read as CSV: %(reason)s.") % {"line": begins, "reason": error}
            ) from error
        if any(len(cell) > MAX_CELL for cell in cells):
            raise ImportRefused(
                _("Line %(line)d has a cell of more than %(most)d characters.")
                % {"line": begins, "most": MAX_CELL}
            )
        yield Row(begins, tuple(cells))
        begins = line + reader.line_num


def lines_of(file: TextIO) -> Iterator[str]:
    """Yield the lines, none longer than is sensible. Raises ImportRefused for what is not text."""
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(MAX_LINE + 1)
        except UnicodeError as error:
            raise ImportRefused(
                _(
                    "Near line %(line)d the file is not %(encoding)s text. Save it as UTF-8, or say its"
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
                _("Line %(line)d has a NUL byte: this is not a text file.") % {"line": number}
            )
        yield line


def _delimiter_of(headings: str) -> str:
    """Return the one character that parts the headings. Raises ImportRefused where two could."""
    parted = [mark for mark in DELIMITERS if len(next(csv.reader([headings], delimiter=mark), [])) > 1]
    if len(parted) > 1:
        raise ImportRefused(
            _("The headings could be parted by %(marks)s. Say which.")
            % {"marks": _(" or ").join(str(DELIMITERS[mark]) for mark in parted)},
            option="--delimiter",
        )
    return parted[0] if parted else ","
