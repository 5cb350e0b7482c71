"""Guess what a file is: its module and sheet, its line of headings, and which column is which field."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from imports.mapping.column_mapping import (
    CODE,
    COLUMN,
    WEIGHTS,
    Answers,
    FieldAnswer,
    answer_from_formula,
    fitting_formulas,
    lacks_quantity,
    missing_fields,
)
from imports.mapping.headings import (
    IN_BRACKETS,
    is_bare,
    known_unit,
    parse_heading,
    record_id_heading,
    site_headings,
)
from imports.parsing.dates import (
    IGNORE,
    KEEP,
    SPLIT_DATE,
    DateEvidence,
    TimeEvidence,
    has_24_hours,
    has_short_year,
    is_date,
    is_serial,
    needs_order,
    time_of_day,
)
from imports.parsing.lookups import normalize
from imports.parsing.numbers import normalized, parse_number, proven_decimal_mark, split_unit
from imports.readers.base import Exact, Head
from records import registry
from records.columns import CellError, Column, DateColumn, MomentColumn, TonsColumn
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site

# Headings are among the first lines of a sheet.
MAX_HEADINGS_LINE = 20
# The share of a column's values that must look like a field's for the column to be taken as that field.
MIN_SHARE = 0.6
MIN_SHARE_OF_UNITS = 0.5
# With the lorry, or the lorry alone.
NO_NET_WEIGHT = re.compile(r"\b(?:gross|tare|brutto|tara|bruto|brut|брутто|тара)", re.IGNORECASE)
# What lists call the column that only counts their rows.
INDEX_NAMES = frozenset(
    {
        *("nr", "no", "n", "#", "№", "n°", "nº", "num", "number", "lfd nr", "lfdnr", "lfd", "pos"),
        *("row", "line", "zeile", "item", "s no", "sl no", "sr no", "index", "№ п п", "п п"),
        *("numéro", "número", "nummer", "volgnr", "lp", "l p", "م", "الرقم", "क्र", "क्रमांक"),
    }
)
MIN_INDEX_ROWS = 3


@dataclass(frozen=True)
class TableGuess:
    """A table that could be meant, and how well it fits a module."""

    module: RecordModule[DailyRecord]
    sheet: str
    line: int
    # Fields whose column is known by its heading.
    named: int
    # Columns that mean nothing to the module.
    unknown: int
    # Whether every field that a record needs has exactly one column.
    is_complete: bool
    # How many lines the headings take; `line` is the last.
    depth: int = 1

    @property
    def weight(self) -> tuple[bool, int, int, int]:
        return self.is_complete, self.named, self.depth, -self.unknown


@dataclass(frozen=True)
class Samples:
    """The headings of a table, the first rows below, and of the others one value of each kind."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    # By column: the first value of each kind in the whole file.
    values: Sequence[Sequence[str]] = ()

    @classmethod
    def of(cls, head: Head, line: int) -> "Samples":
        values = [
            [Exact(text) if is_exact else text for below, text, is_exact in column if below > line]
            for column in head.values
        ]
        return cls(head.headings(line), head.below(line), values)

    def under(self, heading: str) -> list[str]:
        """Return the values of a column in the first rows that are not empty."""
        if not heading or heading not in self.headings:
            return []
        place = self.headings.index(heading)
        return [row[place].strip() for row in self.rows if place < len(row) and row[place].strip()]

    def kinds_under(self, heading: str) -> list[str]:
        """Return one value of each kind in a column, of the whole file."""
        place = self.headings.index(heading) if heading and heading in self.headings else len(self.values)
        return list(self.values[place]) if place < len(self.values) else []


def is_index(heading: str, samples: Samples) -> bool:
    """Return whether a column only counts the rows: 1, 2, 3, or a heading such as “Nr”."""
    name = " ".join(re.split(r"[\s.\-_/:]+", normalize(heading))).strip()
    texts = samples.under(heading)
    if name in INDEX_NAMES:
        return all(text.isdecimal() for text in texts)
    first = texts[0] if texts else ""
    return (
        len(texts) >= MIN_INDEX_ROWS
        and first in ("0", "1")
        and texts == [str(number) for number in range(int(first), int(first) + len(texts))]
    )


