"""Many records at once.

A selection of records is changed or deleted as a whole or not at all. Imported records are written in parts
under a batch, which can be undone as a whole.
"""

import copy
import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from records.choices import BatchStatus, ChangeReason, Source
from records.errors import EditConflict, InputRefused, NotVisible, Refused, SelectionRefused, labelled_errors
from records.models import Batch, Change, DailyRecord, SiteDay
from records.module import RecordModule
from records.operations.single import (
    Cleaned,
    FailedForm,
    Values,
    clean_update,
    database_errors_on,
    keys_of,
    require_confirmed,
    write,
)
from records.operations.site_transaction import Act, SiteTransaction, site_transaction
from sites.models import User

# The most records that are selected, changed and deleted together.
MOST_SELECTED = 500
# The most records that are written or deleted in one transaction.
PART = 1000
ROWS_PER_INSERT = 500


@dataclass(frozen=True)
class BulkOutcome[R: DailyRecord]:
    """Changed records before and after; `after` of a deleted one is its last version."""

    changes: tuple[Change[R], ...]
    warnings: tuple[str, ...] = ()

    @property
    def acts(self) -> tuple[Act, ...]:
        """Return what `undo` takes to undo this."""
        return Act.all_of(change.after for change in self.changes if change.after is not None)


class _DryRunError(Exception):
    """Rolls a dry run back."""


def bulk_update[R: DailyRecord](
    *,
    module: RecordModule[R],
    selected: Mapping[int, int | None],
    values: Values,
    by: User,
    source: Source,
    confirmed: bool | str = False,
    dry_run: bool = False,
) -> BulkOutcome[R]:
    """Change selected records to the same values, all of them or none, in one transaction.

    `selected` has the edited version by each id; None changes any version. A dry run returns the same
    and needs no confirmation, and nothing is stored. Raises NotVisible where the user may see none of the
    records, PermissionDenied, SelectionRefused with a sentence for each record that cannot be changed,
    NegativeStock, ConfirmationNeeded.
    """
    failed = FailedForm[R]()
    changes: list[Change[R]] = []
    warnings: tuple[str, ...] = ()
    with (
        _one_record_refused(),
        database_errors_on(failed),
        _selection(module, selected, by=by, source=source) as (transaction, records),
    ):
        cleaned = _clean_selection(
            transaction, module, records, selected, values, is_interactive=confirmed is not True
        )
        warnings = write(transaction, module, cleaned, failed=failed)
        changes = [Change(before, form.instance) for before, form, _compared in cleaned]
        if dry_run:
            raise _DryRunError
        require_confirmed(warnings, confirmed)
    return BulkOutcome(tuple(changes), warnings)


def bulk_delete[R: DailyRecord](
    *,
    module: RecordModule[R],
    selected: Mapping[int, int | None],
    by: User,
    source: Source,
    confirmed: bool | str = False,
    dry_run: bool = False,
) -> BulkOutcome[R]:
    """Delete selected records, all of them or none, keeping their histories. As `bulk_update`."""
    changes: list[Change[R]] = []
    warnings: tuple[str, ...] = ()
    with (
        _one_record_refused(),
        _selection(module, selected, by=by, source=source) as (transaction, records),
    ):
        reasons: dict[int, str] = {}
        for before in records:
            version = selected[before.pk]
            record = copy.copy(before)
            try:
                transaction.require_open(before.site_id, [before.date])
                if version is not None and version != before.version:
                    raise EditConflict(before)
            except Refused as refusal:
                reasons[before.pk] = refusal.message
            if reason := before.deletion_refusal():
                reasons[before.pk] = reason
            transaction.stamp(record)
            changes.append(Change(before, record))
        if reasons:
            raise SelectionRefused(reasons)
        warnings = write(transaction, module, (), changes)
        if dry_run:
            raise _DryRunError
        require_confirmed(warnings, confirmed)
    return BulkOutcome(tuple(changes), warnings)


@contextmanager
def _selection[R: DailyRecord](
    module: RecordModule[R], selected: Mapping[int, int | None], *, by: User, source: Source
) -> Iterator[tuple[SiteTransaction, list[R]]]:
    """Open a transaction at the sites of the selected records; yield it with the records, newest first."""
    if len(selected) > MOST_SELECTED:
        raise ValueError(f"At most {MOST_SELECTED} records are changed together.")
    visible = module.model._default_manager.for_user(by).filter(pk__in=selected)  # type: ignore[attr-defined]
    sites = set(visible.order_by().values_list("site_id", flat=True))
    if not sites:
        raise NotVisible
    # Within another transaction at these sites, an error of the database ends the inner one alone.
    with (
        site_transaction(sites, by=by, source=source, reason=ChangeReason.SELECTION) as transaction,
        atomic(),
    ):
        rows = visible.filter(site__in=sites).select_related("site", *keys_of(module)).newest_first()
        records: list[R] = list(rows)
        missing = set(selected) - {record.pk for record in records}
        if missing:
            raise SelectionRefused(dict.fromkeys(missing, _("This record is no longer here.")))
        for record in records:
            record.site = transaction.sites[record.site_id]
        yield transaction, records


