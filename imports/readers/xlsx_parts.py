"""What calamine does not say of an XLSX sheet, read from the XML of its parts.

It runs in the process of `workbook_process`, which bounds its memory and time.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

BLOCK = 4 * 1024 * 1024
CELL = re.compile(rb"<(?:\w+:)?c\s")
PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
# A formula whose result is a text, which may be empty.
TEXT_RESULT = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^>]*(?<!/)>(.+?)</(?:\w+:)?(?:v|is)>", re.DOTALL)
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)


def unread_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """Return line → column from 0 → text of the cells in which calamine sees nothing.

    An error is its own text, `#DIV/0!`; a formula that was never calculated is `=` and the formula. Files
    other than XLSX have none.
    """
    found: dict[int, dict[int, str]] = defaultdict(dict)
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as parts:
        part = _part_of(parts, sheet)
        if part is None:
            return found
        for piece in _pieces(parts, part):
            for cell in CELL.split(piece)[1:]:
                attributes, _bracket, inside = cell.partition(b">")
                place = PLACE.search(attributes)
                if place is not None and (text := _unread_text(attributes, inside)):
                    found[int(place[2])][_column_number(place[1])] = text
    return found


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
    """Yield a sheet piece by piece, each ending with a whole cell, without those of no interest."""
    with parts.open(part) as sheet:
        rest = b""
        while block := sheet.read(BLOCK):
            piece, end, rest = (rest + block).rpartition(b"</c>" if b"</c>" in block else b">")
            if b"<f" in piece or b":f" in piece or ERROR.search(piece):
                yield piece + end
        if rest:
            yield rest


def _unread_text(attributes: bytes, inside: bytes) -> str:
    value = VALUE.search(inside)
    if ERROR.search(attributes):
        return _decoded(value[1]) if value else ""
    formula = FORMULA.search(inside)
    if formula is None or value is not None or TEXT_RESULT.search(attributes):
        return ""
    return f"={_decoded(formula[1] or b'')}"


def _decoded(text: bytes) -> str:
    return unescape(text.decode(errors="replace"))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