def guess_table(
    heads: Sequence[Head], modules: Sequence[RecordModule[DailyRecord]] = ()
) -> TableGuess | None:
    """Return the table that fits one of these modules best, or any module; None where nothing fits.

    Of several that fit equally well it is the first.
    """
    guesses = [
        guess
        for head in heads
        for line in range(1, min(MAX_HEADINGS_LINE, len(head.rows)) + 1)
        for depth in ((1, 2) if has_two_lines(head.rows, line) else (1,))
        for module in modules or registry.modules()
        if (guess := _table_guess(module, replace(head, headings_depth=depth), line)).named
    ]
    return max(guesses, key=lambda guess: guess.weight, default=None)


def is_certain(heads: Sequence[Head], guess: TableGuess) -> bool:
    """Return whether no other module fits the table as well."""
    head = replace(next(head for head in heads if head.sheet == guess.sheet), headings_depth=guess.depth)
    others = [
        _table_guess(module, head, guess.line) for module in registry.modules() if module != guess.module
    ]
    return guess.is_complete and not any(other.is_complete and other.named >= guess.named for other in others)


def has_two_lines(rows: Sequence[Sequence[str]], line: int) -> bool:
    """Return whether a line of headings and the one above it are headings together.

    Neither has digits, as all rows of a table have, and the line above is no title in the first column.
    """
    if line < 2 or line > len(rows):
        return False
    above, own = rows[line - 2], rows[line - 1]
    filled = [place for place, cell in enumerate(above) if cell.strip()]
    if not filled or filled == [0] or not any(cell.strip() for cell in own):
        return False
    return not any(character.isdigit() for cell in (*above, *own) for character in IN_BRACKETS.sub("", cell))


def guess_headings_line(head: Head) -> int:
    """Return the first of the widest lines, for headings of which none is known."""
    widths = [len([cell for cell in row if cell.strip()]) for row in head.rows[:MAX_HEADINGS_LINE]]
    return widths.index(max(widths)) + 1 if widths else 1


def guess_answers(module: RecordModule[DailyRecord], samples: Samples, sites: Sequence[Site]) -> Answers:
    """Return what headings and values say about the columns; what they do not say is left open."""
    fitting = guess_fitting(module, samples, sites)
    fields: dict[str, FieldAnswer] = {
        name: answer_from_formula(formulas[0]) for name, formulas in fitting.items() if len(formulas) == 1
    }
    site = _guess_site(samples, sites)
    taken = {answer["column"] for answer in fields.values()} | {site.removeprefix(COLUMN)}
    for column in module.sheet_columns:
        # Of several headings that fit, the user chooses one.
        if not fitting[column.name] and (heading := _guess_by_values(module, column, samples, taken, fields)):
            fields[column.name] = {"column": heading}
            taken.add(heading)
    for column in module.entered_columns:
        answer = fields.get(column.name)
        if answer is not None and column.units:
            answer["unit"] = answer.get("unit") or guess_unit(column, answer["column"], samples)
    return Answers(
        site=site,
        fields=fields,
        number_column=record_id_heading(module, samples.headings),
        date_format=proven_date_order(date_samples(fields, samples)),
        times=times_of(fields, samples),
        decimal_mark=proven_mark(number_samples(module, fields, samples)),
    )


def guess_fitting(
    module: RecordModule[DailyRecord], samples: Samples, sites: Sequence[Site]
) -> dict[str, list[str]]:
    """Return the formulas of the columns whose headings name each field that the sites enter."""
    has_details = any(map(module.model.takes_details, sites)) if sites else bool(module.detail_columns)
    fitting = fitting_formulas(module, samples.headings, has_details=has_details)
    times = [column for column in module.detail_columns if isinstance(column, MomentColumn)]
    for column in times:
        # “Time” may be anything, such as a duration.
        fitting[column.name] = [
            heading
            for heading in fitting[column.name]
            if _share(samples.under(heading), column.recognises) > MIN_SHARE
        ]
    if lacks_quantity(module, {name for name, formulas in fitting.items() if formulas}):
        # A gross alone may be what the user takes for the tons.
        fitting = {name: [] if name in WEIGHTS else formulas for name, formulas in fitting.items()}
    if has_details and not any(fitting[mark] for mark in module.form.detail_marks):
        return fitting_formulas(module, samples.headings, has_details=False)
    return fitting


