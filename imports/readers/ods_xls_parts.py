"""What calamine does not say of ODS and XLS sheets: errors, units in number formats, marked rows.

It runs in the process of `workbook_process`, which bounds its memory and time.
"""

import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import override
from xml.parsers import expat

import xlrd

from imports.readers.sheet_parts import (
    MAX_HIDDEN,
    Parts,
    SheetParts,
    number_formats,
    shown_number,
    with_unit,
)

# An ODS file can repeat a row or a cell without end.
MAX_REPEATED = 10_000
DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>\d+)D)?T(?P<hours>\d+)H(?P<minutes>\d+)M(?P<seconds>\d+)(?:[.,]\d+)?S"
)
SHOWN_NUMBER = re.compile(r"[-−(]?[0-9][0-9.,'\u2019 \u00a0\u2009\u202f]*")
LAST_MARK = re.compile(r".*[.,](?P<decimals>[0-9]+)[^0-9]*", re.DOTALL)
SCIENTIFIC = re.compile(r"[0-9][eE][-+]?[0-9]")
SCALES = (1, 1_000, 1_000_000)


class OdsParts(Parts):
    """Reads the content of an ODS file once, for all of its sheets."""

    def __init__(self, path: Path) -> None:
        self.is_unknown = False
        self._sheets: dict[str, SheetParts] = {}
        self._styles: set[str] = set()
        self._style = ""
        self._found = SheetParts()
        self._line = self._column = self._columns = self._repeated_lines = 0
        self._is_hidden = False
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._has_text = False
        # Within comments, which have paragraphs too.
        self._comments = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        with zipfile.ZipFile(path) as parts, parts.open("content.xml") as content:
            try:
                parser.ParseFile(content)
            except expat.ExpatError as error:
                raise ValueError(str(error)) from error

    @override
    def of(self, sheet: str) -> SheetParts:
        return self._sheets.get(sheet, SheetParts())

    def _start(self, tag: str, given: dict[str, str]) -> None:
        match tag:
            case "table:table-cell" | "table:covered-table-cell":
                self._cell, self._text, self._has_text = given, [], False
            case "text:p":
                self._has_text = True
            case "table:table-row":
                self._repeated_lines = int(given.get("table:number-rows-repeated", 1))
                self._is_hidden = given.get("table:visibility", "visible") != "visible"
                self._column = 0
            case "table:table":
                self._found, self._line, self._columns = SheetParts(), 0, 0
                self._sheets[given.get("table:name", "")] = self._found
            case "table:table-column":
                self._add_columns(
                    int(given.get("table:number-columns-repeated", 1)),
                    is_hidden=given.get("table:visibility", "visible") != "visible",
                )
            case "office:annotation":
                self._comments += 1
            case "style:style":
                self._style = given.get("style:name", "")
            case "style:text-properties":
                kinds = {given.get(f"style:text-line-through-{part}", "none") for part in ("style", "type")}
                self._styles |= {self._style} if kinds != {"none"} else set()

    def _end(self, tag: str) -> None:
        match tag:
            case "table:table-cell" | "table:covered-table-cell" if self._cell is not None:
                repeated = int(self._cell.get("table:number-columns-repeated", 1))
                self._end_cell(self._cell, "".join(self._text), repeated)
                self._column += repeated
                self._cell = None
            case "table:table-row":
                if self._is_hidden:
                    self._found.hidden.update(self._lines())
                self._line += self._repeated_lines
            case "office:annotation":
                self._comments -= 1

    def _characters(self, text: str) -> None:
        if self._cell is not None and not self._comments:
            self._text.append(text)

    def _add_columns(self, count: int, *, is_hidden: bool) -> None:
        if is_hidden:
            self._found.hidden_columns.update(range(self._columns, min(self._columns + count, MAX_HIDDEN)))
        self._columns += count

    def _lines(self) -> range:
        """Return the lines of the current row, counted from 1; no more than anybody fills."""
        return range(self._line + 1, self._line + 1 + min(self._repeated_lines, MAX_REPEATED))

    def _end_cell(self, cell: dict[str, str], text: str, repeated: int) -> None:
        kind, style = cell.get("office:value-type", ""), cell.get("table:style-name", "")
        unread = shown = ""
        if cell.get("calcext:value-type") == "error":
            unread = text
        elif not kind and not self._has_text and "table:formula" in cell:
            # The result of a formula of texts may be an empty text.
            unread = "=" + cell["table:formula"].removeprefix("of:=")
        elif kind == "time":
            unread = _hours(cell.get("office:time-value", ""))
        elif kind in ("float", "percentage", "currency"):
            shown = _shown(cell.get("office:value", ""), text)
        if (lines := int(cell.get("table:number-rows-spanned", 1))) > 1:
            self._found.merged.append((self._line + 1, self._column, self._line + lines))
        if kind and style in self._styles:
            self._found.struck.update(self._lines())
        if unread or shown:
            columns = range(self._column, self._column + min(repeated, MAX_REPEATED))
            cells = self._found.unread if unread else self._found.shown
            for line in self._lines():
                cells[line] |= dict.fromkeys(columns, unread or shown)


