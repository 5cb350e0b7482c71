"""What a person says about a file: which column is what, and what is the same in every row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NotRequired, TypedDict, cast

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.mapping.headings import named_by, with_unit
from imports.models import Creatable
from imports.parsing.dates import require_date_format
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site


@dataclass(frozen=True)
class ValueChange:
    """A value of a column that is to be read as another one."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the columns of a file become the fields of a record. Plain text, so that it can be kept."""

    # Field → heading or formula; an empty text leaves the field out.
    columns: Mapping[str, str] = field(default_factory=dict)
    # Field → the same value in every row.
    constants: Mapping[str, str] = field(default_factory=dict)
    # One of the two says the site.
    site_code: str = ""
    site_column: str = ""
    # The column with the numbers of records that are here already: an export that comes back.
    number_column: str = ""
    value_changes: Sequence[ValueChange] = ()
    # Conditions such as “load_type=TIRES|LITTER”; a row is taken that meets all of them.
    conditions: Sequence[str] = ()
    date_format: str | None = None
    decimal_mark: str | None = None

    def __post_init__(self) -> None:
        require_date_format(self.date_format)
        if self.decimal_mark not in (None, ".", ","):
            raise ImportRefused(_("The decimal mark is a point or a comma."))
        if bool(self.site_code) == bool(self.site_column):
            raise ImportRefused(_("Say either the site of every row or the column that names it."))
        for twice in sorted(self.columns.keys() & self.constants.keys()):
            raise ImportRefused(_("“%(field)s” is given as a column and as a constant.") % {"field": twice})


def columns_of(module: RecordModule[DailyRecord], layout: Layout, headings: Sequence[str]) -> dict[str, str]:
    """Return field → heading or formula: what the person said, and else what the headings say.

    Raises ImportRefused for a field that the module does not have, and where two headings could be one.
    """
    fields = {column.name: column for column in module.sheet_columns}
    for name in (*layout.columns, *layout.constants):
        if name not in fields:
            raise ImportRefused(
                _("%(module)s has no column “%(name)s”. It has: %(fields)s.")
                % {"module": module.label_plural, "name": name, "fields": ", ".join(fields)}
            )
    chosen = {name: text for name, text in layout.columns.items() if text}
    for name, column in fields.items():
        if name not in layout.columns and name not in layout.constants:
            named = named_by(column, headings)
            if len(named) > 1:
                raise ImportRefused(
                    _("%(headings)s could each be “%(label)s”. Say which.")
                    % {"headings": ", ".join(named), "label": column.label},
                    option=f"--column {name}=HEADING",
                )
            if named:
                chosen[name] = named[0]
    _require_all(module, layout, chosen, headings)
    return {name: chosen[name] for name in fields if name in chosen}


@cache
def required_fields(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the fields that every record needs, in the order of a sheet's columns."""
    # A form asks for less than its model where it fills in what is usual.
    fields = module.form({}, site=Site()).fields
    return [column.name for column in module.sheet_columns if fields[column.name].required]


def _require_all(
    module: RecordModule[DailyRecord], layout: Layout, chosen: Mapping[str, str], headings: Sequence[str]
) -> None:
    missing = [
        name for name in required_fields(module) if name not in chosen and name not in layout.constants
    ]
    if missing:
        raise ImportRefused(
            _("Nothing says %(fields)s. Say which column does. There are: %(headings)s.")
            % {
                "fields": ", ".join(missing),
                "headings": ", ".join(filter(None, headings)),
            },
            option=f"--column {missing[0]}=HEADING",
        )


CODE, COLUMN = "code:", "column:"


class FieldAnswer(TypedDict):
    """Where a field comes from: a column with its unit, a formula, or the same value in every row."""

    column: NotRequired[str]
    unit: NotRequired[str]
    formula: NotRequired[str]
    always: NotRequired[str]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers to the questions of the page about the columns."""

    # `code:YARD-NORTH` or `column:HEADING`.
    site: str = ""
    fields: Mapping[str, FieldAnswer] = field(default_factory=dict)
    number_column: str = ""
    date_format: str = ""
    decimal_mark: str = ""
    creating: Sequence[str] = ()
    category: str = ""
    timezone: str = ""

    @classmethod
    def kept(cls, kept: Mapping[str, object]) -> "Answers":
        """Return answers as they were kept."""
        return cls(**kept)  # type: ignore[arg-type]  # what `to_keep` gave

    def to_keep(self) -> dict[str, object]:
        """Return the answers as plain values."""
        return {**vars(self), "fields": dict(self.fields), "creating": list(self.creating)}

    @property
    def site_code(self) -> str:
        return self.site.removeprefix(CODE) if self.site.startswith(CODE) else ""

    @property
    def site_column(self) -> str:
        return self.site.removeprefix(COLUMN) if self.site.startswith(COLUMN) else ""

    @property
    def creatable(self) -> frozenset[Creatable]:
        return frozenset(Creatable(name) for name in self.creating)

    @property
    def columns(self) -> dict[str, str]:
        """Return field → column or formula; empty for what is not in the file."""
        return {name: _source(answer) for name, answer in self.fields.items() if not answer.get("always")}

    @property
    def headings(self) -> list[str]:
        """Return the columns that are spoken of."""
        named = [answer.get("column", "") for answer in self.fields.values()]
        return sorted({*named, self.site_column, self.number_column} - {""})

    def layout(self, changes: Sequence[Sequence[str]] = ()) -> Layout:
        """Return the layout that they say, with values that are read as others. Raises ImportRefused."""
        return Layout(
            columns=self.columns,
            constants={
                name: always for name, answer in self.fields.items() if (always := answer.get("always"))
            },
            site_code=self.site_code,
            site_column=self.site_column,
            number_column=self.number_column,
            value_changes=[ValueChange(column, before, after) for column, before, after in changes],
            date_format=self.date_format or None,
            decimal_mark=self.decimal_mark or None,
        )


def from_formulas(columns: Mapping[str, str]) -> dict[str, FieldAnswer]:
    """Return the answers that headings give by themselves: `[Tons (kg)] kg` is a column with a unit."""
    answers: dict[str, FieldAnswer] = {}
    for name, formula in columns.items():
        column, bracket, unit = formula.removeprefix("[").rpartition("] ")
        is_parted = formula.startswith("[") and bool(bracket)
        answers[name] = {"column": column, "unit": unit} if is_parted else {"column": formula}
    return answers


def _source(answer: FieldAnswer) -> str:
    if formula := answer.get("formula"):
        return formula
    column = answer.get("column", "")
    return with_unit(column, answer.get("unit", "")) if column else ""


def as_texts(value: object) -> list[str]:
    """Return a list of texts that was kept as JSON."""
    return cast("list[str]", value)
