"""Production of a site by shift, material and operation, and its targets."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from charts.numbers import NOTHING
from core.db.fields import MOST_TONS, NO_TONS, TonsField
from inventory.models import Flow, StockMovement
from inventory.residue import Residue
from records.choices import Shift
from records.models import RecordQuerySet
from records.templatetags.figures import tons as shown_tons
from sites.models import Material, OfSiteQuerySet, Operation, Purpose, Site, StockEffect

# What stays on the site and is in stock no more.
ON_SITE: Mapping[str, Flow] = {Purpose.USED: Flow.USED, Purpose.DISPOSED: Flow.DISPOSED}
# The values of the list's filter that keep the records of a flow of the ledger.
FLOW_FILTERS: Mapping[str, Flow] = {
    StockEffect.ADDS: Flow.PRODUCED,
    StockEffect.REMOVES: Flow.CONSUMED,
    **ON_SITE,
}


class Meaning(models.TextChoices):
    """What the tons of a record are: one of these each. Tons of different meanings are never added up."""

    OUTPUT = "output", _("Output")
    NOT_FOR_SALE = "not_for_sale", _("Product not for sale")
    FEED = Purpose.FEED.value, Purpose.FEED.label
    RESIDUE = Purpose.RESIDUE.value, Purpose.RESIDUE.label
    OTHER = Purpose.OTHER.value, Purpose.OTHER.label
    USED = Purpose.USED.value, Purpose.USED.label
    DISPOSED = Purpose.DISPOSED.value, Purpose.DISPOSED.label


class ProductionQuerySet(RecordQuerySet["Production"]):
    @staticmethod
    def output_material() -> Q:
        """Return the condition for materials that can be output: those that can be sold."""
        return Q(material__is_final=True)

    @classmethod
    def output_condition(cls) -> Q:
        """Return the one definition of output: made by an operation with the purpose *product*, to be sold.

        Feed used and residue are not output, nor is a product that cannot be sold.
        """
        return Q(operation__purpose=Purpose.PRODUCT) & cls.output_material()

    @classmethod
    def meaning_condition(cls, meaning: Meaning) -> Q:
        """Return the condition for records of this meaning."""
        match meaning:
            case Meaning.OUTPUT:
                return cls.output_condition()
            case Meaning.NOT_FOR_SALE:
                return Q(operation__purpose=Purpose.PRODUCT) & ~cls.output_condition()
            case _:
                return Q(operation__purpose=meaning.value)

    def output(self) -> Self:
        return self.filter(self.output_condition())

    def at(self, sites: Collection[Site], *, first: dt.date, last: dt.date) -> Self:
        """Filter by sites and dates, both dates included; unordered, for sums."""
        return self.filter(site__in=[site.pk for site in sites]).between(first, last).order_by()


class Production(StockMovement):
    """Tons of a material that an operation made, used or disposed of in a shift."""

    shift = models.CharField(_("shift"), max_length=10, choices=Shift, default=Shift.WHOLE_DAY, blank=True)
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, db_index=False, verbose_name=_("operation")
    )

    identity = ("site", "date", "shift", "material", "operation")

    objects = ProductionQuerySet.as_manager()

    class Meta(StockMovement.Meta):
        verbose_name = _("production record")
        verbose_name_plural = _("production")
        indexes = [
            *StockMovement.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"],
                include=["qty_ton", "material", "operation"],
                name="production_site_date",
            ),
        ]
        constraints = [
            *StockMovement.Meta.constraints,
            models.UniqueConstraint(
                fields=["site", "date", "shift", "material", "operation"],
                name="production_production_unique",
                violation_error_message=_(
                    "This material has a record for this date, shift and operation already: edit that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(shift__in=Shift.values),
                name="production_production_shift_known",
                violation_error_message=_("A shift is morning, afternoon, night or the whole day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.material_id} {self.operation_id}: {self.qty_ton}"

    def deletion_refusal(self) -> str:
        residue = Residue.of(self)
        if residue is None or not residue.loads_ton:
            return super().deletion_refusal()
        return _now("Loads of residue that left make this record: cancel or delete them in Dispatch instead.")

    @property
    def flow(self) -> Flow | None:
        match self.operation.stock_effect:
            case StockEffect.ADDS:
                return Flow.PRODUCED
            case StockEffect.REMOVES:
                return ON_SITE.get(self.operation.purpose, Flow.CONSUMED)
            case _:
                return None

    @classmethod
    def flows(cls) -> Mapping[Flow, Q]:
        removed = Q(operation__stock_effect=StockEffect.REMOVES)
        return {
            Flow.PRODUCED: Q(operation__stock_effect=StockEffect.ADDS),
            Flow.CONSUMED: removed & ~Q(operation__purpose__in=ON_SITE),
            **{flow: removed & Q(operation__purpose=purpose) for purpose, flow in ON_SITE.items()},
        }

    @classmethod
    def list_filter(cls, flow: Flow) -> Mapping[str, str]:
        return {"counts_as": next(value for value, its_flow in FLOW_FILTERS.items() if its_flow is flow)}


class TargetQuerySet(OfSiteQuerySet["Target"]):
    def at(self, sites: Collection[Site]) -> Self:
        """Filter by sites."""
        return self.filter(site__in=[site.pk for site in sites])

    def in_force_between(self, first: dt.date | Combinable, last: dt.date | Combinable) -> Self:
        """Filter by targets that apply on some day of a period, both ends included."""
        later = Target.objects.filter(
            site=OuterRef("site"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=first
        )
        followed = Exists(later.filter(material=OuterRef("material")))
        followed_for_site = Exists(later.filter(material=None))
        return self.filter(
            Q(material__isnull=False) & ~followed | Q(material=None) & ~followed_for_site,
            valid_from__lte=last,
        )


TARGET_RANGE = _("A target is at least 0 and at most 999,999.999 tons; 0 ends the one before.")


class Target(models.Model):
    """Tons to make on each working day from a date on, of a material or of the whole site.

    It applies until the day before the next target of the same site and material. A target of 0 tons ends the
    one before: from its date on there is no target.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="targets", verbose_name=_("site"))
    material = models.ForeignKey(
        Material,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="targets",
        limit_choices_to={"is_final": True},
        verbose_name=_("material"),
        help_text=_("Empty for all that the whole site makes to be sold."),
    )
    tons_per_day = TonsField(
        _("tons per working day"),
        db_column="kg_per_day",
        validators=[MinValueValidator(NO_TONS, TARGET_RANGE), MaxValueValidator(MOST_TONS, TARGET_RANGE)],
        help_text=_("0 ends the target before."),
    )
    valid_from = models.DateField(_("valid from"))

    history = HistoricalRecords()

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ("site", "material", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "material", "valid_from"],
                name="production_target_unique",
                violation_error_message=_("This material has a target from this date on already."),
            ),
            # For both databases two empty materials are different.
            models.UniqueConstraint(
                fields=["site", "valid_from"],
                condition=Q(material__isnull=True),
                name="production_target_of_site_unique",
                violation_error_message=_("The whole site has a target from this date on already."),
            ),
            models.CheckConstraint(
                condition=Q(tons_per_day__gte=NO_TONS, tons_per_day__lte=MOST_TONS),
                name="production_target_range",
                violation_error_message=TARGET_RANGE,
            ),
        ]

    def __str__(self) -> str:
        shown = {
            "whose": self.whose(),
            "tons": shown_tons(self.tons_per_day),
            "date": date_format(self.valid_from, "j F Y"),
        }
        if not self.tons_per_day:
            return _now("%(whose)s: no target from %(date)s on") % shown
        return _now("%(whose)s: %(tons)s t per working day from %(date)s on") % shown

    def whose(self) -> str:
        """Return what the target is for; a dash where that material has been deleted."""
        if self.material_id is None:
            return _now("The whole site")
        try:
            return str(self.material)
        except Material.DoesNotExist:
            return NOTHING
