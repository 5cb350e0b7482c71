"""What a heading names: a field, the unit of its numbers, a site, a record's number."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from imports.parsing.lookups import normalize
from records.columns import Column
from records.models import DailyRecord
from records.module import RecordModule

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


def parse_heading(heading: str, column: Column) -> Heading:
    """Split a heading into name and unit; brackets that hold no unit of the column belong to the name."""
    found = WITH_UNIT.fullmatch(heading.strip())
    unit = known_unit(found["unit"], column) if found else ""
    return Heading(_normalize(found["name"] if found and unit else heading), unit)


def known_unit(text: str, column: Column) -> str:
    """Return the unit of a column that a word means; empty for none."""
    word = normalize(text).removesuffix(".")
    unit = UNIT_WORDS.get(word, word)
    return unit if unit in column.units else ""


def with_unit(heading: str, unit: str) -> str:
    """Return the formula of a column whose numbers have a unit; the heading alone for none."""
    return f"[{heading}] {unit}" if unit else heading


def formulas_for(column: Column, headings: Sequence[str]) -> list[str]:
    """Return the formulas of the file's columns whose heading names this field."""
    # The heading of our own files: “Moisture (%)” has no unit that could be another one.
    names = {_normalize(name) for name in (column.name, str(column.label), column.heading, *column.aliases)}
    return [
        with_unit(heading, parsed.unit)
        for heading in headings
        if heading and (parsed := parse_heading(heading, column)).name in names
    ]


def site_headings(headings: Iterable[str]) -> list[str]:
    """Return the headings of columns that name the site."""
    names = {"site", "site code", "yard", _normalize(_("Site"))}
    return [heading for heading in headings if _normalize(heading) in names]


def record_id_heading(module: RecordModule[DailyRecord], headings: Sequence[str]) -> str:
    """Return the heading of our records' numbers, where the file is an export of the module; or empty.

    Many lists have numbers of their own under “id”: they are ours where a site and all columns are there too.
    """
    columns = module.sheet_columns
    if {"id", "site", *(column.name for column in columns)} <= set(headings):
        return "id"
    if {_("Record"), _("Site"), *(str(column.label) for column in columns)} <= set(headings):
        return _("Record")
    return ""


def _normalize(text: str) -> str:
    return normalize(text.replace("_", " "))
