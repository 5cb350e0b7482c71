"""The content of the list page, as its address says, and the cross table of its totals."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from core.db.prepared import ParameterList, PreparedQuery
from records.columns import Column, PartColumn
from records.filters import RecordFilter, SearchForm
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule
from records.pages.dates import DateRange, Link, RangeForm, presets, today_in
from records.pages.table import ListRow, RecordsPage, may_write, page_of, rendered, rows_of
from sites.models import User
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    from decimal import Decimal

    from django.utils.functional import _StrOrPromise as Text

# Shows the fields of the filter that are closed at first.
ALL_FILTERS = "filters"
# Parameters of the position in the list, not of its content.
POSITION = ("after", "before", "totals", "cancel", "version", ALL_FILTERS)


@dataclass(frozen=True)
class PartTotal:
    """The formatted sum of the records of one meaning: a row of its own under the list."""

    label: "Text"
    # Under the columns of the list.
    cells: list[str]


_people = PreparedQuery(
    lambda: User.objects.filter(pk__in=ParameterList("keys", models.BigIntegerField())).order_by()
)


class Listing[R: DailyRecord]:
    """A module's records as the address says."""

    def __init__(self, request: HttpRequest, module: RecordModule[R]) -> None:
        self.module = module
        self.query: QueryDict = request.GET
        self.scope: Scope = page_scope(request)
        self.range_form = RangeForm(self.query)
        self.dates: DateRange = self.range_form.chosen(today_in(self.scope))

    @cached_property
    def filter(self) -> RecordFilter:
        return self.module.filter(self.query, records=self._in_range(), sites=self.scope.sites)

    @property
    def records(self) -> RecordQuerySet[R]:
        """Return all filtered records, unordered."""
        if not self.is_narrowed:
            return cast("RecordQuerySet[R]", self._in_range())
        filtered: RecordQuerySet[R] = self.filter.qs
        return filtered

    @cached_property
    def page(self) -> RecordsPage[R]:
        records = self.records.with_derived()
        if self.module.related:
            records = records.select_related(*self.module.related)
        page = page_of(
            records.fetch_mode(settings.LIST_FETCH_MODE),
            sites=self.scope.sites,
            after=self.query.get("after", ""),
            before=self.query.get("before", ""),
        )
        self._add_sites_and_people(page.records)
        return page

    def _add_sites_and_people(self, records: list[R]) -> None:
        """Give the records their site and the user who saved them; a join would read the same few again."""
        sites = {site.pk: site for site in self.scope.sites}
        keys = list({record.updated_by_id for record in records} - {None})
        people = {person.pk: person for person in _people.all(keys=keys)}
        for record in records:
            record.site = sites[record.site_id]
            if record.updated_by_id is not None:
                record.updated_by = people[record.updated_by_id]

    @cached_property
    def rows(self) -> list[ListRow[R]]:
        return rows_of(
            self.module,
            self.page.records,
            sites=self.scope.sites,
            shows_site=self.shows_site,
            query=self.kept_query,
        )

    @property
    def rows_html(self) -> SafeString:
        return rendered(self.rows)

    @property
    def may_enter_somewhere(self) -> bool:
        return any(may_write(site) for site in self.scope.sites)

    @property
    def shows_site(self) -> bool:
        return self.scope.site is None

    @property
    def takes_entries(self) -> bool:
        """Return whether the page is about one site where the user may enter records by hand."""
        site = self.scope.site
        return site is not None and may_write(site) and self.module.model.takes_lines(site)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.module.list_columns

    @property
    def width(self) -> int:
        """Return how many columns the table has, those for site, person and actions included."""
        return len(self.columns) + 2 + self.shows_site

    @cached_property
    def total_cells(self) -> list[str]:
        """Return the totals under their columns; an empty text where a column has none."""
        totals = {
            column.name: self._total_text(column)
            for column in self.module.totals
            if not isinstance(column, PartColumn)
        }
        return [totals.get(column.name, "") for column in self.columns]

    @cached_property
    def part_totals(self) -> list[PartTotal]:
        """Return the totals of the meanings that occur, where the records of a module have several."""
        return [
            PartTotal(total.label, [text if column.name == total.of else "" for column in self.columns])
            for total in self.module.totals
            if isinstance(total, PartColumn) and (text := self._total_text(total))
        ]

    def _total_text(self, column: Column) -> str:
        text = column.format(self._sums[f"sum_of_{column.name}"])
        # The heading of the column does not say what its total is, as for headcount and person-shifts.
        names_itself = column in self.columns or isinstance(column, PartColumn)
        return text if names_itself or not text else f"{text} {column.unit}"

    @cached_property
    def cross(self) -> "CrossTotals | None":
        """Return the totals by two columns, where the module has them and anything is found."""
        return cross_totals(self.module, self.records)

    @cached_property
    def count(self) -> int:
        found = self._sums["found"]
        assert isinstance(found, int)
        return found

    @property
    def presets(self) -> Iterator[Link]:
        for preset in presets(today_in(self.scope)):
            yield Link(
                label=preset.label,
                query=self._query_with(**{"from": preset.first.isoformat(), "to": preset.last.isoformat()}),
                is_current=(preset.first, preset.last) == (self.dates.first, self.dates.last),
            )

    @property
    def older_query(self) -> str:
        return self._query_with(after=self.page.older) if self.page.older else ""

    @property
    def newer_query(self) -> str:
        return self._query_with(before=self.page.newer) if self.page.newer else ""

    @property
    def totals_query(self) -> str:
        return self._query_with(totals="1")

    @cached_property
    def create_address(self) -> str:
        """Return the address to which a new record is sent."""
        return f"{reverse(f'{self.module.slug}:create')}?{self.kept_query}"

    @property
    def all_filters_query(self) -> str:
        return self._query_with(**{ALL_FILTERS: "1"})

    @cached_property
    def kept_query(self) -> str:
        """Return the query of the address, to which the pages of a record link back."""
        return self._query_with()

    @property
    def export_query(self) -> str:
        """Return the query of the address with its dates, for the export of the list."""
        dates = {"from": self.dates.first.isoformat(), "to": self.dates.last.isoformat()}
        return self._query_with(**dates)

    @property
    def filter_fields(self) -> list[BoundField]:
        """Return the fields of the filter: the search alone until all are requested or one is in use.

        Each field that offers choices costs a query, and hardly a request uses them.
        """
        if not self.shows_all_filters:
            return list(SearchForm())
        rare = self.module.filter.rare
        return [field for field in self.filter.form if field.name not in rare or self.query.get(field.name)]

    @property
    def shows_all_filters(self) -> bool:
        return self.is_narrowed or ALL_FILTERS in self.query

    @cached_property
    def is_narrowed(self) -> bool:
        """Return whether the filter leaves out records of these dates."""
        return any(self.query.get(name) for name in self.module.filter.base_filters)

    @property
    def shows_totals_at_once(self) -> bool:
        """Return whether the page shows the totals at once, as for a browser without scripts."""
        return "totals" in self.query

    def _in_range(self) -> RecordQuerySet[DailyRecord]:
        # The sites of the scope are those that the user may see.
        records: RecordQuerySet[DailyRecord] = self.module.model._default_manager.filter(  # type: ignore[assignment]
            site__in=[site.pk for site in self.scope.sites]
        )
        return records.between(self.dates.first, self.dates.last)

    @cached_property
    def _sums(self) -> dict[str, object]:
        sums = {f"sum_of_{column.name}": column.total for column in self.module.totals}
        return self.records.order_by().aggregate(found=Count("pk"), **sums)

    @cached_property
    def _kept(self) -> list[tuple[str, str]]:
        """Return what of the query every page of this list has, as its names and values."""
        left_out = {*POSITION, "site"}
        kept = self.query.lists()
        return [(name, value) for name, values in kept if name not in left_out for value in values]

    def _query_with(self, **changes: str) -> str:
        kept = [(name, value) for name, value in self._kept if name not in changes]
        return urlencode([*kept, ("site", self.scope.code), *changes.items()])


