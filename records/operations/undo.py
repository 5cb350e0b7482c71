"""Undoing what a person did, and restoring an earlier version of a record or a deleted one.

Both are changes like others: the record keeps its id, its history goes on, and the history says why.
"""

import copy
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from records import registry
from records.choices import ChangeReason, Source
from records.errors import AlreadyUndone, EditConflict, InputRefused, NotVisible, UndoRefused
from records.forms import RecordForm
from records.history import VersionDescriber
from records.models import Change, DailyRecord, Departure
from records.module import RecordModule
from records.operations.bulk import sentences_of
from records.operations.single import (
    Cleaned,
    FailedForm,
    Outcome,
    database_errors_on,
    is_unchanged,
    keys_of,
    require_confirmed,
    write,
)
from records.operations.site_transaction import Act, SiteTransaction, site_transaction
from sites.models import User

# The most changes that are undone together.
MOST_UNDONE = 1000
# The columns of an operation, which a restored record keeps; its other columns come from the version.
KEPT = [field.attname for field in DailyRecord._meta.local_fields if not field.editable]


def restore[R: DailyRecord](
    *,
    module: RecordModule[R],
    record_id: int,
    by: User,
    source: Source,
    version: int | None = None,
    expected: int | None = None,
    confirmed: bool | str = False,
) -> Outcome[R]:
    """Give a record the values of an earlier version; a deleted one is stored again with its id.

    `version` is the one to restore, by default the latest; `expected` is the latest that the person saw.
    The values are cleaned as in a correction. Raises NotVisible, PermissionDenied, InputRefused,
    DuplicateRecord, DayClosed, EditConflict, NegativeStock, ConfirmationNeeded.
    """
    wanted, latest = _version(module, record_id, version)
    failed = FailedForm[R]()
    with (
        database_errors_on(failed),
        site_transaction(
            {wanted.site_id, latest.site_id}, by=by, source=source, reason=ChangeReason.RESTORED
        ) as transaction,
    ):
        wanted, latest = _version(module, record_id, version)
        before = _stored(module, [record_id]).get(record_id)
        current = before or _instance(module, latest)
        if not {wanted.site_id, latest.site_id} <= set(transaction.sites):
            raise EditConflict(current)
        form = _cleaned_version(transaction, module, _instance(module, wanted), current)
        record = form.instance
        for changed in (current, record):
            transaction.require_open(changed.site_id, [changed.date])
        if before is not None and is_unchanged(before, record):
            return Outcome(before, is_new_version=False)
        if expected is not None and expected != current.version:
            raise EditConflict(current)
        transaction.stamp(record, moved_from=current.site_id)
        warnings = write(transaction, module, [Cleaned(before, form, before)], failed=failed)
        require_confirmed(warnings, confirmed)
    return Outcome(record, warnings)


@dataclass(frozen=True)
class Undone:
    """A record that was set back: `after` is None where undoing deleted it, `before` where it was deleted."""

    module: RecordModule[DailyRecord]
    record_id: int
    before: DailyRecord | None
    after: DailyRecord | None


@dataclass(frozen=True)
class UndoOutcome:
    """What was undone, and the acts that undo the undoing."""

    undone: tuple[Undone, ...]
    acts: tuple[Act, ...]
    warnings: tuple[str, ...] = ()


def undo(*, acts: Collection[Act], by: User, source: Source, confirmed: bool | str = False) -> UndoOutcome:
    """Set the records of acts back to what they were before the first of them, all of them or none.

    Only the person who made a change can undo it. Raises NotVisible, PermissionDenied, AlreadyUndone,
    UndoRefused where somebody changed a record since or a rule is against it now, DayClosed, NegativeStock,
    ConfirmationNeeded. ValueError for too many records.
    """
    if _size(acts) > MOST_UNDONE:
        raise ValueError(f"At most {MOST_UNDONE} changes are undone together.")
    # The lines of a large paste are hundreds of acts, which a query would have to list one by one.
    acts = Act.joined(acts)
    failed = FailedForm[DailyRecord]()
    undone: list[Undone] = []
    stamped: list[DailyRecord] = []
    warnings: list[str] = []
    sites = {act.site_id for act in acts} | {
        found.target.site_id for _module, found in _touched(acts) if found.target is not None
    }
    with (
        _rules_refused(),
        database_errors_on(failed),
        site_transaction(sites, by=by, source=source, reason=ChangeReason.UNDO) as transaction,
    ):
        touched = _touched(acts)
        _require_own(acts, touched, by)
        for module in dict.fromkeys(module for module, _found in touched):
            of_module = [found for of, found in touched if of is module]
            saved, deleted = _earlier_states(transaction, module, of_module, acts)
            warnings += write(transaction, module, saved, deleted, failed=failed)
            stamped += [*(form.instance for _before, form, _compared in saved), *map(_after, deleted)]
            undone += [Undone(module, _after(change).pk, change.before, None) for change in deleted]
            undone += [
                Undone(module, form.instance.pk, before, form.instance) for before, form, _compared in saved
            ]
        require_confirmed(warnings, confirmed)
    return UndoOutcome(tuple(undone), Act.all_of(stamped), tuple(dict.fromkeys(warnings)))


