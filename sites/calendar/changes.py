"""Change when a site works: its weekdays, hours, cut-off and holidays."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sites.models import DATED_SETTINGS, EarlierSettings, Holiday, OperatingSettings, Site, User, working_days
from sites.scope import lock_as_manager

# A longer one is a slip of the hand, or a site that should be made inactive.
LONGEST_HOLIDAY_DAYS = 62
ONE_DAY = dt.timedelta(days=1)
A_YEAR = dt.timedelta(days=365)
# The dated settings that only an admin changes.
OF_ADMINS = ("timezone", "day_starts_at")


@dataclass(frozen=True)
class PastEffect:
    """What a change of a site's settings moves on dates that are over."""

    first: dt.date
    last: dt.date
    working_days_before: int
    working_days_after: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def effect_on_the_past(site: Site, *, changed: OperatingSettings) -> PastEffect | None:
    """Return what settings that hold from `changed.valid_from` would move before today; None if nothing."""
    first = changed.valid_from or _beginning(site)
    later = (period.valid_from for period in periods_of(site))
    following = min((start for start in later if start is not None and start > first), default=None)
    last = site.today() - ONE_DAY
    if following is not None:
        last = min(last, following - ONE_DAY)
    if last < first:
        return None
    before = working_days([site], first=first, last=last)[site.pk]
    holidays = set(site.holidays.between(first, last).values_list("date", flat=True))
    dates = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    after = [date for date in dates if changed.includes_weekday_of(date) and date not in holidays]
    return PastEffect(first, last, len(before), len(after))


def _beginning(site: Site) -> dt.date:
    """Return the date from which a site has figures: imported records may be older than the site."""
    created = site.operating_date(site.created_at)
    return min(created, site.today() - A_YEAR) if site.has_records() else created


def periods_of(site: Site) -> list[OperatingSettings]:
    """Return the settings of a site with those before them, the latest first."""
    earliest = dt.date.min
    earlier = sorted(site.earlier_settings.all(), key=lambda row: row.valid_from or earliest, reverse=True)
    return [site, *earlier]


def is_removal_for_admins(removed: OperatingSettings, before: OperatingSettings | None) -> bool:
    """Return whether only an admin may remove settings: it changes the time zone or the start of the day."""
    return before is not None and any(getattr(removed, name) != getattr(before, name) for name in OF_ADMINS)


@transaction.atomic
def change_settings(
    *, site: Site, by: User, valid_from: dt.date | None, values: Mapping[str, object]
) -> Site:
    """Let new settings hold from an operating date on, until the next ones begin; None is the beginning.

    `values` are fields of DATED_SETTINGS; a field that is left out stays as it was on that date. Settings
    that begin on this very date are corrected.

    Raises Site.DoesNotExist, PermissionDenied below manager, ValidationError for an invalid value.
    """
    locked = lock_as_manager(site.pk, by=by)
    if unknown := values.keys() - set(DATED_SETTINGS):
        raise ValueError(unknown)
    changed = _settings_from(locked, valid_from, by=by)
    for name, value in values.items():
        setattr(changed, name, value)
    changed.clean_fields(exclude={field.name for field in changed._meta.fields} - set(DATED_SETTINGS))
    _save(changed, by=by)
    return locked


def _settings_from(site: Site, valid_from: dt.date | None, *, by: User) -> OperatingSettings:
    """Return the settings that begin on a date, made of those that hold on it where none do so yet."""
    if valid_from == site.valid_from:
        return site
    if valid_from is not None and (site.valid_from is None or valid_from > site.valid_from):
        _save(EarlierSettings(site=site, valid_from=site.valid_from, **_dated(site)), by=by)
        site.valid_from = valid_from
        return site
    existing = site.earlier_settings.filter(valid_from=valid_from).first()
    if existing is not None:
        return existing
    held = site.settings_on(valid_from or dt.date.min)
    return EarlierSettings(site=site, valid_from=valid_from, **_dated(held))


@transaction.atomic
def remove_settings(*, site: Site, by: User, valid_from: dt.date) -> Site:
    """Remove the settings that begin on a date, so that those before them hold on.

    Raises Site.DoesNotExist, PermissionDenied below manager, and below admin where the time zone or the start
    of the day changes, ValidationError where none begin on this date.
    """
    locked = lock_as_manager(site.pk, by=by)
    periods = periods_of(locked)
    place = next((place for place, period in enumerate(periods) if period.valid_from == valid_from), None)
    if place is None:
        raise ValidationError(_("No settings begin on this date."))
    removed, before = periods[place], periods[place + 1]
    if not by.is_superuser and is_removal_for_admins(removed, before):
        raise PermissionDenied(_("Only an admin may change the time zone and the start of the day."))
    if removed is not locked:
        _delete(removed, by=by)
        return locked
    for name, value in _dated(before).items():
        setattr(locked, name, value)
    locked.valid_from = before.valid_from
    _save(locked, by=by)
    assert isinstance(before, EarlierSettings)
    _delete(before, by=by)
    return locked


@transaction.atomic
def change_count_tolerance(*, site: Site, by: User, percent: Decimal) -> Site:
    """Change by how many percent a stock count may differ from the book stock without a reason.

    Raises Site.DoesNotExist, PermissionDenied below manager, ValidationError outside 0 to 100.
    """
    locked = lock_as_manager(site.pk, by=by)
    locked.count_tolerance_percent = percent
    locked.clean_fields(
        exclude={field.name for field in Site._meta.fields if field.name != "count_tolerance_percent"}
    )
    _save(locked, by=by)
    return locked


def _dated(settings: OperatingSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in DATED_SETTINGS}


def _save(row: models.Model, *, by: User) -> None:
    row._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    row.save()


def _delete(row: models.Model, *, by: User) -> None:
    row._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    row.delete()


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
        _save(holiday, by=by)
    return holidays


@transaction.atomic
def remove_holidays(*, site: Site, by: User, first: dt.date, last: dt.date) -> list[Holiday]:
    """Let the site work again from the first to the last date, and return the holidays that were there.

    Raises Site.DoesNotExist, PermissionDenied below manager.
    """
    locked = lock_as_manager(site.pk, by=by)
    holidays = list(locked.holidays.between(first, last).order_by("date"))
    for holiday in holidays:
        _delete(holiday, by=by)
    return holidays
