"""The machines of the sites, and what each ran in a shift."""

import datetime as dt
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import HoursField, LitresField, TonsField
from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from sites.models import MasterData, MasterDataQuerySet, Site, User, validate_code

MOST_HOURS = Decimal(24)
MOST_UNITS = 999
MOST_FUEL = Decimal(50_000)
FUEL_RANGE = _("Fuel is between 0 and 50,000 litres.")
# More than the largest crushers make, and a day of it is still a number of tons.
MOST_TONS_PER_HOUR = Decimal(20_000)
RATE_RANGE = _("Tons per hour must be more than 0 and at most 20,000, or left empty.")
HOURS_RANGE = _("Hours are between 0 and 24 for each unit.")
COUNT_RANGE = _("The count of units is between 1 and 999.")


class MachineType(models.TextChoices):
    CRUSHING_SCREENING = "crushing_screening", _("Crushing & screening")
    EARTH_MOVING = "earth_moving", _("Earth moving")
    HAULING = "hauling", _("Hauling")
    AUXILIARY = "auxiliary", _("Auxiliary")


class Status(models.TextChoices):
    """What a machine did, or why it did nothing."""

    OPERATIONAL = "operational", _("Operational")
    MAINTENANCE = "maintenance", _("Maintenance")
    BREAKDOWN = "breakdown", _("Breakdown")
    IDLE = "idle", _("Idle")


class MachineQuerySet(MasterDataQuerySet["Machine"]):
    def for_user(self, user: User) -> Self:
        """Filter by the sites that this user may see."""
        return self.filter(site__in=Site.objects.for_user(user))

    def with_last_log(self) -> Self:
        """Annotate the last logged `last_status` and `last_date`; null for a machine without logs."""
        last = EquipmentLog.objects.filter(equipment=models.OuterRef("pk")).order_by("-date", "-id")
        return self.annotate(
            last_status=models.Subquery(last.values("status")[:1]),
            last_date=models.Subquery(last.values("date")[:1]),
        )


class Machine(MasterData):
    """A machine, or several of one kind, that works at a site. Its code is unique there."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    code = models.CharField(_("code"), max_length=50, validators=[validate_code])
    type = models.CharField(_("type"), max_length=20, choices=MachineType)
    in_maintenance = models.BooleanField(
        _("in maintenance"), default=False, help_text=_("It is offered last and marked as in maintenance.")
    )

    serial_number = models.CharField(
        _("serial number"),
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text=_("As its maker's telematics names it: readings are matched by it."),
    )
    tons_per_hour = TonsField(
        _("tons per hour"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal("0.001"), message=RATE_RANGE),
            MaxValueValidator(MOST_TONS_PER_HOUR, message=RATE_RANGE),
        ],
        help_text=_("What it usually makes. Tons lost by downtime follow from it; earlier records stay."),
    )

    history = HistoricalRecords()

    objects = MachineQuerySet.as_manager()

    fixed_once_used = ("site",)

    # Set by `with_last_log()`.
    last_status: str | None
    last_date: dt.date | None

    class Meta(MasterData.Meta):
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"],
                name="equipment_machine_code_unique",
                violation_error_message=_("This site has a machine with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(type__in=MachineType.values),
                name="equipment_machine_type_known",
                violation_error_message=_("Choose one of the types of machines."),
            ),
            models.UniqueConstraint(
                fields=["serial_number"],
                condition=Q(is_active=True) & ~Q(serial_number=""),
                name="equipment_machine_serial_unique",
                violation_error_message=_("Another active machine has this serial number."),
            ),
            models.CheckConstraint(
                condition=Q(tons_per_hour__isnull=True) | Q(tons_per_hour__gt=Decimal(0)),
                name="equipment_machine_tons_per_hour_positive",
                violation_error_message=RATE_RANGE,
            ),
        ]

    def namesakes(self) -> models.QuerySet["Machine"]:
        """Return the other active machines of its site with its name."""
        return super().namesakes().filter(site=self.site_id)


class EquipmentLog(DailyRecord):
    """What a machine ran in a shift, in hours for each of its units."""

    equipment = models.ForeignKey(
        Machine, on_delete=models.PROTECT, db_index=False, verbose_name=_("machine")
    )
    shift = models.CharField(_("shift"), max_length=10, choices=Shift, default=Shift.WHOLE_DAY, blank=True)
    count = models.PositiveSmallIntegerField(
        _("units"),
        default=1,
        validators=[
            MinValueValidator(1, message=COUNT_RANGE),
            MaxValueValidator(MOST_UNITS, message=COUNT_RANGE),
        ],
    )
    hours = HoursField(
        _("hours run per unit"),
        validators=[
            MinValueValidator(Decimal(0), message=HOURS_RANGE),
            MaxValueValidator(MOST_HOURS, message=HOURS_RANGE),
        ],
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.OPERATIONAL)
    fuel = LitresField(
        _("fuel"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal(0), message=FUEL_RANGE),
            MaxValueValidator(MOST_FUEL, message=FUEL_RANGE),
        ],
    )

    identity = ("site", "date", "equipment", "shift")

    objects = RecordQuerySet["EquipmentLog"].as_manager()

    class Meta(DailyRecord.Meta):
        verbose_name = _("equipment log")
        verbose_name_plural = _("equipment")
        indexes = [
            *DailyRecord.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"],
                include=["equipment", "shift", "count", "hours", "status"],
                name="equipment_site_date",
            ),
        ]
        constraints = [
            *DailyRecord.Meta.constraints,
            # By machine first: its own page reads its days along this.
            models.UniqueConstraint(
                fields=["equipment", "date", "shift", "site"],
                name="equipment_equipmentlog_unique",
                violation_error_message=_(
                    "This machine has a record for this date and shift already: edit that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(shift__in=Shift.values),
                name="equipment_equipmentlog_shift_known",
                violation_error_message=_("A shift is morning, afternoon, night or the whole day."),
            ),
            models.CheckConstraint(
                condition=Q(hours__gte=Decimal(0), hours__lte=MOST_HOURS),
                name="equipment_equipmentlog_hours_range",
                violation_error_message=HOURS_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(count__gte=1, count__lte=MOST_UNITS),
                name="equipment_equipmentlog_count_range",
                violation_error_message=COUNT_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values),
                name="equipment_equipmentlog_status_known",
                violation_error_message=_("A status is operational, maintenance, breakdown or idle."),
            ),
            models.CheckConstraint(
                condition=Q(fuel__isnull=True) | Q(fuel__gte=Decimal(0), fuel__lte=MOST_FUEL),
                name="equipment_equipmentlog_fuel_range",
                violation_error_message=FUEL_RANGE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.equipment_id}: {self.count} × {self.hours}"

    @property
    def machine_hours(self) -> Decimal:
        """Return the hours of all units together."""
        return self.hours * self.count
