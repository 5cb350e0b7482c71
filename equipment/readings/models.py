"""What the counters of machines show, as people read them and as telematics sends them."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import PercentField, ReadingField
from core.outgoing import OutgoingError, checked_url
from equipment.models import Machine
from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from sites.accounts.encryption import decrypt, encrypt
from sites.models import MasterData, MasterDataQuerySet, Material, Operation, Site, validate_code

NO_READING = Decimal("0.000")
NOT_BELOW_ZERO = _("A reading is 0 or more.")
NOT_NEGATIVE = [MinValueValidator(NO_READING, message=NOT_BELOW_ZERO)]


class CounterKind(models.TextChoices):
    HOURS = "hours", _("Hour meter (h)")
    TONS = "tons", _("Belt totaliser (t)")


class Counter(MasterData):
    """A counter of a machine: an hour meter, or a totaliser of the tons on a belt."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    code = models.CharField(_("code"), max_length=50, validators=[validate_code])
    equipment = models.ForeignKey(Machine, on_delete=models.PROTECT, verbose_name=_("machine"))
    kind = models.CharField(_("kind"), max_length=10, choices=CounterKind)
    highest = ReadingField(
        _("begins again after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("The reading at which it is 0 again, such as 100000; empty where it never is."),
    )
    tolerance = PercentField(
        _("tolerance"),
        default=Decimal(5),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("By how many percent belt and production may differ."),
    )
    material = models.ForeignKey(
        Material,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("material"),
        help_text=_("What is on the belt. With an operation, its tons are proposed as production."),
    )
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("operation")
    )

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Counter"].as_manager()

    fixed_once_used: ClassVar = ("site", "equipment", "kind")

    class Meta(MasterData.Meta):
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"],
                name="readings_counter_code_unique",
                violation_error_message=_("This site has a counter with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=CounterKind.values),
                name="readings_counter_kind_known",
                violation_error_message=_("A counter is an hour meter or a belt totaliser."),
            ),
            models.CheckConstraint(
                condition=Q(highest__isnull=True) | Q(highest__gt=NO_READING),
                name="readings_counter_highest_positive",
                violation_error_message=_("The highest reading is more than 0."),
            ),
            models.CheckConstraint(
                condition=Q(kind=CounterKind.TONS) | Q(material__isnull=True, operation__isnull=True),
                name="readings_counter_material_of_belt",
                violation_error_message=_("Only a belt totaliser has a material and an operation."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        machine: Machine | None = getattr(self, "equipment", None)
        if machine is not None and machine.site_id != self.site_id:
            raise ValidationError({"equipment": _("Choose a machine of the same site.")})

    def namesakes(self) -> models.QuerySet["Counter"]:
        """Return the other active counters of its site with its name."""
        return super().namesakes().filter(site=self.site_id)


class CounterEvent(models.TextChoices):
    """What happened to a counter between its opening and closing, or before its opening."""

    NONE = "none", _("Nothing")
    ROLLOVER = "rollover", _("Began again from 0")
    RESET = "reset", _("Reset or replaced")


class CounterReading(DailyRecord):
    """The opening and the closing of a counter in a shift; and what it counted between them."""

    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, db_index=False, verbose_name=_("counter"))
    shift = models.CharField(_("shift"), max_length=10, choices=Shift, default=Shift.WHOLE_DAY, blank=True)
    opening = ReadingField(_("opening"), validators=NOT_NEGATIVE)
    closing = ReadingField(_("closing"), validators=NOT_NEGATIVE)
    event = models.CharField(_("event"), max_length=10, choices=CounterEvent, default=CounterEvent.NONE)
    # With the highest reading of the counter when it was entered.
    counted = ReadingField(_("counted"), editable=False)

    identity = ("site", "date", "counter", "shift")

    objects = RecordQuerySet["CounterReading"].as_manager()

    class Meta(DailyRecord.Meta):
        verbose_name = _("counter reading")
        verbose_name_plural = _("counter readings")
        indexes = [
            *DailyRecord.Meta.indexes,
            models.Index(fields=["site", "date", "id"], name="readings_site_date"),
        ]
        constraints = [
            *DailyRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["counter", "date", "shift", "site"],
                name="readings_counterreading_unique",
                violation_error_message=_(
                    "This counter has a reading for this date and shift already: edit that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(shift__in=Shift.values),
                name="readings_counterreading_shift_known",
                violation_error_message=_("A shift is morning, afternoon, night or the whole day."),
            ),
            models.CheckConstraint(
                condition=Q(opening__gte=NO_READING, closing__gte=NO_READING, counted__gte=NO_READING),
                name="readings_counterreading_not_negative",
                violation_error_message=NOT_BELOW_ZERO,
            ),
            models.CheckConstraint(
                condition=(
                    Q(event=CounterEvent.ROLLOVER, closing__lt=F("opening"))
                    | Q(
                        event__in=(CounterEvent.NONE, CounterEvent.RESET), counted=F("closing") - F("opening")
                    )
                ),
                name="readings_counterreading_counted",
                violation_error_message=_("What it counted is the closing less the opening."),
            ),
            models.CheckConstraint(
                condition=~Q(event=CounterEvent.RESET, notes=""),
                name="readings_counterreading_reset_with_reason",
                violation_error_message=_("A counter is reset or replaced with a reason in the notes."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.counter_id}: {self.opening} – {self.closing}"


class TelematicsFeed(models.Model):
    """An address from which the readings of a site's machines are fetched (ISO 15143-3, AEMP 2.0)."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("Of the fleet snapshot, such as https://example.com/Fleet/1. It must answer in JSON."),
    )
    encrypted_token = models.TextField(_("token"), blank=True, default="", editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    looked_at = models.DateTimeField(_("fetched"), null=True, blank=True, editable=False)
    error = models.TextField(_("last errors"), blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("telematics feed")
        verbose_name_plural = _("telematics feeds")
        ordering = ("site", "name")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        try:
            checked_url(self.url)
        except OutgoingError as error:
            raise ValidationError({"url": error.message}) from error

    @property
    def token(self) -> str:
        return decrypt(self.encrypted_token)

    @token.setter
    def token(self, token: str) -> None:
        self.encrypted_token = encrypt(token) if token else ""


class TelematicsReading(models.Model):
    """The last snapshot of a machine on an operating date, and the last one before that date.

    Nobody typed it: the day sheet proposes the differences, and a person saves them.
    """

    equipment = models.ForeignKey(
        Machine, on_delete=models.CASCADE, db_index=False, verbose_name=_("machine")
    )
    date = models.DateField(_("date"))
    taken_at = models.DateTimeField(_("taken"))
    hours = ReadingField(_("operating hours"), null=True)
    idle_hours = ReadingField(_("idle hours"), null=True)
    fuel = ReadingField(_("fuel used (l)"), null=True)
    # Null on the first date.
    date_before = models.DateField(_("date before"), null=True)
    hours_before = ReadingField(_("hours before"), null=True)
    idle_hours_before = ReadingField(_("idle hours before"), null=True)
    fuel_before = ReadingField(_("fuel before (l)"), null=True)

    class Meta:
        verbose_name = _("telematics reading")
        verbose_name_plural = _("telematics readings")
        ordering = ("-date", "equipment")
        constraints = [
            models.UniqueConstraint(
                fields=["equipment", "date"],
                name="readings_telematicsreading_unique",
                violation_error_message=_("This machine has a reading of this date."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_id} {self.date:%Y-%m-%d}"

    @property
    def is_of_one_day(self) -> bool:
        """Return whether the differences are those of its date alone: no day is missing before it."""
        return self.date_before is not None and self.date - self.date_before <= dt.timedelta(days=1)

    @property
    def hours_run(self) -> Decimal | None:
        """Return the hours of the date during which the engine ran and the machine was not idle."""
        if not self.is_of_one_day or self.hours is None or self.hours_before is None:
            return None
        idle = NO_READING
        if self.idle_hours is not None and self.idle_hours_before is not None:
            idle = self.idle_hours - self.idle_hours_before
        return max(NO_READING, self.hours - self.hours_before - idle)

    @property
    def fuel_used(self) -> Decimal | None:
        """Return the litres of the date."""
        if not self.is_of_one_day or self.fuel is None or self.fuel_before is None:
            return None
        return self.fuel - self.fuel_before
