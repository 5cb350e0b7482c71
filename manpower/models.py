"""Who worked at the sites: how many people of each role, and how long."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import HoursField
from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from sites.models import MasterData, MasterDataQuerySet

MOST_HOURS = Decimal(24)
MOST_PEOPLE = 500
HOURS_RANGE = _("Hours are between 0 and 24 for each person.")
HEADCOUNT_RANGE = _("The headcount is between 0 and 500.")


class ManpowerRole(MasterData):
    """What a person is employed as: driver, operator, labourer."""

    history = HistoricalRecords()

    objects = MasterDataQuerySet["ManpowerRole"].as_manager()

    class Meta(MasterData.Meta):
        verbose_name = _("manpower role")
        verbose_name_plural = _("manpower roles")


class ManpowerLog(DailyRecord):
    """How many people of a role worked in a shift, and how long each."""

    role = models.ForeignKey(ManpowerRole, on_delete=models.PROTECT, db_index=False, verbose_name=_("role"))
    shift = models.CharField(_("shift"), max_length=10, choices=Shift, default=Shift.WHOLE_DAY, blank=True)
    headcount = models.PositiveSmallIntegerField(
        _("headcount"),
        validators=[
            MinValueValidator(0, message=HEADCOUNT_RANGE),
            MaxValueValidator(MOST_PEOPLE, message=HEADCOUNT_RANGE),
        ],
    )
    hours = HoursField(
        _("hours per person"),
        validators=[
            MinValueValidator(Decimal(0), message=HOURS_RANGE),
            MaxValueValidator(MOST_HOURS, message=HOURS_RANGE),
        ],
    )

    identity = ("site", "date", "role", "shift")

    objects = RecordQuerySet["ManpowerLog"].as_manager()

    class Meta(DailyRecord.Meta):
        verbose_name = _("manpower log")
        verbose_name_plural = _("manpower")
        indexes = [
            *DailyRecord.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"],
                include=["role", "shift", "headcount", "hours"],
                name="manpower_site_date",
            ),
        ]
        constraints = [
            *DailyRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["site", "date", "role", "shift"],
                name="manpower_manpowerlog_unique",
                violation_error_message=_(
                    "This role has a record for this date and shift already: edit that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(shift__in=Shift.values),
                name="manpower_manpowerlog_shift_known",
                violation_error_message=_("A shift is morning, afternoon, night or the whole day."),
            ),
            models.CheckConstraint(
                condition=Q(headcount__gte=0, headcount__lte=MOST_PEOPLE),
                name="manpower_manpowerlog_headcount_range",
                violation_error_message=HEADCOUNT_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(hours__gte=Decimal(0), hours__lte=MOST_HOURS),
                name="manpower_manpowerlog_hours_range",
                violation_error_message=HOURS_RANGE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.role_id}: {self.headcount} × {self.hours}"

    @property
    def labour_hours(self) -> Decimal:
        """Return the hours of all its people together."""
        return self.hours * self.headcount
