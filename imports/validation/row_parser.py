"""From the cells of a row to the values for a record's form."""

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Protocol

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.mapping.column_mapping import Layout, columns_of, required_fields
from imports.mapping.headings import words_of
from imports.parsing.dates import IGNORE, DateEvidence, TimeEvidence, is_midnight_time, parse_date
from imports.parsing.formulas import VOLUMES, Formula, parse_formula, parse_row_filter
from imports.parsing.lookups import Lookup
from imports.parsing.numbers import (
    DURATION,
    MarkEvidence,
    normalized,
    parse_hours,
    parse_number,
    parse_quantity,
    two_readings,
)
from imports.readers.base import Exact
from records.columns import CellError, Column, HoursColumn, NumberColumn, TextColumn
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Site

type Cells = Sequence[str]
# Results kept for each column: files repeat the same values.
CACHE_SIZE = 5_000
# The field of a rejected cell that holds the number of a record.
RECORD_ID = "id"


class FindMasterData(Protocol):
    """Finds the master data that a text names, for a field of a record at a site."""

    def __call__(self, name: str, site: Site, text: str) -> MasterData: ...


@dataclass(frozen=True)
class ValueParser:
    """Parses the basic values of one file, see `records.columns.CellParser`."""

    decimal_mark: str | None
    date_format: str | None
    stored_dates: str
    times: str
    find: FindMasterData
    # Whether the day numbers of the workbook begin with 1904.
    has_1904_dates: bool = False
    evidence: MarkEvidence = field(default_factory=MarkEvidence)
    time_evidence: TimeEvidence = field(default_factory=TimeEvidence)

    def number(self, text: str) -> Fraction:
        if self.decimal_mark is None:
            self.evidence.add(text)
        return parse_number(text, self.decimal_mark)

    def quantity(self, text: str, column: NumberColumn, formula: Formula) -> Fraction:
        """Return a number in the unit of its column's formula, though its cell may name another one."""
        if isinstance(column, HoursColumn) and DURATION.fullmatch(normalized(text)):
            return parse_hours(text, self.decimal_mark) / formula.factor
        if self.decimal_mark is None:
            self.evidence.add(text)
        words = words_of(column)
        if formula.unit in VOLUMES:
            words = {**words, formula.unit: formula.factor}
        number, factor = parse_quantity(text, self.decimal_mark, words)
        if factor is None:
            return number
        if not formula.is_sum:
            raise CellError(
                _("“%(text)s” has a unit, but its column is part of a calculation.") % {"text": text}
            )
        return number * factor / formula.factor

    def date(self, text: str, site: Site) -> dt.date:
        date = self._date(text, site, self.times)
        # A time of 00:00 matters only where the day of the site begins later.
        if not self.times and (not is_midnight_time(text) or self._date(text, site, IGNORE) != date):
            self.time_evidence.add(text)
        return date

    def _date(self, text: str, site: Site, times: str) -> dt.date:
        return parse_date(
            text,
            site,
            self.date_format,
            stored_dates=self.stored_dates,
            times=times,
            has_1904_dates=self.has_1904_dates,
        )

    def reference(self, column: Column, text: str, site: Site) -> MasterData:
        return self.find(column.name, site, text)


@dataclass
class ParsedRow:
    """The values of one row for the form, and the errors of the cells that could not be parsed."""

    values: dict[str, object] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldParser:
    """Parses one field of a record from a row: from which columns, and how."""

    headings: tuple[str, ...]
    places: tuple[int, ...]
    parse: Callable[[Cells, Site], object]
    # The number of a number field, not rounded. Raises CellError.
    amount: Callable[[Cells], Fraction | None] = lambda _cells: None

    def cell(self, cells: Cells) -> str:
        """Return the text of the field's cells."""
        return " · ".join(cells[place] for place in self.places)


