"""The latest entries of all modules, read by one query."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import BigIntegerField, CharField, F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from dashboard.addresses import page_address
from records.columns import Column
from records.columns.numbers import NumberColumn
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import shown_date
from records.registry import modules
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

ENTRIES = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in the list of latest entries."""

    module: RecordModule[DailyRecord]
    record_id: int
    site: Site
    date: dt.date
    # The names of its master data: a material and an operation, for example.
    names: tuple[str, ...]
    amount: Decimal | int | None
    by: str
    # In the zone of the site.
    at: dt.datetime
    is_changed: bool

    @property
    def figure(self) -> str:
        """Return the amount as a person reads it."""
        return self.module.headline.format(self.amount) if self.module.headline else ""

    @property
    def unit(self) -> "Text":
        return self.module.headline.unit if self.module.headline else ""

    @property
    def day(self) -> str:
        """Return the operating date as a person reads it."""
        return shown_date(self.date, "D j M Y")

    @property
    def what(self) -> str:
        return " · ".join(self.names)

    @property
    def when(self) -> str:
        """Return when it was entered or changed, in the site's time."""
        return f"{shown_date(self.at.date(), 'j M')}, {self.at:%H:%M}"

    @property
    def href(self) -> str:
        """Return the page of the record's history."""
        return page_address(f"{self.module.slug}:history", self.record_id)


class _Row(NamedTuple):
    """A row of the union, whose columns mean the same in each module."""

    module_number: int
    record_id: int
    site_id: int
    date: dt.date
    first_name: str
    second_name: str
    amount: int | None
    by_name: str
    by_email: str
    written_at: dt.datetime
    version: int
    number: int


def latest_entries(sites: Sequence[Site], *, count: int = ENTRIES) -> list[Entry]:
    """Return the records that were entered or changed last at the sites, newest first.

    One query along the index of change numbers, whatever the history.
    """
    if not sites:
        return []
    known = modules()
    first, *others = [
        _rows(number, module, _newest(module.model, sites, count=count))
        for number, module in enumerate(known)
    ]
    rows = first.union(*others, all=True).order_by(F("written_at").desc(), F("number").desc())[:count]
    sites_by_id = {site.pk: site for site in sites}
    return [_entry(known[row.module_number], row, sites_by_id) for row in map(_Row._make, rows)]


def _newest(model: type[DailyRecord], sites: Sequence[Site], *, count: int) -> QuerySet[DailyRecord]:
    """Return the latest records of the sites.

    A limit for each site would take a query each, so they begin at the last change number that can matter.
    """

    def oldest_that_matters(site: Site) -> Coalesce:
        newest = model._default_manager.filter(site=site.pk).order_by("-change_number")
        return Coalesce(Subquery(newest.values("change_number")[count - 1 : count]), Value(0))

    lately = (Q(site=site.pk, change_number__gte=oldest_that_matters(site)) for site in sites)
    changed = model._default_manager.filter(Q(*lately, _connector=Q.OR))
    return changed.order_by("-updated_at", "-change_number")[:count]


def _rows(
    number: int, module: RecordModule[DailyRecord], newest: QuerySet[DailyRecord]
) -> QuerySet[DailyRecord, tuple[object, ...]]:
    """Return the module's newest records, in columns that mean the same in each module."""
    names = [F(f"{name}__name") for name in _named_by(module)]
    amount = module.headline.expression if module.headline else Value(None)
    nothing = Value("", output_field=CharField())
    columns = {
        "module_number": Value(number),
        "record_id": F("pk"),
        **dict(zip(("first_name", "second_name"), (*names, nothing, nothing), strict=False)),
        "amount": Cast(amount, BigIntegerField()),
        "by_name": F("updated_by__name"),
        "by_email": F("updated_by__email"),
        "written_at": F("updated_at"),
        "number": F("change_number"),
    }
    records = module.model._default_manager.filter(pk__in=newest.values("pk")).order_by()
    return records.annotate(**columns).values_list(*_Row._fields)


def _named_by(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the master data that a record of the module names, in the order of its form."""
    return [name for name, choice in module.form.base_fields.items() if isinstance(choice, CodedChoiceField)]


def _entry(module: RecordModule[DailyRecord], row: _Row, sites: Mapping[int, Site]) -> Entry:
    site = sites[row.site_id]
    return Entry(
        module=module,
        record_id=row.record_id,
        site=site,
        date=row.date,
        names=tuple(name for name in (row.first_name, row.second_name) if name),
        amount=_amount(module.headline, row.amount),
        by=row.by_name or row.by_email,
        at=row.written_at.astimezone(site.zone),
        is_changed=row.version > 1,
    )


def _amount(column: Column | None, stored: int | None) -> Decimal | int | None:
    """Return the value of a figure; the union has each as the whole number that is stored."""
    return column.from_stored(stored) if isinstance(column, NumberColumn) and stored is not None else stored
