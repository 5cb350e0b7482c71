"""The settings that figures of a site rest on. They carry the date from which they hold."""

import datetime as dt
import zoneinfo
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from sites.models.weekdays import WEEKDAYS_PATTERN, WEEKDAYS_REFUSAL, Weekday, WeekdaysField, as_weekdays

WORKING_HOURS_REFUSAL = _("A working day has more than 0 and at most 24 hours.")
ONE_DAY = dt.timedelta(days=1)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Take one such as Europe/Berlin or Asia/Dubai."),
            params={"name": name},
            code="unknown_time_zone",
        )


class OperatingSettings(models.Model):
    """When a site works and when its days begin and end, from a date on."""

    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    day_starts_at = models.TimeField(
        _("day starts at"),
        default=dt.time(0),
        help_text=_("A night shift that ends before this belongs to the day it began."),
    )
    cut_off = models.TimeField(
        _("day submitted by"),
        default=dt.time(20),
        db_default=dt.time(20),
        help_text=_("A day that is submitted later is late; its clerks are reminded then."),
    )
    cut_off_next_day = models.BooleanField(
        _("that time is on the next day"),
        default=False,
        db_default=False,
        help_text=_("A time before the day starts is always the next morning's."),
    )
    working_weekdays = WeekdaysField(_("working days"), default="123456", db_default="123456")
    working_hours = models.DecimalField(
        _("working hours a day"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(8),
        db_default=Decimal(8),
        validators=[
            MinValueValidator(Decimal("0.01"), WORKING_HOURS_REFUSAL),
            MaxValueValidator(Decimal(24), WORKING_HOURS_REFUSAL),
        ],
        help_text=_("What a machine that is logged for the whole day could have run."),
    )
    valid_from = models.DateField(
        _("valid from"),
        null=True,
        blank=True,
        help_text=_("The operating date from which these settings hold. Empty: from the beginning."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(working_weekdays__regex=WEEKDAYS_PATTERN),
                name="%(app_label)s_%(class)s_working_weekdays",
                violation_error_message=WEEKDAYS_REFUSAL,
            ),
            models.CheckConstraint(
                condition=models.Q(working_hours__gt=0, working_hours__lte=24),
                name="%(app_label)s_%(class)s_working_hours",
                violation_error_message=WORKING_HOURS_REFUSAL,
            ),
        ]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def weekdays(self) -> tuple[Weekday, ...]:
        """Return the days of the week on which the site works, Monday first."""
        return as_weekdays(self.working_weekdays)

    def includes_weekday_of(self, date: dt.date) -> bool:
        """Return whether the day of the week of a date is a working one, holidays aside."""
        return str(date.isoweekday()) in self.working_weekdays

    def day_start(self, date: dt.date) -> dt.datetime:
        """Return the moment, in UTC, at which an operating date begins.

        Of a time that a change of the clocks repeats it is the first one, so that no date begins twice.
        """
        return dt.datetime.combine(date, self.day_starts_at, tzinfo=self.zone).astimezone(dt.UTC)

    def cut_off_at(self, date: dt.date) -> dt.datetime:
        """Return the moment, in the site's zone, by which an operating date is to be submitted."""
        is_next_day = self.cut_off_next_day or self.cut_off <= self.day_starts_at
        day = date + ONE_DAY if is_next_day else date
        return dt.datetime.combine(day, self.cut_off, tzinfo=self.zone)


# The fields that carry a date, in the order of the forms.
DATED_SETTINGS = (
    "timezone",
    "day_starts_at",
    "cut_off",
    "cut_off_next_day",
    "working_weekdays",
    "working_hours",
)


class EarlierSettings(OperatingSettings):
    """The settings that held at a site before those on the site itself, until the next ones began."""

    site = models.ForeignKey(
        "sites.Site", on_delete=models.CASCADE, related_name="earlier_settings", verbose_name=_("site")
    )

    history = HistoricalRecords()

    class Meta(OperatingSettings.Meta):
        verbose_name = _("earlier settings")
        verbose_name_plural = _("earlier settings")
        ordering = ("site", models.F("valid_from").asc(nulls_first=True))
        constraints = [
            *OperatingSettings.Meta.constraints,
            models.UniqueConstraint(
                fields=["site", "valid_from"],
                name="sites_earliersettings_unique",
                violation_error_message=_("Other settings hold from this date already."),
            ),
            models.UniqueConstraint(
                fields=["site"],
                condition=models.Q(valid_from__isnull=True),
                name="sites_earliersettings_first_unique",
                violation_error_message=_("Other settings hold from the beginning already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} · {self.valid_from}"
