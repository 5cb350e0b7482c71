"""Read workbooks with other libraries."""

import datetime as dt
import io
from decimal import Decimal

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

type Value = str | int | float | bool | dt.datetime | dt.date | Decimal | None


def by_openpyxl(content: bytes, sheet: str) -> list[list[Value]]:
    """Return the cells of a sheet as openpyxl reads them, dates as dates."""
    worksheet = load_workbook(io.BytesIO(content), data_only=True)[sheet]
    # What XML cannot hold it leaves as the file says it.
    return [
        [str(unescape(cell)) if isinstance(cell, str) else _plain(cell) for cell in row]
        for row in worksheet.iter_rows(values_only=True)
    ]


def by_calamine(content: bytes, sheet: str) -> list[list[Value]]:
    """Return the cells of a sheet as calamine reads them; an empty text for an empty cell."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python()
    return [[None if cell == "" else _plain(cell) for cell in row] for row in rows]


def _plain(cell: object) -> Value:
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date()
    assert cell is None or isinstance(cell, (str, int, float, dt.date))
    return cell


def sheet_of(content: bytes, name: str) -> Worksheet:
    """Return a sheet with its formats."""
    return load_workbook(io.BytesIO(content))[name]
