"""What a heading says: a field by one of its names, the unit of its numbers, a site, a record's number."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from django.utils.translation import gettext as _

from imports.parsing.formulas import HOUR_UNITS, TON_UNITS
from imports.parsing.lookups import plain
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule

UNITS: Mapping[Kind, dict[str, Fraction]] = {Kind.TONS: TON_UNITS, Kind.HOURS: HOUR_UNITS}
# Other words for a unit.
UNIT_WORDS = {
    "tons": "t",
    "tonnes": "t",
    "kgs": "kg",
    "lbs": "lb",
    "pounds": "lb",
    "short ton": "short_ton",
    "short tons": "short_ton",
    "hours": "h",
    "hrs": "h",
    "minutes": "min",
    "mins": "min",
}
# “Tons (t)”, “Net weight [kg]”.
WITH_UNIT = re.compile(r"(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]", re.DOTALL)


class Heading(NamedTuple):
    """A heading without the unit in brackets at its end, and that unit."""

    name: str
    unit: str


def read_heading(heading: str, kind: Kind) -> Heading:
    """Part a heading from the unit in brackets at its end; brackets that hold no unit stay."""
    found = WITH_UNIT.fullmatch(heading.strip())
    unit = known_unit(found["unit"], kind) if found else ""
    return Heading(_as_heading(found["name"] if found and unit else heading), unit)


def known_unit(text: str, kind: Kind) -> str:
    """Return the unit of this kind of number that a word means; empty for none."""
    word = plain(text).removesuffix(".")
    unit = UNIT_WORDS.get(word, word)
    return unit if unit in UNITS.get(kind, {}) else ""


def with_unit(heading: str, unit: str) -> str:
    """Return the formula of a column whose numbers have a unit; the heading alone for none."""
    return f"[{heading}] {unit}" if unit else heading


def named_by(column: Column, headings: Sequence[str]) -> list[str]:
    """Return the formulas of the columns that say by their heading that they are this field."""
    names = {_as_heading(name) for name in (column.name, str(column.label), *column.aliases)}
    return [
        with_unit(heading, read.unit)
        for heading in headings
        if heading and (read := read_heading(heading, column.kind)).name in names
    ]


def site_headings(headings: Iterable[str]) -> list[str]:
    """Return the columns that say by their heading that they name the site."""
    names = {"site", "site code", "yard", _as_heading(_("Site"))}
    return [heading for heading in headings if _as_heading(heading) in names]


def number_heading(module: RecordModule[DailyRecord], headings: Sequence[str]) -> str:
    """Return the column with the numbers of our records, where the file is an export of the module; or empty.

    Many a list has numbers of its own under “id”: they are ours beside a site and all of a record's columns.
    """
    for number, name_of in (("id", _name), (_("Record"), _label)):
        own = {name_of(column) for column in module.sheet_columns}
        site = "site" if name_of is _name else _("Site")
        if {number, site, *own} <= set(headings):
            return number
    return ""


def _name(column: Column) -> str:
    return column.name


def _label(column: Column) -> str:
    return str(column.label)


def _as_heading(text: str) -> str:
    return plain(text.replace("_", " "))
