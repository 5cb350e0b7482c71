"""From the cells of a row to the values of a record's form."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Protocol

from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Field
from django.utils.translation import gettext as _

from core.db.fields import ScaledDecimalField
from imports.errors import CellRefused, ImportRefused
from imports.mapping.column_mapping import Layout, columns_of
from imports.mapping.headings import UNITS
from imports.parsing.dates import read_date
from imports.parsing.formulas import Formula, parse
from imports.parsing.lookups import Lookup, plain
from imports.parsing.numbers import read_number, rounded
from imports.parsing.row_filters import parse_condition
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule
from sites.models import MasterData, Site

type Cells = Sequence[str]
MOST_REMEMBERED = 5_000
# The field of a refused cell that holds the number of a record.
NUMBER = "id"
# How the line of sums under a table begins.
TOTALS = frozenset({"total", "totals", "sum", "grand total"})


class Finder(Protocol):
    """Finds the master data that a text names, for a field of a record at a site."""

    def __call__(self, name: str, site: Site, text: str) -> MasterData: ...


@dataclass
class Filled:
    """The values of one row for the form, and the fields whose cells could not be read."""

    values: dict[str, object] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldReader:
    """Reads one field of a record from a row: its columns, and how."""

    name: str
    headings: tuple[str, ...]
    places: tuple[int, ...]
    read: Callable[[Cells, Site], object]

    def cell(self, cells: Cells) -> str:
        """Return what the file says for this field, as it stands there."""
        return " · ".join(cells[place] for place in self.places)


class RowReader:
    """Fills the form of a module from the rows of one file."""

    def __init__(
        self,
        module: RecordModule[DailyRecord],
        layout: Layout,
        headings: Sequence[str],
        *,
        sites: Lookup[Site],
        find: Finder,
    ) -> None:
        """Fit the layout to the headings. Raises ImportRefused where it does not fit."""
        self._module = module
        self._layout = layout
        self._headings = headings
        self._sites = sites
        self._find = find
        self.columns = columns_of(module, layout, headings)
        fields = {column.name: column for column in module.sheet_columns}
        self.fields = {name: self._reader(fields[name], text) for name, text in self.columns.items()}
        self._constants = {
            name: self._constant(fields[name], text) for name, text in layout.constants.items()
        }
        self._constants_of: dict[int, dict[str, object]] = {}
        self._conditions = [
            parse_condition(text, headings, layout.decimal_mark) for text in layout.conditions
        ]
        self._totals = TOTALS | {plain(_("Total"))}
        self._changes = self._value_changes()
        self._site_place = self._place(layout.site_column) if layout.site_column else None
        self._number_place = self._place(layout.number_column) if layout.number_column else None
        self._require_single_headings()

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """Return the places of the cells that say a field, the site among them."""
        places = {name: reader.places for name, reader in self.fields.items()}
        if self._site_place is not None:
            places["site"] = (self._site_place,)
        if self._number_place is not None:
            places[NUMBER] = (self._number_place,)
        return places

    @property
    def site_heading(self) -> str:
        return self._layout.site_column

    def is_meant(self, cells: Cells) -> bool:
        """Say whether the row is a record that meets every condition, and not the sums of those above it."""
        return not self._is_total(cells) and all(condition(cells) for condition in self._conditions)

    def _is_total(self, cells: Cells) -> bool:
        first = next((plain(cell) for cell in cells if cell.strip()), "")
        if first not in self._totals:
            return False
        date = self.fields.get("date")
        return date is None or plain(date.cell(cells)) in ("", first)

    def number_of(self, cells: Cells) -> str:
        """Return the number of the record that the row says it is; empty where it is a new one."""
        return "" if self._number_place is None else cells[self._number_place].strip()

    def changed(self, cells: Cells) -> Cells:
        """Return the cells with the values that the person had changed."""
        if not self._changes:
            return cells
        return [
            self._changes.get((place, cell.strip()), cell) if place in self._changing else cell
            for place, cell in enumerate(cells)
        ]

    def source(self, name: str, cells: Cells) -> tuple[str, str]:
        """Return where a field comes from and what stands there: its headings and cells, or its constant."""
        if name == "site":
            return self.site_heading, cells[self._place(self.site_heading)]
        if name == NUMBER:
            return self._layout.number_column, self.number_of(cells)
        if name in self.fields:
            reader = self.fields[name]
            return " · ".join(reader.headings), reader.cell(cells)
        if name in self._layout.constants:
            return name, self._layout.constants[name]
        return ("" if name == NON_FIELD_ERRORS else name), ""

    def site_of(self, cells: Cells) -> Site:
        """Return the site of a row. Raises CellRefused, and ImportRefused where it is that of every row."""
        if self._site_place is None:
            try:
                return self._sites.find(self._layout.site_code)
            except CellRefused as refused:
                raise ImportRefused(refused.message) from refused
        text = cells[self._site_place].strip()
        if not text:
            raise CellRefused(_("The row names no site."))
        return self._sites.find(text)

    def fill(self, cells: Cells, site: Site) -> Filled:
        """Return what the form is to be given for a row."""
        filled = Filled()
        for name, reader in self.fields.items():
            try:
                filled.values[name] = reader.read(cells, site)
            except CellRefused as refused:
                filled.problems[name] = refused.message
                filled.values[name] = ""
        filled.values.update(self._constants_at(site))
        return filled

    def _constants_at(self, site: Site) -> dict[str, object]:
        """Return what is the same in every row of a site. Raises ImportRefused where it cannot be read."""
        assert site.pk is not None
        known = self._constants_of.get(site.pk)
        if known is None:
            known = self._constants_of[site.pk] = {}
            for name, read in self._constants.items():
                try:
                    known[name] = read(site)
                except CellRefused as refused:
                    raise ImportRefused(f"{name}: {refused.message}") from refused
        return known

    def _place(self, heading: str) -> int:
        if heading not in self._headings:
            raise ImportRefused(
                _("The file has no column “%(name)s”. It has: %(headings)s.")
                % {"name": heading, "headings": ", ".join(filter(None, self._headings))}
            )
        return self._headings.index(heading)

    def _reader(self, column: Column, text: str) -> FieldReader:
        if column.kind.is_number:
            formula = parse(text, self._headings, UNITS.get(column.kind, {}))
            places = tuple(self._headings.index(heading) for heading in formula.headings)
            return FieldReader(column.name, formula.headings, places, self._number(column, formula, places))
        place = self._place(text)
        read = self._text(column)
        return FieldReader(column.name, (text,), (place,), lambda cells, site: read(cells[place], site))

    def _constant(self, column: Column, text: str) -> Callable[[Site], object]:
        if column.kind.is_number:
            number = Formula(("",), lambda numbers: numbers[0])
            read_cells = self._number(column, number, (0,))
            reads: Callable[[Site], object] = lambda site: read_cells([text], site)  # noqa: E731
        else:
            read = self._text(column)
            reads = lambda site: read(text, site)  # noqa: E731
        return reads

    def _number(
        self, column: Column, formula: Formula, places: tuple[int, ...]
    ) -> Callable[[Cells, Site], object]:
        stored = self._module.model._meta.get_field(column.name)
        decimals = stored.places if isinstance(stored, ScaledDecimalField) else None
        mark = self._layout.decimal_mark

        # Weights come again and again, and exact fractions are slow to make.
        @lru_cache(maxsize=MOST_REMEMBERED)
        def number(*texts: str) -> object:
            result = formula.of([read_number(text, mark) for text in texts])
            if decimals is not None:
                return Decimal(rounded(result, decimals)).scaleb(-decimals)
            if result.denominator != 1:
                raise CellRefused(_("This must be a whole number."))
            return result.numerator

        def read(cells: Cells, _site: Site) -> object:
            texts = [cells[place].strip() for place in places]
            return number(*texts) if all(texts) else ""

        return read

    def _text(self, column: Column) -> Callable[[str, Site], object]:
        """Return how a cell of this column is read, the site being known."""
        if column.kind is Kind.DATE:
            date_format = self._layout.date_format
            return lambda text, site: read_date(text, site, date_format) if text.strip() else ""
        if column.kind is Kind.CHOICE:
            return self._choice(column)
        if isinstance(self._module.form.base_fields[column.name], CodedChoiceField):
            name, find = column.name, self._find
            return lambda text, site: find(name, site, text.strip()) if text.strip() else ""
        return lambda text, _site: text.strip()

    def _choice(self, column: Column) -> Callable[[str, Site], object]:
        stored = self._module.model._meta.get_field(column.name)
        assert isinstance(stored, Field)
        known: dict[str, object] = {}
        for value, label in stored.flatchoices:
            known[plain(str(label))] = known[plain(str(value))] = value

        def read(text: str, _site: Site) -> object:
            name = plain(text)
            if name not in known:
                labels = ", ".join(str(label) for _value, label in stored.flatchoices)
                raise CellRefused(
                    _("“%(text)s” is not one of: %(labels)s.") % {"text": text.strip()[:50], "labels": labels}
                )
            return known[name]

        return read

    def _value_changes(self) -> dict[tuple[int, str], str]:
        changes: dict[tuple[int, str], str] = {}
        for change in self._layout.value_changes:
            heading = change.column
            if heading not in self._headings and heading in self.fields:
                heading = self.fields[heading].headings[0]
            key = (self._place(heading), change.before.strip())
            if changes.setdefault(key, change.after) != change.after:
                raise ImportRefused(
                    _("The value map changes “%(before)s” of %(column)s in two ways.")
                    % {"before": change.before, "column": change.column}
                )
        self._changing = {place for place, _before in changes}
        return changes

    def _require_single_headings(self) -> None:
        used = {heading for reader in self.fields.values() for heading in reader.headings}
        used |= {self._headings[place] for place in self._changing}
        used |= {self.site_heading, self._layout.number_column} - {""}
        times = Counter(self._headings)
        for heading in sorted(used):
            if times[heading] > 1:
                raise ImportRefused(
                    _("The file has the column “%(name)s” more than once.") % {"name": heading}
                )