def _clean_selection[R: DailyRecord](
    transaction: SiteTransaction,
    module: RecordModule[R],
    records: Sequence[R],
    selected: Mapping[int, int | None],
    values: Values,
    *,
    is_interactive: bool,
) -> list[Cleaned[R]]:
    """Clean records with these values changed; leave out those where nothing differs.

    Raises SelectionRefused with a sentence for each record that cannot be changed.
    """
    cleaned: list[Cleaned[R]] = []
    reasons: dict[int, str] = {}
    for before in records:
        version, site = selected[before.pk], before.site
        try:
            found = clean_update(
                transaction, module, before, values, site=site, version=version, is_interactive=is_interactive
            )
        except Refused as refusal:
            reasons[before.pk] = sentences_of(refusal)
        else:
            cleaned += [found] if found is not None else []
    if reasons:
        raise SelectionRefused(reasons)
    return cleaned


@contextmanager
def _one_record_refused() -> Iterator[None]:
    """Report a rule that the database found as one of the selection's, and end a dry run."""
    try:
        yield
    except InputRefused as refusal:
        record = refusal.form.instance  # type: ignore[attr-defined]  # of a model form
        raise SelectionRefused({record.pk: sentences_of(refusal)}) from refusal
    except _DryRunError:
        pass


def sentences_of(refusal: Refused) -> str:
    """Return why a record was not saved, with the messages of its fields."""
    if not isinstance(refusal, InputRefused):
        return refusal.message
    return " ".join(labelled_errors(refusal.form))


class Pace:
    """The size of the parts: as many records as hold a site's lock for about a second."""

    SECONDS = 1.0
    FIRST, LEAST = 250, 25
    # Others poll for SQLite's lock every tenth of a second; without a pause they would not get it.
    PAUSE = 0.12

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = min(self.FIRST, most)
        self._has_begun = False

    @contextmanager
    def part(self) -> Iterator[None]:
        """Pause for others, time this part and fit the size of the next."""
        if self._has_begun and not connection.features.has_select_for_update:
            time.sleep(self.PAUSE)
        began = time.monotonic()
        yield
        fitting = int(self.size * self.SECONDS / max(time.monotonic() - began, 0.001))
        self.size = min(self._most, max(self.LEAST, min(fitting, 2 * self.size)))
        self._has_begun = True


@dataclass(frozen=True)
class Refusal[R: DailyRecord]:
    """A record that was not written, and why."""

    record: R
    reason: str
    # The field that the reason is about, if there is one.
    field: str = ""


@dataclass
class Part[R: DailyRecord]:
    """The result of one part: records written, known from an earlier import, or refused."""

    written: list[R] = field(default_factory=list)
    known: list[R] = field(default_factory=list)
    refused: list[Refusal[R]] = field(default_factory=list)


def create_many[R: DailyRecord](
    *,
    module: RecordModule[R],
    records: Sequence[R],
    batch: Batch,
    by: User,
    source: Source,
    dry_run: bool = False,
) -> Part[R]:
    """Write cleaned records, at most PART of them, in one transaction.

    A record whose `import_key` or number of another system exists already is known; one on a closed day, with
    a taken identity or with the number of other content is refused. With `dry_run` nothing is written.
    Warnings about stock need no confirmation: a batch has nobody to give it. Raises NotVisible,
    PermissionDenied, NegativeStock where a site does not allow it.
    """
    if len(records) > PART:
        raise ValueError(f"A part has at most {PART} records.")
    with site_transaction({record.site_id for record in records}, by=by, source=source) as transaction:
        part = _sorted_out(module, records)
        if part.written and not dry_run:
            for record in part.written:
                transaction.stamp(record)
                record.batch = batch
            module.model.complete_new(part.written)
            module.model._default_manager.bulk_create(part.written, batch_size=ROWS_PER_INSERT)
            module.model.settle([Change(None, record) for record in part.written])
            transaction.keep_history_of_new(part.written)
    return part


