"""What calamine does not say of an XLSX sheet, read from the XML of its parts.

It runs in the process of `workbook_process`, which bounds its memory and time.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path, PurePosixPath
from typing import override
from xml.etree import ElementTree as ET

from imports.readers.sheet_parts import (
    MAX_HIDDEN,
    PERCENT_FORMATS,
    NumberFormat,
    Parts,
    SheetParts,
    number_formats,
    shown_number,
)

BLOCK = 4 * 1024 * 1024
TAG = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)>")
PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
LINE = re.compile(rb"\br\s*=\s*[\"']([0-9]{1,7})[\"']")
COLUMNS = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
FIRST_COLUMN, LAST_COLUMN = (re.compile(rb"\b%b\s*=\s*[\"'](\d{1,5})" % name) for name in (b"min", b"max"))
HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
STYLE = re.compile(rb"\bs\s*=\s*[\"']([0-9]{1,6})[\"']")
TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^>]*(?<!/)>(.+?)</(?:\w+:)?(?:v|is)>", re.DOTALL)
FORMULA_TAG = re.compile(rb"<f[ />]|:f[ />]")
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?:(?<=/)>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
DATES_1904 = re.compile(rb"\bdate1904\s*=\s*[\"'](?:1|true)[\"']")
# The columns from TA on are right of everything that is read; lines are far below the rows after such a gap.
FAR_COLUMN = re.compile(rb"\br=[\"'](?:[A-Z]{3}|[T-Z][A-Z])[0-9]")
MAX_NEAR_COLUMN, MAX_GAP, MAX_FAR_CELLS = 520, 20_000, 1_000

# Begins the number of a shared text.
SHARED = "\0shared:"

# Part of a sheet → line → column from 0 → text.
type FarCells = dict[str, dict[int, dict[int, str]]]


@dataclass
class Styles:
    """The styles of a workbook that change what a cell means, by their index."""

    formats: dict[int, list[NumberFormat]] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)


class XlsxParts(Parts):
    """Reads the parts of an XLSX file."""

    def __init__(self, path: Path, far: FarCells) -> None:
        """`far` are the cells that are left out of the copy which calamine reads."""
        self.is_unknown = False
        self._path = path
        self._far = far
        with zipfile.ZipFile(path) as parts:
            self.has_1904_dates = bool(DATES_1904.search(parts.read("xl/workbook.xml")))
            self._styles = _styles(parts)

    @override
    def of(self, sheet: str) -> SheetParts:
        """Return what is known of a sheet.

        An error is its own text, `#DIV/0!`; a formula that was never calculated is `=` and the formula.
        """
        found = SheetParts()
        with zipfile.ZipFile(self._path) as parts:
            part = _part_of(parts, sheet)
            if part is None:
                return found
            has_styles = bool(self._styles.formats or self._styles.struck)
            place = (0, -1)
            for piece in _pieces(parts, part):
                if has_styles or FORMULA_TAG.search(piece) or ERROR.search(piece) or b"hidden=" in piece:
                    place = _scan(piece, place, self._styles, found)
                if b"hidden=" in piece:
                    found.hidden_columns |= _hidden_columns(piece)
        for line, cells in self._far.get(part, {}).items():
            found.unread[line].update(cells)
        return found


def _hidden_columns(piece: bytes) -> set[int]:
    """Return the columns that a piece of a sheet hides, counted from 0."""
    found: set[int] = set()
    for tag in COLUMNS.findall(piece):
        first, last = FIRST_COLUMN.search(tag), LAST_COLUMN.search(tag)
        if HIDDEN.search(tag) and first and last:
            found.update(range(int(first[1]) - 1, min(int(last[1]), MAX_HIDDEN)))
    return found


def without_far_cells(path: Path, folder: Path) -> tuple[Path, FarCells]:
    """Return a copy of a workbook without cells far from all others, and these cells.

    Calamine keeps a place in memory for every cell up to the last one. Where no cell is far away, or too
    many are, the workbook itself is returned.
    """
    far: FarCells = {}
    with zipfile.ZipFile(path) as parts:
        limits = {
            name: limit
            for name in parts.namelist()
            if name.startswith("xl/worksheets/") and (limit := _limit(parts, name))
        }
        if not limits:
            return path, far
        copy = folder / "near.xlsx"
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as copied:
            for name in parts.namelist():
                with copied.open(name, "w", force_zip64=True) as to:
                    if name in limits:
                        far[name] = defaultdict(dict)
                        for piece in _pieces(parts, name):
                            to.write(_near(piece, limits[name], far[name]))
                    else:
                        to.write(parts.read(name))
        if sum(len(cells) for lines in far.values() for cells in lines.values()) > MAX_FAR_CELLS:
            return path, {}
        _replace_shared(parts, far)
    return copy, far


def _limit(parts: zipfile.ZipFile, name: str) -> int:
    """Return the last line that is near the rows of a sheet; 0 where no cell is far away."""
    rows = last = 0
    is_wide = False
    for piece in _pieces(parts, name):
        is_wide = is_wide or FAR_COLUMN.search(piece) is not None
        rows += piece.count(b"<row") + piece.count(b":row")
        if numbers := LINE.search(piece, max(piece.rfind(b"<row"), piece.rfind(b":row"), 0)):
            last = max(last, int(numbers[1]))
    limit = MAX_GAP + 4 * rows
    return limit if is_wide or last > limit else 0


def _near(piece: bytes, limit: int, far: dict[int, dict[int, str]]) -> bytes:
    """Return a piece of a sheet without its far cells, and add those that have a value to `far`."""

    def kept(cell: re.Match[bytes]) -> bytes:
        place = PLACE.search(cell[1])
        if place is None:
            return cell[0]
        line, column = int(place[2]), _column_number(place[1])
        if line <= limit and column < MAX_NEAR_COLUMN:
            return cell[0]
        if value := VALUE.search(cell[2] or b""):
            kind = TYPE.search(cell[1])
            text = _decoded(re.sub(rb"<[^>]*>", b"", value[1]))
            # Replaced by its text once all are known.
            far[line][column] = f"{SHARED}{text}" if kind and kind[1] == b"s" else text
        return b""

    return CELL.sub(kept, piece)


def _replace_shared(parts: zipfile.ZipFile, far: FarCells) -> None:
    """Replace the numbers of shared texts by these."""
    numbers = {
        int(text.removeprefix(SHARED))
        for lines in far.values()
        for cells in lines.values()
        for text in cells.values()
        if text.startswith(SHARED)
    }
    if not numbers:
        return
    texts: dict[int, str] = {}
    with parts.open("xl/sharedStrings.xml") as shared:
        number = 0
        for _event, element in ET.iterparse(shared):  # noqa: S314  # bounded process
            if element.tag.rpartition("}")[2] == "si":
                if number in numbers:
                    texts[number] = "".join(element.itertext())
                number += 1
                element.clear()
    for lines in far.values():
        for cells in lines.values():
            for column, text in cells.items():
                if text.startswith(SHARED):
                    cells[column] = texts.get(int(text.removeprefix(SHARED)), "")


def _scan(piece: bytes, place: tuple[int, int], styles: Styles, found: SheetParts) -> tuple[int, int]:
    """Add what a piece of a sheet says; return the line and column in which it ends."""
    line, column = place
    tags = list(TAG.finditer(piece))
    ends = [tag.start() for tag in tags[1:]] + [len(piece)]
    for tag, end in zip(tags, ends[: len(tags)], strict=True):
        attributes = tag[2]
        if tag[1] == b"row":
            number = LINE.search(attributes)
            line, column = int(number[1]) if number else line + 1, -1
            if HIDDEN.search(attributes):
                found.hidden.add(line)
            continue
        # Some programs leave the place out: the cell follows the one before.
        named = PLACE.search(attributes)
        line, column = (int(named[2]), _column_number(named[1])) if named else (line, column + 1)
        if not attributes.endswith(b"/"):
            _scan_cell(attributes, piece[tag.end() : end], (line, column), styles, found)
    return line, column


def _scan_cell(
    attributes: bytes, inside: bytes, place: tuple[int, int], styles: Styles, found: SheetParts
) -> None:
    line, column = place
    kind = TYPE.search(attributes)
    value = VALUE.search(inside)
    if text := _unread_text(kind[1] if kind else b"n", value, inside):
        found.unread[line][column] = text
        return
    style = STYLE.search(attributes)
    if style is None or value is None:
        return
    number = int(style[1])
    if number in styles.struck:
        found.struck.add(line)
    is_number = kind is None or kind[1] == b"n"
    if is_number and (shown := shown_number(float(value[1]), styles.formats.get(number, []))):
        found.shown[line][column] = shown


def _styles(parts: zipfile.ZipFile) -> Styles:
    styles = Styles()
    if "xl/styles.xml" not in parts.namelist():
        return styles
    root = ET.fromstring(parts.read("xl/styles.xml"))  # noqa: S314  # bounded process
    codes = PERCENT_FORMATS | {
        int(element.get("numFmtId", 0)): element.get("formatCode", "")
        for element in _children(root, "numFmts")
    }
    struck_fonts = {
        index
        for index, font in enumerate(_children(root, "fonts"))
        for element in font
        if element.tag.endswith("}strike") and element.get("val", "1") in ("1", "true")
    }
    for index, style in enumerate(_children(root, "cellXfs")):
        if int(style.get("fontId", 0)) in struck_fonts:
            styles.struck.add(index)
        if sections := number_formats(codes.get(int(style.get("numFmtId", 0)), "")):
            styles.formats[index] = sections
    return styles


def _children(root: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements of the part of a style sheet with this name."""
    return [child for element in root if element.tag.rpartition("}")[2] == name for child in element]


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet; None in a file other than XLSX."""
    names = set(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    targets = {
        element.get("Id"): element.get("Target", "")
        for element in ET.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # bounded process
    }
    for element in ET.fromstring(parts.read("xl/workbook.xml")).iter():  # noqa: S314  # the same
        attributes = _local(element.attrib)
        if element.tag.rpartition("}")[2] == "sheet" and attributes.get("name") == sheet:
            part = str(PurePosixPath("/xl") / targets.get(attributes.get("id"), "")).removeprefix("/")
            return part if part in names else None
    return None


def _local(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in attributes.items()}


def _pieces(parts: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet piece by piece, each ending with a whole cell."""
    with parts.open(part) as sheet:
        rest = b""
        while block := sheet.read(BLOCK):
            piece, end, rest = (rest + block).rpartition(b"</c>" if b"</c>" in block else b">")
            yield piece + end
        if rest:
            yield rest


def _unread_text(kind: bytes, value: "re.Match[bytes] | None", inside: bytes) -> str:
    if kind == b"e":
        return _decoded(value[1]) if value else ""
    formula = FORMULA.search(inside)
    # The result of a formula of texts may be an empty text.
    if formula is None or value is not None or kind == b"str":
        return ""
    return f"={_decoded(formula[1] or b'')}"


def _decoded(text: bytes) -> str:
    return unescape(text.decode(errors="replace"))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
