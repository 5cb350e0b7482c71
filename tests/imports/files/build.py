"""One file of the corpus, and how a text or a workbook is built in a line."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

HEADINGS = ("date", "material", "tons")
DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
LOADS = ((DAY, "DEBRIS", 12.5), (NEXT, "DEBRIS", 9.25), (NEXT, "AGGREGATE", 7))
LONG_TABLE = [*HEADINGS], *((DAY, "DEBRIS", "12") for _row in range(60))


@dataclass(frozen=True)
class File:
    """A file, and what has to become of it."""

    name: str
    content: bytes
    # The tons of the records, in the order of dates and lines, once the questions are answered.
    tons: Sequence[str] = ()
    # What is asked: a part of the page. Empty: nothing is asked.
    asks: str = ""
    # The answers, by the names of the page's inputs.
    answers: Mapping[str, object] = field(default_factory=dict)
    # The dates of the records, where they matter.
    dates: Sequence[str] = ()
    # A part of the preview's page: what is said of rows that are left out or rejected.
    says: str = ""
    # A part of the sentence with which the file is refused at once.
    refused: str = ""
    # How many rows are rejected.
    rejected: int = 0


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    """Return lines as a text."""
    return ("\n".join(lines) + "\n").encode(encoding)


def table(*rows: Sequence[object], delimiter: str = ",") -> bytes:
    """Return rows as CSV."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode()


def one(tons: str, *, heading: str = "tons", day: str = "2026-03-02", delimiter: str = ",") -> bytes:
    """Return a CSV file of one load."""
    return table(("date", "material", heading), (day, "DEBRIS", tons), delimiter=delimiter)


def book(*rows: Sequence[object], change: Callable[[Worksheet], None] = lambda _sheet: None) -> bytes:
    """Return a workbook of one sheet."""
    return books({"Loads": rows}, change=change)


def books(
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    change: Callable[[Worksheet], None] = lambda _sheet: None,
) -> bytes:
    """Return a workbook; `change` is called with its first sheet."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    change(workbook.worksheets[0])
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def formatted(number_format: str, tons: float, *, heading: str = "Net") -> bytes:
    """Return a workbook of one load whose weight has a number format."""

    def change(sheet: Worksheet) -> None:
        sheet["C2"].number_format = number_format

    return book(("date", "material", heading), (DAY, "DEBRIS", tons), change=change)
