"""CSV that PostgreSQL writes by itself: COPY sends lines, and Python only passes them on.

The bytes are those that `csv_files.made_blocks` makes, for which the texts are made by the same rules in SQL.
"""

from collections.abc import Iterator
from itertools import batched

from django.db.models import F, Func, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from exports.columns import Cell, SheetColumn
from exports.reading import statement_of
from exports.sources import EnteredRows
from records.harmless import BEGINNINGS
from sites.models import User

LINES_AT_ONCE = 5000


CODES = ", ".join(str(ord(beginning)) for beginning in BEGINNINGS)
# `records.harmless.harmless` as SQL; an empty text is no text.
HARMLESS = (
    f"CASE WHEN ascii(ltrim(%(expressions)s, '''')) IN ({CODES})"
    " THEN '''' || %(expressions)s ELSE NULLIF(%(expressions)s, '') END"
)
UTC = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


def text_of(column: SheetColumn) -> Combinable:
    """Return the text of a column as the database makes it."""
    assert column.source is not None
    match column.cell:
        case Cell.NAME if column.points_to is User:
            name = _made("NULLIF(%(expressions)s, '')", F(f"{column.name}__name"))
            return _made(HARMLESS, Coalesce(name, F(f"{column.name}__email")))
        case Cell.NAME:
            return _made(HARMLESS, F(f"{column.name}__code"))
        case Cell.TEXT:
            return _made(HARMLESS, column.source)
        case Cell.CHOICE:
            return _made("NULLIF(%(expressions)s, '')", column.source)
        case Cell.TONS:
            return _made("(%(expressions)s * 0.001)", column.source)
        case Cell.HOURS:
            return _made("(%(expressions)s * 0.01)", column.source)
        case Cell.MOMENT:
            return _made(UTC, column.source)
        case Cell.FLAG:
            return _made("CASE WHEN %(expressions)s THEN 'true' ELSE 'false' END", column.source)
        case _:
            return column.source


def _made(template: str, of: Combinable) -> Combinable:
    return Func(of, template=template, output_field=TextField())


def copied_blocks(source: EnteredRows) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of the file as PostgreSQL writes it, each with the number of its rows."""
    texts = [text_of(column) for column in source.columns]
    with source.reading.cursor() as cursor:
        # Dates are written as the connection is told to, which is the server's to choose.
        cursor.execute("SET LOCAL datestyle TO ISO")
        for site in source.sites:
            statement = statement_of(source.reading, source.asked(site, texts))
            if statement is None:
                continue
            sql, values = statement
            with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", values) as lines:
                for rows in batched(lines, LINES_AT_ONCE, strict=False):
                    yield _with_line_ends(rows), len(rows)


def _with_line_ends(lines: tuple[bytes, ...]) -> bytes:
    """Return lines, of which the server sends one at a time, with the ends that RFC 4180 asks for."""
    block = b"".join(lines)
    if block.count(b"\n") == len(lines):
        return block.replace(b"\n", b"\r\n")
    # Some cell has lines of its own, which stay as they are.
    return b"".join(bytes(line[:-1]) + b"\r\n" for line in lines)