class RowParser:
    """Parses the rows of one file for the form of a module."""

    def __init__(
        self,
        module: RecordModule[DailyRecord],
        layout: Layout,
        headings: Sequence[str],
        *,
        sites: Lookup[Site],
        find: FindMasterData,
        has_1904_dates: bool = False,
    ) -> None:
        """Raises ImportRefused where the layout does not fit the headings."""
        self._layout = layout
        self._headings = headings
        self._sites = sites
        self._values = ValueParser(
            layout.decimal_mark, layout.date_format, layout.stored_dates, layout.times, find, has_1904_dates
        )
        self._dates = DateEvidence()
        self.columns = columns_of(module, layout, headings)
        self._module_columns = {column.name: column for column in module.sheet_columns}
        self.fields = {
            name: self._field_parser(self._module_columns[name], text) for name, text in self.columns.items()
        }
        self._constants_by_site: dict[int, dict[str, object]] = {}
        self._filters = [parse_row_filter(text, headings, layout.decimal_mark) for text in layout.row_filters]
        self._required = [name for name in required_fields(module) if name in self.fields]
        self._replacements = self._replacements_by_cell()
        self._replaced_places = {place for place, _before in self._replacements}
        self._site_place = self._place(layout.site_column) if layout.site_column else None
        self._record_id_place = self._place(layout.record_id_column) if layout.record_id_column else None

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """Return the places of the cells of each field, and of the site and the record's number."""
        places = {name: parser.places for name, parser in self.fields.items()}
        if self._site_place is not None:
            places["site"] = (self._site_place,)
        if self._record_id_place is not None:
            places[RECORD_ID] = (self._record_id_place,)
        return places

    def require_decimal_mark(self) -> None:
        """Raise ImportRefused where no number parsed so far shows what the marks in the others mean."""
        evidence = self._values.evidence
        if evidence.ambiguous and not evidence.is_proven:
            raise ImportRefused(
                _("%(readings)s Choose the decimal mark.") % {"readings": two_readings(evidence.ambiguous)},
                option="--decimal-mark",
            )

    def observe(self, cells: Cells) -> None:
        """Note how the date of a row is written, as the file has it."""
        if "date" in self.fields and not self._layout.stored_dates and not self._dates.is_mixed:
            self._dates.add(cells[self.fields["date"].places[0]])

    def require_one_kind_of_dates(self) -> None:
        """Raise ImportRefused where some dates are stored as such and others typed in another order."""
        if self._dates.is_mixed:
            raise ImportRefused(
                _(
                    "The column of dates has dates such as %(stored)s and texts such as %(typed)s. A"
                    " spreadsheet makes this of dates with the day first when it expects the month first, and"
                    " swaps day and month in the first kind. Choose what the first kind means."
                )
                % {"stored": self._dates.stored, "typed": self._dates.typed},
                option="--stored-dates",
            )

    def require_times(self) -> None:
        """Raise ImportRefused where all times of the dates are 00:00, and days differ without them."""
        if self._values.time_evidence.is_midnight:
            raise ImportRefused(
                _("All times are 00:00, such as “%(text)s”. Choose whether they count or are days.")
                % {"text": self._values.time_evidence.midnight},
                option="--times ignore|keep",
            )

    def is_record(self, cells: Cells) -> bool:
        """Return whether the row meets every filter."""
        return all(meets(cells) for meets in self._filters)

    def lacks_identity(self, cells: Cells) -> bool:
        """Return whether a cell is empty that says what every record is about, besides its quantity."""
        return any(not cells[place].strip() for place in self.identity_places)

    @cached_property
    def identity_places(self) -> set[int]:
        """Return the places of the cells that say what a record is about."""
        names = [name for name in self._required if not isinstance(self._module_columns[name], NumberColumn)]
        return {place for name in names for place in self.fields[name].places}

    def amount(self, cells: Cells) -> Fraction | None:
        """Return the quantity of a row, not rounded; None where it has none."""
        name = next((name for name in ("qty_ton", "counted_ton") if name in self.fields), "")
        with suppress(CellError):
            return self.fields[name].amount(cells) if name else None
        return None

    def record_id(self, cells: Cells) -> str:
        """Return the number of the existing record of the row; empty for a new one."""
        return "" if self._record_id_place is None else cells[self._record_id_place].strip()

    def with_replacements(self, cells: Cells) -> Cells:
        """Return the cells with the values that the user replaced."""
        if not self._replacements:
            return cells
        return [
            self._replacements.get((place, cell.strip()), cell) if place in self._replaced_places else cell
            for place, cell in enumerate(cells)
        ]

    def source(self, name: str, cells: Cells) -> tuple[str, str]:
        """Return where a field comes from: its headings and the text of its cells, or its constant."""
        if name == "site":
            return self._layout.site_column, cells[self._place(self._layout.site_column)]
        if name == RECORD_ID:
            return self._layout.record_id_column, self.record_id(cells)
        if name in self.fields:
            parser = self.fields[name]
            return " · ".join(parser.headings), parser.cell(cells)
        if name in self._layout.constants:
            return str(self._module_columns[name].label), self._layout.constants[name]
        column = self._module_columns.get(name)
        return "" if name == NON_FIELD_ERRORS else str(column.label) if column else name, ""

    def site_of(self, cells: Cells) -> Site:
        """Return the site of a row. Raises CellError, and ImportRefused where it is that of every row."""
        if self._site_place is None:
            try:
                return self._sites.find(self._layout.site_code)
            except CellError as error:
                raise ImportRefused(error.message) from error
        text = cells[self._site_place].strip()
        if not text:
            raise CellError(_("The row has no site."))
        return self._sites.find(text)

    def parse(self, cells: Cells, site: Site) -> ParsedRow:
        """Return the values of a row for the form."""
        row = ParsedRow()
        for name, parser in self.fields.items():
            try:
                row.values[name] = parser.parse(cells, site)
            except CellError as error:
                row.errors[name] = error.message
                row.values[name] = ""
        row.values.update(self._constants_at(site))
        return row

    def _constants_at(self, site: Site) -> dict[str, object]:
        """Return the values that are the same in every row of a site. Raises ImportRefused."""
        assert site.pk is not None
        known = self._constants_by_site.get(site.pk)
        if known is None:
            known = self._constants_by_site[site.pk] = {}
            for name, text in self._layout.constants.items():
                column = self._module_columns[name]
                try:
                    known[name] = column.parse(text, parser=self._values, site=site)
                except CellError as error:
                    raise ImportRefused(f"{column.label}: {error.message}") from error
        return known

    def _place(self, heading: str) -> int:
        if heading not in self._headings:
            raise ImportRefused(
                _("The file has no column “%(name)s”. It has: %(headings)s.")
                % {"name": heading, "headings": ", ".join(filter(None, self._headings))}
            )
        return self._headings.index(heading)

    def _field_parser(self, column: Column, text: str) -> FieldParser:
        if isinstance(column, NumberColumn):
            return self._number_parser(column, text)
        place = self._place(text)
        values = self._values
        if isinstance(column, TextColumn):
            return FieldParser((text,), (place,), lambda cells, _site: cells[place].strip())

        # A stored number or date is another value than a text that looks the same.
        @lru_cache(maxsize=CACHE_SIZE, typed=True)
        def parse(cell: str, site: Site) -> object:
            return column.parse(cell, parser=values, site=site)

        return FieldParser((text,), (place,), lambda cells, site: parse(cells[place], site))

    def _number_parser(self, column: NumberColumn, text: str) -> FieldParser:
        formula = parse_formula(text, self._headings, column.units)
        places = tuple(self._place(heading) for heading in formula.headings)
        unit_place = self._place(formula.unit_heading) if formula.unit_heading else None
        values = self._values

        @lru_cache(maxsize=CACHE_SIZE, typed=True)
        def calculate(*texts: str) -> tuple[Fraction, object]:
            amount = formula.of([values.quantity(each, column, formula) for each in texts])
            return amount, column.from_fraction(amount)

        def given(cells: Cells) -> list[str]:
            texts = [cells[place] for place in places]
            if not all(text.strip() for text in texts):
                return []
            return texts if unit_place is None else [_with_unit(texts[0], cells[unit_place])]

        def parse(cells: Cells, _site: Site) -> object:
            texts = given(cells)
            return calculate(*texts)[1] if texts else ""

        def amount(cells: Cells) -> Fraction | None:
            texts = given(cells)
            return calculate(*texts)[0] if texts else None

        return FieldParser(formula.headings, places, parse, amount)

    def _replacements_by_cell(self) -> dict[tuple[int, str], str]:
        found: dict[tuple[int, str], str] = {}
        for each in self._layout.replacements:
            heading = each.column
            if heading not in self._headings and heading in self.fields:
                heading = self.fields[heading].headings[0]
            if found.setdefault((self._place(heading), each.before.strip()), each.after) != each.after:
                raise ImportRefused(
                    _("“%(before)s” of %(column)s is replaced in two ways.")
                    % {"before": each.before, "column": each.column}
                )
        return found


def _with_unit(text: str, unit: str) -> str:
    """Return a number with the unit that its row names. Raises CellError."""
    if not unit.strip():
        raise CellError(_("“%(text)s” has no unit in its row.") % {"text": text})
    return Exact(f"{text} {unit.strip()}") if isinstance(text, Exact) else f"{text} {unit.strip()}"