def _earlier_states(
    transaction: SiteTransaction,
    module: RecordModule[DailyRecord],
    touched: "Sequence[_Touched]",
    acts: Collection[Act],
) -> tuple[list[Cleaned[DailyRecord]], list[Change[DailyRecord]]]:
    """Stamp the records of a module: those to save with their earlier values, and those to delete."""
    stored = _stored(module, [found.latest.id for found in touched])
    saved: list[Cleaned[DailyRecord]] = []
    deleted: list[Change[DailyRecord]] = []
    for found in touched:
        before = stored.get(found.latest.id)
        if found.target is not None:
            saved.append(_set_back(transaction, module, found, before, acts))
        elif before is not None:
            transaction.require_open(before.site_id, [before.date])
            if refusal := before.deletion_refusal():
                raise UndoRefused(refusal)
            deleted.append(Change(before, copy.copy(before)))
            transaction.stamp(_after(deleted[-1]))
    return saved, deleted


@dataclass(frozen=True)
class _Touched:
    """A record that acts have changed."""

    # Its versions in the history from the first change of the acts on, and how many of them are the acts'.
    versions: "Sequence[_Version]"
    # The version before; None where the record did not exist.
    target: "_Version | None"
    own: int

    @property
    def latest(self) -> "_Version":
        return self.versions[-1]


class _Version(Protocol):
    """A row of a record's history."""

    id: int
    site_id: int
    version: int
    change_number: int
    history_type: str
    history_change_reason: str | None
    history_user_id: int | None
    history_user: User | None
    instance: DailyRecord


def _touched(acts: Collection[Act]) -> list[tuple[RecordModule[DailyRecord], _Touched]]:
    """Return the records that these acts changed or deleted last, the newest change first."""
    found: list[tuple[RecordModule[DailyRecord], _Touched]] = []
    for module in registry.modules():
        history = module.model.history
        ids = {*module.model._default_manager.filter(_in_any(acts)).order_by().values_list("pk", flat=True)}
        ids |= {*history.filter(_in_any(acts), history_type="-").order_by().values_list("id", flat=True)}
        if not ids:
            continue
        versions_of: dict[int, list[_Version]] = defaultdict(list)
        for version in history.filter(id__in=ids).select_related("history_user").order_by("history_id"):
            versions_of[version.id].append(version)
        for versions in versions_of.values():
            own = [at for at, version in enumerate(versions) if _is_of(version, acts)]
            target = versions[own[0] - 1] if own[0] else None
            if target is not None and target.history_type == "-":
                target = None
            found.append((module, _Touched(versions[own[0] :], target, len(own))))
    return sorted(found, key=lambda pair: -pair[1].latest.change_number)


def _is_of(version: _Version, acts: Collection[Act]) -> bool:
    return any(
        act.site_id == version.site_id and act.first <= version.change_number <= act.last for act in acts
    )


def _require_own(
    acts: Collection[Act], touched: Sequence[tuple[RecordModule[DailyRecord], _Touched]], by: User
) -> None:
    """Raise PermissionDenied for changes of others, UndoRefused where the records were changed since."""
    own = [version for _module, found in touched for version in found.versions if _is_of(version, acts)]
    if any(version.history_user_id != by.pk for version in own):
        raise PermissionDenied(_("Only the person who made a change can undo it."))
    for module, found in touched:
        if len(found.versions) > found.own:
            raise _changed_since(module, found.versions, acts, by)
    departures = sum(Departure.objects.filter(_in_act(act)).count() for act in acts)
    if len(own) + departures < _size(acts):
        raise _missing(acts, by)


