"""Guessing the columns of a file from their headings and, where those say nothing, from what stands below."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from imports.errors import CellRefused
from imports.mapping.column_mapping import CODE, COLUMN, Answers, FieldAnswer, from_formulas, required_fields
from imports.mapping.headings import UNITS, known_unit, named_by, number_heading, site_headings
from imports.parsing.dates import ISO, PARTED, has_short_year
from imports.parsing.lookups import plain
from imports.parsing.numbers import is_ambiguous, read_number
from imports.readers.base import Head
from records import registry
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule
from sites.models import Site

# So much of a column must be known names for the column to be taken for one of them.
MOST_OF = 0.6
# No record of a single lorry or shift has more tons: such numbers are kilograms or pounds.
MOST_PLAIN_TONS = 200
NUMBER = re.compile(r"[+-]?[\d.,\s]*\d")


@dataclass(frozen=True)
class Samples:
    """The headings of a table and the first rows below."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    @classmethod
    def of(cls, head: Head, line: int) -> "Samples":
        return cls(head.headings(line), head.below(line))

    def under(self, heading: str) -> list[str]:
        """Return what stands in a column, empty cells left out."""
        if heading not in self.headings:
            return []
        place = self.headings.index(heading)
        return [row[place].strip() for row in self.rows if place < len(row) and row[place].strip()]


def guessed(module: RecordModule[DailyRecord], samples: Samples, sites: Sequence[Site]) -> Answers:
    """Return what the file says by itself about its columns; what it does not say is left open."""
    by_heading = {
        column.name: found[0]
        for column in module.sheet_columns
        if len(found := named_by(column, samples.headings)) == 1
    }
    fields = from_formulas(by_heading)
    site = _site(samples, sites)
    taken = {answer["column"] for answer in fields.values()} | {site.removeprefix(COLUMN)}
    for column in module.sheet_columns:
        if column.name not in fields:
            heading = _by_values(module, column, samples, taken)
            if heading:
                fields[column.name] = {"column": heading}
                taken.add(heading)
    for column in module.sheet_columns:
        answer = fields.get(column.name)
        if answer is not None and column.kind in UNITS:
            answer["unit"] = answer.get("unit") or likely_unit(column.kind, answer["column"], samples)
    return Answers(
        site=site,
        fields=fields,
        number_column=number_heading(module, samples.headings),
        date_format=proven_order(date_samples(fields, samples)),
    )


def _site(samples: Samples, sites: Sequence[Site]) -> str:
    names = {plain(word) for site in sites for word in (site.code, site.name)}
    for heading in site_headings(samples.headings):
        return f"{COLUMN}{heading}"
    for heading in samples.headings:
        if _share(samples.under(heading), lambda text: plain(text) in names) > MOST_OF:
            return f"{COLUMN}{heading}"
    if any({"site", "yard"} & set(re.split(r"[\s_]+", plain(heading))) for heading in samples.headings):
        # It says something of sites that nothing here is called.
        return ""
    return f"{CODE}{sites[0].code}" if len(sites) == 1 else ""


def _by_values(module: RecordModule[DailyRecord], column: Column, samples: Samples, taken: set[str]) -> str:
    """Return the column whose values look like this field's; empty where none or several do."""
    looks = _looks(module, column)
    if looks is None:
        return ""
    found = [
        heading
        for heading in samples.headings
        if heading and heading not in taken and _share(samples.under(heading), looks) > MOST_OF
    ]
    if column.kind is Kind.DATE:
        # A day rather than a moment, and the first of several.
        days = [heading for heading in found if not any(":" in text for text in samples.under(heading))]
        return (days or found or [""])[0]
    return found[0] if len(found) == 1 else ""


def _looks(module: RecordModule[DailyRecord], column: Column) -> Callable[[str], bool] | None:
    field = module.form.base_fields[column.name]
    if column.kind is Kind.DATE:
        return lambda text: bool(ISO.fullmatch(text) or PARTED.fullmatch(text))
    if column.kind is Kind.TONS:
        return lambda text: NUMBER.fullmatch(text) is not None
    if isinstance(field, CodedChoiceField) and not isinstance(field, SiteChoiceField):
        assert field.queryset is not None
        known = {plain(word) for row in field.queryset.values_list("code", "name") for word in row}
        return lambda text: plain(text) in known
    return None


def _share(texts: Sequence[str], looks: Callable[[str], bool]) -> float:
    return sum(map(looks, texts)) / len(texts) if texts else 0


