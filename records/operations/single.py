"""Creating, changing and deleting one record, from whatever source.

In one transaction and in this order: the site is visible → the role allows it → the site is locked → a known
submission key returns its first answer → the form cleans → the days are open → the version matches → unique
rules → write → settle → history → the site's change number.

A form that is sent twice with its submission key creates one record and gets the first answer again.
"""

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import BigIntegerField, CharField, UniqueConstraint
from django.utils import timezone

from core.db.constraints import violated_constraint
from core.db.prepared import Parameter, PreparedQuery, insert_rows
from core.form_fields import normalized
from records.choices import Source
from records.errors import (
    ConfirmationNeeded,
    DeletionRefused,
    DuplicateRecord,
    EditConflict,
    InputRefused,
    KeyReused,
    NotVisible,
)
from records.forms import RecordForm
from records.models import Change, DailyRecord, Submission
from records.module import RecordModule
from records.operations.site_transaction import SiteTransaction, site_transaction
from records.warnings import is_confirmed
from sites.models import Site, User

_earlier = PreparedQuery(
    lambda: Submission.objects.filter(
        user_id=Parameter("user", BigIntegerField()), key=Parameter("key", CharField())
    ).order_by()
)
DELETED_AT_ONCE = 500
# Fields of a request that are no input of the record.
NOT_INPUT = frozenset({"csrfmiddlewaretoken", "submission_key", "confirmed", "next"})


@dataclass(frozen=True)
class Answer:
    """The result of an operation: the record, its version and the warnings about it."""

    record_id: int
    version: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubmissionKey:
    """A user's key, with a fingerprint of what they sent with it. An empty key is never stored."""

    by: User
    key: str
    fingerprint: str

    @classmethod
    def of(
        cls, *, by: User, key: str, act: str, module: str, target: int, values: Mapping[str, object]
    ) -> "SubmissionKey":
        sent = sorted((name, str(value)) for name, value in values.items() if name not in NOT_INPUT)
        text = json.dumps([act, module, target, sent])
        return cls(by=by, key=key, fingerprint=hashlib.sha256(text.encode()).hexdigest())

    def first_answer(self) -> Answer | None:
        """Return the earlier answer to this key; the site must be locked.

        Raises KeyReused where the key was sent with another body.
        """
        if not self.key:
            return None
        earlier = _earlier.first(user=self.by.pk, key=self.key)
        if earlier is None:
            return None
        if earlier.created_at < timezone.now() - dt.timedelta(days=settings.SUBMISSION_KEEP_DAYS):
            earlier.delete()
            return None
        if earlier.fingerprint != self.fingerprint:
            raise KeyReused
        kept = earlier.answer
        return Answer(kept["record_id"], kept["version"], tuple(kept["warnings"]))

    def keep(self, answer: Answer) -> None:
        """Store the answer in the transaction of the operation."""
        if self.key:
            kept = Submission(user=self.by, key=self.key, fingerprint=self.fingerprint, answer=asdict(answer))
            insert_rows(Submission, [kept])


def forget_old_answers() -> None:
    """Delete expired answers in small parts, so that nobody waits for them."""
    old = Submission.objects.filter(
        created_at__lt=timezone.now() - dt.timedelta(days=settings.SUBMISSION_KEEP_DAYS)
    )
    while keys := list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        Submission.objects.filter(pk__in=keys).delete()


type Values = Mapping[str, object]


@dataclass(frozen=True)
class Outcome[R: DailyRecord]:
    """The result of an operation. A repeated one changed nothing and returns the first result."""

    record: R
    warnings: tuple[str, ...] = ()
    is_repeat: bool = False
    # Whether the record was written: not where the values are those that it had.
    is_new_version: bool = True


class Cleaned[R: DailyRecord](NamedTuple):
    """A record to save: as it is stored, None for a new one, and the valid form that has it as it will be."""

    before: R | None
    form: RecordForm[R]
    # The version with which the warnings compare it: usually the stored one.
    compared: R | None