# --- A cross table of totals: a row for each value of one column, across the values of another

type Sums = dict[str, Decimal | int]
type Key = object


@dataclass(frozen=True)
class FormattedTotal:
    """A formatted total."""

    column: Column
    text: str


@dataclass(frozen=True)
class CrossRow:
    """The totals of one row: for each column, and for all."""

    label: "Text"
    # None where nothing was recorded.
    cells: Sequence[list[FormattedTotal] | None]
    total: list[FormattedTotal]


@dataclass(frozen=True)
class CrossTotals:
    """The cross table."""

    down: Column
    across: Column
    headings: "Sequence[Text]"
    rows: Sequence[CrossRow]
    total: CrossRow


def cross_totals[R: DailyRecord](module: RecordModule[R], records: RecordQuerySet[R]) -> CrossTotals | None:
    """Return the module's totals by its two columns; None without such columns or without records.

    One query, and one for the names of master data.
    """
    if module.totals_by is None:
        return None
    down, across = module.totals_by
    sums = {f"sum_of_{column.name}": column.total for column in module.totals}
    grouped = records.order_by().values(down.name, across.name).annotate(**sums)
    found = {
        (line[down.name], line[across.name]): {
            column.name: line[f"sum_of_{column.name}"] for column in module.totals
        }
        for line in grouped
    }
    if not found:
        return None
    lines = _labels(module.model, down, {key for key, _other in found})
    heads = _labels(module.model, across, {key for _other, key in found})
    rows = [
        _row(module, label, heads, {key: found[line, key] for key in heads if (line, key) in found})
        for line, label in lines.items()
    ]
    totals = {
        key: _added(module, [found[line, key] for line in lines if (line, key) in found]) for key in heads
    }
    return CrossTotals(down, across, list(heads.values()), rows, _row(module, "", heads, totals))


def _row[R: DailyRecord](
    module: RecordModule[R], label: "Text", heads: "Mapping[Key, Text]", sums: Mapping[Key, Sums]
) -> CrossRow:
    return CrossRow(
        label=label,
        cells=[_figures(module, sums[key]) if key in sums else None for key in heads],
        total=_figures(module, _added(module, list(sums.values()))),
    )


def _figures[R: DailyRecord](module: RecordModule[R], sums: Sums) -> list[FormattedTotal]:
    return [FormattedTotal(column, column.format(sums[column.name])) for column in module.totals]


def _added[R: DailyRecord](module: RecordModule[R], several: Sequence[Sums]) -> Sums:
    added: Sums = defaultdict(int)
    for sums in several:
        for column in module.totals:
            added[column.name] += sums[column.name]
    return added


def _labels(model: type[DailyRecord], column: Column, keys: set[Key]) -> "dict[Key, Text]":
    """Return the values that occur with their labels, in the order of their choices."""
    field = model._meta.get_field(column.name)
    if isinstance(field, models.ForeignKey):
        named = field.related_model._default_manager.filter(pk__in=keys)
        return {row.pk: str(row) for row in named}
    assert isinstance(field, models.Field)
    return {value: label for value, label in field.flatchoices if value in keys}
