"""From the cells of a row to the values for a record's form."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Protocol

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.mapping.column_mapping import (
    OPERATING,
    QUANTITIES,
    TEXT,
    WEIGHTS,
    Layout,
    columns_of,
    required_fields,
)
from imports.mapping.headings import parse_heading, words_of
from imports.parsing.dates import (
    IGNORE,
    DateEvidence,
    TimeEvidence,
    is_midnight_time,
    parse_date,
    parse_moment,
)
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
from inventory.loads import NOT_A_MOMENT
from inventory.models import VOID
from records.columns import CellError, Column, HoursColumn, NumberColumn, PercentColumn, TextColumn
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Site

type Cells = Sequence[str]
# Results kept for each column: files repeat the same values.
CACHE_SIZE = 5_000
HALF_KILOGRAM = Fraction(1, 2000)
# The field of a rejected cell that holds the number of a record.
RECORD_ID = "id"


class UnknownNameError(CellError):
    """A name of a party, a vehicle or a container that nothing here has."""


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

    def moment(self, text: str, site: Site) -> dt.datetime | dt.time:
        return parse_moment(
            text,
            site,
            self.date_format,
            stored_dates=self.stored_dates,
            has_1904_dates=self.has_1904_dates,
        )

    def day(self, text: str, site: Site) -> dt.date:
        """Return the day that a cell names, whatever its time."""
        return self._date(text, site, IGNORE)

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
    warnings: list[str] = field(default_factory=list)


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
        self._model = module.model
        has_details = bool(layout.site_column) or module.model.takes_details(self._site_of_all())
        self.columns = columns_of(module, layout, headings, has_details=has_details)
        self._module_columns = {column.name: column for column in module.entered_columns}
        self.fields = {
            name: self._field_parser(self._module_columns[name], text) for name, text in self.columns.items()
        }
        self._moments = [name for name in ("time_in", "time") if name in self.fields]
        self._weights = [name for name in (*WEIGHTS, "qty_ton") if name in self.fields]
        self._quantity = next((name for name in ("qty_ton", "counted_ton") if name in self.fields), "")
        self._needs_quantity = "loads" in self._module_columns
        # A time of the day for which the date can be that of the calendar or the operating date.
        self._early = ""
        # The largest percentage of each column whose heading does not say that it is one.
        self._percents: dict[str, Fraction] = {}
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

    def require_percents(self) -> None:
        """Raise ImportRefused where no percentage of a column is more than 1, so that 0.125 may be 12.5 %."""
        for name, largest in self._percents.items():
            if 0 < largest <= 1:
                heading = self.fields[name].headings[0]
                raise ImportRefused(
                    _("No number of “%(heading)s” is above 1. Choose whether 0.125 is 0.125 %% or 12.5 %%.")
                    % {"heading": heading},
                    option=f"--column '{name}=[{heading}] percent|fraction'",
                )

    def require_ticket_dates(self) -> None:
        """Raise ImportRefused where times lie before their site's day begins, and nobody chose the date."""
        if self._early and not self._layout.ticket_dates:
            raise ImportRefused(
                _("%(time)s is before the day of the site begins. Choose which date such rows have.")
                % {"time": self._early},
                option="--ticket-dates calendar|operating",
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
        with suppress(CellError):
            if self._quantity:
                return self._amount(self._quantity, cells)
            gross, tare = (self._amount(each, cells) for each in WEIGHTS)
            return gross - tare if gross is not None and tare is not None else None
        return None

    def _amount(self, name: str, cells: Cells) -> Fraction | None:
        return self.fields[name].amount(cells) if name in self.fields else None

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
            return self._site_of_all()
        text = cells[self._site_place].strip()
        if not text:
            raise CellError(_("The row has no site."))
        return self._sites.find(text)

    def parse(self, cells: Cells, site: Site) -> ParsedRow:
        """Return the values of a row for the form."""
        row = ParsedRow()
        unknown: dict[str, str] = {}
        for name, parser in self.fields.items():
            try:
                row.values[name] = parser.parse(cells, site)
            except CellError as error:
                row.values[name] = ""
                if isinstance(error, UnknownNameError) and self._layout.unknown_parties == TEXT:
                    unknown[name] = parser.cell(cells).strip()
                else:
                    row.errors[name] = error.message
        row.values.update(self._constants_at(site))
        if row.values.get("load_state") in VOID and not row.values.get("qty_ton"):
            # An export has its tons as 0.
            row.values["qty_ton"] = ""
        if self._moments:
            try:
                self._set_moments(row, cells, site)
            except OverflowError:
                # At an end of the calendar.
                row.errors.setdefault(self._moments[-1], str(NOT_A_MOMENT))
        if len(self._weights) > 1:
            self._set_weights(row, cells)
        if unknown:
            self._keep_as_texts(row, unknown)
        if self._needs_quantity and not self._has_quantity(row):
            # A load without tons would be deemed by the material's usual load.
            row.errors.setdefault("qty_ton", _("Enter tons, or loads."))
        return row

    @staticmethod
    def _has_quantity(row: ParsedRow) -> bool:
        is_given = any(row.values.get(name) not in (None, "") for name in QUANTITIES)
        return is_given or row.values.get("load_state") in VOID or bool(row.errors.keys() & {*QUANTITIES})

    def _set_moments(self, row: ParsedRow, cells: Cells, site: Site) -> None:
        """Complete times of the day with the date of the row, and a date that is missing by the time."""
        times: dict[str, dt.time] = {
            name: value for name in self._moments if isinstance(value := row.values[name], dt.time)
        }
        if times:
            self._combine(row, times, cells, site)
        last = row.values.get("time") or row.values.get("time_in")
        if "date" not in row.values and isinstance(last, dt.datetime):
            row.values["date"] = site.operating_date(last)

    def _combine(self, row: ParsedRow, times: Mapping[str, dt.time], cells: Cells, site: Site) -> None:
        day = row.values.get("date")
        if "date" in self.fields and isinstance(day, dt.date):
            day = self._values.day(cells[self.fields["date"].places[0]], site)
        if not isinstance(day, dt.date):
            row.values.update(dict.fromkeys(times, ""))
            if "date" not in row.errors:
                name = next(iter(times))
                row.errors[name] = _("“%(time)s” needs a date.") % {"time": f"{times[name]:%H:%M}"}
            return
        settings = site.settings_on(day)
        is_operating = self._layout.ticket_dates == OPERATING
        early = [time for time in times.values() if time < settings.day_starts_at]
        if early:
            self._early = self._early or f"{early[0]:%H:%M}"
        for name, time in times.items():
            is_next = is_operating and time < settings.day_starts_at
            date = day + dt.timedelta(days=1) if is_next else day
            row.values[name] = dt.datetime.combine(date, time, settings.zone)
        first, last = row.values.get("time_in"), row.values.get("time")
        if (
            len(times) > 1
            and isinstance(first, dt.datetime)
            and isinstance(last, dt.datetime)
            and last < first
        ):
            # A lorry over midnight: the ticket has the date of its first weighing.
            row.values["time"] = last + dt.timedelta(days=1)
            shown = {"first": f"{first:%H:%M}", "last": f"{last:%H:%M}"}
            row.warnings.append(
                _("Out at %(last)s is before in at %(first)s: it is read as the next day.") % shown
            )
        if not is_operating:
            moment = row.values["time" if "time" in times else "time_in"]
            assert isinstance(moment, dt.datetime)
            if early:
                row.values["date"] = site.operating_date(moment)

    def _set_weights(self, row: ParsedRow, cells: Cells) -> None:
        """Check that net is gross less tare, and calculate the third of two."""
        if any(name in row.errors for name in self._weights):
            return
        gross, tare, net = (self._amount(name, cells) for name in (*WEIGHTS, "qty_ton"))
        stored = [row.values.get(name) or None for name in (*WEIGHTS, "qty_ton")]
        if gross is not None and tare is not None and net is not None:
            is_whole = all((each * 1000).denominator == 1 for each in (gross, tare, net))
            if abs(gross - tare - net) > (0 if is_whole else HALF_KILOGRAM):
                shown = {"gross": _tons(gross), "tare": _tons(tare), "net": _tons(net)}
                shown["right"] = _tons(gross - tare)
                row.errors["qty_ton"] = (
                    _("Gross %(gross)s t less tare %(tare)s t is %(right)s t, not %(net)s t.") % shown
                )
                return
            # Each was rounded to the kilogram by itself: the net stays as the file has it.
            stored[1] = None
        match stored:
            case [Decimal() as heavy, None, Decimal() as light]:
                row.values["tare_ton"] = heavy - light
            case [None, Decimal() as empty, Decimal() as light]:
                row.values["gross_ton"] = empty + light

    def _keep_as_texts(self, row: ParsedRow, unknown: Mapping[str, str]) -> None:
        """Keep names that nothing here has in the text of the same meaning, else in the notes."""
        texts = self._model.texts_of_references()
        notes = [str(row.values.get("notes") or "")]
        for name, text in unknown.items():
            place = texts.get(name)
            if place and not row.values.get(place):
                row.values[place] = text
            elif not place or row.values[place] != text:
                notes.append(f"{self._module_columns[name].label}: {text}")
        row.values["notes"] = "\n".join(filter(None, notes))

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

    def _site_of_all(self) -> Site:
        """Return the site that every row has. Raises ImportRefused."""
        try:
            return self._sites.find(self._layout.site_code)
        except CellError as error:
            raise ImportRefused(error.message) from error

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

        is_open = isinstance(column, PercentColumn) and not formula.unit and self._layout.finds_headings
        is_open = is_open and not parse_heading(text, column).unit

        @lru_cache(maxsize=CACHE_SIZE, typed=True)
        def calculate(*texts: str) -> tuple[Fraction, object]:
            amount = formula.of([values.quantity(each, column, formula) for each in texts])
            if is_open:
                self._percents[column.name] = max(abs(amount), self._percents.get(column.name, Fraction(0)))
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


def _tons(amount: Fraction) -> str:
    return f"{float(amount):,.6f}".rstrip("0").rstrip(".")


def _with_unit(text: str, unit: str) -> str:
    """Return a number with the unit that its row names. Raises CellError."""
    if not unit.strip():
        raise CellError(_("“%(text)s” has no unit in its row.") % {"text": text})
    return Exact(f"{text} {unit.strip()}") if isinstance(text, Exact) else f"{text} {unit.strip()}"
