"""A row of master data, a site or a person, by its id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

from django.db import models
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.csv_injection import harmless
from records.columns.base import (
    CellContext,
    CellError,
    CellParser,
    Column,
    JsonSchema,
    JsonValue,
    Raw,
    camel,
    sql_text,
)
from records.columns.text import HARMLESS, printable

if TYPE_CHECKING:
    from sites.models import Site


@dataclass(frozen=True, kw_only=True)
class ReferenceColumn(Column):
    """A row with a code and a name: people read the name, programs the id or the code."""

    model: type[models.Model]
    # In JSON it is its code under its own name, not its id: `operation`, where another is `materialId`.
    is_code_in_json: bool = False

    is_free_text: ClassVar[bool] = True

    @override
    def format(self, value: object) -> str:
        return "" if value is None else str(value)

    @property
    @override
    def json_key(self) -> str:
        return camel(self.name if self.is_code_in_json else f"{self.name}_id")

    @property
    @override
    def json_source(self) -> str:
        return f"{self.name}__code" if self.is_code_in_json else f"{self.name}_id"

    @override
    def to_json(self, value: object) -> JsonValue:
        return value if isinstance(value, (int, str)) else None

    @override
    def from_json(self, value: object) -> object:
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return str(value)
        raise CellError(_("This must be an id or a code."))

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "string" if self.is_code_in_json else "integer"}

    @property
    @override
    def json_input_schema(self) -> JsonSchema:
        return {"type": ["integer", "string"]}

    @property
    @override
    def json_input_help(self) -> str:
        return _("Its id or its code.")

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        text = text.strip()
        return parser.reference(self, text, site) if text else ""

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        labels = {key: name.label for key, name in context.names.items()}
        return [labels.get(cell, "") for cell in cells]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> list[Raw]:
        codes: dict[Raw, Raw] = {key: harmless(name.code) for key, name in context.names.items()}
        return [codes.get(cell) for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        return sql_text(HARMLESS[vendor], self._code)

    @property
    def _code(self) -> Combinable:
        return F(f"{self.name}__code")

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        labels = {key: printable(name.label) for key, name in context.names.items()}
        return [labels.get(cell, "") for cell in cells]


@dataclass(frozen=True, kw_only=True)
class PersonColumn(ReferenceColumn):
    """A user: the name, or the e-mail address of a user without a name."""

    @property
    @override
    def _code(self) -> Combinable:
        return Coalesce(
            sql_text("NULLIF(%(expressions)s, '')", F(f"{self.name}__name")), F(f"{self.name}__email")
        )
