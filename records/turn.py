"""A turn at one or more sites: one transaction, their rows locked, and what every write there needs."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from records.choices import Source
from records.errors import DayClosed, NotVisible
from records.models import DailyRecord, SiteDay, operation_writes
from sites.models import Role, Site, User

HISTORY_PART = 500


@dataclass
class Turn:
    """The locked sites, and who changes what there, when and through which door."""

    sites: dict[int, Site]
    by: User
    source: Source
    at: dt.datetime = field(default_factory=timezone.now)

    def require_open(self, site_id: int, dates: Iterable[dt.date]) -> None:
        """Raise DayClosed where one of these days has been submitted or approved."""
        closed = (
            SiteDay.objects.closed().filter(site_id=site_id, date__in=set(dates)).order_by("date").first()
        )
        if closed is not None:
            raise DayClosed(closed)

    def stamp(self, record: DailyRecord, *, left: int | None = None) -> None:
        """Say on the record who changed it and when, and give it the site's next change number.

        The site that it left has changed too: whoever follows that one must see that something went.
        """
        if left is not None and left != record.site_id:
            self.sites[left].change_number += 1
        site = self.sites[record.site_id]
        site.change_number += 1
        record.change_number = site.change_number
        record.entry_source = self.source
        record.updated_at = self.at
        record.updated_by = self.by
        if record.pk is None:
            record.created_at = self.at
            record.created_by = self.by
        else:
            record.version += 1

    def keep_history(self, records: Sequence[DailyRecord], kind: str) -> None:
        """Write one line of history for each record: `+` made, `~` changed, `-` deleted."""
        if not records:
            return
        history = type(records[0]).history.model
        columns = [column.attname for column in history.tracked_fields]
        history.objects.bulk_create(
            [
                history(
                    history_type=kind,
                    history_date=self.at,
                    history_user=self.by,
                    **{column: getattr(record, column) for column in columns},
                )
                for record in records
            ],
            batch_size=HISTORY_PART,
        )

    def close(self) -> None:
        """Keep the change numbers that were given out."""
        for site in self.sites.values():
            Site.objects.filter(pk=site.pk, change_number__lt=site.change_number).update(
                change_number=site.change_number
            )


@contextmanager
def turn_at(
    site_ids: Iterable[int], *, by: User, source: Source, needed: Role = Role.OPERATOR
) -> Iterator[Turn]:
    """Lock the sites, in the order of their ids, for one transaction.

    Raises NotVisible for a site that is not the person's, PermissionDenied below the role that is needed or
    where the site is no longer active.
    """
    wanted = set(site_ids)
    with transaction.atomic(), operation_writes():
        locked = (
            Site.objects.for_user(by)
            .with_role(by)
            .filter(pk__in=wanted)
            .order_by("pk")
            .select_for_update(no_key=True)
        )
        sites = {site.pk: site for site in locked}
        if sites.keys() != wanted:
            raise NotVisible
        for site in sites.values():
            if not Role(site.role or "").covers(needed):
                raise PermissionDenied(
                    _("Your role on this site does not allow this. It takes the role of %(role)s.")
                    % {"role": needed.label}
                )
            if not site.is_active:
                raise PermissionDenied(_("This site is no longer active and takes no changes."))
        turn = Turn(sites=sites, by=by, source=source)
        yield turn
        turn.close()
