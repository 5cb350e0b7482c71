"""What is around the rows of an XLSX workbook: its sheets, its formats, the texts that cells share."""

import os
import tempfile
import zipfile
from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from imports.readers.sheet_rows import LocalNames, SheetRows, new_parser, parse, unescaped

WORKBOOK = "xl/workbook.xml"
MOST_KEPT = 4096

type Element = tuple[str, Mapping[str, str]]


class Book:
    """An open workbook. Raises KeyError, ValueError or expat.error for one that is not as it should be."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._texts: SharedTexts | None = None
        targets = {
            attributes["Id"]: attributes["Target"]
            for name, attributes in self._elements("xl/_rels/workbook.xml.rels")
            if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet")
        }
        # The part of each sheet, and whether people see it.
        self._parts: dict[str, str] = {}
        self.hidden: set[str] = set()
        self._is_1904 = False
        for name, attributes in self._elements(WORKBOOK):
            if name == "sheet" and attributes.get("id", "") in targets:
                self._parts[attributes["name"]] = _part(targets[attributes["id"]])
                if attributes.get("state", "visible") != "visible":
                    self.hidden.add(attributes["name"])
            elif name == "workbookPr":
                self._is_1904 = attributes.get("date1904") in ("1", "true")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._texts is not None:
            self._texts.close()

    @property
    def sheets(self) -> list[str]:
        """Return the names of the sheets, in their order."""
        return list(self._parts)

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines of a sheet that have cells, with their numbers."""
        if self._texts is None:
            self._texts = SharedTexts(self._packed)
        with self._packed.open(self._parts[sheet]) as part:
            yield from SheetRows(part, texts=self._texts, dates=self._dates(), is_1904=self._is_1904)

    def _dates(self) -> frozenset[int]:
        """Return the numbers of the cell formats that show a number as a date or time."""
        if "xl/styles.xml" not in self._packed.namelist():
            return frozenset()
        codes: dict[int, str] = dict(BUILTIN_FORMATS)
        formats: list[int] = []
        is_of_cells = False
        for name, attributes in self._elements("xl/styles.xml"):
            if name == "numFmt":
                codes[int(attributes["numFmtId"])] = attributes["formatCode"]
            elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                is_of_cells = name == "cellXfs"
            elif name == "xf" and is_of_cells:
                formats.append(int(attributes.get("numFmtId", 0)))
        return frozenset(
            number for number, code in enumerate(formats) if is_date_format(codes.get(code, "General"))
        )

    def _elements(self, name: str) -> list[Element]:
        """Return the elements of a small part, without their namespaces."""
        found: list[Element] = []
        names = LocalNames()

        def start(element: str, attributes: Mapping[str, str]) -> None:
            found.append((names[element], {names[key]: value for key, value in attributes.items()}))

        parser = new_parser()
        parser.StartElementHandler = start
        with self._packed.open(name) as part:
            for _pause in parse(part, parser):
                pass
        return found


class SharedTexts:
    """The texts that cells share, kept in a file: they may be as long as the sheet."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._file = tempfile.TemporaryFile(prefix="texts-")  # noqa: SIM115  # closed with the workbook
        self._ends = array("Q", [0])
        # Of this object, and gone with it.
        self._read = lru_cache(maxsize=MOST_KEPT)(self._at)
        if "xl/sharedStrings.xml" in packed.namelist():
            with packed.open("xl/sharedStrings.xml") as part:
                for _pause in parse(part, self._parser()):
                    pass
        self._file.flush()

    def __getitem__(self, number: int) -> str:
        return self._read(number)

    def close(self) -> None:
        self._file.close()

    def _at(self, number: int) -> str:
        begin, end = self._ends[number], self._ends[number + 1]
        return os.pread(self._file.fileno(), end - begin, begin).decode()

    def _parser(self) -> expat.XMLParserType:
        names = LocalNames()
        said: list[str] = []
        # How deep within what is said, and within how it is pronounced.
        depth = {"t": 0, "rPh": 0}

        def start(element: str, _attributes: Mapping[str, str]) -> None:
            name = names[element]
            if name == "si":
                said.clear()
            elif name in depth:
                depth[name] += 1

        def say(text: str) -> None:
            if depth["t"] and not depth["rPh"]:
                said.append(text)

        def end(element: str) -> None:
            name = names[element]
            if name == "si":
                self._file.write(unescaped("".join(said)).encode(errors="replace"))
                self._ends.append(self._file.tell())
            elif name in depth:
                depth[name] -= 1

        parser = new_parser()
        parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, say, end
        return parser


def _part(target: str) -> str:
    """Return the name of a part within the file from how the workbook's relations call it."""
    path = PurePosixPath("/xl") / target
    return str(path).removeprefix("/")
