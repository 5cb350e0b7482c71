"""The one way in: every change of a record, whatever the door, is made here.

In one transaction and in this order: the site is visible → the role allows it → the site is locked → an
answered key gives its first answer → the form cleans → the days are open → the version matches → unique rules
→ write → settle → history → the site's change number.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import UniqueConstraint

from core.db.constraints import violated_constraint
from records.choices import Source
from records.errors import (
    ConfirmationNeeded,
    DuplicateRecord,
    EditConflict,
    InputRefused,
    KeyReused,
    NotVisible,
)
from records.forms import RecordForm
from records.models import Change, DailyRecord, Submission
from records.module import RecordModule
from records.operations.idempotency import Answer, SubmissionKey
from records.operations.site_transaction import Turn, turn_at
from records.warnings import is_confirmed
from sites.models import Site, User

type Values = Mapping[str, object]


@dataclass(frozen=True)
class Outcome[R: DailyRecord]:
    """What an operation left behind. A repeat did nothing and carries the first answer."""

    record: R
    warnings: tuple[str, ...] = ()
    is_repeat: bool = False


def create[R: DailyRecord](
    *,
    module: RecordModule[R],
    values: Values,
    site: Site,
    by: User,
    source: Source,
    key: str = "",
    confirmed: bool | str = False,
) -> Outcome[R]:
    """Make a record of a site from typed values; of the site, which is read under its lock, the id is enough.

    `confirmed` is True where nobody can be asked, or what `confirmation_of` gave for the warnings that the
    person saw: what was not shown to them is asked again. Raises NotVisible, PermissionDenied, KeyReused,
    InputRefused, DuplicateRecord, DayClosed, NegativeStock, and ConfirmationNeeded.
    """
    submission = SubmissionKey.of(
        by=by, key=key, act="create", module=module.slug, target=site.pk, values=values
    )
    refused = _Refusal[R]()
    with _refusals_told(refused), turn_at([site.pk], by=by, source=source) as turn:
        if answer := submission.first_answer():
            return _repeat(module, answer)
        form = refused.form = module.form(values, site=turn.sites[site.pk])
        form.is_asked = confirmed is not True
        if not form.is_valid():
            raise InputRefused(form)
        record = form.save(commit=False)
        turn.require_open(site.pk, [record.date])
        turn.stamp(record)
        warnings = _write(turn, Change(None, record), form, confirmed=confirmed)
        submission.keep(Answer(record.pk, record.version, warnings))
    return Outcome(record, warnings)


def update[R: DailyRecord](
    *,
    module: RecordModule[R],
    record_id: int,
    values: Values,
    by: User,
    source: Source,
    version: int | None = None,
    site: Site | None = None,
    key: str = "",
    confirmed: bool | str = False,
) -> Outcome[R]:
    """Change a record; values that are not given stay as they are, `site` moves it to another site.

    `version` is the one that was edited; None changes whatever is there. Raises as `create` does, and
    EditConflict where somebody changed the record meanwhile.
    """
    submission = SubmissionKey.of(
        by=by,
        key=key,
        act=f"update of {version} to {site.pk if site else ''}",
        module=module.slug,
        target=record_id,
        values=values,
    )
    left = _visible(module, record_id, by).site_id
    entered = site or Site(pk=left)
    refused = _Refusal[R]()
    with _refusals_told(refused), turn_at({left, entered.pk}, by=by, source=source) as turn:
        if answer := submission.first_answer():
            return _repeat(module, answer)
        before = _visible(module, record_id, by)
        if before.site_id != left:
            raise EditConflict(before)
        record = copy.copy(before)
        record.site = turn.sites[entered.pk]
        typed = {**module.form.values_of(before), **values}
        form = refused.form = module.form(typed, site=record.site, instance=record)
        form.is_asked = confirmed is not True
        if not form.is_valid():
            raise InputRefused(form)
        record = form.save(commit=False)
        turn.require_open(left, [before.date])
        turn.require_open(entered.pk, [record.date])
        if _says_the_same(before, record):
            submission.keep(Answer(before.pk, before.version))
            return Outcome(before)
        if version is not None and version != before.version:
            raise EditConflict(before)
        turn.stamp(record, left=left)
        warnings = _write(turn, Change(before, record), form, confirmed=confirmed)
        submission.keep(Answer(record.pk, record.version, warnings))
    return Outcome(record, warnings)


def delete[R: DailyRecord](
    *,
    module: RecordModule[R],
    record_id: int,
    by: User,
    source: Source,
    version: int | None = None,
    confirmed: bool | str = False,
) -> Outcome[R]:
    """Delete a record, keeping its history.

    Raises NotVisible, PermissionDenied, DayClosed, EditConflict, NegativeStock, ConfirmationNeeded.
    """
    left = _visible(module, record_id, by).site_id
    with turn_at([left], by=by, source=source) as turn:
        record = _visible(module, record_id, by)
        if record.site_id != left:
            raise EditConflict(record)
        turn.require_open(left, [record.date])
        if version is not None and version != record.version:
            raise EditConflict(record)
        before = copy.copy(record)
        turn.stamp(record)
        warnings = remove(turn, module, [Change(before, record)])
        if not is_confirmed(warnings, confirmed):
            raise ConfirmationNeeded(warnings)
    return Outcome(record, tuple(warnings))


def remove[R: DailyRecord](turn: Turn, module: RecordModule[R], leaving: list[Change[R]]) -> list[str]:
    """Take stamped records out of the database and out of what is derived from them."""
    stamped = [change.after for change in leaving if change.after is not None]
    rows = module.model._default_manager.filter(pk__in=[record.pk for record in stamped])
    # Not delete(): that would send a signal for each record, and the history is written below, once for all.
    rows._raw_delete(using=rows.db)
    warnings = module.model.settle([Change(change.before, None) for change in leaving])
    turn.keep_history(stamped, "-")
    return warnings


def _write[R: DailyRecord](
    turn: Turn, change: Change[R], form: RecordForm[R], *, confirmed: bool | str
) -> tuple[str, ...]:
    """Write the record, settle what is derived from it and keep its history; return what is odd."""
    record = change.after
    assert record is not None
    found = form.look_around(change.before)
    record.confirmed_warnings = [*found.standing, *found.asked]
    record.skip_history_when_saving = True  # type: ignore[attr-defined]  # read by simple-history
    record.save(force_insert=change.before is None)
    settled = type(record).settle([change])
    warnings = (*found.asked, *settled)
    if not is_confirmed(warnings, confirmed):
        raise ConfirmationNeeded(warnings)
    if settled:
        record.confirmed_warnings += settled
        record.save(update_fields=["confirmed_warnings"])
    turn.keep_history([record], "+" if change.before is None else "~")
    return warnings


def _visible[R: DailyRecord](module: RecordModule[R], record_id: int, by: User) -> R:
    rows = module.model._default_manager.for_user(by)  # type: ignore[attr-defined]  # RecordQuerySet's
    record: R | None = rows.select_related("site", *_keys_of(module)).filter(pk=record_id).first()
    if record is None:
        raise NotVisible
    return record


def _keys_of[R: DailyRecord](module: RecordModule[R]) -> list[str]:
    """Return the master data that a record's effect on stock is read from."""
    return [name for name in module.form.base_fields if module.model._meta.get_field(name).is_relation]


