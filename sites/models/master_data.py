"""The master data that all sites share: what an admin keeps and records point to."""

from decimal import Decimal
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalChanges, HistoricalRecords

from core.db.prepared import StoredModel

validate_code = RegexValidator(
    r"^(?!\d+\Z)\S(.*\S)?\Z",
    _("A code must not be a number alone, nor begin or end with a space."),
    code="code",
)


class MasterDataQuerySet[M: models.Model](models.QuerySet[M]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class MasterData(StoredModel):
    """A list that admins keep and records point to; never deleted once used, made inactive."""

    code = models.CharField(_("code"), max_length=50, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0, db_index=True)
    is_active = models.BooleanField(_("active"), default=True)

    # What records mean by the row: it cannot change once anything points to it.
    fixed_once_used: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        before = None if self._state.adding else type(self)._default_manager.get(pk=self.pk)
        if before is not None:
            changed = [name for name in self.fixed_once_used if getattr(before, name) != getattr(self, name)]
            if changed and self.is_used():
                refusal = _("It has been used, so this stays as it is. Make a new one instead.")
                raise ValidationError(dict.fromkeys(changed, refusal))
        # A name that was stored twice before is checked only when it is chosen again.
        is_chosen = before is None or not before.is_active or before.name != self.name
        if is_chosen and self.is_active and self.namesakes().exists():
            raise ValidationError(
                {"name": _("Another active one has this name. Choose a name that differs.")}
            )

    def namesakes(self) -> "models.QuerySet[Self]":
        """Return the other active rows that people would take for this one by its name."""
        same = type(self)._default_manager.filter(is_active=True, name__iexact=self.name)
        return same.exclude(pk=self.pk)

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
    waste_code = models.CharField(
        _("waste code"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text=_("Where it is waste: its code, which loads of it that leave take over."),
    )
    notes = models.TextField(_("notes"), max_length=2000, blank=True)

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Material"].as_manager()

    fixed_once_used = ("category", "is_final")

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
    USED = "used", _("Used on site")
    DISPOSED = "disposed", _("Disposed on site")
    OTHER = "other", _("Other")


class Operation(MasterData):
    """What was being done: its effect on the stock of the material it names, and what it means."""

    stock_effect = models.CharField(_("effect on stock"), max_length=10, choices=StockEffect)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    made_by_loads = models.BooleanField(
        _("made by the loads that leave"),
        default=False,
        db_default=False,
        help_text=_(
            "Residue that leaves as it is made: a dispatched load with this operation makes the production"
            " record of its day. Nobody enters production with it."
        ),
    )

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Operation"].as_manager()

    fixed_once_used = ("stock_effect", "purpose", "made_by_loads")

    class Meta(MasterData.Meta):
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(purpose__in=(Purpose.USED, Purpose.DISPOSED))
                | models.Q(stock_effect=StockEffect.REMOVES),
                name="sites_operation_on_site_removes",
                violation_error_message=_("What is used or disposed of on site is removed from stock."),
            ),
            models.CheckConstraint(
                condition=models.Q(made_by_loads=False)
                | models.Q(stock_effect=StockEffect.ADDS, purpose=Purpose.RESIDUE),
                name="sites_operation_made_by_loads_is_residue",
                violation_error_message=_("What loads make is residue and adds to stock, which they remove."),
            ),
        ]


def uses_of(row: models.Model) -> dict[type[models.Model], int]:
    """Return how many rows of each other model point to a row; models without any are left out.

    So are rows that follow from others, such as those of the ledger and of the histories.
    """
    counts: dict[type[models.Model], int] = {}
    # A relation without a name of its own is hidden.
    for relation in row._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            model = relation.related_model
            if getattr(model, "follows_from_records", False) or issubclass(model, HistoricalChanges):
                continue
            if model._meta.auto_created:
                continue
            count = model._base_manager.filter(**{relation.field.name: row}).count()
            if count:
                counts[model] = counts.get(model, 0) + count
    return counts


def points_to(instance: models.Model, *, protected_only: bool = False) -> bool:
    """Return whether a row of another model points to this one, or one that forbids its deletion."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: instance}).exists()
        for relation in instance._meta.related_objects
        if isinstance(relation, models.ManyToOneRel)
        and (not protected_only or relation.on_delete in (models.PROTECT, models.RESTRICT))
    )