class XlsParts(Parts):
    """Reads the formats, errors and rows of an XLS file."""

    def __init__(self, path: Path) -> None:
        self._book: xlrd.book.Book | None = None
        try:
            self._book = xlrd.open_workbook(str(path), formatting_info=True, on_demand=True)
        except Exception:  # an unusual file, which calamine may read all the same
            return
        self.is_unknown, self.has_1904_dates = False, self._book.datemode == 1

    @override
    def of(self, sheet: str) -> SheetParts:
        found = SheetParts()
        if self._book is None or sheet not in self._book.sheet_names():
            return found
        book, cells = self._book, self._book.sheet_by_name(sheet)
        struck = {
            number for number, style in enumerate(book.xf_list) if book.font_list[style.font_index].struck_out
        }
        formats = {
            number: sections
            for number, style in enumerate(book.xf_list)
            if style.format_key in book.format_map
            and (sections := number_formats(book.format_map[style.format_key].format_str))
        }
        found.hidden_columns.update(
            column for column, about in cells.colinfo_map.items() if about.hidden and column < MAX_HIDDEN
        )
        for row in range(cells.nrows):
            if row in cells.rowinfo_map and cells.rowinfo_map[row].hidden:
                found.hidden.add(row + 1)
            for column in range(cells.row_len(row)):
                kind = cells.cell_type(row, column)
                if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                    continue
                style = cells.cell_xf_index(row, column)
                if style in struck:
                    found.struck.add(row + 1)
                value = cells.cell_value(row, column)
                if kind == xlrd.XL_CELL_ERROR:
                    found.unread[row + 1][column] = xlrd.error_text_from_code.get(int(value), "#VALUE!")
                elif kind == xlrd.XL_CELL_NUMBER and (
                    shown := shown_number(float(value), formats.get(style, []))
                ):
                    found.shown[row + 1][column] = shown
        return found


def _refuse_doctype(*_declared: object) -> None:
    """Refuse declared entities, which could be endless; a workbook has none."""
    raise ValueError("DOCTYPE")


def _hours(text: str) -> str:
    """Return an ISO duration as hours, minutes and seconds."""
    found = DURATION.fullmatch(text)
    if found is None:
        return text
    hours = 24 * int(found["days"] or 0) + int(found["hours"])
    return f"{found['sign']}{hours}:{found['minutes']:0>2}:{found['seconds']:0>2}"


def _shown(value: str, text: str) -> str:
    """Return a number as its text shows it, with a unit or scaled; empty where that is the number itself."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return ""
    digits = SHOWN_NUMBER.search(text)
    if digits is None or SCIENTIFIC.search(text):
        return ""
    unit = " ".join((text[: digits.start()] + text[digits.end() :]).replace(")", " ").split())
    if "%" in unit:
        return with_unit(number * 100, "%", Decimal(100))
    unit = unit if any(map(str.isalpha, unit)) else ""
    scale = next((scale for scale in SCALES if _is_shown(number / scale, digits[0])), 1)
    return with_unit(number / scale, unit, Decimal(1) / scale) if unit or scale != 1 else ""


def _is_shown(number: Decimal, digits: str) -> bool:
    """Return whether digits, with either decimal mark, are a number as it is rounded for them."""
    found = LAST_MARK.fullmatch(digits)
    decimals = found["decimals"] if found else ""
    # Without a decimal mark, and with the last mark as one.
    plain = re.sub("[^0-9]", "", digits)
    return any(
        abs(abs(number) - Decimal(plain).scaleb(-places)) <= Decimal(1).scaleb(-places) / 2
        for places in {0, len(decimals)}
    )
