"""Submitting, approving and reopening a site's day, under the same lock as every write of its records."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from records.choices import DayStatus, Source
from records.closing.completeness import DayContents
from records.closing.figures import figures_of_day, figures_to_json
from records.models import REASON_LENGTH, DailyRecord, NothingToday, SiteDay
from records.module import RecordModule
from records.operations.site_transaction import SiteTransaction, site_transaction
from sites.models import Role, Site, User


def submit_day(*, site: Site, date: dt.date, by: User) -> SiteDay:
    """Close a day for entry. The first submission decides whether the day was late.

    Raises NotVisible, PermissionDenied below operator, ValidationError where the day is closed already, has
    not begun, is a working day with a module missing, or has something open (`settings.DAY_BLOCKERS`).
    """
    with site_transaction([site.pk], by=by, source=Source.PAGE) as transaction:
        site = transaction.sites[site.pk]
        day, _made = SiteDay.objects.get_or_create(site=site, date=date)
        if day.is_closed:
            raise ValidationError(_("This day is %s already.") % day.get_status_display().lower())
        if date > site.operating_date(transaction.at):
            raise ValidationError(_("This day has not begun yet."))
        contents = DayContents.of(site, date)
        if contents.missing and site.is_working_day(date):
            raise ValidationError(missing_modules_message(contents))
        for path in settings.DAY_BLOCKERS:
            if reason := import_string(path)(site, date):
                raise ValidationError(reason)
        for statement in contents.overruled:
            _delete_statement(transaction, statement)
        if day.submitted_at is None:
            day.is_late = transaction.at > site.cut_off_of(date)
            day.kept_versions = contents.versions
        day.status = DayStatus.SUBMITTED
        day.submitted_at, day.submitted_by = transaction.at, by
        return _save(transaction, day)


def approve_day(*, day: SiteDay, by: User, seen: dt.datetime | None = None) -> SiteDay:
    """Approve a submitted day and store its figures with it.

    `seen` is the time of the submission that the manager saw; None approves any. Raises NotVisible,
    PermissionDenied below manager, ValidationError where the day is not submitted, or was submitted again
    after the manager saw it.
    """
    with site_transaction([day.site_id], by=by, source=Source.PAGE, needed=Role.MANAGER) as transaction:
        day = _stored(day)
        if day.status != DayStatus.SUBMITTED:
            raise ValidationError(_("Only a submitted day can be approved."))
        if seen is not None and seen != day.submitted_at:
            raise ValidationError(
                _("The day was corrected and submitted again meanwhile. Please check it again.")
            )
        site = transaction.sites[day.site_id]
        day.status = DayStatus.APPROVED
        day.approved_at, day.approved_by = transaction.at, by
        day.approved_figures = figures_to_json(figures_of_day(site, day.date))
        day.kept_versions = DayContents.of(site, day.date).versions
        return _save(transaction, day)


def reopen_day(*, day: SiteDay, by: User, reason: str) -> SiteDay:
    """Open a submitted or approved day again and store the reason.

    Raises NotVisible, PermissionDenied below manager, ValidationError for an empty reason or an open day.
    """
    with site_transaction([day.site_id], by=by, source=Source.PAGE, needed=Role.MANAGER) as transaction:
        day = _stored(day)
        reason = _checked(reason, _("Say why the day is opened again."))
        if not day.is_closed:
            raise ValidationError(_("This day is open."))
        day.status = DayStatus.REOPENED
        day.reopened_at, day.reopened_by, day.reopen_reason = transaction.at, by, reason
        return _save(transaction, day)


def mark_nothing[R: DailyRecord](
    *, site: Site, date: dt.date, module: RecordModule[R], by: User, reason: str
) -> NothingToday:
    """Store that a daily module had nothing on a day, and why. A second call replaces the reason.

    Raises NotVisible, PermissionDenied below operator, DayClosed, ValidationError for an empty reason, a day
    that has not begun, a module that is not daily or one that has records.
    """
    with site_transaction([site.pk], by=by, source=Source.PAGE) as transaction:
        transaction.require_open(site.pk, [date])
        reason = _checked(reason, _("Say why there was nothing."))
        if not module.is_daily:
            raise ValidationError(_("No day needs this, so there is nothing to say."))
        if date > transaction.sites[site.pk].operating_date(transaction.at):
            raise ValidationError(_("This day has not begun yet."))
        if module.model._default_manager.filter(site=site, date=date).exists():
            raise ValidationError(
                _("%(module)s: there are records of this day, so you cannot say that there was nothing.")
                % {"module": module.label_plural}
            )
        statement = NothingToday.objects.filter(site=site, date=date, module=module.slug).first()
        statement = statement or NothingToday(site=site, date=date, module=module.slug)
        statement.reason, statement.noted_at, statement.noted_by = reason, transaction.at, by
        _with_history(transaction, statement).save()
        return statement


def unmark_nothing(*, statement: NothingToday, by: User) -> None:
    """Delete the statement that there was nothing; the history keeps it.

    Raises NotVisible, PermissionDenied below operator, DayClosed.
    """
    with site_transaction([statement.site_id], by=by, source=Source.PAGE) as transaction:
        transaction.require_open(statement.site_id, [statement.date])
        _delete_statement(transaction, statement)


def missing_modules_message(contents: DayContents) -> str:
    """Return the sentence that names the modules missing on a working day."""
    names = get_text_list([str(module.label_plural) for module in contents.missing], _("and"))
    return _("Still missing: %(modules)s. Enter what there was, or say why there was nothing.") % {
        "modules": names
    }


def _stored(day: SiteDay) -> SiteDay:
    """Return the stored day; a day without a row is open."""
    return SiteDay.objects.filter(site_id=day.site_id, date=day.date).first() or day


def _checked(reason: str, refusal: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError(refusal)
    if len(reason) > REASON_LENGTH:
        raise ValidationError(_("A reason has at most %d characters.") % REASON_LENGTH)
    return reason


def _delete_statement(transaction: SiteTransaction, statement: NothingToday) -> None:
    if NothingToday.objects.filter(pk=statement.pk).exists():
        _with_history(transaction, statement).delete()


def _save(transaction: SiteTransaction, day: SiteDay) -> SiteDay:
    _with_history(transaction, day).save()
    return day


def _with_history[M: SiteDay | NothingToday](transaction: SiteTransaction, row: M) -> M:
    """Set the user and time of the row's next history row."""
    row._history_user = transaction.by  # type: ignore[union-attr]  # read by simple-history
    row._history_date = transaction.at  # type: ignore[union-attr]  # read by simple-history
    return row
