"""Which column of a file is which field: as the user answered, and as the rows are parsed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NotRequired, TypedDict

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.mapping.headings import formulas_for, is_bare, parse_heading, with_unit
from imports.models import Creatable
from imports.parsing.dates import KEEP, SWAP, pattern_of, require_date_format
from imports.parsing.formulas import parse_formula
from records.columns import Column
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site

# Rows that a workbook hides or strikes out are left out; KEEP imports them.
SKIP = "skip"
# Where a module has them, a record needs one.
QUANTITIES = ("qty_ton", "loads", "gross_ton")
# The weights of a lorry, whose difference is the net.
WEIGHTS = ("gross_ton", "tare_ton")
# What is done with names of parties, vehicles and containers that nothing here has.
TEXT = "text"
# Of a row with a date and a time of the day: the date is that of the calendar, or the operating date.
CALENDAR, OPERATING = "calendar", "operating"
# How the answer about the site begins: one site for all rows, or the column that names it.
CODE, COLUMN = "code:", "column:"


@dataclass(frozen=True)
class ValueReplacement:
    """A value of a column that is replaced in every row."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the columns of a file become the fields of a record."""

    # Field → heading or formula; an empty text leaves the field out.
    columns: Mapping[str, str] = field(default_factory=dict)
    # Field → the same value in every row.
    constants: Mapping[str, str] = field(default_factory=dict)
    # Exactly one of these two is given.
    site_code: str = ""
    site_column: str = ""
    # The column with the numbers of existing records, in an export that is imported again.
    record_id_column: str = ""
    replacements: Sequence[ValueReplacement] = ()
    # Conditions such as “load_type=TIRES|LITTER”; a row is imported if it meets all of them.
    row_filters: Sequence[str] = ()
    date_format: str | None = None
    # KEEP or SWAP stored dates of a column that has typed ones too; empty refuses such a file.
    stored_dates: str = ""
    # IGNORE or KEEP the times of dates; empty refuses a file where all are 00:00 and it matters.
    times: str = ""
    decimal_mark: str | None = None
    # KEEP or SKIP the rows that a workbook hides or strikes out; empty refuses such a file.
    hidden_rows: str = ""
    struck_rows: str = ""
    # CALENDAR or OPERATING dates; empty refuses a file with times before the site's day begins.
    ticket_dates: str = ""
    # TEXT keeps names that are unknown as texts; empty rejects their rows.
    unknown_parties: str = ""
    # Whether fields that are in neither `columns` nor `constants` are found by their headings.
    finds_headings: bool = True

    def __post_init__(self) -> None:
        require_date_format(self.date_format)
        if self.stored_dates not in ("", KEEP, SWAP):
            raise ImportRefused(_("Stored dates are kept or swapped."))
        if self.decimal_mark not in (None, ".", ","):
            raise ImportRefused(_("The decimal mark is a point or a comma."))
        if bool(self.site_code) == bool(self.site_column):
            raise ImportRefused(_("Choose either one site for every row or the column that names it."))
        for name in sorted(self.columns.keys() & self.constants.keys()):
            raise ImportRefused(_("“%(field)s” is given as a column and as a constant.") % {"field": name})