def guess_unit(column: Column, heading: str, samples: Samples) -> str:
    """Return the unit that the heading, all cells or a column of units say; empty where it is open."""
    usual = next(unit for unit, factor in column.units.items() if factor == 1)
    parsed = parse_heading(heading, column)
    columns = unit_columns(column, samples)
    named = {known_unit(text, column) for name in columns for text in samples.under(name)}
    if columns and named != {parsed.unit}:
        return f"{COLUMN}{columns[0]}" if len(columns) == 1 and not parsed.unit else ""
    if parsed.unit:
        return parsed.unit
    kinds = samples.kinds_under(heading)
    if kinds and all(split_unit(text)[1] for text in kinds):
        return usual
    if parsed.unknown or is_bare(heading, column):
        return ""
    return "" if "fraction" in column.units and _may_be_fractions(kinds) else usual


def _may_be_fractions(texts: Sequence[str]) -> bool:
    """Return whether no percentage of a file is more than 1, so that 0.125 may be 12.5 %."""
    numbers = [abs(number) for text in texts if (number := first_number([text], None)) is not None]
    return any(numbers) and max(numbers) <= 1


def unit_columns(column: Column, samples: Samples) -> list[str]:
    """Return the headings of columns in which most of the first rows name a unit."""
    return [
        heading
        for heading in samples.headings
        if _share(samples.under(heading), lambda text: bool(known_unit(text, column))) >= MIN_SHARE_OF_UNITS
    ]


def times_of(fields: Mapping[str, FieldAnswer], samples: Samples) -> str:
    """Return whether the times of the dates count: not where all are 00:00."""
    evidence = TimeEvidence()
    for text in _dates(fields, samples):
        evidence.add(text)
    return IGNORE if evidence.is_midnight else KEEP


def date_samples(fields: Mapping[str, FieldAnswer], samples: Samples) -> list[str]:
    """Return the dates of the file whose order or century is not certain, those of the first rows first."""
    first = [text for text in samples.under(fields.get("date", {}).get("column", "")) if needs_order(text)]
    texts = [*_dates(fields, samples), *_moments(fields, samples)]
    return [*first, *(text for text in texts if needs_order(text) or _is_typed_serial(text))]


def unread_dates(fields: Mapping[str, FieldAnswer], samples: Samples) -> list[str]:
    """Return the values of a column of dates that are dates in no order, so that only a pattern reads them.

    Where others are dates, such as above a line at the end of a printed list, no pattern reads both.
    """
    unread = []
    for texts in (_dates(fields, samples), _moments(fields, samples)):
        if not any(is_date(text) or is_serial(text) for text in texts):
            unread += [text for text in texts if any(map(str.isdigit, text)) and not has_24_hours(text)]
    return unread


def mixed_dates(fields: Mapping[str, FieldAnswer], samples: Samples) -> DateEvidence:
    """Return a stored and a typed date of the file, where it has both."""
    evidence = DateEvidence()
    for text in _dates(fields, samples):
        evidence.add(text)
    return evidence


def _dates(fields: Mapping[str, FieldAnswer], samples: Samples) -> list[str]:
    """Return the values of the column of dates."""
    return samples.kinds_under(fields.get("date", {}).get("column", ""))


def _moments(fields: Mapping[str, FieldAnswer], samples: Samples) -> list[str]:
    """Return the values of the columns of moments, without times of the day."""
    texts = [
        text
        for name in ("time_in", "time")
        for text in samples.kinds_under(fields.get(name, {}).get("column", ""))
    ]
    return [text for text in texts if time_of_day(text) is None]


def _is_typed_serial(text: str) -> bool:
    return not isinstance(text, Exact) and is_serial(text)


def number_samples(
    module: RecordModule[DailyRecord], fields: Mapping[str, FieldAnswer], samples: Samples
) -> list[str]:
    """Return one typed number of each kind in the columns of number fields."""
    columns = [column.name for column in module.entered_columns if column.is_number]
    return [
        text
        for name in columns
        for text in samples.kinds_under(fields.get(name, {}).get("column", ""))
        if not isinstance(text, Exact)
    ]


def proven_mark(texts: Sequence[str]) -> str:
    """Return the only decimal mark with which all texts are numbers; empty for both or none."""
    marks = {mark for text in texts if (mark := proven_decimal_mark(text))}
    return marks.pop() if len(marks) == 1 else ""


