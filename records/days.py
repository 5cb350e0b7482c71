"""Closing a site's day and opening it again, under the same lock as every write of its records."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from records.choices import DayStatus, Source
from records.models import SiteDay
from records.turn import Turn, turn_at
from sites.models import Role, Site, User


def submit_day(*, site: Site, date: dt.date, by: User) -> SiteDay:
    """Close a day for entry.

    Raises NotVisible, PermissionDenied below operator, ValidationError where the day is closed already.
    """
    with turn_at([site.pk], by=by, source=Source.PAGE) as turn:
        day, _made = SiteDay.objects.get_or_create(site=site, date=date)
        if day.is_closed:
            raise ValidationError(_("This day is %s already.") % day.get_status_display().lower())
        day.status = DayStatus.SUBMITTED
        day.submitted_at, day.submitted_by = turn.at, by
        return _kept(turn, day)


def approve_day(*, day: SiteDay, by: User) -> SiteDay:
    """Approve a submitted day.

    Raises NotVisible, PermissionDenied below manager, ValidationError where the day is not submitted.
    """
    with turn_at([day.site_id], by=by, source=Source.PAGE, needed=Role.MANAGER) as turn:
        day = SiteDay.objects.get(pk=day.pk)
        if day.status != DayStatus.SUBMITTED:
            raise ValidationError(_("Only a submitted day can be approved."))
        day.status = DayStatus.APPROVED
        day.approved_at, day.approved_by = turn.at, by
        return _kept(turn, day)


def reopen_day(*, day: SiteDay, by: User, reason: str) -> SiteDay:
    """Open a submitted or approved day again, keeping why.

    Raises NotVisible, PermissionDenied below manager, ValidationError for an empty reason or an open day.
    """
    with turn_at([day.site_id], by=by, source=Source.PAGE, needed=Role.MANAGER) as turn:
        day = SiteDay.objects.get(pk=day.pk)
        if not reason.strip():
            raise ValidationError(_("Say why the day is opened again."))
        if not day.is_closed:
            raise ValidationError(_("This day is open."))
        day.status = DayStatus.REOPENED
        day.reopened_at, day.reopened_by, day.reopen_reason = turn.at, by, reason.strip()
        return _kept(turn, day)


def _kept(turn: Turn, day: SiteDay) -> SiteDay:
    day._history_user = turn.by  # type: ignore[attr-defined]  # read by simple-history
    day._history_date = turn.at  # type: ignore[attr-defined]  # read by simple-history
    day.save()
    return day
