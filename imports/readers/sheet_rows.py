"""The rows of an XLSX sheet, one after the other: memory does not grow with their number."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import IO, Protocol
from xml.parsers import expat

from django.utils.translation import gettext as _

from imports.errors import ImportRefused

BLOCK = 64 * 1024
# What a text of a workbook writes instead of a character that XML cannot hold.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
COLUMN = re.compile(r"[A-Z]{1,3}")
# Excel's day 0, and that of workbooks made on an old Macintosh.
EPOCH, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001  # clocks of nowhere
# Excel knows a 29 February 1900, so its days before are one off.
FIRST_TRUE_DAY = 61
MOST_DAYS = 2_958_465


class Texts(Protocol):
    """The texts that cells share, by their number."""

    def __getitem__(self, number: int) -> str: ...


def parse(part: IO[bytes], parser: expat.XMLParserType) -> Iterator[None]:
    """Feed a part of a workbook to a parser, pausing after each block.

    Raises ImportRefused for what declares entities of its own: no workbook needs to, and a bomb does.
    """
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declarations
    while block := part.read(BLOCK):
        parser.Parse(block, False)  # noqa: FBT003  # the parser's own signature
        yield
    parser.Parse(b"", True)  # noqa: FBT003  # the same


def new_parser() -> expat.XMLParserType:
    return expat.ParserCreate(namespace_separator=" ")


def _refuse_declarations(*_declared: object) -> None:
    raise ImportRefused(_("The workbook declares entities, as none needs to: it is not read."))


class LocalNames(dict[str, str]):
    """Names of elements without their namespace, of which there are two in use."""

    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(" ")[2]
        return local


class SheetRows:
    """Reads the cells of a sheet as texts that say exactly what the sheet says."""

    def __init__(self, part: IO[bytes], *, texts: Texts, dates: frozenset[int], is_1904: bool) -> None:
        """`dates` are the numbers of the formats that show a number as a date or time."""
        self._part = part
        self._texts = texts
        self._dates = dates
        self._epoch = EPOCH_1904 if is_1904 else EPOCH
        self._names = LocalNames()
        self._rows: list[tuple[int, list[str]]] = []
        self._line = 0
        self._cells: list[str] = []
        self._place = 0
        self._type = ""
        self._format = 0
        self._said: list[str] = []
        self._is_said = self._is_phonetic = False

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of each line that has cells, and these."""
        parser = new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        for _pause in parse(self._part, parser):
            yield from self._rows
            self._rows.clear()
        yield from self._rows

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        match self._names[name]:
            case "c":
                self._begin_cell(attributes)
            case "v" | "t":
                self._is_said = not self._is_phonetic
            case "row":
                self._line = int(attributes.get("r", self._line + 1))
                self._cells = []
            case "rPh":
                self._is_phonetic = True

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        place = attributes.get("r")
        self._place = column_number(place) if place else len(self._cells)
        self._type = attributes.get("t", "n")
        self._format = int(attributes.get("s", 0))
        self._said = []

    def _say(self, text: str) -> None:
        if self._is_said:
            self._said.append(text)

    def _end(self, name: str) -> None:
        match self._names[name]:
            case "v" | "t":
                self._is_said = False
            case "c":
                cells = self._cells
                while len(cells) < self._place:
                    cells.append("")
                cells.append(self._text("".join(self._said)))
            case "row":
                self._rows.append((self._line, self._cells))
            case "rPh":
                self._is_phonetic = False

    def _text(self, said: str) -> str:
        if not said:
            return ""
        match self._type:
            case "s":
                return self._texts[int(said)]
            case "b":
                return "TRUE" if said.strip() in ("1", "true") else "FALSE"
            case "n":
                is_date = self._format in self._dates
                return date_text(said, self._epoch) if is_date else number_text(said)
            case "d":
                return said.strip().replace("T", " ").removesuffix(" 00:00:00")
            case _:
                return unescaped(said)


@lru_cache(maxsize=1024)
def column_number(place: str) -> int:
    """Return the column of a place such as `AB12`, counted from 0."""
    found = COLUMN.match(place)
    number = 0
    for letter in found[0] if found else "A":
        number = number * 26 + ord(letter) - 64
    return number - 1


@lru_cache(maxsize=8192)
def number_text(said: str) -> str:
    """Return a number as it was typed: it is kept as a float, whose shortest writing that is."""
    said = said.strip()
    if said.isdigit() and len(said) < 16:
        return said
    return format(Decimal(repr(float(said))).normalize(), "f")


@lru_cache(maxsize=8192)
def date_text(said: str, epoch: dt.datetime) -> str:
    """Return a number of days as a date; with its time where it has one; as a time where it has no day."""
    days = float(said)
    if not 0 <= days <= MOST_DAYS:
        return number_text(said)
    if epoch == EPOCH and 1 <= days < FIRST_TRUE_DAY:
        days += 1
    # Excel's own precision.
    moment = epoch + dt.timedelta(milliseconds=round(days * 86_400_000))
    if days < 1:
        return str(moment.time())
    return str(moment) if moment.time() != dt.time() else str(moment.date())


def unescaped(text: str) -> str:
    """Return a text with the characters that stand in it as `_x0041_`."""
    return ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    # No database keeps a NUL, and half a pair of surrogates is no character.
    return UNREADABLE if code == 0 or 0xD800 <= code < 0xE000 else chr(code)
