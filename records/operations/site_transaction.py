"""A turn at one or more sites: one transaction, their rows locked, and what every write there needs."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BigIntegerField, DateField, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from records.choices import Source
from records.errors import DayClosed, NotVisible
from records.models import DailyRecord, Departure, SiteDay, operation_writes
from records.prepared import Asked, Insertion, Instruction, Question, Transcript
from sites.models import Role, Site, User

HISTORY_PART = 500
# Up to this many lines of history are written by one prepared statement.
FEW = 10

SITE, USER = Asked("site", BigIntegerField()), Asked("user", BigIntegerField())
NUMBER, DATE = Asked("number", BigIntegerField()), Asked("date", DateField())

_site_for_admin = Question(
    lambda: Site.objects.with_role_of_admin().filter(pk=SITE).order_by().select_for_update(no_key=True)
)
_site_for_member = Question(
    lambda: (
        Site.objects.of_member(USER)
        .with_role_of_member(USER)
        .filter(pk=SITE)
        .order_by()
        .select_for_update(no_key=True)
    )
)
_closed_day = Question(lambda: SiteDay.objects.closed().filter(site_id=SITE, date=DATE).order_by())
_keep_number = Instruction(
    lambda: Site.objects.filter(pk=SITE, change_number__lt=NUMBER).order_by(), change_number=NUMBER
)


@cache
def _history_of(model: type[DailyRecord]) -> type[Model]:
    """Return the model of a record's history: its manager is a class made anew whenever it is asked for."""
    history: type[Model] = model.history.model
    return history


@cache
def _lines_of(history: type[Model]) -> Insertion[Model]:
    return Insertion(history)


@cache
def _transcript_of(model: type[DailyRecord]) -> Transcript[Model]:
    return Transcript(model.history.model, model)


@dataclass
class Turn:
    """The locked sites, and who changes what there, when and through which door."""

    sites: dict[int, Site]
    by: User
    source: Source
    at: dt.datetime
    _open_days: set[tuple[int, dt.date]] = field(default_factory=set)
    _changed: set[int] = field(default_factory=set)

    def require_open(self, site_id: int, dates: Iterable[dt.date]) -> None:
        """Raise DayClosed where one of these days has been submitted or approved.

        A day that was found open stays open until the turn is over: closing it takes the same lock.
        """
        asked = sorted({date for date in dates if (site_id, date) not in self._open_days})
        if not asked:
            return
        if len(asked) == 1:
            closed = _closed_day.first(site=site_id, date=asked[0])
        else:
            between = SiteDay.objects.closed().filter(
                site_id=site_id, date__gte=asked[0], date__lte=asked[-1]
            )
            wanted = set(asked)
            closed = next((day for day in between.order_by("date") if day.date in wanted), None)
        if closed is not None:
            raise DayClosed(closed)
        self._open_days.update((site_id, date) for date in asked)

    def stamp(self, record: DailyRecord, *, left: int | None = None) -> None:
        """Say on the record who changed it and when, and give it the site's next change number.

        The site that it left has changed too: whoever follows that one must see that something went.
        """
        if left is not None and left != record.site_id:
            Departure.objects.create(
                site_id=left,
                model=record._meta.label_lower,
                record_id=record.pk,
                change_number=self._next_number(left),
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
        """Write one line of history for each record: `+` made, `~` changed, `-` deleted."""
        if not records:
            return
        history = _history_of(type(records[0]))
        said = self._said(kind)
        if len(records) <= FEW:
            _lines_of(history).write(records, **said)
            return
        # Django hands PostgreSQL whole columns at once, which is quicker from a dozen rows on.
        said["history_id"] = None
        columns = [column.attname for column in history._meta.concrete_fields]
        history._default_manager.bulk_create(
            [
                history(*[said[name] if name in said else getattr(record, name) for name in columns])
                for record in records
            ],
            batch_size=HISTORY_PART,
        )

    def keep_history_of_new(self, records: Sequence[DailyRecord]) -> None:
        """Write one line of history for each of many records as they have just been stored."""
        keys = [record.pk for record in records]
        for first in range(0, len(keys), HISTORY_PART):
            _transcript_of(type(records[0])).write(keys[first : first + HISTORY_PART], **self._said("+"))

    def _said(self, kind: str) -> dict[str, object]:
        return {
            "history_type": kind,
            "history_date": self.at,
            "history_user_id": self.by.pk,
            "history_change_reason": None,
        }

    def close(self) -> None:
        """Keep the change numbers that were given out."""
        for site_id in self._changed:
            _keep_number.carry_out(site=site_id, number=self.sites[site_id].change_number)


@contextmanager
def turn_at(
    site_ids: Iterable[int], *, by: User, source: Source, needed: Role = Role.OPERATOR
) -> Iterator[Turn]:
    """Lock the sites, in the order of their ids, for one transaction.

    Raises NotVisible for a site that is not the person's, PermissionDenied below the role that is needed or
    where the site is no longer active.
    """
    with transaction.atomic(), operation_writes():
        sites = {site_id: _locked(site_id, by) for site_id in sorted(set(site_ids))}
        for site in sites.values():
            if not Role(site.role or "").covers(needed):
                raise PermissionDenied(
                    _("Your role on this site does not allow this. It takes the role of %(role)s.")
                    % {"role": needed.label}
                )
            if not site.is_active:
                raise PermissionDenied(_("This site is no longer active and takes no changes."))
        turn = Turn(sites=sites, by=by, source=source, at=timezone.now())
        yield turn
        turn.close()


def _locked(site_id: int, by: User) -> Site:
    """Lock a site that the person may see, by the rule of `Site.objects.for_user`. Raises NotVisible."""
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
