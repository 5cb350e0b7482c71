"""Opening a file for import: what it is is looked at, not believed."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.base import Reading, Table
from imports.readers.csv_reader import DELIMITERS, lines_of, open_csv
from imports.readers.workbook_reader import heads_of, open_workbook

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
PACKED = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MAX_BYTES = 500 * 1024 * 1024


@contextmanager
def open_table(path: Path, reading: Reading) -> Iterator[Table]:
    """Open a CSV file or an XLSX workbook. Raises ImportRefused, then and while its rows are read."""
    try:
        is_workbook = _is_workbook(path)
        with open_workbook(path, reading) if is_workbook else open_csv(path, reading) as table:
            yield table
    except OSError as error:
        raise ImportRefused(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": error.strerror or error}
        ) from error


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, by which the same file is known again."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImportRefused(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": error.strerror or error}
        ) from error


def _is_workbook(path: Path) -> bool:
    if not path.is_file() and path.exists():
        raise ImportRefused(_("%(file)s is not a file.") % {"file": path.name})
    suffix = path.suffix.lower()
    if suffix not in (*TEXT_SUFFIXES, ".xlsx"):
        raise ImportRefused(
            _("%(file)s is neither .csv nor .xlsx. Save it as one of them.") % {"file": path.name}
        )
    if path.stat().st_size > MAX_BYTES:
        raise ImportRefused(
            _("%(file)s has more than %(most)d MB. Import it in pieces.")
            % {"file": path.name, "most": MAX_BYTES // 1024 // 1024}
        )
    with path.open("rb") as file:
        begins = file.read(4)
    if begins == OLD_OFFICE:
        raise ImportRefused(
            _("%(file)s is an old or an encrypted workbook. Save it as an .xlsx without a password.")
            % {"file": path.name}
        )
    is_packed = begins == PACKED
    if is_packed != (suffix == ".xlsx"):
        raise ImportRefused(
            (_("%(file)s is a packed file, not text: is it a workbook with another ending?"))
            % {"file": path.name}
            if is_packed
            else _("%(file)s is not a workbook, whatever its ending says.") % {"file": path.name}
        )
    return is_packed


MOST_ROWS, MOST_COLUMNS, MOST_SHEETS, MOST_TEXT = 40, 80, 20, 100
UNICODE_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
BLOCK = 1024 * 1024
# Begins the hidden sheet of a workbook of ours to be filled in; module and site follow it.
TEMPLATE_MARK = "deskops-template"


@dataclass(frozen=True)
class Head:
    """The first rows of a sheet, or of the one table of a CSV file."""

    sheet: str
    rows: list[list[str]]
    # The module and the site's code, in a workbook of ours to be filled in.
    template: tuple[str, str] | None = None

    def headings(self, line: int) -> list[str]:
        """Return the cells of a line, counted from 1, as far as something stands in them."""
        cells = [cell.strip() for cell in self.rows[line - 1]] if 0 < line <= len(self.rows) else []
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def below(self, line: int) -> list[list[str]]:
        """Return the rows below the headings in which something stands."""
        return [row for row in self.rows[line:] if any(cell.strip() for cell in row)]


def encoding_of(path: Path) -> str:
    """Return how a text is encoded: UTF-8 where it can be, else what Excel writes in the West."""
    with path.open("rb") as file:
        mark = file.read(2)
    if mark in UNICODE_MARKS:
        return UNICODE_MARKS[mark]
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            while text.read(BLOCK):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def heads_of_workbook(path: Path) -> list[Head]:
    """Return how each sheet begins, empty sheets left out. Raises ImportRefused."""
    heads = heads_of(path, sheets=MOST_SHEETS, rows=MOST_ROWS)
    template = next((_template(head.rows) for head in heads if head.is_hidden), None)
    found = [Head(head.name, _cut(head.rows), template) for head in heads if not head.is_hidden]
    found = [head for head in found if head.rows]
    if not found:
        raise ImportRefused(_("The workbook has nothing in it."))
    return found


def _template(rows: list[list[str]]) -> tuple[str, str] | None:
    """Return what the hidden sheet of a workbook of ours says that it is for."""
    said = rows[0] if rows else []
    return (said[1], said[2]) if len(said) > 2 and said[0] == TEMPLATE_MARK else None


def head_of_text(path: Path, encoding: str, delimiter: str) -> Head:
    """Return how a CSV file begins. Raises ImportRefused."""
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(islice(lines_of(file), MOST_ROWS), delimiter=delimiter)
        try:
            return Head("", _cut([list(row) for row in rows]))
        except csv.Error as error:
            raise ImportRefused(
                _("The file cannot be read as CSV: %(reason)s.") % {"reason": error}
            ) from error


def delimiter_of(path: Path, encoding: str) -> str:
    """Return what parts the cells: what parts most of the first lines into equally many."""
    with path.open(encoding=encoding, newline="") as file:
        lines = list(islice(lines_of(file), MOST_ROWS))

    def alike(mark: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _parted(lines, mark) if len(row) > 1)
        width, times = widths.most_common(1)[0] if widths else (0, 0)
        return times, width

    return max(DELIMITERS, key=alike)


def _parted(lines: list[str], mark: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=mark)
    except csv.Error:
        return


def _cut(rows: list[list[str]]) -> list[list[str]]:
    """Keep what a page can show, and no empty rows at the end."""
    kept = [[cell[:MOST_TEXT] for cell in row[:MOST_COLUMNS]] for row in rows[:MOST_ROWS]]
    while kept and not any(cell.strip() for cell in kept[-1]):
        kept.pop()
    return kept