def likely_unit(kind: Kind, heading: str, samples: Samples) -> str:
    """Return the unit that a heading's last word or the size of the numbers says; empty where it is open."""
    word = re.split(r"[\s_.]+", heading.strip())[-1]
    if unit := known_unit(word, kind):
        return unit
    if kind is Kind.HOURS:
        return "h"
    return "t" if all(number <= MOST_PLAIN_TONS for number in _numbers(samples.under(heading))) else ""


def _numbers(texts: Iterable[str]) -> list[Fraction]:
    found = []
    for text in texts:
        for mark in (None, ".", ","):
            try:
                found.append(read_number(text, mark))
                break
            except CellRefused:
                continue
    return found


def date_samples(fields: "dict[str, FieldAnswer]", samples: Samples) -> list[str]:
    """Return the dates of the file that are not written year first."""
    texts = samples.under(fields.get("date", {}).get("column", ""))
    return [text for text in texts if not ISO.fullmatch(text) and PARTED.fullmatch(text)]


def proven_order(texts: Sequence[str]) -> str:
    """Return the order of day, month and year that alone makes dates of these texts; empty for several."""
    parts = [found.groups()[:3] for text in texts if (found := PARTED.fullmatch(text))]
    if not parts or any(map(has_short_year, texts)):
        return ""
    if all(len(first) == 4 for first, _second, _third in parts):
        return "ymd"
    day_first = any(int(first) > 12 for first, _second, _third in parts)
    month_first = any(int(second) > 12 for _first, second, _third in parts)
    if day_first == month_first:
        return ""
    return "dmy" if day_first else "mdy"


def ambiguous_numbers(headings: Iterable[str], samples: Samples) -> list[str]:
    """Return the numbers in these columns whose comma could part thousands or decimals."""
    return [text for heading in headings for text in samples.under(heading) if is_ambiguous(text)]


# Headings stand among the first lines of a sheet.
MOST_LINES = 20


@dataclass(frozen=True)
class Guess:
    """A table that could be meant, and how much of it speaks for a module."""

    module: RecordModule[DailyRecord]
    sheet: str
    line: int
    # Fields whose column is known by its heading.
    named: int
    # Columns that say nothing to the module.
    strange: int
    # Whether every field that a record needs has its one column.
    is_whole: bool

    @property
    def weight(self) -> tuple[bool, int, int, int]:
        return self.is_whole, self.named, -self.strange, -self.line


def best_guess(heads: Sequence[Head], modules: Sequence[RecordModule[DailyRecord]] = ()) -> Guess | None:
    """Return the table that most speaks for one of these modules, or of all; None where nothing does."""
    guesses = [
        guess
        for head in heads
        for line in range(1, min(MOST_LINES, len(head.rows)) + 1)
        for module in modules or registry.modules()
        if (guess := _guess(module, head, line)).named
    ]
    return max(guesses, key=lambda guess: guess.weight, default=None)


def is_plain(heads: Sequence[Head], guess: Guess) -> bool:
    """Say whether no other module fits the table as well."""
    head = next(head for head in heads if head.sheet == guess.sheet)
    others = [_guess(module, head, guess.line) for module in registry.modules() if module != guess.module]
    return guess.is_whole and not any(other.is_whole and other.named >= guess.named for other in others)


def likely_headings_line(head: Head) -> int:
    """Return the line that looks most like headings where no name is known: the first of the widest ones."""
    widths = [len([cell for cell in row if cell.strip()]) for row in head.rows[:MOST_LINES]]
    return widths.index(max(widths)) + 1 if widths else 1


def _guess(module: RecordModule[DailyRecord], head: Head, line: int) -> Guess:
    headings = head.headings(line)
    found = {column.name: named_by(column, headings) for column in module.sheet_columns}
    named = {name for name, formulas in found.items() if formulas}
    is_clear = all(len(formulas) < 2 for formulas in found.values())
    derived = {
        word
        for column in module.list_columns
        if column.is_derived
        for word in (column.name, str(column.label))
    }
    extra = bool(site_headings(headings)) + bool(number_heading(module, headings))
    extra += len(derived & set(headings))
    return Guess(
        module=module,
        sheet=head.sheet,
        line=line,
        named=len(named),
        strange=len([heading for heading in headings if heading]) - len(named) - extra,
        is_whole=is_clear and set(required_fields(module)) <= named,
    )
