"""The latest entries of all modules."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from dashboard.addresses import page_address
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
    # The change number of its site.
    number: int
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


def latest_entries(sites: Sequence[Site], *, count: int = ENTRIES) -> list[Entry]:
    """Return the records that were entered or changed last at the sites, newest first.

    One query for each module along its index of change numbers, whatever the history.
    """
    by_id = {site.pk: site for site in sites}
    entries = [entry for module in modules() for entry in _entries(module, by_id, count)] if sites else []
    return sorted(entries, key=lambda entry: (entry.at, entry.number), reverse=True)[:count]


def _entries(module: RecordModule[DailyRecord], sites: Mapping[int, Site], count: int) -> Iterator[Entry]:
    named = [
        f"{name}__name"
        for name, choice in module.form.base_fields.items()
        if isinstance(choice, CodedChoiceField) and name not in module.detail_fields
    ]
    amount = module.headline.expression if module.headline else Value(None)
    newest = _newest(module.model, list(sites), count).annotate(amount=amount)
    columns = ("pk", "site_id", "date", "amount", "updated_at", "change_number", "version")
    people = ("updated_by__name", "updated_by__email")
    for row in newest.values_list(*columns, *people, *named):
        record_id, site_id, date, amount, written_at, number, version, name, email, *names = row
        yield Entry(
            module=module,
            record_id=record_id,
            site=sites[site_id],
            date=date,
            names=tuple(names),
            amount=amount,
            by=name or email,
            at=written_at.astimezone(sites[site_id].zone),
            number=number,
            is_changed=version > 1,
        )


def _newest(model: type[DailyRecord], site_ids: Sequence[int], count: int) -> QuerySet[DailyRecord]:
    """Return the latest records of the sites.

    A limit for each of several sites would take a query each, so they begin at the last change number that
    can matter.
    """
    records = model._default_manager.all()
    if len(site_ids) == 1:
        return records.filter(site=site_ids[0]).order_by("-change_number")[:count]

    def oldest_that_matters(site_id: int) -> Coalesce:
        newest = records.filter(site=site_id).order_by("-change_number")
        return Coalesce(Subquery(newest.values("change_number")[count - 1 : count]), Value(0))

    lately = (Q(site=site_id, change_number__gte=oldest_that_matters(site_id)) for site_id in site_ids)
    return records.filter(Q(*lately, _connector=Q.OR)).order_by("-updated_at", "-change_number")[:count]
