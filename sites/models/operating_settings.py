"""The settings that figures of a site rest on. They carry the date from which they hold."""

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, override

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

# Each of the seven at most once, in their order, and at least one.
WEEKDAYS_PATTERN = r"^(?=[1-7])1?2?3?4?5?6?7?$"
# All of them: the database compares with a list, since it knows no regular expressions of its own.
POSSIBLE_WEEKDAYS = tuple("".join(days) for count in range(1, 8) for days in combinations("1234567", count))
WEEKDAYS_REFUSAL = _("A site works on at least one day of the week.")


class Weekday(models.IntegerChoices):
    """A day of the week, numbered as `date.isoweekday()` does."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


def as_weekdays(value: str) -> tuple[Weekday, ...]:
    """Return the days that a stored value such as `123456` names, Monday first."""
    return tuple(Weekday(int(digit)) for digit in value)


def from_weekdays(days: Iterable[int]) -> str:
    """Return days of the week as they are stored."""
    return "".join(str(int(day)) for day in sorted(set(days)))


def weekdays_in_words(days: Sequence[Weekday]) -> str:
    """Return days of the week as a person says them: `Monday to Friday, Sunday`."""
    runs: list[list[Weekday]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words: list[str] = []
    for run in runs:
        if len(run) > 2:
            words.append(__("%(first)s to %(last)s") % {"first": run[0].label, "last": run[-1].label})
        else:
            words += [str(day.label) for day in run]
    return ", ".join(words)


class WeekdaysFormField(forms.MultipleChoiceField):
    """A box to tick for each day of the week."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "weekdays"})

    def __init__(self, **kwargs: object) -> None:
        options = {"choices": Weekday.choices} | kwargs
        super().__init__(**options)  # type: ignore[arg-type]  # the form field's own options, passed on

    @override
    def prepare_value(self, value: object) -> object:
        return list(value) if isinstance(value, str) else value

    @override
    def clean(self, value: object) -> str:
        return from_weekdays(int(day) for day in super().clean(value))

    @override
    def has_changed(self, initial: Collection[str] | None, data: Collection[str] | None) -> bool:
        return super().has_changed(list(initial or ()), data)


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class WeekdaysField(TextField):
    """Days of the week as the digits of their numbers in order: `123456` is Monday to Saturday."""

    description = _("Days of the week")
    default_validators = [  # as Django's fields declare it
        RegexValidator(WEEKDAYS_PATTERN, WEEKDAYS_REFUSAL, code="weekdays")
    ]

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["max_length"] = len(Weekday)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # the field's own options, passed on

    @override
    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, list(args), dict(kwargs)

    @override
    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)

        # As fields with choices have it, on the model and on its history alike.
        def display(row: models.Model) -> str:
            return weekdays_in_words(as_weekdays(getattr(row, name)))

        setattr(cls, f"get_{name}_display", display)

    @override
    def formfield(self, **kwargs: object) -> forms.Field | None:
        options: dict[str, object] = {
            "required": True,
            "label": capfirst(self.verbose_name),
            "help_text": self.help_text,
            "error_messages": {"required": WEEKDAYS_REFUSAL},
        }
        if self.has_default():
            options["initial"] = self.get_default()
        kwargs.pop("max_length", None)
        return WeekdaysFormField(**options | kwargs)


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
                condition=models.Q(working_weekdays__in=POSSIBLE_WEEKDAYS),
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
