"""Closing a site's day and opening it again, under the same lock as every write of its records."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from records.choices import DayStatus, Source
from records.closing.completeness import DayContents
from records.closing.figures import as_kept, figures_of_day
from records.models import DailyRecord, NothingToday, SiteDay
from records.module import RecordModule
from records.operations.site_transaction import Turn, turn_at
from records.site_days import REASON_LENGTH
from sites.models import Role, Site, User


def submit_day(*, site: Site, date: dt.date, by: User) -> SiteDay:
    """Close a day for entry. After the site's cut-off it is late, which a later submission does not change.

    Raises NotVisible, PermissionDenied below operator, ValidationError where the day is closed already, has
    not begun, or lacks something that a working day has.
    """
    with turn_at([site.pk], by=by, source=Source.PAGE) as turn:
        site = turn.sites[site.pk]
        day, _made = SiteDay.objects.get_or_create(site=site, date=date)
        if day.is_closed:
            raise ValidationError(_("This day is %s already.") % day.get_status_display().lower())
        if date > site.operating_date(turn.at):
            raise ValidationError(_("This day has not begun yet."))
        contents = DayContents.of(site, date)
        if contents.lacking and site.is_working_day(date):
            raise ValidationError(what_is_lacking(contents))
        for said in contents.contradicted:
            _take_back(turn, said)
        if day.submitted_at is None:
            day.is_late = turn.at > site.cut_off_of(date)
            day.kept_versions = contents.versions
        day.status = DayStatus.SUBMITTED
        day.submitted_at, day.submitted_by = turn.at, by
        return _kept(turn, day)


def approve_day(*, day: SiteDay, by: User, seen: dt.datetime | None = None) -> SiteDay:
    """Approve a submitted day, and keep its figures with it as they are now.

    `seen` is when the submission was made that the manager looked at; None approves whatever is there.
    Raises NotVisible, PermissionDenied below manager, ValidationError where the day is not submitted, or was
    submitted anew after it was looked at.
    """
    with turn_at([day.site_id], by=by, source=Source.PAGE, needed=Role.MANAGER) as turn:
        day = _as_it_is(day)
        if day.status != DayStatus.SUBMITTED:
            raise ValidationError(_("Only a submitted day can be approved."))
        if seen is not None and seen != day.submitted_at:
            raise ValidationError(
                _("The day was corrected and submitted again meanwhile. Please look again.")
            )
        site = turn.sites[day.site_id]
        day.status = DayStatus.APPROVED
        day.approved_at, day.approved_by = turn.at, by
        day.approved_figures = as_kept(figures_of_day(site, day.date))
        day.kept_versions = DayContents.of(site, day.date).versions
        return _kept(turn, day)


def reopen_day(*, day: SiteDay, by: User, reason: str) -> SiteDay:
    """Open a submitted or approved day again, keeping why.

    Raises NotVisible, PermissionDenied below manager, ValidationError for an empty reason or an open day.
    """
    with turn_at([day.site_id], by=by, source=Source.PAGE, needed=Role.MANAGER) as turn:
        day = _as_it_is(day)
        reason = _checked(reason, _("Say why the day is opened again."))
        if not day.is_closed:
            raise ValidationError(_("This day is open."))
        day.status = DayStatus.REOPENED
        day.reopened_at, day.reopened_by, day.reopen_reason = turn.at, by, reason
        return _kept(turn, day)


def say_nothing[R: DailyRecord](
    *, site: Site, date: dt.date, module: RecordModule[R], by: User, reason: str
) -> NothingToday:
    """Keep that there was nothing of a daily module on a day, and why; said again, the later reason holds.

    Raises NotVisible, PermissionDenied below operator, DayClosed, ValidationError for an empty reason, a day
    that has not begun, a module that is not daily or one that has records.
    """
    with turn_at([site.pk], by=by, source=Source.PAGE) as turn:
        turn.require_open(site.pk, [date])
        reason = _checked(reason, _("Say why there was nothing."))
        if not module.is_daily:
            raise ValidationError(_("A day is complete without this."))
        if date > turn.sites[site.pk].operating_date(turn.at):
            raise ValidationError(_("This day has not begun yet."))
        if module.model._default_manager.filter(site=site, date=date).exists():
            raise ValidationError(
                _("%(module)s: there are records of this day, so it was not nothing.")
                % {"module": module.label_plural}
            )
        said = NothingToday.objects.filter(site=site, date=date, module=module.slug).first()
        said = said or NothingToday(site=site, date=date, module=module.slug)
        said.reason, said.said_at, said.said_by = reason, turn.at, by
        _with_history(turn, said).save()
        return said


def take_nothing_back(*, said: NothingToday, by: User) -> None:
    """Take back that there was nothing; the history keeps it.

    Raises NotVisible, PermissionDenied below operator, DayClosed.
    """
    with turn_at([said.site_id], by=by, source=Source.PAGE) as turn:
        turn.require_open(said.site_id, [said.date])
        _take_back(turn, said)


def what_is_lacking(contents: DayContents) -> str:
    """Return the sentence that names what a working day still lacks."""
    names = get_text_list([str(module.label_plural) for module in contents.lacking], _("and"))
    return _("Still missing: %(modules)s. Enter what there was, or say why there was nothing.") % {
        "modules": names
    }


def _as_it_is(day: SiteDay) -> SiteDay:
    """Return the day as it is kept now; one of which nothing is kept is open."""
    return SiteDay.objects.filter(site_id=day.site_id, date=day.date).first() or day


def _checked(reason: str, refusal: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError(refusal)
    if len(reason) > REASON_LENGTH:
        raise ValidationError(_("A reason has at most %d characters.") % REASON_LENGTH)
    return reason


def _take_back(turn: Turn, said: NothingToday) -> None:
    if NothingToday.objects.filter(pk=said.pk).exists():
        _with_history(turn, said).delete()


def _kept(turn: Turn, day: SiteDay) -> SiteDay:
    _with_history(turn, day).save()
    return day


def _with_history[M: SiteDay | NothingToday](turn: Turn, row: M) -> M:
    """Let the row's history say whose turn it was."""
    row._history_user = turn.by  # type: ignore[union-attr]  # read by simple-history
    row._history_date = turn.at  # type: ignore[union-attr]  # read by simple-history
    return row