def create[R: DailyRecord](
    *,
    module: RecordModule[R],
    values: Values,
    site: Site,
    by: User,
    source: Source,
    key: str = "",
    confirmed: bool | str = False,
    blank: R | None = None,
) -> Outcome[R]:
    """Create a record of a site from form values. The site is read under its lock, so its id is enough.

    The choices of `blank`, a new record, stay valid where they are no longer active. `confirmed` is True
    where nobody can confirm warnings, or the result of `confirmation_of` for those that the person saw:
    others have to be confirmed again. Raises NotVisible, PermissionDenied, KeyReused, InputRefused,
    DuplicateRecord, DayClosed, NegativeStock, and ConfirmationNeeded.
    """
    submission = SubmissionKey.of(
        by=by, key=key, act="create", module=module.slug, target=site.pk, values=values
    )
    failed = FailedForm[R]()
    with database_errors_on(failed), site_transaction([site.pk], by=by, source=source) as transaction:
        if answer := submission.first_answer():
            return repeated(module, answer)
        locked = transaction.sites[site.pk]
        if blank is not None:
            blank.site = locked
        form = failed.form = module.form(values, site=locked, instance=blank)
        form.is_interactive = confirmed is not True
        if not form.is_valid():
            raise InputRefused(form)
        if (first := form.first_entry()) is not None:
            return Outcome(first, is_repeat=True)
        transaction.require_open(site.pk, [form.instance.date])
        record = form.save(commit=False)
        transaction.stamp(record)
        warnings = write(transaction, module, [Cleaned(None, form, None)], failed=failed)
        require_confirmed(warnings, confirmed)
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
    """Change a record. Values that are not given stay as they are; `site` moves it to another site.

    `version` is the edited one; None changes any version. Raises as `create` does, and EditConflict where
    somebody changed the record meanwhile.
    """
    submission = SubmissionKey.of(
        by=by,
        key=key,
        act=f"update of {version} to {site.pk if site else ''}",
        module=module.slug,
        target=record_id,
        values=values,
    )
    old_site = visible(module, record_id, by).site_id
    new_site = site or Site(pk=old_site)
    failed = FailedForm[R]()
    with (
        database_errors_on(failed),
        site_transaction({old_site, new_site.pk}, by=by, source=source) as transaction,
    ):
        if answer := submission.first_answer():
            return repeated(module, answer)
        before = visible(module, record_id, by)
        if before.site_id != old_site:
            raise EditConflict(before)
        cleaned = clean_update(
            transaction,
            module,
            before,
            values,
            site=transaction.sites[new_site.pk],
            version=version,
            is_interactive=confirmed is not True,
        )
        if cleaned is None:
            submission.keep(Answer(before.pk, before.version))
            return Outcome(before, is_new_version=False)
        record = cleaned.form.instance
        warnings = write(transaction, module, [cleaned], failed=failed)
        require_confirmed(warnings, confirmed)
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

    Raises NotVisible, PermissionDenied, DayClosed, DeletionRefused, EditConflict, NegativeStock,
    ConfirmationNeeded.
    """
    site_id = visible(module, record_id, by).site_id
    with site_transaction([site_id], by=by, source=source) as transaction:
        record = visible(module, record_id, by)
        if record.site_id != site_id:
            raise EditConflict(record)
        transaction.require_open(site_id, [record.date])
        if version is not None and version != record.version:
            raise EditConflict(record)
        if refusal := record.deletion_refusal():
            raise DeletionRefused(refusal)
        before = copy.copy(record)
        transaction.stamp(record)
        warnings = write(transaction, module, (), [Change(before, record)])
        require_confirmed(warnings, confirmed)
    return Outcome(record, warnings)


def clean_update[R: DailyRecord](
    transaction: SiteTransaction,
    module: RecordModule[R],
    before: R,
    values: Values,
    *,
    site: Site,
    version: int | None,
    is_interactive: bool,
) -> Cleaned[R] | None:
    """Clean and stamp a stored record with these values changed; return None where nothing differs.

    Raises InputRefused, DayClosed, EditConflict.
    """
    record = copy.copy(before)
    record.site = site
    typed = {**module.form.values_of(before), **values}
    form = module.form(typed, site=site, instance=record, is_moved=site.pk != before.site_id)
    form.is_interactive = is_interactive
    if not form.is_valid():
        raise InputRefused(form)
    record = form.save(commit=False)
    transaction.require_open(before.site_id, [before.date])
    transaction.require_open(site.pk, [record.date])
    if is_unchanged(before, record):
        return None
    if version is not None and version != before.version:
        raise EditConflict(before)
    transaction.stamp(record, moved_from=before.site_id)
    return Cleaned(before, form, before)


def write[R: DailyRecord](
    transaction: SiteTransaction,
    module: RecordModule[R],
    saved: Sequence[Cleaned[R]],
    deleted: Sequence[Change[R]] = (),
    *,
    failed: "FailedForm[R] | None" = None,
) -> tuple[str, ...]:
    """Delete and save stamped records, settle what is derived from them and keep their history.

    `after` of a deletion is the stamped record. Returns the warnings; the caller has them confirmed.
    """
    removed = [change.after for change in deleted if change.after is not None]
    if removed:
        rows = module.model._default_manager.filter(pk__in=[record.pk for record in removed])
        # delete() would send a signal for each record; the history is written below, once for all.
        rows._raw_delete(using=rows.db)
    changes = [Change(change.before, None) for change in deleted]
    warnings: list[str] = []
    for before, form, compared in saved:
        if failed is not None:
            failed.form = form
        record = form.instance
        found = form.find_warnings(compared)
        record.confirmed_warnings = [*found.confirmed, *found.new]
        record.skip_history_when_saving = True  # type: ignore[attr-defined]  # read by simple-history
        record.save(force_insert=before is None)
        warnings += found.new
        changes.append(Change(before, record))
    settled = module.model.settle(changes)
    if settled:
        for _before, form, _compared in saved:
            form.instance.confirmed_warnings += settled
            form.instance.save(update_fields=["confirmed_warnings"])
    transaction.keep_history(removed, "-")
    transaction.keep_history([form.instance for before, form, _compared in saved if before is None], "+")
    transaction.keep_history([form.instance for before, form, _compared in saved if before is not None], "~")
    return tuple(dict.fromkeys([*warnings, *settled]))


def require_confirmed(warnings: Sequence[str], confirmed: bool | str) -> None:  # noqa: FBT001  # either type
    """Raise ConfirmationNeeded unless each of these warnings is confirmed."""
    if not is_confirmed(warnings, confirmed):
        raise ConfirmationNeeded(warnings)


def visible[R: DailyRecord](module: RecordModule[R], record_id: int, by: User) -> R:
    """Return a record that the user may see, with its choices. Raises NotVisible."""
    rows = module.model._default_manager.for_user(by)  # type: ignore[attr-defined]  # RecordQuerySet's
    record: R | None = rows.select_related("site", *keys_of(module)).filter(pk=record_id).first()
    if record is None:
        raise NotVisible
    return record


def keys_of[R: DailyRecord](module: RecordModule[R]) -> list[str]:
    """Return the foreign keys of the form, from which a record's effect on stock is read."""
    return [name for name in module.form.base_fields if module.model._meta.get_field(name).is_relation]


