"""A module's grid of a site's day, made of nothing but the module's face."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dashboard.day_sheet.cells import Cell, GridColumn, columns_of, typed
from dashboard.day_sheet.offers import EarlierDay, Values, earlier_day, line_for_each
from dashboard.day_sheet.rejected import RefusedLine
from records.forms import CodedChoiceField
from records.models import DailyRecord, RecordQuerySet
from records.module import Kind, RecordModule
from records.pages.autocomplete import completions
from records.pages.table import shown
from sites.models import Site

ONE_DAY = dt.timedelta(days=1)
# So many texts complete a field: what a site uses day by day, not all it ever used.
COMPLETED_FROM = 60


@dataclass(frozen=True)
class Figure:
    """A total of a grid, as a person reads it."""

    label: str
    text: str
    unit: str


@dataclass(frozen=True)
class Line:
    """A line of a grid: a record, or room for one."""

    line_id: str
    cells: Sequence[Cell]
    record: DailyRecord | None = None
    said_at: str = ""
    refused: RefusedLine | None = None
    is_offered: bool = False
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def submission_key(self) -> str:
        """Return the key under which it is sent; a refused one keeps its own, since nothing was saved."""
        return (self.refused and self.refused.key) or self.key


class Grid[R: DailyRecord]:
    """The lines of a module on a site's day, and what it takes to enter more."""

    def __init__(
        self,
        module: RecordModule[R],
        *,
        site: Site,
        date: dt.date,
        takes_entries: bool,
        refused: RefusedLine | None = None,
        is_copied: bool = False,
    ) -> None:
        self.module = module
        self.site = site
        self.date = date
        self.takes_entries = takes_entries
        self.refused = refused if refused is not None and refused.slug == module.slug else None
        self.is_copied = is_copied
        self.form = module.form(site=site)

    @property
    def slug(self) -> str:
        return self.module.slug

    @cached_property
    def columns(self) -> list[GridColumn[R]]:
        return columns_of(self.module, self.form)

    @property
    def width(self) -> int:
        """Return how many columns the table has, that of the line's state included."""
        return len(self.columns) + 1

    @cached_property
    def records(self) -> list[R]:
        return list(
            self._records.with_derived().select_related(*self.module.related, "updated_by").order_by("id")
        )

    @property
    def _records(self) -> RecordQuerySet[R]:
        records: RecordQuerySet[R] = self.module.model._default_manager.filter(  # type: ignore[assignment]
            site=self.site, date=self.date
        )
        return records

    @cached_property
    def totals(self) -> list[Figure]:
        """Return how many lines there are and what they come to. One query."""
        sums = {f"sum_of_{column.name}": Sum(column.expression) for column in self.module.totals}
        found = self._records.order_by().aggregate(found=Count("pk"), **sums)
        lines = Figure("", str(found["found"]), _("line") if found["found"] == 1 else _("lines"))
        # The label of a count says what is counted.
        totals = [
            Figure(
                str(column.label),
                shown(column, found[f"sum_of_{column.name}"]),
                "" if column.kind is Kind.COUNT else str(column.unit),
            )
            for column in self.module.totals
        ]
        return [lines, *(figure for figure in totals if figure.text)]

    @cached_property
    def earlier(self) -> EarlierDay:
        return earlier_day(self.module, site=self.site, date=self.date)

    @property
    def copies(self) -> Sequence[Values]:
        """Return the lines of the day before, where they are offered for copying."""
        return () if self.module.line_for_each else self.earlier.lines

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

    @property
    def address(self) -> str:
        """Return where a new line is sent."""
        return reverse("day:create", args=[self.site.code, self.date, self.slug])

    @property
    def kept(self) -> str:
        """Return the fields that a new line takes over from the line above it.

        What alone tells it apart from that line is not among them.
        """
        kept = [name for name in self.module.kept_fields if name != "date"]
        own = [
            name for name in self.form.fields if name in set(self.module.model.identity) - {"site", "date"}
        ]
        if own and set(own) <= set(kept):
            kept.remove(next(name for name in own if isinstance(self.form.fields[name], CodedChoiceField)))
        return " ".join(kept)

    @cached_property
    def lines(self) -> list[Line]:
        """Return the records, the lines that are offered, and an empty one."""
        lines = [self._line_of(record) for record in self.records]
        if not self.takes_entries:
            return lines
        offered = [self._new_line(f"offered-{number}", values) for number, values in enumerate(self._offered)]
        refused = (
            [self._refused_line()] if self.refused is not None and self.refused.record_id is None else []
        )
        return [*lines, *refused, *offered, self.empty_line("new-0")]

    @property
    def _offered(self) -> Sequence[Values]:
        if self.module.line_for_each:
            column = next(column for column in self.columns if column.name == self.module.line_for_each)
            return line_for_each(
                self.module, choices=column.choices, recorded=self.records, earlier=self.earlier
            )
        return self.copies if self.is_copied else ()

    def empty_line(self, name: str = "new") -> Line:
        """Return room for a record that holds the form's own defaults alone."""
        return self._new_line(name, {})

    @cached_property
    def completed(self) -> dict[str, list[str]]:
        """Return what each field that completes may be completed to. One query each."""
        return {
            column.name: completions(
                self.module, site=self.site, field=column.name, typed="", most=COMPLETED_FROM
            )
            for column in self.columns
            if column.completes
        }

    @property
    def offers(self) -> dict[str, object]:
        """Return what the page's scripts offer without asking again."""
        return {"copies": list(self.copies), "completed": self.completed}

    @cached_property
    def _blank(self) -> dict[str, str]:
        return {
            name: typed(self.form.get_initial_for_field(input_field, name))
            for name, input_field in self.form.fields.items()
        }

    def values_of(self, record: R) -> dict[str, str]:
        """Return what a person would type to get this record."""
        values = self.module.form.values_of(record)
        return {column.name: typed(values[column.name]) for column in self.columns if column.takes_input}

    def derived_of(self, record: R) -> dict[str, str]:
        """Return what is derived beside the record, as it is shown."""
        return {
            column.name: shown(column.column, column.column.value_of(record))
            for column in self.columns
            if not column.takes_input
        }

    def estimates_of(self, record: R) -> dict[str, str]:
        """Return what stands faintly in the inputs that were left empty."""
        return {column.name: column.estimate(record) for column in self.columns if column.takes_input}

    def said_at(self, record: R) -> str:
        """Return when a record was saved, in the site's time."""
        at = record.updated_at.astimezone(self.site.zone)
        return date_format(
            at, "H:i" if self.site.operating_date(record.updated_at) == self.date else "j M H:i"
        )

    def _line_of(self, record: R) -> Line:
        line_id = f"{self.slug}-{record.pk}"
        if not self.takes_entries:
            return Line(
                line_id, [column.text(record) for column in self.columns], record, self.said_at(record)
            )
        refused = self.refused if self.refused is not None and self.refused.record_id == record.pk else None
        values = {**self.values_of(record), **(refused.values if refused else {})}
        cells = self._cells(line_id, values, record=record, refused=refused)
        return Line(line_id, cells, record, self.said_at(record), refused)

    def _new_line(self, name: str, values: Mapping[str, str]) -> Line:
        line_id = f"{self.slug}-{name}"
        return Line(line_id, self._cells(line_id, {**self._blank, **values}), is_offered=bool(values))

    def _refused_line(self) -> Line:
        line_id = f"{self.slug}-refused"
        assert self.refused is not None
        cells = self._cells(line_id, {**self._blank, **self.refused.values}, refused=self.refused)
        return Line(line_id, cells, refused=self.refused)

    def _cells(
        self,
        line_id: str,
        values: Mapping[str, str],
        *,
        record: R | None = None,
        refused: RefusedLine | None = None,
    ) -> list[Cell]:
        wrong = refused.errors if refused is not None else {}
        return [
            column.cell(line_id, values.get(column.name, ""), record=record, is_wrong=column.name in wrong)
            for column in self.columns
        ]