def _missing(acts: Collection[Act], by: User) -> UndoRefused:
    """Return why some records of these acts were not found: who changed the first of them since."""
    for module in registry.modules():
        # Few rows are searched by the person; nothing has an index for older change numbers.
        own = module.model.history.filter(_in_any(acts), history_user=by).order_by("history_id")
        for record_id in own.values_list("id", flat=True).distinct():
            rows = module.model.history.filter(id=record_id).select_related("history_user")
            versions: list[_Version] = list(rows.order_by("history_id"))
            if not _is_of(versions[-1], acts):
                return _changed_since(module, versions, acts, by)
    return UndoRefused(_("These records were changed since, so this was not undone."))


def _changed_since(
    module: RecordModule[DailyRecord], versions: "Sequence[_Version]", acts: Collection[Act], by: User
) -> UndoRefused:
    """Return that a record with these versions was changed since, without what another site has of it."""
    latest = versions[-1]
    if latest.history_user_id == by.pk and latest.history_change_reason == ChangeReason.UNDO:
        return AlreadyUndone()
    if latest.site_id not in {act.site_id for act in acts}:
        own = [version for version in versions if _is_of(version, acts)]
        words = _("%(record)s: it was moved to another site since, so this was not undone.")
        return UndoRefused(words % {"record": _label(module, own[-1].instance)})
    words = _("%(record)s: %(person)s changed it since, so this was not undone.")
    person = latest.history_user or _("a deleted user")
    return UndoRefused(words % {"record": _label(module, latest.instance), "person": person})


def _size(acts: Collection[Act]) -> int:
    return sum(act.last - act.first + 1 for act in acts)


def _in_act(act: Act) -> Q:
    return Q(site=act.site_id, change_number__gte=act.first, change_number__lte=act.last)


def _in_any(acts: Collection[Act]) -> Q:
    return reduce(or_, map(_in_act, acts), Q(pk__in=()))


def _label(module: RecordModule[DailyRecord], record: DailyRecord) -> str:
    """Return a record in one line."""
    summary = VersionDescriber(module, [record]).summary(record)
    return f"{module.label}, {date_format(record.date, 'j M Y')} · {summary}"


def _after(change: Change[DailyRecord]) -> DailyRecord:
    assert change.after is not None
    return change.after


def _set_back(
    transaction: SiteTransaction,
    module: RecordModule[DailyRecord],
    touched: "_Touched",
    before: DailyRecord | None,
    acts: Collection[Act],
) -> Cleaned[DailyRecord]:
    """Clean and stamp the version before the acts; its warnings were confirmed when it was saved."""
    assert touched.target is not None
    target = touched.target.instance
    current = before or touched.latest.instance
    if target.site_id not in transaction.sites:
        raise _changed_since(module, touched.versions, acts, transaction.by)
    form = _cleaned_version(transaction, module, target, current)
    record = form.instance
    for changed in (current, record):
        transaction.require_open(changed.site_id, [changed.date])
    transaction.stamp(record, moved_from=current.site_id)
    return Cleaned(before, form, target)


def _cleaned_version[R: DailyRecord](
    transaction: SiteTransaction, module: RecordModule[R], target: R, current: R
) -> RecordForm[R]:
    """Return the valid form of a version; its record goes on from the current one. Raises InputRefused."""
    record = copy.copy(target)
    # What a rule for new input does not accept stays as it was stored.
    record._state = copy.copy(target._state)
    record._state.adding = False
    for name in KEPT:
        setattr(record, name, getattr(current, name))
    record.site = transaction.sites[target.site_id]
    form = module.form(module.form.values_of(target), site=record.site, instance=record)
    if not form.is_valid():
        raise InputRefused(form)
    form.save(commit=False)
    return form


def _stored[R: DailyRecord](module: RecordModule[R], ids: Collection[int]) -> dict[int, R]:
    rows = module.model._default_manager.filter(pk__in=ids)
    return {record.pk: record for record in rows.select_related("site", *keys_of(module))}


def _instance[R: DailyRecord](module: RecordModule[R], version: "_Version") -> R:
    record = version.instance
    assert isinstance(record, module.model)
    return record


def _version[R: DailyRecord](
    module: RecordModule[R], record_id: int, version: int | None
) -> "tuple[_Version, _Version]":
    """Return a version of a record and its latest one. Raises NotVisible."""
    versions: list[_Version] = list(module.model.history.filter(id=record_id).order_by("history_id"))
    wanted = [found for found in versions if version is None or found.version == version]
    if not wanted:
        raise NotVisible
    return wanted[-1], versions[-1]


@contextmanager
def _rules_refused() -> Iterator[None]:
    """Report a rule that is against the earlier values now."""
    try:
        yield
    except InputRefused as refusal:
        raise UndoRefused(
            _("This was not undone: %(reasons)s") % {"reasons": sentences_of(refusal)}
        ) from refusal
