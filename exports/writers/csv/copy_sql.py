"""Cells as the database itself makes them into texts, which is quicker than Python: for CSV.

The bytes are those that `csv_files.made_blocks` makes, for which the texts are made by the same rules in SQL.
PostgreSQL sends whole lines (COPY), and Python only passes them on.
"""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from core.csv_injection import BEGINNINGS
from exports.datasets.columns import Cell, SheetColumn
from exports.datasets.rows import EnteredRows
from exports.datasets.snapshot import statement_of
from sites.models import User

LINES_AT_ONCE = 5000
CODES = ", ".join(str(ord(beginning)) for beginning in BEGINNINGS)
# `core.csv_injection.harmless` as SQL; an empty text is no text.
HARMLESS = (
    f"CASE WHEN ascii(ltrim(%(expressions)s, '''')) IN ({CODES})"
    " THEN '''' || %(expressions)s ELSE NULLIF(%(expressions)s, '') END"
)


def _decimal(scale: int, places: int) -> str:
    # The sign is doubled for the expression's template, and again for the statement's values.
    shown = f"printf('%%%%.{places}f', %(expressions)s / {scale}.0)"
    return f"CASE WHEN %(expressions)s IS NULL THEN NULL ELSE {shown} END"


class Dialect(NamedTuple):
    """How a database says a cell as a text; each is a template for one expression."""

    # Of what a person typed.
    typed: str
    choice: str
    tons: str
    hours: str
    moment: str


POSTGRES = Dialect(
    typed=HARMLESS,
    choice="NULLIF(%(expressions)s, '')",
    tons="(%(expressions)s * 0.001)",
    hours="(%(expressions)s * 0.01)",
    moment="to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
)
SQLITE = Dialect(
    # To look at each text takes SQLite longer than it takes Python to look at the file.
    typed="(%(expressions)s)",
    choice="(%(expressions)s)",
    tons=_decimal(1000, 3),
    hours=_decimal(100, 2),
    moment="(substr(%(expressions)s, 1, 10) || 'T' || substr(%(expressions)s, 12, 8) || 'Z')",
)


def texts_of(reading: BaseDatabaseWrapper, columns: Sequence[SheetColumn]) -> list[Combinable]:
    """Return the texts of columns as this database makes them; SQLite leaves what was typed as it is."""
    dialect = POSTGRES if reading.vendor == "postgresql" else SQLITE
    return [_text_of(column, dialect) for column in columns]


def _text_of(column: SheetColumn, dialect: Dialect) -> Combinable:
    assert column.source is not None
    match column.cell:
        case Cell.NAME if column.points_to is User:
            name = _made("NULLIF(%(expressions)s, '')", F(f"{column.name}__name"))
            return _made(dialect.typed, Coalesce(name, F(f"{column.name}__email")))
        case Cell.NAME:
            return _made(dialect.typed, F(f"{column.name}__code"))
        case Cell.TEXT:
            return _made(dialect.typed, column.source)
        case Cell.CHOICE:
            return _made(dialect.choice, column.source)
        case Cell.TONS:
            return _made(dialect.tons, column.source)
        case Cell.HOURS:
            return _made(dialect.hours, column.source)
        case Cell.MOMENT:
            return _made(dialect.moment, column.source)
        case Cell.FLAG:
            return _made("CASE WHEN %(expressions)s THEN 'true' ELSE 'false' END", column.source)
        case _:
            return column.source


def _made(template: str, of: Combinable) -> Combinable:
    return Func(of, template=template, output_field=TextField())


def copied_blocks(source: EnteredRows) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of the file as PostgreSQL writes it, each with the number of its rows."""
    texts = texts_of(source.reading, source.columns)
    with source.reading.cursor() as cursor:
        # Dates are written as the connection is told to, which is the server's to choose.
        cursor.execute("SET LOCAL datestyle TO ISO")
        for site in source.sites:
            statement = statement_of(source.reading, source.asked(site, texts))
            if statement is None:
                continue
            sql, values = statement
            with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", values) as lines:
                for rows in batched(lines, LINES_AT_ONCE):
                    yield _with_line_ends(rows), len(rows)


def _with_line_ends(lines: tuple[bytes, ...]) -> bytes:
    """Return lines, of which the server sends one at a time, with the ends that RFC 4180 asks for."""
    block = b"".join(lines)
    if block.count(b"\n") == len(lines):
        return block.replace(b"\n", b"\r\n")
    # Some cell has lines of its own, which stay as they are.
    return b"".join(bytes(line[:-1]) + b"\r\n" for line in lines)
