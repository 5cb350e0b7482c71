"""One of a fixed set of values, and yes or no."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, override

from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from records.columns.base import (
    CellContext,
    CellError,
    CellParser,
    Column,
    JsonSchema,
    JsonValue,
    Raw,
    sql_text,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

    from sites.models import Site


@dataclass(frozen=True, kw_only=True)
class ChoiceColumn(Column):
    """One of a fixed set of values, each with its label; in JSON a value is its code in capitals."""

    choices: Mapping[str, "Text"] = field(hash=False)

    css_name: ClassVar[str] = "choice"
    css_class: ClassVar[str] = "nowrap"
    xlsx_width: ClassVar[int] = 15

    @override
    def format(self, value: object) -> str:
        if value is None:
            return ""
        return str(self.choices.get(str(value), value))

    @property
    def codes(self) -> dict[str, str]:
        """Return the codes of JSON, each with the stored value; the empty value is null and has none."""
        return {value.upper(): value for value in self.choices if value}

    @override
    def to_json(self, value: object) -> JsonValue:
        return str(value).upper() if value in self.choices and value else None

    @override
    def from_json(self, value: object) -> object:
        codes = self.codes
        if not isinstance(value, str) or value not in codes:
            raise CellError(
                _("This must be one of %(codes)s.") % {"codes": ", ".join(codes)}, "invalid_choice"
            )
        return codes[value]

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "string", "enum": list(self.codes)}

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        del parser, site
        wanted = _plain(text)
        for value, label in self.choices.items():
            if wanted in (_plain(str(label)), _plain(value)):
                return value
        if not wanted:
            return ""
        labels = ", ".join(map(str, self.choices.values()))
        raise CellError(
            _("“%(text)s” is not one of: %(labels)s.") % {"text": text.strip()[:50], "labels": labels}
        )

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        labels: dict[Raw, str] = {value: str(label) for value, label in self.choices.items()}
        return [labels.get(cell, "") for cell in cells]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> Iterable[Raw]:
        del context
        return cells

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        template = "NULLIF(%(expressions)s, '')" if vendor == "postgresql" else "(%(expressions)s)"
        return sql_text(template, self.expression)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        return self.xlsx_values(cells, context)


@dataclass(frozen=True, kw_only=True)
class FlagColumn(Column):
    """Yes or no."""

    xlsx_format: ClassVar[str] = "General"
    xlsx_width: ClassVar[int] = 10
    json_type: ClassVar[type] = bool

    @override
    def format(self, value: object) -> str:
        return _("yes") if value else ""

    @override
    def to_json(self, value: object) -> JsonValue:
        return None if value is None else bool(value)

    @override
    def from_json(self, value: object) -> object:
        if not isinstance(value, bool):
            raise CellError(_("This must be true or false."))
        return value

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        del parser, site
        wanted = _plain(text)
        if wanted in ("", "0", "no", "false", _plain(_("no"))):
            return False
        if wanted in ("1", "yes", "true", _plain(_("yes"))):
            return True
        raise CellError(_("“%(text)s” is neither yes nor no.") % {"text": text.strip()[:50]})

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[bool]:
        del context
        return [bool(cell) for cell in cells]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return ["true" if cell else "false" for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        del vendor
        return sql_text("CASE WHEN %(expressions)s THEN 'true' ELSE 'false' END", self.expression)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return [self.format(cell) for cell in cells]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
