"""Columns of choices: codes, flags, references to master data, people; and the column of a model's field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, override

from django.db import models
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.csv_injection import harmless
from core.db.fields import HoursField, LitresField, PercentField, ReadingField, TonsField
from records.columns.base import (
    HARMLESS,
    CellContext,
    CellError,
    CellParser,
    Column,
    JsonSchema,
    JsonValue,
    Raw,
    TextColumn,
    camel,
    printable,
    sql_text,
)
from records.columns.dates import DateColumn, MomentColumn, TimeColumn
from records.columns.numbers import (
    CountColumn,
    HoursColumn,
    LitresColumn,
    NumberColumn,
    PercentColumn,
    ReadingColumn,
    TonsColumn,
)
from sites.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

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


# Subclasses come before the classes they are made of.
COLUMN_OF_FIELD: tuple[tuple[type[models.Field[object, object]], type[Column]], ...] = (
    (TonsField, TonsColumn),
    (HoursField, HoursColumn),
    (PercentField, PercentColumn),
    (LitresField, LitresColumn),
    (ReadingField, ReadingColumn),
    (models.DecimalField, NumberColumn),
    (models.BooleanField, FlagColumn),
    (models.IntegerField, CountColumn),
    (models.DateTimeField, MomentColumn),
    (models.DateField, DateColumn),
    (models.TimeField, TimeColumn),
)


def column_of_field(
    field: "models.Field[object, object]", *, label: "Text" = "", unit: "Text" = ""
) -> Column:
    """Return the column of a field of any model, labelled as the field is unless a label is given."""
    name, label = field.name, label or field.verbose_name
    if isinstance(field, models.ForeignKey):
        assert isinstance(field.related_model, type)
        kind = PersonColumn if field.related_model is User else ReferenceColumn
        return kind(name=name, label=label, model=field.related_model)
    if field.flatchoices:
        choices = {str(value): words for value, words in field.flatchoices}
        return ChoiceColumn(name=name, label=label, choices=choices)
    for field_type, column_type in COLUMN_OF_FIELD:
        if isinstance(field, field_type):
            return column_type(name=name, label=label, unit=unit)
    return TextColumn(name=name, label=label, unit=unit)
