"""Read the tables of a web page, which some programs save under the name of a workbook."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import override

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.encodings import encodings_of

MAX_SPAN = 100
# Cells over several columns and lines can make a small page a very large table.
MAX_CELLS = 2_000_000
# What the parser keeps back at the end is the rest of a tag or a sign, unless the page is damaged.
MAX_UNREAD = 1000
# A number in any notation, with its unit; “31.03.2026” is a date.
NUMBER = re.compile(
    r"(?!\d{1,4}\.\s?\d{1,2}\.\s?\d{2,4}\.?\Z)"
    r"[(+\-−]?\s*[.,\u066b]?\d[\d.,\u066b\u066c'\u2019\s]*[)-]?\s*(?:[^\W\d]+[.²³23]?|%)?"
)


def tables_of(path: Path) -> list[list[list[str]]]:
    """Return the rows of each table, in the encoding that is likeliest for the page. Raises ImportRefused."""
    reader = _TableReader()
    reader.feed(path.read_text(encoding=encodings_of(path)[0][0], errors="replace"))
    # A tag that never ends keeps the rest back; the parser would search all of it again at each sign.
    if len(reader.rawdata) <= MAX_UNREAD:
        reader.close()
    return reader.tables


class _TableReader(HTMLParser):
    """Collects the cells of tables; a cell over several columns leaves the others empty."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._columns = 1
        self._count = 0
        # The first and the last line of the latest cell over several lines, by column.
        self._spans: dict[int, tuple[int, int]] = {}

    @override
    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self.tables.append([])
            self._spans = {}
        elif not self.tables:
            return
        elif tag == "tr":
            self._end_cell()
            self._fill_row()
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._end_cell()
            if not self.tables[-1]:
                self.tables[-1].append([])
            self._begin_cell(dict(attributes))
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table":
            self._fill_row()

    @override
    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        self._fill_row()
        row = self.tables[-1][-1]
        self._columns = _span(attributes.get("colspan"))
        if (lines := _span(attributes.get("rowspan"))) > 1:
            line = len(self.tables[-1]) - 1
            columns = range(len(row), len(row) + self._columns)
            self._spans |= dict.fromkeys(columns, (line, line + lines - 1))
        self._add(self._columns)
        self._cell = []

    def _fill_row(self) -> None:
        """Repeat texts of cells above that take this line too; one number is not that of several lines."""
        if not self.tables or not self.tables[-1]:
            return
        table, line = self.tables[-1], len(self.tables[-1]) - 1
        row = table[line]
        while (span := self._spans.get(len(row))) and span[0] < line <= span[1]:
            text = table[span[0]][len(row)]
            row.append("" if NUMBER.fullmatch(text) else text)
            # A long text counts as several cells: each line stores it again.
            self._add(1 + len(text) // 100)

    def _add(self, cells: int) -> None:
        self._count += cells
        if self._count > MAX_CELLS:
            raise ImportRefused(_("The tables of this page are too large. Save them as CSV."))

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        self.tables[-1][-1] += [" ".join("".join(self._cell).split()), *[""] * (self._columns - 1)]
        self._cell = None


def _span(text: str | None) -> int:
    return min(int(text), MAX_SPAN) if text and text.isascii() and text.isdigit() and int(text) else 1
