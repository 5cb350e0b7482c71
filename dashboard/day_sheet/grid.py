"""The grid of a module on a site's day, made from the module's definition alone."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.day_sheet.cells import Cell, GridColumn, columns_of, typed
from dashboard.day_sheet.habits import Habits, habits_of
from dashboard.day_sheet.offers import EarlierDay, Values, earlier_day, row_for_each
from dashboard.day_sheet.rejected import RejectedRow
from records.columns import CountColumn
from records.forms import CodedChoiceField
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule
from records.pages.table import path_with_id
from sites.models import Site

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Total:
    """A total of a grid, as a person reads it."""

    label: str
    text: str
    unit: str


class Words(NamedTuple):
    """What the buttons of each row are called, in the user's language."""

    save: str
    delete: str
    clear: str


@dataclass(frozen=True)
class GridRow[R: DailyRecord]:
    """A row of a grid: a record, or room for one."""

    row_id: SafeString
    cells: Sequence[Cell[R]]
    save_address: str
    record: R | None = None
    saved_at: str = ""
    rejected: RejectedRow | None = None
    is_offered: bool = False
    delete_address: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def form_id(self) -> SafeString:
        return SafeString(f"{self.row_id}-form")

    @property
    def record_id(self) -> str:
        return str(self.record.pk) if self.record is not None else ""

    @property
    def version(self) -> str:
        """Return the version that the row was rendered from, or the one it conflicts with."""
        current = self.rejected.current if self.rejected is not None else None
        shown = current or self.record
        return str(shown.version) if shown is not None else ""

    @property
    def saved_by(self) -> str:
        return str(self.record.updated_by) if self.record is not None else ""

    @property
    def saved_text(self) -> str:
        """Return when it was saved; nothing for a row that is not."""
        if self.record is None or self.rejected is not None:
            return ""
        return _("Saved %(at)s") % {"at": self.saved_at}

    @property
    def submission_key(self) -> str:
        """Return the submission key; a rejected row keeps its own, since nothing was saved."""
        return (self.rejected and self.rejected.key) or self.key


