"""What calamine does not say of an XLSX sheet, read from the XML of its parts.

It runs in the process of `workbook_process`, which bounds its memory and time.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from xml.etree import ElementTree as ET

BLOCK = 4 * 1024 * 1024
TAG = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)>")
PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
LINE = re.compile(rb"\br\s*=\s*[\"']([0-9]{1,7})[\"']")
HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
STYLE = re.compile(rb"\bs\s*=\s*[\"']([0-9]{1,6})[\"']")
TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^>]*(?<!/)>(.+?)</(?:\w+:)?(?:v|is)>", re.DOTALL)
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
# The parts of a number format: a text, a condition or colour, digits, a percent sign.
FORMAT = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<brackets>[^\]]*)\]|(?P<digits>[0#?.,]+)'
    r"|(?P<percent>%)|(?P<other>.)",
    re.DOTALL,
)
CONDITION = re.compile(r"(?P<operator><=|>=|<>|=|<|>)(?P<bound>-?[0-9]+(?:\.[0-9]+)?)")
SCALING = re.compile(r",+(?=\.|$)")
# Built in: 0 % and 0.00 %.
PERCENT_FORMATS = {9: "0%", 10: "0.00%"}
DATE_LETTERS = frozenset("ymdhsYMDHS")


class NumberFormat(NamedTuple):
    """How one section of a number format shows a number: scaled, and with a unit."""

    condition: tuple[str, Decimal] | None
    unit: str
    # The shown number is the stored one times this.
    scale: Decimal

    @property
    def is_plain(self) -> bool:
        return not self.unit and self.scale == 1


@dataclass
class Styles:
    """The styles of a workbook that change what a cell means, by their index."""

    formats: dict[int, list[NumberFormat]] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)


@dataclass
class SheetParts:
    """What is known of a sheet's cells and rows besides their values."""

    # Line → column from 0 → text of a cell in which calamine sees nothing.
    unread: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    # Line → column from 0 → the number as it is shown, with its unit.
    shown: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    hidden: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)


class XlsxParts:
    """Reads the parts of an XLSX file; finds nothing in other files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._styles: Styles | None = None

    def of(self, sheet: str) -> SheetParts:
        """Return what is known of a sheet.

        An error is its own text, `#DIV/0!`; a formula that was never calculated is `=` and the formula.
        """
        found = SheetParts()
        if not zipfile.is_zipfile(self._path):
            return found
        with zipfile.ZipFile(self._path) as parts:
            part = _part_of(parts, sheet)
            if part is None:
                return found
            if self._styles is None:
                self._styles = _styles(parts)
            line = 0
            for piece in _pieces(parts, part, has_styles=bool(self._styles.formats or self._styles.struck)):
                line = _scan(piece, line, self._styles, found)
        return found


def _scan(piece: bytes, line: int, styles: Styles, found: SheetParts) -> int:
    """Add what a piece of a sheet says; return the line in which it ends."""
    tags = list(TAG.finditer(piece))
    ends = [tag.start() for tag in tags[1:]] + [len(piece)]
    for tag, end in zip(tags, ends[: len(tags)], strict=True):
        attributes = tag[2]
        if tag[1] == b"row":
            number = LINE.search(attributes)
            line = int(number[1]) if number else line + 1
            if HIDDEN.search(attributes):
                found.hidden.add(line)
            continue
        place = PLACE.search(attributes)
        if place is None or attributes.endswith(b"/"):
            continue
        line = int(place[2])
        _scan_cell(
            attributes,
            piece[tag.end() : end],
            (line, _column_number(place[1])),
            styles,
            found,
        )
    return line


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
    if is_number and (shown := _shown(float(value[1]), styles.formats.get(number, []))):
        found.shown[line][column] = shown


def _shown(value: float, sections: list[NumberFormat]) -> str:
    """Return a number as a format with a unit, a percent sign or a scale shows it; empty for others."""
    if not sections:
        return ""
    number = Decimal(repr(value))
    section = _section_for(number, sections)
    if section.is_plain:
        return ""
    text = format((number * section.scale).normalize(), "f")
    if section.unit == "%":
        return f"{text}%"
    # Only the scale: nobody can tell whether the number that is shown or the one that is stored is meant.
    return f"{text} {section.unit}" if section.unit else f"{text} (×{format(1 / section.scale, 'f')})"


def _section_for(number: Decimal, sections: list[NumberFormat]) -> NumberFormat:
    for section in sections:
        if section.condition is not None and _meets(number, *section.condition):
            return section
    if any(section.condition is not None for section in sections):
        return next((section for section in sections if section.condition is None), sections[-1])
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def _meets(number: Decimal, operator: str, bound: Decimal) -> bool:
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }[operator]


def number_formats(code: str) -> list[NumberFormat]:
    """Return the sections of a number format; none for one that shows plain numbers or dates."""
    sections = [_number_format(section) for section in _sections(code)]
    numbers = [section for section in sections[:3] if section is not None]
    if len(numbers) < len(sections[:3]) or all(section.is_plain for section in numbers):
        return []
    return numbers


def _sections(code: str) -> list[str]:
    sections = [""]
    for found in FORMAT.finditer(code):
        if found["other"] == ";":
            sections.append("")
        else:
            sections[-1] += found[0]
    return sections


def _number_format(section: str) -> NumberFormat | None:
    """Return what a section does to a number; None for the format of a date or a duration."""
    unit, scale, condition = "", Decimal(1), None
    for found in FORMAT.finditer(section):
        if found["brackets"] is not None:
            if bound := CONDITION.fullmatch(found["brackets"]):
                condition = (bound["operator"], Decimal(bound["bound"]))
            elif found["brackets"].casefold() in ("h", "hh", "m", "mm", "s", "ss"):
                return None
        elif found["other"] in DATE_LETTERS and not section.startswith("General"):
            return None
        elif found["digits"] and (commas := SCALING.search(found["digits"].lstrip(","))):
            scale /= 1000 ** len(commas[0])
        elif found["percent"]:
            unit, scale = "%", scale * 100
        else:
            unit += found["quoted"] or found["escaped"] or ""
    unit = unit.strip()
    return NumberFormat(condition, unit if any(map(str.isalpha, unit)) or unit == "%" else "", scale)


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


def _pieces(parts: zipfile.ZipFile, part: str, *, has_styles: bool) -> Iterator[bytes]:
    """Yield a sheet piece by piece, each ending with a whole cell, without those of no interest."""
    with parts.open(part) as sheet:
        rest = b""
        while block := sheet.read(BLOCK):
            piece, end, rest = (rest + block).rpartition(b"</c>" if b"</c>" in block else b">")
            if has_styles or b"<f" in piece or b":f" in piece or ERROR.search(piece) or b"hidden=" in piece:
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