def undo_batch[R: DailyRecord](
    *,
    module: RecordModule[R],
    batch: Batch,
    by: User,
    source: Source,
    progress: Callable[[int], object] = lambda _removed: None,
) -> int:
    """Delete the remaining records of a batch, part by part; return how many there were.

    `progress` is called after each part with the number so far; an exception of it ends the work. Raises
    PermissionDenied for another user's batch unless admin, and DayClosed where one of its days is closed:
    nothing is deleted then. A day that is closed between two parts, or NegativeStock, stops it with the
    earlier parts deleted; another call continues.
    """
    if batch.created_by_id != by.pk and not by.is_superuser:
        raise PermissionDenied(_("Only the person who made a batch, or an admin, can undo it."))
    _require_open_days(module, batch, by=by, source=source)
    removed = 0
    for part in _removed_parts(module, batch, by=by, source=source):
        removed += part
        progress(removed)
    batch.status = BatchStatus.UNDONE
    batch.undone_at, batch.undone_by = timezone.now(), by
    batch.save()
    return removed


def _require_open_days[R: DailyRecord](
    module: RecordModule[R], batch: Batch, *, by: User, source: Source
) -> None:
    days: dict[int, set[dt.date]] = defaultdict(set)
    written = module.model._default_manager.filter(batch=batch)
    for site_id, date in written.order_by().values_list("site_id", "date").distinct():
        days[site_id].add(date)
    with site_transaction(days, by=by, source=source) as transaction:
        for site_id, dates in days.items():
            transaction.require_open(site_id, dates)


def _removed_parts[R: DailyRecord](
    module: RecordModule[R], batch: Batch, *, by: User, source: Source
) -> Iterator[int]:
    """Delete a part at a time, newest first, so that stock does not fall below zero in between."""
    pace = Pace(PART)
    while True:
        left = module.model._default_manager.filter(batch=batch)
        keys = list(left.order_by("-date", "-id").values_list("pk", "site_id")[: pace.size])
        if not keys:
            return
        with (
            pace.part(),
            site_transaction({site_id for _pk, site_id in keys}, by=by, source=source) as transaction,
        ):
            removed = _remove_part(transaction, module, [pk for pk, _site_id in keys])
        yield removed


def _remove_part[R: DailyRecord](
    transaction: SiteTransaction, module: RecordModule[R], keys: list[int]
) -> int:
    before = module.model._default_manager.filter(pk__in=keys).select_related(*module.related)
    after = {record.pk: record for record in module.model._default_manager.filter(pk__in=keys)}
    days: dict[int, set[dt.date]] = defaultdict(set)
    for record in after.values():
        if record.site_id not in transaction.sites:
            raise NotVisible
        days[record.site_id].add(record.date)
    for site_id, dates in days.items():
        transaction.require_open(site_id, dates)
    for record in after.values():
        transaction.stamp(record)
    write(transaction, module, (), [Change(record, after[record.pk]) for record in before])
    return len(after)


def _sorted_out[R: DailyRecord](module: RecordModule[R], records: Sequence[R]) -> Part[R]:
    part = Part[R]()
    known = _known_keys(module, records)
    closed = _closed_days(records)
    taken = _taken_identities(module, records)
    entered = module.model.find_entered(records)
    for place, record in enumerate(records):
        identity = _identity(module, record)
        difference = entered.get(place)
        if (record.import_key and record.import_key in known) or difference == "":
            part.known.append(record)
        elif (record.site_id, record.date) in closed:
            part.refused.append(Refusal(record, _("This day is closed. A manager can reopen it."), "date"))
        elif identity and identity in taken:
            part.refused.append(Refusal(record, _("There is a record like this already: edit that one.")))
        elif difference:
            part.refused.append(Refusal(record, difference, module.model.outside_number_field))
        else:
            part.written.append(record)
            known.add(record.import_key)
            taken.add(identity)
    return part


def _known_keys[R: DailyRecord](module: RecordModule[R], records: Sequence[R]) -> set[str]:
    keys = [record.import_key for record in records if record.import_key]
    return set(module.model._default_manager.filter(import_key__in=keys).values_list("import_key", flat=True))


def _closed_days[R: DailyRecord](records: Sequence[R]) -> set[tuple[int, dt.date]]:
    days = SiteDay.objects.closed().filter(
        site_id__in={record.site_id for record in records}, date__in={record.date for record in records}
    )
    return set(days.values_list("site_id", "date"))


def _identity[R: DailyRecord](module: RecordModule[R], record: R) -> tuple[object, ...]:
    columns = (module.model._meta.get_field(name) for name in module.model.identity)
    return tuple(getattr(record, getattr(column, "attname")) for column in columns)  # noqa: B009  # stubs


def _taken_identities[R: DailyRecord](
    module: RecordModule[R], records: Sequence[R]
) -> set[tuple[object, ...]]:
    if not module.model.identity:
        return set()
    near = module.model._default_manager.filter(
        site_id__in={record.site_id for record in records}, date__in={record.date for record in records}
    )
    return {_identity(module, record) for record in near.only("id", *module.model.identity)}