class Grid[R: DailyRecord]:
    """The rows of a module on a site's day, and room to enter more."""

    def __init__(
        self,
        module: RecordModule[R],
        *,
        site: Site,
        date: dt.date,
        takes_entries: bool,
        rejected: RejectedRow | None = None,
        is_copied: bool = False,
    ) -> None:
        self.module = module
        self.site = site
        self.date = date
        self.takes_entries = takes_entries
        self.rejected = rejected if rejected is not None and rejected.slug == module.slug else None
        self.is_copied = is_copied
        self.form = module.shown_form(site=site)

    @property
    def slug(self) -> str:
        return self.module.slug

    @cached_property
    def columns(self) -> list[GridColumn[R]]:
        return columns_of(self.module, self.form)

    @property
    def width(self) -> int:
        """Return the number of columns of the table, including the state of the row."""
        return len(self.columns) + 1

    @cached_property
    def records(self) -> list[R]:
        return list(
            self._records.with_derived().select_related(*self.module.related, "updated_by").order_by("id")
        )

    def records_with(self, keys: Collection[int]) -> dict[int, R]:
        """Return some records of the day by their ids, as rows show them."""
        found = self._records.with_derived().select_related(*self.module.related, "updated_by")
        return {record.pk: record for record in found.filter(pk__in=keys)}

    @property
    def _records(self) -> RecordQuerySet[R]:
        records: RecordQuerySet[R] = self.module.model._default_manager.filter(  # type: ignore[assignment]
            site=self.site, date=self.date
        )
        return records

    @cached_property
    def totals(self) -> list[Total]:
        """Return the number of rows and their totals. One query."""
        sums = {f"sum_of_{column.name}": column.total for column in self.module.totals}
        found = self._records.order_by().aggregate(found=Count("pk"), **sums)
        rows = Total("", str(found["found"]), _("line") if found["found"] == 1 else _("lines"))
        # The label of a count names the unit.
        totals = [
            Total(
                str(column.label),
                column.format(found[f"sum_of_{column.name}"]),
                "" if isinstance(column, CountColumn) else str(column.unit),
            )
            for column in self.module.totals
        ]
        return [rows, *(total for total in totals if total.text)]

    @cached_property
    def earlier(self) -> EarlierDay:
        return earlier_day(self.module, site=self.site, date=self.date)

    @cached_property
    def copies(self) -> Sequence[Values]:
        """Return the rows of the day before, where they are offered for copying."""
        return () if self.module.line_for_each else self.earlier.rows

    @property
    def copy_label(self) -> str:
        if self.earlier.date == self.date - ONE_DAY:
            return _("Copy yesterday's lines")
        shown_date = date_format(self.earlier.date, "l j M") if self.earlier.date else ""
        return _("Copy the lines of %s") % shown_date

    @property
    def list_address(self) -> str:
        """Return the module's list of this day."""
        query = {"site": self.site.code, "from": self.date.isoformat(), "to": self.date.isoformat()}
        return reverse(f"{self.slug}:list", query=query)

    @cached_property
    def words(self) -> Words:
        return Words(save=_("Save"), delete=_("Delete this line"), clear=_("Clear this line"))

    @cached_property
    def address(self) -> str:
        """Return the address to which a new row is sent."""
        return reverse("day:create", args=[self.site.code, self.date, self.slug])

    @property
    def kept(self) -> str:
        """Return the fields that a new row copies from the row above it.

        A field that alone makes a row different from the one above is not copied.
        """
        kept = [name for name in self.module.kept_fields if name != "date"]
        own = [
            name for name in self.form.fields if name in set(self.module.model.identity) - {"site", "date"}
        ]
        if own and set(own) <= set(kept):
            kept.remove(next(name for name in own if isinstance(self.form.fields[name], CodedChoiceField)))
        return " ".join(kept)

    @cached_property
    def rows(self) -> list[GridRow[R]]:
        """Return the records, the offered rows, and an empty one."""
        rows = [self._row_of(record) for record in self.records]
        if not self.takes_entries:
            return rows
        offered = [self._new_row(f"offered-{number}", values) for number, values in enumerate(self._offered)]
        rejected = (
            [self._rejected_row()] if self.rejected is not None and self.rejected.record_id is None else []
        )
        return [*rows, *rejected, *offered, self.empty_row("new-0")]

    @property
    def _offered(self) -> Sequence[Values]:
        if self.module.line_for_each:
            column = next(column for column in self.columns if column.name == self.module.line_for_each)
            return row_for_each(
                self.module, choices=column.choices, recorded=self.records, earlier=self.earlier
            )
        return self.copies if self.is_copied else ()

    def empty_row(self, name: str = "new") -> GridRow[R]:
        """Return room for a record, with the defaults of the form."""
        return self._new_row(name, {})

    @cached_property
    def habits(self) -> Habits:
        """Return what the site usually enters in this grid; nothing where nobody enters."""
        if not self.takes_entries:
            return Habits()
        unique = [column.name for column in self.columns if column.is_unique_text]
        return habits_of(self.module, self.form, site=self.site, unique_texts=unique)

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
    def _blank(self) -> dict[str, str]:
        return {
            name: typed(self.form.get_initial_for_field(input_field, name), self.site.decimal_mark)
            for name, input_field in self.form.fields.items()
        }

    def values_of(self, record: R) -> dict[str, str]:
        """Return what a person would type to enter this record."""
        values = self.module.form.values_of(record)
        return {
            column.name: typed(values[column.name], self.site.decimal_mark)
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

    def saved_at(self, record: R) -> str:
        """Return when a record was saved, in the site's time."""
        at = record.updated_at.astimezone(self.site.zone)
        return date_format(
            at, "H:i" if self.site.operating_date(record.updated_at) == self.date else "j M H:i"
        )

    def _row_of(self, record: R) -> GridRow[R]:
        row_id = SafeString(f"{self.slug}-{record.pk}")
        # A row's address is that of its grid with its id, as `dashboard/day_urls.py` has it.
        address = f"{self.address}{record.pk}/"
        if not self.takes_entries:
            cells = [column.text_cell(record) for column in self.columns]
            return GridRow(row_id, cells, address, record, self.saved_at(record))
        rejected = (
            self.rejected if self.rejected is not None and self.rejected.record_id == record.pk else None
        )
        values = {**self.values_of(record), **(rejected.values if rejected else {})}
        return GridRow(
            row_id,
            self._cells(values, record=record, rejected=rejected),
            address,
            record,
            self.saved_at(record),
            rejected,
            delete_address=f"{path_with_id(f'{self.slug}:delete', record.pk)}?site={self.site.code}",
        )

    def _new_row(self, name: str, values: Mapping[str, str]) -> GridRow[R]:
        cells = self._cells({**self._blank, **values})
        row_id = SafeString(f"{self.slug}-{name}")
        return GridRow(row_id, cells, self.address, is_offered=bool(values))

    def _rejected_row(self) -> GridRow[R]:
        assert self.rejected is not None
        cells = self._cells({**self._blank, **self.rejected.values}, rejected=self.rejected)
        return GridRow(SafeString(f"{self.slug}-rejected"), cells, self.address, rejected=self.rejected)

    def _cells(
        self,
        values: Mapping[str, str],
        *,
        record: R | None = None,
        rejected: RejectedRow | None = None,
    ) -> list[Cell[R]]:
        invalid = rejected.errors if rejected is not None else {}
        fixed = record.fixed_fields if record is not None else ()
        return [
            column.text_cell(record)
            if record is not None and column.name in fixed
            else column.input_cell(
                values.get(column.name, ""), record=record, is_invalid=column.name in invalid
            )
            for column in self.columns
        ]
