"""The grid of a module on a site's day, made from the module's definition alone."""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.core.cache import caches
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.day_sheet.cells import GridColumn, OptionsOfSheet, definition_of, typed
from dashboard.day_sheet.habits import EarlierDay, Habits, Values, earlier_day, habits_of, row_for_each
from dashboard.day_sheet.rejected import RejectedRow
from equipment.readings.figures import Proposal
from records.forms import CodedChoiceField, Option
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import shown_date
from records.pages.table import filled, path_with_id, row_pattern
from sites.models import Site

ONE_DAY = dt.timedelta(days=1)
# In the values of an offered row: where they are from.
PROPOSED_BY = "proposed_by"


@dataclass(frozen=True)
class Total:
    """A total of a grid, as a person reads it."""

    label: str
    text: str
    unit: str


class Grid[R: DailyRecord]:
    """The rows of a module on a site's day, and room to enter more."""

    def __init__(
        self,
        module: RecordModule[R],
        *,
        site: Site,
        date: dt.date,
        takes_entries: bool,
        is_closed: bool = False,
        rejected: RejectedRow | None = None,
        is_copied: bool = False,
        csrf_token: str = "",
        records: Sequence[R] | None = None,
        options: OptionsOfSheet | None = None,
        proposals: Sequence[Proposal] = (),
        sums: Sequence[object] = (),
        last_change: str = "",
    ) -> None:
        """`records`, `options` and `sums` are those of the day, where they have been read.

        `last_change` differs after each change of the module's records at the site.
        """
        self.module = module
        self.site = site
        self.date = date
        self.takes_entries = takes_entries
        self.is_closed = is_closed
        self.rejected = rejected if rejected is not None and rejected.slug == module.slug else None
        self.is_copied = is_copied
        self.csrf_token = csrf_token
        self.proposals = proposals
        self._records = records
        self._sums = sums
        self._last_change = last_change
        self._read_options = {} if options is None else options
        self._patterns: dict[tuple[object, ...], str] = {}
        self._choices: dict[tuple[str, str, bool], str] = {}

        self.definition = definition_of(module)

    @property
    def slug(self) -> str:
        return self.module.slug

    @property
    def columns(self) -> list[GridColumn[R]]:
        return self.definition.columns

    @property
    def width(self) -> int:
        """Return the number of columns of the table, including the state of the row."""
        return len(self.columns) + 1

    @cached_property
    def records(self) -> Sequence[R]:
        if self._records is not None:
            return self._records
        return self.definition.records.all(site=self.site.pk, date=self.date)

    def records_with(self, keys: Collection[int]) -> dict[int, R]:
        """Return some records of the day by their ids as they are now, as rows show them."""
        records = self.definition.some_records.all(site=self.site.pk, date=self.date, keys=list(keys))
        return {record.pk: record for record in records}

    @cached_property
    def totals(self) -> list[Total]:
        """Return the number of rows and their totals. At most one query."""
        read = self._sums or self.definition.totals.first(site=self.site.pk, date=self.date)
        found, *sums = read or (0,)
        rows = Total("", str(found), self.definition.line if found == 1 else self.definition.lines)
        totals = [
            Total(label, column.format(amount), unit)
            for (column, label, unit), amount in zip(
                self.definition.labelled_totals, sums, strict=bool(found)
            )
        ]
        return [rows, *(total for total in totals if total.text)]

    @property
    def totals_html(self) -> SafeString:
        """Return the number of rows and their totals, as `_totals.html` renders them."""
        totals = self.totals
        kind = (self.slug, *((total.label, total.unit) for total in totals))
        pattern = row_pattern("dashboard/day_sheet/_totals.html", kind, {"slug": self.slug, "totals": totals})
        return filled(pattern, {f"text_{number}": total.text for number, total in enumerate(totals)})

    @property
    def kept(self) -> str:
        """Return the fields that a new row copies from the row above it.

        A field that alone makes a row different from the one above is not copied.
        """
        fields = self.definition.form.fields
        kept = [name for name in self.module.kept_fields if name != "date"]
        own = [name for name in fields if name in set(self.module.model.identity) - {"site", "date"}]
        if own and set(own) <= set(kept):
            kept.remove(next(name for name in own if isinstance(fields[name], CodedChoiceField)))
        return " ".join(kept)

    @cached_property
    def _usual(self) -> tuple[Habits, EarlierDay]:
        """Return what the site usually enters, and the rows of the day before, as of their last change."""
        unique = [column.name for column in self.columns if column.is_unique_text]
        site = self.site
        last_change = self._last_change or site.change_number
        key = f"{self.slug}:{site.pk}:{last_change}:{self.date}:{site.decimal_mark}"
        usual: tuple[Habits, EarlierDay] | None = caches["usual_entries"].get(key)
        if usual is None:
            usual = (
                habits_of(self.module, self.definition.form, site=self.site, unique_texts=unique),
                earlier_day(self.module, site=self.site, date=self.date),
            )
            caches["usual_entries"].set(key, usual)
        return usual

    @property
    def habits(self) -> Habits:
        """Return what the site usually enters in this grid; nothing where nobody enters."""
        return self._usual[0] if self.takes_entries else Habits()

    @property
    def earlier(self) -> EarlierDay:
        return self._usual[1]

    @property
    def copies(self) -> Sequence[Values]:
        """Return the rows of the day before, where they are offered for copying."""
        return () if self.module.line_for_each or not self.takes_new_rows else self.earlier.rows

    @property
    def offers_copies(self) -> bool:
        return bool(self.copies) and not self.is_copied

    @property
    def copy_label(self) -> str:
        if self.earlier.date == self.date - ONE_DAY:
            return _("Copy yesterday's lines")
        shown_date = date_format(self.earlier.date, "l j M") if self.earlier.date else ""
        return _("Copy the lines of %s") % shown_date

    @cached_property
    def address(self) -> str:
        """Return the address to which a new row is sent."""
        return reverse("day:create", args=[self.site.code, self.date, self.slug])

    @cached_property
    def takes_lines(self) -> bool:
        """Return whether the site enters these records line by line, and not as loads at the gate alone."""
        return self.module.model.takes_lines(self.site)

    @property
    def takes_new_rows(self) -> bool:
        return self.takes_entries and self.takes_lines

    @property
    def has_rows(self) -> bool:
        return self.takes_new_rows or bool(self.records) or self.rejected is not None

    @property
    def html(self) -> SafeString:
        """Return the grid: its pattern, filled with the rows and totals of the day."""
        kind = (
            self.slug,
            self.takes_entries,
            self.takes_lines,
            self.offers_copies,
            self.has_rows,
        )
        pattern = row_pattern("dashboard/day_sheet/_grid.html", kind, {"grid": self})
        values = {
            "site": self.site.code,
            "templates": reverse("day:template", args=[self.site.pk, self.slug]),
            "day": urlencode({"site": self.site.code, "from": self.date, "to": self.date}),
            "unused": " ".join(self.habits.unused),
            "starts": self.habits.starts_with,
            "totals": self.totals_html,
            "copy_label": self.copy_label if self.offers_copies else "",
            "copies": str(len(self.copies)) if self.offers_copies else "",
            "rows": self.rows_html,
            "empty_row": self.empty_row_html if self.takes_entries else "",
        }
        return filled(pattern, values)

    @cached_property
    def rows_html(self) -> SafeString:
        """Return the records, the offered rows, and an empty one, as `_row.html` renders them."""
        rows = [self._record_html(record) for record in self.records]
        if self.takes_entries and self.rejected is not None and self.rejected.record_id is None:
            rows.append(self._html("rejected", self.rejected.values, rejected=self.rejected))
        if self.takes_new_rows:
            rows += [
                self._html(f"offered-{number}", values, is_offered=True)
                for number, values in enumerate(self._offered)
            ]
            rows.append(self._html("new-0", {}))
        return SafeString("".join(rows))

    @property
    def empty_row_html(self) -> SafeString:
        """Return room for a record, with the defaults of the form."""
        return self._html("new", {})

    @property
    def _offered(self) -> list[Values]:
        """Return the rows that are offered: usual ones, and those that counters propose."""
        rows = list(self._usual_rows)
        sources = {column.name: column.source for column in self.columns if column.takes_input}
        for proposal in self.proposals:
            values = {name: typed(value, self.site.decimal_mark) for name, value in proposal.values.items()}
            is_recorded = any(
                all(str(getattr(record, sources[name])) == values[name] for name in proposal.identity)
                for record in self.records
            )
            if is_recorded:
                continue
            values[PROPOSED_BY] = proposal.source
            # The usual row of the same machine gives what the counter does not know.
            same = values.get(self.module.line_for_each, "")
            place = next(
                (
                    number
                    for number, row in enumerate(rows)
                    if same and row.get(self.module.line_for_each) == same and PROPOSED_BY not in row
                ),
                None,
            )
            if place is None:
                rows.append(values)
            else:
                rows[place] = {**rows[place], **values}
        return rows

    @property
    def _usual_rows(self) -> Sequence[Values]:
        if self.module.line_for_each:
            options = self._options[self.module.line_for_each]
            choices = [option.value for option in options if option.value]
            return row_for_each(self.module, choices=choices, recorded=self.records, earlier=self.earlier)
        return self.copies if self.is_copied else ()

    @property
    def offers(self) -> dict[str, object]:
        """Return what the page's scripts offer without another request."""
        habits = self.habits
        return {
            "copies": list(self.copies),
            "completed": habits.completed,
            "used": habits.used,
            "last": habits.last,
        }

    @cached_property
    def _options(self) -> dict[str, tuple[Option, ...]]:
        return {column.name: column.options(self.site, self._read_options) for column in self.columns}

    @cached_property
    def _blank(self) -> dict[str, str]:
        mark = self.site.decimal_mark
        return {name: typed(value, mark) for name, value in self.definition.blank.items()}

    def values_of(self, record: R) -> dict[str, str]:
        """Return what a person would type to enter this record."""
        values, mark = self.module.form.values_of(record), self.site.decimal_mark
        return {
            column.name: typed(values[column.name], mark)
            for column in self.columns
            if column.takes_input and column.name not in record.fixed_fields
        }

    def derived_of(self, record: R) -> dict[str, str]:
        """Return the derived values of a record, as they are shown."""
        return {
            column.name: column.column.text_of(record) for column in self.columns if not column.takes_input
        }

    def estimates_of(self, record: R) -> dict[str, str]:
        """Return the placeholders of the inputs that were left empty."""
        return {column.name: column.estimate(record) for column in self.columns if column.takes_input}

    @cached_property
    def _begin_and_end(self) -> tuple[dt.datetime, dt.datetime]:
        begin, end = (
            self.site.settings_on(date).day_start(date) for date in (self.date, self.date + ONE_DAY)
        )
        return begin, end

    def saved_at(self, record: R) -> str:
        """Return when a record was saved, in the site's time."""
        begin, end = self._begin_and_end
        at = record.updated_at.astimezone(self.site.zone)
        time = f"{at.hour:02}:{at.minute:02}"
        return time if begin <= at < end else f"{shown_date(at.date(), 'j M')} {time}"

    # --- A row as HTML

    def _record_html(self, record: R) -> SafeString:
        rejected = self.rejected
        if rejected is not None and rejected.record_id != record.pk:
            rejected = None
        if not self.takes_entries:
            return self._html(str(record.pk), {}, record=record)
        values = self.values_of(record)
        if rejected is not None:
            values |= rejected.values
        return self._html(str(record.pk), values, record=record, rejected=rejected)

    def _html(
        self,
        name: str,
        values: Mapping[str, str],
        *,
        record: R | None = None,
        rejected: RejectedRow | None = None,
        is_offered: bool = False,
    ) -> SafeString:
        """Return a row of the grid: its pattern, with these values or else those of a blank row."""
        if record is None:
            values = {**self._blank, **values}
        filling = {
            "row": f"{self.slug}-{name}",
            "address": self.address,
            "csrf": self.csrf_token,
            "key": (rejected and rejected.key) or secrets.token_hex(16),
            "message": values.get(PROPOSED_BY, ""),
            "confirmed": "",
        }
        fixed = () if record is None else tuple(record.fixed_fields)
        is_short = record is not None and rejected is None
        for column in self.columns:
            filling[column.cell_name] = self._cell(
                column, values, record, is_fixed=column.name in fixed, is_short=is_short
            )
            if column.hint_name:
                filling[column.hint_name] = column.estimate(record)
        if record is not None:
            shown = (rejected and rejected.current) or record
            filling |= {
                # A row's address is that of its grid with its id, as `dashboard/urls.py` has it.
                "address": f"{self.address}{record.pk}/",
                "record": str(record.pk),
                "version": str(shown.version),
                "at": self.saved_at(record),
                "by": str(record.updated_by),
                "edit": f"{path_with_id(f'{self.slug}:edit', record.pk)}?site={self.site.code}",
                "delete": f"{path_with_id(f'{self.slug}:delete', record.pk)}?site={self.site.code}",
            }
        is_proposed = PROPOSED_BY in values
        kind = (record is not None, is_offered, fixed, is_proposed)
        if rejected is None and kind in self._patterns:
            return filled(self._patterns[kind], filling)
        context = {
            "is_proposed": is_proposed,
            "grid": self,
            "fixed": fixed,
            "is_saved": record is not None,
            "is_offered": is_offered,
            "rejected": rejected,
            "row": f"{self.slug}-{name}",
        }
        if rejected is not None:
            filling["message"] = render_to_string("dashboard/day_sheet/_rejected.html", context)
            filling["confirmed"] = rejected.confirmation
            return filled(render_to_string("dashboard/day_sheet/_row.html", context), filling)
        self._patterns[kind] = row_pattern(
            "dashboard/day_sheet/_row.html", (self.slug, self.takes_entries, self.is_closed, *kind), context
        )
        return filled(self._patterns[kind], filling)

    def _cell(
        self,
        column: GridColumn[R],
        values: Mapping[str, str],
        record: R | None,
        *,
        is_fixed: bool,
        is_short: bool,
    ) -> str:
        """Return what a cell has in it; a short one of a choice has the chosen option alone."""
        if record is not None and (is_fixed or not self.takes_entries):
            return column.plain_text(record)
        if not column.takes_input:
            return "" if record is None else column.column.text_of(record)
        value = values.get(column.name, "")
        if not column.is_choice:
            return value
        known = self._choices.get((column.name, value, is_short))
        if known is None:
            options = self._options[column.name]
            if is_short:
                options = tuple(option for option in options if option.value == value)
            known = column.options_html(value, options, record)
            self._choices[column.name, value, is_short] = known
        return known
