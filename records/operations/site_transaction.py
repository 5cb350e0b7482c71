"""A transaction at one or more sites: their rows are locked, and every write of records happens in it."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import BigIntegerField, DateField, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from core.db.prepared import Parameter, PreparedQuery, PreparedWrite, copy_rows, insert_rows
from core.numbers import whole_number
from records.choices import ChangeReason, Source
from records.errors import DayClosed, NotVisible
from records.models import DailyRecord, Departure, SiteDay, operation_writes
from sites.models import Role, Site, User

HISTORY_PART = 500
# Up to this many history rows are inserted by one statement with all their values.
FEW = 10

SITE, USER = Parameter("site", BigIntegerField()), Parameter("user", BigIntegerField())
NUMBER, DATE = Parameter("number", BigIntegerField()), Parameter("date", DateField())

_site_for_admin = PreparedQuery(
    lambda: Site.objects.with_role_of_admin().filter(pk=SITE).order_by().select_for_update(no_key=True)
)
_site_for_member = PreparedQuery(
    lambda: (
        Site.objects.of_member(USER)
        .with_role_of_member(USER)
        .filter(pk=SITE)
        .order_by()
        .select_for_update(no_key=True)
    )
)
_closed_day = PreparedQuery(lambda: SiteDay.objects.closed().filter(site_id=SITE, date=DATE).order_by())
_keep_number = PreparedWrite(
    lambda: Site.objects.filter(pk=SITE, change_number__lt=NUMBER).order_by(), change_number=NUMBER
)


@cache
def _history_of(model: type[DailyRecord]) -> type[Model]:
    """Return the model of a record's history: simple-history builds a new manager class on each access."""
    history: type[Model] = model.history.model
    return history


class Act(NamedTuple):
    """The change numbers of a site that one operation gave its records: what can be undone as one.

    Written as `site.first-last`, or `site.number` for one record.
    """

    site_id: int
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the written form. Raises ValueError."""
        site, _dot, numbers = text.partition(".")
        first, _dash, last = numbers.partition("-")
        found = [
            number for part in (site, first, last or first) if (number := whole_number(part)) is not None
        ]
        if len(found) < 3 or found[2] < found[1]:
            raise ValueError(text[:50])
        return cls(*found)

    @classmethod
    def all_of(cls, records: Iterable[DailyRecord]) -> tuple[Self, ...]:
        """Return the act of each site whose records an operation has stamped."""
        numbers: dict[int, list[int]] = {}
        for record in records:
            numbers.setdefault(record.site_id, []).append(record.change_number)
        return tuple(cls(site_id, min(found), max(found)) for site_id, found in numbers.items())

    @classmethod
    def joined(cls, acts: Iterable[Self]) -> tuple[Self, ...]:
        """Return the same changes as fewer acts: those that follow each other become one."""
        found: list[Self] = []
        for act in sorted(acts):
            if found and found[-1].site_id == act.site_id and act.first <= found[-1].last + 1:
                found[-1] = cls(act.site_id, found[-1].first, max(act.last, found[-1].last))
            else:
                found.append(act)
        return tuple(found)

    def __str__(self) -> str:
        last = f"-{self.last}" if self.last != self.first else ""
        return f"{self.site_id}.{self.first}{last}"


@dataclass
class SiteTransaction:
    """The locked sites, and who changes their records, when and from which source."""

    sites: dict[int, Site]
    by: User
    source: Source
    at: dt.datetime
    reason: ChangeReason | None
    _open_days: set[tuple[int, dt.date]] = field(default_factory=set)
    _changed: set[int] = field(default_factory=set)

    def require_open(self, site_id: int, dates: Iterable[dt.date]) -> None:
        """Raise DayClosed where one of these days has been submitted or approved.

        An open day stays open until the transaction ends: closing it takes the same lock.
        """
        unchecked = sorted({date for date in dates if (site_id, date) not in self._open_days})
        if not unchecked:
            return
        if len(unchecked) == 1:
            closed = _closed_day.first(site=site_id, date=unchecked[0])
        else:
            between = SiteDay.objects.closed().filter(
                site_id=site_id, date__gte=unchecked[0], date__lte=unchecked[-1]
            )
            wanted = set(unchecked)
            closed = next((day for day in between.order_by("date") if day.date in wanted), None)
        if closed is not None:
            raise DayClosed(closed.date, closed.get_status_display())
        self._open_days.update((site_id, date) for date in unchecked)

    def stamp(self, record: DailyRecord, *, moved_from: int | None = None) -> None:
        """Set who changed the record and when, and give it the site's next change number.

        The site that it moved from has changed too: programs that read its changes must learn of it.
        """
        if moved_from is not None and moved_from != record.site_id:
            Departure.objects.create(
                site_id=moved_from,
                model=record._meta.label_lower,
                record_id=record.pk,
                change_number=self._next_number(moved_from),
            )
        record.change_number = self._next_number(record.site_id)
        record.entry_source = self.source
        record.updated_at = self.at
        record.updated_by = self.by
        if record.pk is None:
            record.created_at = self.at
            record.created_by = self.by
        else:
            record.version += 1

    def _next_number(self, site_id: int) -> int:
        self._changed.add(site_id)
        site = self.sites[site_id]
        site.change_number += 1
        return site.change_number

    def keep_history(self, records: Sequence[DailyRecord], kind: str) -> None:
        """Write one history row for each record: `+` created, `~` changed, `-` deleted."""
        if not records:
            return
        history = _history_of(type(records[0]))
        columns_of_change = self._change(kind)
        if len(records) <= FEW:
            insert_rows(history, records, **columns_of_change)
            return
        # Django sends PostgreSQL whole columns at once, which is faster from a dozen rows on.
        columns_of_change["history_id"] = None
        columns = [column.attname for column in history._meta.concrete_fields]
        history._default_manager.bulk_create(
            [
                history(
                    *[
                        columns_of_change[name] if name in columns_of_change else getattr(record, name)
                        for name in columns
                    ]
                )
                for record in records
            ],
            batch_size=HISTORY_PART,
        )

    def keep_history_of_new(self, records: Sequence[DailyRecord]) -> None:
        """Write one history row for each of many records as they were just stored."""
        model, keys = type(records[0]), [record.pk for record in records]
        for first in range(0, len(keys), HISTORY_PART):
            copy_rows(_history_of(model), model, keys[first : first + HISTORY_PART], **self._change("+"))

    def _change(self, kind: str) -> dict[str, object]:
        return {
            "history_type": kind,
            "history_date": self.at,
            "history_user_id": self.by.pk,
            "history_change_reason": self.reason.value if self.reason is not None else None,
        }

    def store_change_numbers(self) -> None:
        """Store the sites' last change numbers."""
        for site_id in self._changed:
            _keep_number.run(site=site_id, number=self.sites[site_id].change_number)


