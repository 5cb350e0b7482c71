"""Changes of a day's records since its last approval, or else its first submission."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.closing.completeness import DayContents, ModuleOfDay
from records.history import VersionDescriber
from records.models import DailyRecord
from records.module import RecordModule
from sites.history import FieldChange, distinct_names
from sites.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    class Version(DailyRecord):
        """A row of a record's history, with the fields that are read here."""

        # The id of the record; `pk` is that of the history row.
        id: int
        history_type: str
        history_date: dt.datetime
        history_user: User | None
        history_user_id: int | None

        class Meta:
            abstract = True


# So many changes of a module are shown; more are counted.
SHOWN = 50


@dataclass(frozen=True)
class DayChange:
    """A record that was added, removed or changed since the day was closed."""

    module: RecordModule[DailyRecord]
    record_id: int
    act: "StrPromise"
    # `+` added, `~` changed, `-` removed.
    kind: str
    summary: str
    by: str
    at: dt.datetime
    changes: Sequence[FieldChange] = ()


@dataclass(frozen=True)
class DayChanges:
    """All changes; where there are very many, some are only counted."""

    shown: list[DayChange]
    hidden: int

    @property
    def count(self) -> int:
        return len(self.shown) + self.hidden


@dataclass(frozen=True)
class RecordWithWarnings:
    """A record that was saved with warnings."""

    module: RecordModule[DailyRecord]
    record_id: int
    summary: str
    warnings: Sequence[str]


def changes_since(kept: Mapping[str, Mapping[str, int]] | None, contents: DayContents) -> DayChanges:
    """Return the differences from the versions that were stored with the day.

    Two or three queries for each module in which anything does.
    """
    shown: list[DayChange] = []
    hidden = 0
    for part in contents.modules:
        before = {int(key): version for key, version in (kept or {}).get(part.module.slug, {}).items()}
        now = {record.id: record.version for record in part.records}
        changed = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
        hidden += len(changed[SHOWN:])
        shown += _changes_of(part.module, contents, {key: before.get(key) for key in changed[:SHOWN]})
    return DayChanges(shown, hidden)


def records_with_warnings(
    contents: DayContents, read: Mapping[str, Sequence[DailyRecord]] | None = None
) -> list[RecordWithWarnings]:
    """Return the day's records that were saved with warnings.

    `read` has the day's records by module, where they have been read; else it takes a few queries for each
    module that has any.
    """
    return [
        record
        for part in contents.modules
        for record in _with_warnings(part, None if read is None else read[part.module.slug])
    ]


def _with_warnings(part: ModuleOfDay, read: Sequence[DailyRecord] | None) -> Iterator[RecordWithWarnings]:
    warned = {record.id: record.warnings for record in part.records if record.warnings}
    if not warned:
        return
    found: Iterable[DailyRecord] = (
        part.module.model._default_manager.filter(pk__in=warned).order_by("pk") if read is None else read
    )
    records = [record for record in found if record.pk in warned]
    describer = VersionDescriber(part.module, records)
    for record in records:
        yield RecordWithWarnings(part.module, record.pk, describer.summary(record), warned[record.pk])


def _changes_of(
    module: RecordModule[DailyRecord], contents: DayContents, before: Mapping[int, int | None]
) -> Iterator[DayChange]:
    if not before:
        return
    history = module.model.history.filter(id__in=before).select_related("history_user")
    found = list(history.order_by("id", "history_id"))
    for version in found:
        if version.site_id == contents.site.pk:
            version.site = contents.site
    describer = VersionDescriber(module, found)
    day = (contents.site.pk, contents.date)
    names = distinct_names(version.history_user for version in found)
    for record_id, versions in groupby(found, key=lambda version: int(version.id)):
        yield _change(module, describer, day, list(versions), before[record_id], names)


def _change(
    module: RecordModule[DailyRecord],
    describer: VersionDescriber[DailyRecord],
    day: tuple[int, dt.date],
    versions: Sequence["Version"],
    kept: int | None,
    names: Mapping[int | None, str],
) -> DayChange:
    """Return the change of a record on this day; its versions on other days are not shown."""
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
        changes = list(describer.changes(earlier, here))
    return DayChange(
        module=module,
        record_id=here.id,
        act=act,
        kind=kind,
        summary=describer.summary(here),
        by=names.get(last.history_user_id) or _("a deleted user"),
        at=last.history_date,
        changes=changes,
    )