def _says_the_same[R: DailyRecord](before: R, after: R) -> bool:
    """Say whether no column differs: also not one that is derived, as whether tons are estimated."""
    columns = [column.attname for column in before._meta.concrete_fields]
    return all(getattr(before, name) == getattr(after, name) for name in columns)


def _repeat[R: DailyRecord](module: RecordModule[R], answer: Answer) -> Outcome[R]:
    """Return the first answer as it was then, whatever has become of the record since."""
    kept = module.model.history.get(id=answer.record_id, version=answer.version)
    return Outcome(kept.instance, answer.warnings, is_repeat=True)


class _Refusal[R: DailyRecord]:
    """Holds the form that the database's refusal is to be told on."""

    form: RecordForm[R] | None = None


@contextmanager
def _refusals_told[R: DailyRecord](refusal: _Refusal[R]) -> Iterator[None]:
    """Turn the database's refusal of a named constraint into the constraint's sentence, on the form."""
    try:
        yield
    except IntegrityError as error:
        if violated_constraint(Submission, error) is not None:
            raise KeyReused from error
        if refusal.form is None:
            raise
        constraint = violated_constraint(type(refusal.form.instance), error)
        if constraint is None:
            raise
        is_duplicate = isinstance(constraint, UniqueConstraint)
        refusal.form.add_error(
            None,
            ValidationError(
                constraint.get_violation_error_message(),
                code="duplicate" if is_duplicate else constraint.name,
            ),
        )
        raise (DuplicateRecord if is_duplicate else InputRefused)(refusal.form) from error