_current: ContextVar[SiteTransaction | None] = ContextVar("site_transaction", default=None)


def current_transaction() -> SiteTransaction:
    """Return the site transaction that the caller runs in, such as that of the records being settled."""
    current = _current.get()
    assert current is not None, "outside of a site transaction"
    return current


@contextmanager
def site_transaction(
    site_ids: Iterable[int],
    *,
    by: User,
    source: Source,
    needed: Role = Role.OPERATOR,
    reason: ChangeReason | None = None,
) -> Iterator[SiteTransaction]:
    """Lock the sites, in the order of their ids, for one transaction.

    Within the transaction of the same user at these sites, it is that one: what an operation writes besides
    its own records has the next change numbers. Raises NotVisible for a site that the user may not see,
    PermissionDenied below the needed role or where the site is no longer active.
    """
    ids = sorted(set(site_ids))
    outer = _current.get()
    if outer is not None and outer.by == by and outer.sites.keys() >= set(ids):
        _require_role([outer.sites[site_id] for site_id in ids], needed)
        yield outer
        return
    with _counted(ids) as is_crowded, transaction.atomic(), operation_writes():
        if is_crowded:
            _wait_briefly()
        sites = {site_id: _locked(site_id, by) for site_id in ids}
        _require_role(sites.values(), needed)
        opened = SiteTransaction(sites=sites, by=by, source=source, at=timezone.now(), reason=reason)
        token = _current.set(opened)
        try:
            yield opened
        finally:
            _current.reset(token)
        opened.store_change_numbers()


def _require_role(sites: Iterable[Site], needed: Role) -> None:
    for site in sites:
        if not Role(site.role or "").covers(needed):
            raise PermissionDenied(
                _("Your role on this site does not allow this. It requires the %(role)s role.")
                % {"role": needed.label}
            )
        if not site.is_active:
            raise PermissionDenied(_("This site is no longer active and takes no changes."))


# The transactions of this process at each site, those that wait for its lock included.
_transactions: Counter[int] = Counter()
_counting = threading.Lock()


@contextmanager
def _counted(site_ids: Sequence[int]) -> Iterator[bool]:
    """Count a transaction, and yield whether it takes the web server's last thread."""
    with _counting:
        _transactions.update(site_ids)
        most = max((_transactions[site_id] for site_id in site_ids), default=0)
    try:
        yield bool(settings.DATABASE_WAIT_SECONDS) and most >= settings.WEB_THREADS
    finally:
        with _counting:
            _transactions.subtract(site_ids)


def _wait_briefly() -> None:
    """Wait half a second at most for a site's lock, so that a thread is left for everybody else.

    SQLite has one lock for all sites, which no transaction of the portal holds for long.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")


def _locked(site_id: int, by: User) -> Site:
    """Lock a site that the user may see, by the rule of `Site.objects.for_user`. Raises NotVisible."""
    site = None
    if by.is_active:
        site = (
            _site_for_admin.first(site=site_id)
            if by.is_superuser
            else _site_for_member.first(site=site_id, user=by.pk)
        )
    if site is None:
        raise NotVisible
    return site
