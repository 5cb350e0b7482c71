"""The master data that all sites share: what an admin keeps and records point to."""

from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from sites.models.relations import points_to

validate_code = RegexValidator(
    r"^(?!\d+\Z)\S(.*\S)?\Z",
    _("A code must not be a number alone, nor begin or end with a space."),
    code="code",
)


class MasterDataQuerySet[M: models.Model](models.QuerySet[M]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class MasterData(models.Model):
    """A list that admins keep and records point to; never deleted once used, made inactive."""

    code = models.CharField(_("code"), max_length=50, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0, db_index=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name

    def is_used(self) -> bool:
        """Return whether anything points here, so that it may be made inactive but not deleted."""
        return points_to(self)


class Category(models.TextChoices):
    AGGREGATES = "aggregates", _("Aggregates")
    PROCESSED_BASE = "processed_base", _("Processed base")
    FINE = "fine", _("Fine")
    SPECIALTY = "specialty", _("Specialty")
    RAW_FEED = "raw_feed", _("Raw feed")
    RESIDUE = "residue", _("Residue")


class UnitOfMeasure(models.TextChoices):
    TON = "ton", _("Ton")
    LOAD = "load", _("Load")


class Material(MasterData):
    """What is received, made, moved and counted."""

    category = models.CharField(_("category"), max_length=20, choices=Category)
    uom = models.CharField(
        _("unit of measure"), max_length=10, choices=UnitOfMeasure, default=UnitOfMeasure.TON
    )
    is_final = models.BooleanField(_("product that can be sold"), default=False)
    tons_per_load = models.DecimalField(
        _("tons per load"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("Loads are turned into tons by this. A change of it rewrites nothing entered before."),
    )
    notes = models.TextField(_("notes"), max_length=2000, blank=True)

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Material"].as_manager()

    class Meta(MasterData.Meta):
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tons_per_load__isnull=True) | models.Q(tons_per_load__gt=0),
                name="sites_material_tons_per_load_positive",
                violation_error_message=_("Tons per load must be more than 0, or left empty."),
            ),
        ]


class StockEffect(models.TextChoices):
    ADDS = "adds", _("Adds to stock")
    REMOVES = "removes", _("Removes from stock")
    NONE = "none", _("Leaves stock alone")


class Purpose(models.TextChoices):
    PRODUCT = "product", _("Product")
    FEED = "feed", _("Feed used")
    RESIDUE = "residue", _("Residue")
    OTHER = "other", _("Other")


class Operation(MasterData):
    """What was being done: its effect on the stock of the material it names, and what it means."""

    stock_effect = models.CharField(_("effect on stock"), max_length=10, choices=StockEffect)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Operation"].as_manager()

    class Meta(MasterData.Meta):
        verbose_name = _("operation")
        verbose_name_plural = _("operations")

    def clean(self) -> None:
        super().clean()
        if self._state.adding:
            return
        before = Operation.objects.get(pk=self.pk)
        changed = {
            name: _("It has been used: its effect and purpose stay. Make a new operation instead.")
            for name in ("stock_effect", "purpose")
            if getattr(before, name) != getattr(self, name)
        }
        if changed and self.is_used():
            raise ValidationError(changed)
