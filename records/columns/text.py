"""Text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from core.csv_injection import BEGINNINGS, harmless
from records.columns.base import CellContext, CellError, CellParser, Column, Raw, sql_text

if TYPE_CHECKING:
    from sites.models import Site

CODES = ", ".join(str(ord(beginning)) for beginning in BEGINNINGS)
# `core.csv_injection.harmless` as SQL; an empty text becomes NULL. SQLite takes longer to test each text than
# Python takes to test whole blocks of the file.
HARMLESS: Mapping[str, str] = {
    "postgresql": (
        f"CASE WHEN ascii(ltrim(%(expressions)s, '''')) IN ({CODES})"
        " THEN '''' || %(expressions)s ELSE NULLIF(%(expressions)s, '') END"
    ),
    "sqlite": "(%(expressions)s)",
}
# Control characters other than line ends, which no line of text can hold.
NO_CONTROLS = dict.fromkeys([*range(32), 127], " ") | {ord("\n"): "\n"}


@dataclass(frozen=True, kw_only=True)
class TextColumn(Column):
    """Text as somebody typed it."""

    is_free_text: ClassVar[bool] = True

    @override
    def format(self, value: object) -> str:
        return "" if value is None else str(value)

    @override
    def from_json(self, value: object) -> object:
        if not isinstance(value, str):
            raise CellError(_("This must be a text."))
        return value

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        del parser, site
        return text.strip()

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return [str(cell or "") for cell in cells]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> Iterable[Raw]:
        del context
        return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        return sql_text(HARMLESS[vendor], self.expression)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return ["" if cell is None else printable(str(cell)) for cell in cells]


def printable(text: str) -> str:
    """Return a text with spaces in place of control characters."""
    return text if text.isprintable() else text.translate(NO_CONTROLS)
