"""What became of a day's records since it was approved last, or else submitted first."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.closing.completeness import DayContents, ModuleOfDay
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.history import FieldChange, Teller
from sites.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    class Version(DailyRecord):
        """A line of a record's history, as far as it is asked here."""

        # The record's; `pk` is the line's own.
        id: int
        history_type: str
        history_date: dt.datetime
        history_user: User | None

        class Meta:
            abstract = True


# So many changes of a module are told one by one.
TOLD = 50


@dataclass(frozen=True)
class DayChange:
    """A record that came, went or says something else than when the day was closed."""

    module: RecordModule[DailyRecord]
    record_id: int
    act: "StrPromise"
    # `+` came, `~` changed, `-` went.
    kind: str
    summary: str
    by: str
    at: dt.datetime
    changes: Sequence[FieldChange] = ()


@dataclass(frozen=True)
class DayChanges:
    """All that changed; of very many, some are counted only."""

    told: list[DayChange]
    untold: int

    @property
    def count(self) -> int:
        return len(self.told) + self.untold


@dataclass(frozen=True)
class Odd:
    """A record whose person confirmed what is odd about it."""

    module: RecordModule[DailyRecord]
    record_id: int
    summary: str
    warnings: Sequence[str]


def changes_since(kept: Mapping[str, Mapping[str, int]] | None, contents: DayContents) -> DayChanges:
    """Return what differs from the versions that were kept with the day.

    Two or three queries for each module in which anything does.
    """
    told: list[DayChange] = []
    untold = 0
    for part in contents.modules:
        before = {int(key): version for key, version in (kept or {}).get(part.module.slug, {}).items()}
        now = {record.id: record.version for record in part.records}
        changed = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
        untold += len(changed[TOLD:])
        told += _told(part.module, contents, {key: before.get(key) for key in changed[:TOLD]})
    return DayChanges(told, untold)


def odd_records(contents: DayContents) -> list[Odd]:
    """Return the day's records with confirmed warnings. Few queries for each module that has any."""
    return [odd for part in contents.modules for odd in _odd_of(part)]


def _odd_of(part: ModuleOfDay) -> Iterator[Odd]:
    warned = {record.id: record.warnings for record in part.records if record.warnings}
    if not warned:
        return
    records = list(part.module.model._default_manager.filter(pk__in=warned).order_by("pk"))
    teller = Teller(part.module, records)
    for record in records:
        yield Odd(part.module, record.pk, teller.summary(record), warned[record.pk])


def _told(
    module: RecordModule[DailyRecord], contents: DayContents, before: Mapping[int, int | None]
) -> Iterator[DayChange]:
    if not before:
        return
    history = module.model.history.filter(id__in=before).select_related("history_user")
    found = list(history.order_by("id", "history_id"))
    teller = Teller(module, found)
    day = (contents.site.pk, contents.date)
    for record_id, versions in groupby(found, key=lambda version: int(version.id)):
        yield _change(module, teller, day, list(versions), before[record_id])


def _change(
    module: RecordModule[DailyRecord],
    teller: Teller[DailyRecord],
    day: tuple[int, dt.date],
    versions: Sequence["Version"],
    kept: int | None,
) -> DayChange:
    """Tell what became of a record on this day; what it says elsewhere stays untold."""
    number = max(number for number, version in enumerate(versions) if (version.site_id, version.date) == day)
    here, last = versions[number], versions[min(number + 1, len(versions) - 1)]
    act, kind = gettext_lazy("Entered"), "+"
    changes: Sequence[FieldChange] = ()
    if last.history_type == "-":
        act, kind = gettext_lazy("Deleted"), "-"
    elif last is not here:
        act, kind = gettext_lazy("Moved elsewhere"), "-"
    elif kept is not None:
        act, kind = gettext_lazy("Changed"), "~"
        earlier = next(version for version in versions if version.version == kept)
        changes = list(teller.changes(earlier, here))
    return DayChange(
        module=module,
        record_id=here.id,
        act=act,
        kind=kind,
        summary=teller.summary(here),
        by=str(last.history_user or _("somebody who is gone")),
        at=last.history_date,
        changes=changes,
    )
