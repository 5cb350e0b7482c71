"""Change when a site works: its weekdays, hours, cut-off and holidays."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sites.managing import lock_as_manager
from sites.models import Holiday, Site, User

EDITED = frozenset(
    {"working_weekdays", "working_hours", "cut_off", "cut_off_next_day", "count_tolerance_percent"}
)
# A longer one is a slip of the hand, or a site that should be made inactive.
LONGEST_HOLIDAY_DAYS = 62


@transaction.atomic
def change_working_time(
    *,
    site: Site,
    by: User,
    working_weekdays: str,
    working_hours: Decimal,
    cut_off: dt.time,
    cut_off_next_day: bool,
    count_tolerance_percent: Decimal,
) -> Site:
    """Change a site's days of the week, hours a day, by when its days are submitted, and its tolerance.

    The tolerance of stock counts is in percent.

    Raises Site.DoesNotExist, PermissionDenied below manager, ValidationError for what cannot be.
    """
    changed = lock_as_manager(site.pk, by=by)
    changed.working_weekdays = working_weekdays
    changed.working_hours = working_hours
    changed.cut_off = cut_off
    changed.cut_off_next_day = cut_off_next_day
    changed.count_tolerance_percent = count_tolerance_percent
    changed.clean_fields(exclude={column.name for column in Site._meta.concrete_fields} - EDITED)
    changed._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    changed.save()
    return changed


@transaction.atomic
def add_holidays(*, site: Site, by: User, first: dt.date, last: dt.date, name: str) -> list[Holiday]:
    """Make every date from the first to the last a holiday of the site, weekdays it never works included.

    Raises Site.DoesNotExist, PermissionDenied below manager, ValidationError where a date is a holiday
    already or the period is none.
    """
    locked = lock_as_manager(site.pk, by=by)
    days = (last - first).days + 1
    if days < 1:
        raise ValidationError({"last": _("The holiday ends before it begins.")})
    if days > LONGEST_HOLIDAY_DAYS:
        raise ValidationError(
            {"last": _("A holiday has at most %(days)d days.") % {"days": LONGEST_HOLIDAY_DAYS}}
        )
    taken = locked.holidays.between(first, last).order_by("date").first()
    if taken is not None:
        shown = {"date": date_format(taken.date, "j F Y"), "name": taken.name}
        raise ValidationError({"first": _("%(date)s is a holiday already: %(name)s.") % shown})
    holidays = [
        Holiday(site=locked, date=first + dt.timedelta(days=number), name=name) for number in range(days)
    ]
    for holiday in holidays:
        holiday.full_clean()
        holiday._history_user = by  # type: ignore[attr-defined]  # read by simple-history
        holiday.save()
    return holidays


@transaction.atomic
def remove_holidays(*, site: Site, by: User, first: dt.date, last: dt.date) -> list[Holiday]:
    """Let the site work again from the first to the last date, and return the holidays that were there.

    Raises Site.DoesNotExist, PermissionDenied below manager.
    """
    locked = lock_as_manager(site.pk, by=by)
    holidays = list(locked.holidays.between(first, last).order_by("date"))
    for holiday in holidays:
        holiday._history_user = by  # type: ignore[attr-defined]  # read by simple-history
        holiday.delete()
    return holidays