class FieldAnswer(TypedDict):
    """Where a field comes from: a column with its unit, a formula, or the same value in every row."""

    column: NotRequired[str]
    # A unit, or `column:HEADING` for the column that names it in each row.
    unit: NotRequired[str]
    # Tons per cubic metre, where the unit is a volume.
    density: NotRequired[str]
    formula: NotRequired[str]
    always: NotRequired[str]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The user's answers on the page about the columns."""

    # `code:YARD-NORTH` or `column:HEADING`.
    site: str = ""
    fields: Mapping[str, FieldAnswer] = field(default_factory=dict)
    number_column: str = ""
    date_format: str = ""
    stored_dates: str = ""
    times: str = KEEP
    decimal_mark: str = ""
    # Sheets with the same headings, which are read after the first.
    sheets: Sequence[str] = ()
    hidden_rows: str = ""
    struck_rows: str = ""
    ticket_dates: str = ""
    unknown_parties: str = ""
    creating: Sequence[str] = ()
    category: str = ""
    timezone: str = ""

    @classmethod
    def from_json(cls, saved: Mapping[str, object]) -> "Answers":
        return cls(**saved)  # type: ignore[arg-type]  # what `to_json` returned

    def to_json(self) -> dict[str, object]:
        return {
            **vars(self),
            "fields": dict(self.fields),
            "sheets": list(self.sheets),
            "creating": list(self.creating),
        }

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
    def headings(self) -> list[str]:
        """Return the columns that the answers mention."""
        named = [answer.get("column", "") for answer in self.fields.values()]
        units = [unit_column(answer) for answer in self.fields.values()]
        return sorted({*named, *units, self.site_column, self.number_column} - {""})

    def layout(self, replacements: Sequence[Sequence[str]] = ()) -> Layout:
        """Return the layout that follows from the answers. Raises ImportRefused."""
        return Layout(
            columns={
                name: _formula(answer) for name, answer in self.fields.items() if not answer.get("always")
            },
            constants={
                name: always for name, answer in self.fields.items() if (always := answer.get("always"))
            },
            site_code=self.site_code,
            site_column=self.site_column,
            record_id_column=self.number_column,
            replacements=[ValueReplacement(column, before, after) for column, before, after in replacements],
            date_format=pattern_of(self.date_format) or None,
            stored_dates=self.stored_dates,
            times=self.times,
            decimal_mark=self.decimal_mark or None,
            hidden_rows=self.hidden_rows,
            struck_rows=self.struck_rows,
            ticket_dates=self.ticket_dates,
            unknown_parties=self.unknown_parties,
            finds_headings=False,
        )


def answer_from_formula(formula: str) -> FieldAnswer:
    """Return the answer that a heading gives by itself: `[Tons (kg)] kg` is a column with a unit."""
    column, bracket, unit = formula.removeprefix("[").rpartition("] ")
    return {"column": column, "unit": unit} if formula.startswith("[") and bracket else {"column": formula}


def columns_of(
    module: RecordModule[DailyRecord], layout: Layout, headings: Sequence[str], *, has_details: bool = True
) -> dict[str, str]:
    """Return field → heading or formula: as the user chose, and else by the headings.

    `has_details` says whether records with details can be found by headings. Raises ImportRefused for a field
    that the module does not have, and where two headings fit a field.
    """
    fields = {column.name: column for column in module.entered_columns}
    for name in (*layout.columns, *layout.constants):
        if name not in fields:
            raise ImportRefused(
                _("%(module)s has no column “%(name)s”. It has: %(fields)s.")
                % {"module": module.label_plural, "name": name, "fields": ", ".join(fields)}
            )
    chosen = {
        name: _with_own_unit(fields[name], text, headings) for name, text in layout.columns.items() if text
    }
    open_fields = fields.keys() - {*layout.columns, *layout.constants} if layout.finds_headings else ()
    # What is part of a calculation, such as gross and tare, is no field of its own.
    used = {
        heading
        for name, text in chosen.items()
        if text not in headings
        for heading in parse_formula(text, headings, fields[name].units).headings
    }
    found = fitting_formulas(module, [each for each in headings if each not in used], has_details=has_details)
    for name, fitting in found.items():
        if name in open_fields and fitting:
            if len(fitting) > 1:
                raise ImportRefused(
                    _("%(headings)s could each be “%(label)s”. Choose one.")
                    % {"headings": ", ".join(fitting), "label": fields[name].label},
                    option=f"--column {name}=HEADING",
                )
            _require_unit(fields[name], fitting[0], headings)
            chosen[name] = fitting[0]
    missing = missing_fields(module, {*chosen, *layout.constants})
    if missing:
        raise ImportRefused(
            _("No column is chosen for %(fields)s. The file has: %(headings)s.")
            % {
                "fields": ", ".join(str(fields[name].label) for name in missing),
                "headings": ", ".join(filter(None, headings)),
            },
            option=f"--column {missing[0]}=HEADING",
        )
    if lacks_quantity(module, {*chosen, *layout.constants}):
        raise ImportRefused(
            _("No column is chosen for tons or loads. The file has: %(headings)s.")
            % {"headings": ", ".join(filter(None, headings))},
            option="--column qty_ton=HEADING",
        )
    return {name: chosen[name] for name in fields if name in chosen}


