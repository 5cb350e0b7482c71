"""Why machines did not run, and for how many minutes."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import NO_TONS, TonsField
from equipment.models import Machine
from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from sites.models import MasterData, MasterDataQuerySet

MOST_MINUTES = 24 * 60
MINUTES_RANGE = _("Minutes are between 1 and 1,440.")


class TimeCategory(models.TextChoices):
    """What kind of time a stop is; what is neither of these nor operating time is unexplained."""

    STANDBY = "standby", _("Standby")
    DELAY = "delay", _("Delay")
    DOWN = "down", _("Down")


class DowntimeReason(MasterData):
    """A reason for a stop, or a group of reasons: records have a reason that is in a group."""

    group = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reasons",
        limit_choices_to={"group": None},
        verbose_name=_("group"),
        help_text=_("Left empty, this is a group. Records have a reason of a group."),
    )
    category = models.CharField(
        _("kind of time"),
        max_length=10,
        choices=TimeCategory,
        help_text=_(
            "Down: it could not run. Delay: it could run and waited for work. Standby: it was not needed."
        ),
    )
    is_planned = models.BooleanField(
        _("planned"), default=False, help_text=_("Unplanned down time is a breakdown.")
    )

    history = HistoricalRecords()

    objects = MasterDataQuerySet["DowntimeReason"].as_manager()

    fixed_once_used: ClassVar = ("group", "category", "is_planned")

    class Meta(MasterData.Meta):
        verbose_name = _("downtime reason")
        verbose_name_plural = _("downtime reasons")
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=TimeCategory.values),
                name="downtime_downtimereason_category_known",
                violation_error_message=_("Choose standby, delay or down."),
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=True) | ~Q(group=models.F("id")),
                name="downtime_downtimereason_not_its_own_group",
                violation_error_message=_("A reason is not its own group."),
            ),
        ]

    @property
    def is_breakdown(self) -> bool:
        return self.category == TimeCategory.DOWN and not self.is_planned

    def clean(self) -> None:
        super().clean()
        if self.group is None:
            return
        if self.group.group_id is not None or self.group == self:
            raise ValidationError({"group": _("Choose a group, which is in no group itself.")})
        if not self._state.adding and self.reasons.exists():
            raise ValidationError({"group": _("This is a group of other reasons.")})

    def namesakes(self) -> models.QuerySet["DowntimeReason"]:
        """Return the other active reasons of its group with its name."""
        return super().namesakes().filter(group=self.group_id)


class StopEvent(models.TextChoices):
    """Whether a stop is an event of its own: one that goes on in the next shift is counted once."""

    NEW = "new", _("New stop")
    CONTINUED = "continued", _("Goes on from before")


class Downtime(DailyRecord):
    """The minutes that one unit of a machine stood in a shift, and why."""

    equipment = models.ForeignKey(
        Machine, on_delete=models.PROTECT, db_index=False, verbose_name=_("machine")
    )
    shift = models.CharField(_("shift"), max_length=10, choices=Shift, default=Shift.WHOLE_DAY, blank=True)
    reason = models.ForeignKey(
        DowntimeReason, on_delete=models.PROTECT, db_index=False, verbose_name=_("reason")
    )
    start_time = models.TimeField(_("start"), null=True, blank=True)
    end_time = models.TimeField(_("end"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        validators=[
            MinValueValidator(1, message=MINUTES_RANGE),
            MaxValueValidator(MOST_MINUTES, message=MINUTES_RANGE),
        ],
    )
    event = models.CharField(_("event"), max_length=10, choices=StopEvent, default=StopEvent.NEW)
    # By the tons per hour of the machine when it was entered.
    tons_lost = TonsField(_("tons lost"), null=True, blank=True, editable=False)

    objects = RecordQuerySet["Downtime"].as_manager()

    class Meta(DailyRecord.Meta):
        verbose_name = _("downtime")
        verbose_name_plural = _("downtime")
        indexes = [
            *DailyRecord.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"],
                include=["equipment", "shift", "reason", "minutes", "event", "tons_lost"],
                name="downtime_site_date",
            ),
            models.Index(fields=["equipment", "date"], name="downtime_machine_date"),
        ]
        constraints = [
            *DailyRecord.Meta.constraints,
            models.CheckConstraint(
                condition=Q(shift__in=Shift.values),
                name="downtime_downtime_shift_known",
                violation_error_message=_("A shift is morning, afternoon, night or the whole day."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=MOST_MINUTES),
                name="downtime_downtime_minutes_range",
                violation_error_message=MINUTES_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(start_time__isnull=True, end_time__isnull=True)
                | Q(start_time__isnull=False, end_time__isnull=False),
                name="downtime_downtime_times_paired",
                violation_error_message=_("Enter the start and the end, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(event__in=StopEvent.values),
                name="downtime_downtime_event_known",
                violation_error_message=_("A stop is new, or goes on from before."),
            ),
            models.CheckConstraint(
                condition=Q(tons_lost__isnull=True) | Q(tons_lost__gte=NO_TONS),
                name="downtime_downtime_tons_lost_positive",
                violation_error_message=_("Tons lost are 0 or more."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.equipment_id}: {self.minutes} min"
