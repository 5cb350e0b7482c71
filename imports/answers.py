"""What a person says about the columns of a file, as it is kept with the file and under a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict, cast

from imports.headings import with_unit
from imports.layout import Layout, ValueChange
from imports.missing import Creatable

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