def fitting_formulas(
    module: RecordModule[DailyRecord], headings: Sequence[str], *, has_details: bool = True
) -> dict[str, list[str]]:
    """Return the formulas of the columns whose headings name each field.

    A heading that names a field of every record and one of records with details, such as a ticket's, means
    the second, where the file has such records; `has_details` says whether it can have them.
    """
    found = {column.name: formulas_for(column, headings) for column in module.sheet_columns}
    details = {
        column.name: _exact(column, formulas_for(column, headings)) for column in module.detail_columns
    }
    if not has_details or not any(details[name] for name in module.form.detail_marks):
        return found | {name: [] for name in details}
    taken = {formula for formulas in details.values() for formula in formulas}
    own = {
        name: [formula for formula in formulas if formula not in taken] for name, formulas in found.items()
    }
    return own | details


def _exact(column: Column, formulas: list[str]) -> list[str]:
    """Return the one formula whose heading is the column's own, as in an export; else all."""
    own = (str(column.label), column.heading, column.name)
    exact = [formula for formula in formulas if answer_from_formula(formula)["column"] in own]
    return exact if len(exact) == 1 else formulas


def lacks_quantity(module: RecordModule[DailyRecord], given: Collection[str]) -> bool:
    """Return whether neither tons nor loads nor weights are given, of which every record needs one."""
    names = {column.name for column in module.entered_columns}
    if "loads" not in names or "qty_ton" in required_fields(module):
        return False
    is_weighed = "gross_ton" in given and any(name in given for name in ("tare_ton", "vehicle"))
    return not is_weighed and not any(name in given for name in ("qty_ton", "loads"))


def _with_own_unit(column: Column, text: str, headings: Sequence[str]) -> str:
    """Return a formula, for a column alone with the unit that its heading names. Raises ImportRefused."""
    if not column.units or text not in headings:
        return text
    parsed = parse_heading(text, column)
    if parsed.unknown:
        raise _no_unit(column, text)
    return text if column.units.get(parsed.unit) == 1 else with_unit(text, parsed.unit)


def _require_unit(column: Column, formula: str, headings: Sequence[str]) -> None:
    """Raise ImportRefused where a column is found by a heading that does not name the unit of a weight."""
    if formula in headings and is_bare(formula, column):
        raise _no_unit(column, formula)


def _no_unit(column: Column, heading: str) -> ImportRefused:
    return ImportRefused(
        _("The heading “%(heading)s” does not say in which unit %(label)s is. Choose the unit: %(units)s.")
        % {"heading": heading, "label": column.label, "units": ", ".join(column.units)},
        option=f"--column '{column.name}=[{heading}] kg'",
    )


def missing_fields(module: RecordModule[DailyRecord], given: Collection[str]) -> list[str]:
    """Return the fields that every record needs and that neither are given nor follow from what is given."""
    fills_in = module.form.fills_in
    return [name for name in required_fields(module) if name not in given and fills_in.get(name) not in given]


@cache
def required_fields(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the fields that every record needs, in the order of a sheet's columns."""
    # A form requires less than its model where it fills in what is usual.
    fields = module.form({}, site=Site()).fields
    return [column.name for column in module.sheet_columns if fields[column.name].required]


def _formula(answer: FieldAnswer) -> str:
    if formula := answer.get("formula"):
        return formula
    column = answer.get("column", "")
    if units := unit_column(answer):
        return f"[{column}] in [{units}]"
    return with_unit(column, answer.get("unit", ""), answer.get("density", "")) if column else ""


def unit_column(answer: FieldAnswer) -> str:
    """Return the column that names the unit of each row; empty for none."""
    unit = answer.get("unit", "")
    return unit.removeprefix(COLUMN) if unit.startswith(COLUMN) else ""