def is_unchanged[R: DailyRecord](before: R, after: R) -> bool:
    """Return whether no column differs, derived ones included."""
    columns = [column.attname for column in before._meta.concrete_fields]
    return all(_normalized(getattr(before, name)) == _normalized(getattr(after, name)) for name in columns)


def _normalized(value: object) -> object:
    # Texts that are stored from before may have other line ends.
    return normalized(value) if isinstance(value, str) else value


def repeated[R: DailyRecord](module: RecordModule[R], answer: Answer) -> Outcome[R]:
    """Return the record as the first answer had it."""
    kept = module.model.history.get(id=answer.record_id, version=answer.version)
    return Outcome(kept.instance, answer.warnings, is_repeat=True)


class FailedForm[R: DailyRecord]:
    """Holds the form on which a database error is reported, once there is one."""

    form: RecordForm[R] | None = None


@contextmanager
def database_errors_on[R: DailyRecord](failed: FailedForm[R]) -> Iterator[None]:
    """Report the violation of a named constraint on the form, with the constraint's message."""
    try:
        yield
    except IntegrityError as error:
        if violated_constraint(Submission, error) is not None:
            raise KeyReused from error
        if failed.form is None:
            raise
        constraint = violated_constraint(type(failed.form.instance), error)
        if constraint is None:
            raise
        is_duplicate = isinstance(constraint, UniqueConstraint)
        failed.form.add_error(
            None,
            ValidationError(
                constraint.get_violation_error_message(),
                code="duplicate" if is_duplicate else constraint.name,
            ),
        )
        raise (DuplicateRecord if is_duplicate else InputRefused)(failed.form) from error
