# ruff: noqa: RUF001  # headings in other scripts
"""What a heading names: a field, the unit of its numbers, a site, a record's number."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from django.utils.translation import gettext as _

from imports.parsing.formulas import VOLUMES
from imports.parsing.lookups import normalize
from imports.parsing.numbers import unit_word
from records.columns import Column, TonsColumn
from records.models import DailyRecord
from records.module import RecordModule

# The words for each unit. A “cwt” alone is none of them: it has 100 lb in America and 112 lb in Britain.
WORDS_OF_UNITS = {
    "t": "t|to|ton|tons|tonne|tonnes|tonnen|metric ton|metric tons|metric tonne|metric tonnes|mt|Mg|megagram"
    "|megagrams|toneladas|tonelada|т|тонн|طن|टन",
    "kg": "kg|kgs|kilo|kilos|kilogram|kilograms|kilogramme|kilogrammes|kilogramm|кг|كجم|كغ|كغم|किग्रा",
    "lb": "lb|lbs|lbm|pound|pounds",
    "short_ton": "short ton|short tons|us ton|us tons|short_ton|short tn|sh ton|sh tons|sh tn|ton us|tons us",
    "long_ton": "long ton|long tons|uk ton|uk tons|imperial ton|imperial tons|long_ton|long tn",
    "cwt": "us cwt|short cwt|cwt us|short hundredweight",
    "cwt_uk": "uk cwt|long cwt|cwt uk|imperial cwt|long hundredweight|cwt_uk",
    "quintal": "q|qtl|quintal|quintals|quintaux|dt|dz|doppelzentner",
    "g": "g|gram|grams|gramme|grammes|gramm",
    "m3": "m3|m^3|cbm|cubic metre|cubic metres|cubic meter|cubic meters|cu m|kubikmeter|metros cubicos|м3",
    "yd3": "yd3|yd^3|cy|cyd|cubic yard|cubic yards|cu yd|cu yds|cuyd",
    "h": "h|hr|hrs|hour|hours|std|stunden|heures|horas",
    "min": "min|mins|minute|minutes|minuten",
    "percent": "%|percent|per cent|pct|prozent|pour cent|por ciento",
    "fraction": "fraction",
    "l": "l|ltr|litre|litres|liter|liters|litros",
}
UNITS_BY_WORD = {word: unit for unit, words in WORDS_OF_UNITS.items() for word in words.split("|")}
# Words for tons that need a unit: without one, nobody can tell tons from kilograms.
WEIGHT_HEADINGS = (
    "weight",
    "net",
    "nett",
    "netto",
    "net weight",
    "net wt",
    "nett weight",
    "weight net",
    "mass",
    "gewicht",
    "nettogewicht",
    "net mass",
    "poids",
    "poids net",
    "peso",
    "peso neto",
    "peso netto",
    "peso líquido",
)
# Units that may be the whole heading of a quantity. A “to” alone may be the receiver.
UNIT_HEADINGS = frozenset(
    word
    for unit in ("t", "kg", "lb", "short_ton", "long_ton")
    for word in WORDS_OF_UNITS[unit].split("|")
    if word != "to"
)
# Headings in other languages, by field; they count where no other heading names the field.
FOREIGN_WEIGHTS = (
    *("menge", "quantité", "cantidad", "masa", "masa netto", "ilość", "ağırlık", "net ağırlık", "miktar"),
    *("нетто", "масса", "масса нетто", "вес", "вес нетто", "الوزن", "الوزن الصافي", "الكمية"),
)
FOREIGN_HEADINGS = {
    "date": ("datum", "fecha", "data", "tarih", "дата", "التاريخ"),
    "material": (
        *("sorte", "materialart", "artikel", "matière", "matériau", "materiał", "malzeme", "материал"),
        "المادة",
    ),
    "qty_ton": FOREIGN_WEIGHTS,
    "counted_ton": FOREIGN_WEIGHTS,
    "notes": (
        *("bemerkung", "bemerkungen", "anmerkung", "remarque", "remarques", "observaciones", "notas"),
        *("uwagi", "notlar", "açıklama", "примечание", "примечания", "ملاحظات"),
    ),
}
# In brackets, these say nothing of the unit.
HARMLESS = frozenset(
    {
        *("net", "nett", "netto", "wet", "dry", "weighed", "calculated", "estimated", "total"),
        *("hh:mm", "h:mm", "[h]:mm", "hh:mm:ss"),
    }
)
# Thousands of a unit.
SCALE = re.compile(
    r"(?<![0-9])'?0?00(?![0-9])|1[.,' ]?000(?![0-9])|x ?10|10\^|\bthousand|\btsd\b|\bmillion", re.IGNORECASE
)
IN_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
SEPARATORS = re.compile(r"[\s_,;:/|\u2013\u2014-]+")
MAX_UNIT_WORDS = 3


class Heading(NamedTuple):
    """What a heading says of a column: its possible names, the unit, and a word in brackets that is none."""

    names: frozenset[str]
    unit: str
    unknown: str = ""


def parse_heading(heading: str, column: Column) -> Heading:
    """Return the names and the unit of a heading; for a unit, also the lines of headings above it count."""
    parts = heading.split(" · ")
    names: set[str] = {_normalize(heading)}
    unit = unknown = ""
    for part in reversed(parts):
        name, found, other = _split(part, column)
        if part is parts[-1]:
            names |= {_normalize(part), name, _normalize(IN_BRACKETS.sub(" ", part))}
        if unit and found and unit != found:
            # A line with one unit above a line with another.
            unknown = unknown or f"{found}/{unit}"
        unit, unknown = unit or found, unknown or other
    # A line with only the unit is below the name.
    if len(parts) > 1 and unit and names & {"", _normalize(unit)}:
        names |= {_normalize(parts[-2]), _split(parts[-2], column)[0]}
    if "/" in unknown:
        unit = ""
    return Heading(frozenset(names - {""}), unit, "" if unit else unknown)


def _split(text: str, column: Column) -> tuple[str, str, str]:
    """Return the name of a heading without its unit, the unit, and a word in brackets that is no unit."""
    if not column.units:
        return _normalize(text), "", ""
    name = _normalize(IN_BRACKETS.sub(" ", text))
    words = [word for word in SEPARATORS.split(IN_BRACKETS.sub(" ", text)) if word]
    unknown = "1000" if SCALE.search(text) else ""
    for content in map(str.strip, IN_BRACKETS.findall(text)):
        # “Tons (short)” are short tons.
        unit = known_unit(content, column) or known_unit(f"{content} {words[-1] if words else ''}", column)
        if unit and not unknown:
            return name, unit, ""
        if content and not content.isdigit() and content.casefold() not in HARMLESS:
            unknown = unknown or content
    if unknown:
        return name, "", unknown
    for count in range(min(MAX_UNIT_WORDS, len(words)), 0, -1):
        for unit_words, others in ((words[-count:], words[:-count]), (words[:count], words[count:])):
            if unit := known_unit(" ".join(unit_words), column):
                return _normalize(" ".join(word for word in others if word.casefold() != "in")), unit, ""
    return name, "", unknown


def known_unit(text: str, column: Column) -> str:
    """Return the unit of a column that a word means; empty for none."""
    unit = UNITS_BY_WORD.get(unit_word(text), "")
    return unit if unit in units_of(column) else ""


def units_of(column: Column) -> Sequence[str]:
    """Return the units in which a file may have a column: of tons, with a density also volumes."""
    return [*column.units, *VOLUMES] if isinstance(column, TonsColumn) else list(column.units)


def words_of(column: Column) -> Mapping[str, Fraction]:
    """Return the words for units that may stand in a cell, each as a multiple of the stored unit."""
    return {word: column.units[unit] for word, unit in UNITS_BY_WORD.items() if unit in column.units}


def with_unit(heading: str, unit: str, density: str = "") -> str:
    """Return the formula of a column whose numbers have a unit; the heading alone for none."""
    if not unit:
        return heading
    return f"[{heading}] {unit} {density}" if density else f"[{heading}] {unit}"


def is_bare(heading: str, column: Column) -> bool:
    """Return whether the heading of a weight does not say in which unit it is."""
    return isinstance(column, TonsColumn) and not parse_heading(heading, column).unit


def formulas_for(column: Column, headings: Sequence[str]) -> list[str]:
    """Return the formulas of the file's columns whose heading names this field."""
    # The heading of our own files: “Moisture (%)” has no unit that could be another one.
    known = (column.name, str(column.label), column.heading, *column.aliases)
    if column.name in ("qty_ton", "counted_ton"):
        found = _fitting(column, headings, (*known, *WEIGHT_HEADINGS), units=UNIT_HEADINGS)
    else:
        found = _fitting(column, headings, known)
    return found or _fitting(column, headings, FOREIGN_HEADINGS.get(column.name, ()))


def _fitting(
    column: Column, headings: Sequence[str], known: Iterable[str], *, units: Iterable[str] = ()
) -> list[str]:
    """Return the formulas of the columns whose heading has one of these names, or is one of these units."""
    names = set(map(_normalize, known))
    with_units = names | set(map(_normalize, units))
    found = []
    for heading in filter(None, headings):
        parsed = parse_heading(heading, column)
        # Below another heading a unit names nothing by itself: “Price · t”.
        if parsed.names & (names if " · " in heading else with_units):
            # “Tons” names its unit by itself.
            is_name = _normalize(heading) in with_units
            found.append(
                heading if is_name and column.units.get(parsed.unit) == 1 else with_unit(heading, parsed.unit)
            )
    return found


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