def proven_date_order(texts: Sequence[str]) -> str:
    """Return the only order of day, month and year in which all texts are dates; empty for several."""
    if any(map(_is_typed_serial, texts)):
        return ""
    parts = [found.groups()[:3] for text in texts if (found := SPLIT_DATE.fullmatch(normalized(text)))]
    if not parts or any(map(has_short_year, texts)):
        return ""
    if all(len(first) == 4 for first, _second, _third in parts):
        return "ymd"
    day_first = any(int(first) > 12 for first, _second, _third in parts)
    month_first = any(int(second) > 12 for _first, second, _third in parts)
    if day_first == month_first or any(len(first) == 4 for first, _second, _third in parts):
        return ""
    return "dmy" if day_first else "mdy"


def _table_guess(module: RecordModule[DailyRecord], head: Head, line: int) -> TableGuess:
    headings = head.headings(line)
    found = fitting_formulas(module, headings)
    named = {name for name, formulas in found.items() if formulas}
    is_unambiguous = all(len(formulas) < 2 for formulas in found.values())
    derived = {
        word
        for column in module.list_columns
        if column.is_derived
        for word in (column.name, str(column.label))
    }
    other = bool(site_headings(headings)) + bool(record_id_heading(module, headings))
    used = {answer_from_formula(formula)["column"] for formulas in found.values() for formula in formulas}
    samples = Samples(headings, head.below(line))
    other += sum(
        heading in derived or is_index(heading, samples) for heading in headings if heading not in used
    )
    return TableGuess(
        module=module,
        sheet=head.sheet,
        line=line,
        named=len(named),
        unknown=len([heading for heading in headings if heading]) - len(named) - other,
        is_complete=is_unambiguous and not missing_fields(module, named),
        depth=head.headings_depth,
    )


def _guess_site(samples: Samples, sites: Sequence[Site]) -> str:
    names = {normalize(word) for site in sites for word in (site.code, site.name)}
    for heading in site_headings(samples.headings):
        return f"{COLUMN}{heading}"
    for heading in samples.headings:
        if _share(samples.under(heading), lambda text: normalize(text) in names) > MIN_SHARE:
            return f"{COLUMN}{heading}"
    if any({"site", "yard"} & set(re.split(r"[\s_]+", normalize(heading))) for heading in samples.headings):
        # It names sites that are unknown here.
        return ""
    return f"{CODE}{sites[0].code}" if len(sites) == 1 else ""


def _guess_by_values(
    module: RecordModule[DailyRecord],
    column: Column,
    samples: Samples,
    taken: Collection[str],
    known: Collection[str],
) -> str:
    """Return the column whose values look like this field's; empty where none or several do.

    `known` are the fields whose columns are found.
    """
    recognises = is_date if isinstance(column, DateColumn) else _recogniser(module, column)
    found = [
        heading
        for heading in samples.headings
        if heading
        and heading not in taken
        and not (isinstance(column, TonsColumn) and NO_NET_WEIGHT.search(heading))
        and not (column.is_number and is_index(heading, samples))
        and _share(samples.under(heading), recognises) > MIN_SHARE
    ]
    if isinstance(column, DateColumn):
        # A day rather than a moment, and the first of several.
        days = [heading for heading in found if not any(":" in text for text in samples.under(heading))]
        follows = module.form.fills_in.get(column.name) in known
        return (days or ([] if follows else found) or [""])[0]
    return found[0] if len(found) == 1 else ""


def _recogniser(module: RecordModule[DailyRecord], column: Column) -> Callable[[str], bool]:
    field = module.form.base_fields[column.name]
    if isinstance(field, CodedChoiceField) and not isinstance(field, SiteChoiceField):
        assert field.queryset is not None
        known = {normalize(word) for row in field.queryset.values_list("code", "name") for word in row}
        return lambda text: normalize(text) in known
    return lambda text: column.recognises(split_unit(text)[0])


def _share(texts: Sequence[str], recognises: Callable[[str], bool]) -> float:
    return sum(map(recognises, texts)) / len(texts) if texts else 0


def first_number(texts: Sequence[str], decimal_mark: str | None) -> Fraction | None:
    """Return the first number among some cells; None where none is one."""
    for text in texts:
        for mark in (decimal_mark or None, ".", ","):
            with suppress(CellError):
                return parse_number(split_unit(text)[0], mark)
    return None
