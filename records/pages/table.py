"""Records as rows of a list."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse

from records.columns import Column
from records.models import DailyRecord, SiteDay
from records.module import RecordModule
from sites.models import Role, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


# The beginning of the tag of a message that offers to undo what it reports.
UNDO_TAG = "undo:"


@dataclass(frozen=True)
class Cell:
    """A formatted value; `mark` is a remark about it."""

    label: str
    text: str
    css_class: str
    unit: "Text" = ""
    mark: "Text" = ""
    # The page of the row that it refers to.
    href: str = ""

    @property
    def full_text(self) -> str:
        """Return the value with its unit, or with its label where a number has no unit."""
        if self.css_class == "num" and not self.unit:
            return f"{self.label} {self.text}"
        return f"{self.text} {self.unit}".strip()


@dataclass(frozen=True)
class Row[R: DailyRecord]:
    """A record, its cells and whether it can be changed."""

    module: RecordModule[R]
    record: R
    is_editable: bool
    is_closed: bool = False
    shows_site: bool = False
    is_new: bool = False
    # The query of the list, to which every page of the record links back.
    query: str = ""

    @cached_property
    def summary(self) -> str:
        """Return the record in one line: date, what, how much."""
        cells = (
            cell
            for column, cell in zip(self.module.list_columns, self.cells, strict=True)
            if cell.text and not column.is_derived
        )
        return " · ".join(cell.full_text for cell in cells)

    @cached_property
    def cells(self) -> list[Cell]:
        return [
            Cell(
                label=str(column.label),
                text=column.text_of(self.record),
                css_class=column.css_class,
                unit=column.unit,
                mark=self.record.mark_of(column.name),
                href=self._page_of(column),
            )
            for column in self.module.list_columns
        ]

    @cached_property
    def edit_url(self) -> str:
        return self._address("edit")

    @cached_property
    def delete_url(self) -> str:
        return self._address("delete")

    @property
    def history_url(self) -> str:
        return self._address("history")

    @property
    def restore_url(self) -> str:
        """Return the address at which a deleted record is restored as it was last."""
        path = reverse(f"{self.module.slug}:restore", args=[self.record.pk])
        return f"{path}?version={self.record.version}&{self.query}"

    @property
    def selection_value(self) -> str:
        """Return what a selected row sends: the record and its version."""
        return f"{self.record.pk}.{self.record.version}"

    def _page_of(self, column: Column) -> str:
        key = getattr(self.record, f"{column.name}_id") if column.page else None
        return self._with_query(reverse(column.page, args=[key])) if key is not None else ""

    def _address(self, page: str) -> str:
        return self._with_query(reverse(f"{self.module.slug}:{page}", args=[self.record.pk]))

    def _with_query(self, path: str) -> str:
        return f"{path}?{self.query}" if self.query else path


def may_write(site: Site) -> bool:
    """Return whether the role annotated on a site allows entering and correcting records there."""
    return bool(site.role) and Role(site.role or "").covers(Role.OPERATOR) and site.is_active


def rows_of[R: DailyRecord](
    module: RecordModule[R],
    records: Iterable[R],
    *,
    sites: Iterable[Site],
    shows_site: bool = False,
    is_new: bool = False,
    query: str = "",
) -> list[Row[R]]:
    """Return records as rows; those of closed days cannot be changed."""
    records = list(records)
    writable = {site.pk for site in sites if may_write(site)}
    closed = _closed_days(records)
    return [
        Row(
            module=module,
            record=record,
            is_editable=record.site_id in writable and (record.site_id, record.date) not in closed,
            is_closed=(record.site_id, record.date) in closed,
            shows_site=shows_site,
            is_new=is_new,
            query=query,
        )
        for record in records
    ]


def _closed_days[R: DailyRecord](records: list[R]) -> set[tuple[int, dt.date]]:
    if not records:
        return set()
    dates = [record.date for record in records]
    closed = SiteDay.objects.closed().filter(
        site_id__in={record.site_id for record in records}, date__gte=min(dates), date__lte=max(dates)
    )
    return set(closed.values_list("site_id", "date"))
