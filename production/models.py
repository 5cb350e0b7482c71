"""What a site made, used and disposed of, by shift, material and operation."""

from collections.abc import Mapping
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Flow, StockMovement
from records.choices import Shift
from records.models import RecordQuerySet
from sites.models import Operation, Purpose, StockEffect


class ProductionQuerySet(RecordQuerySet["Production"]):
    def output(self) -> Self:
        """Keep what was made to be sold: feed used up and residue are not output."""
        return self.filter(operation__purpose=Purpose.PRODUCT, material__is_final=True)


class Production(StockMovement):
    """Tons of a material made, used or disposed of by an operation in a shift."""

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

    @property
    def flow(self) -> Flow | None:
        match self.operation.stock_effect:
            case StockEffect.ADDS:
                return Flow.PRODUCED
            case StockEffect.REMOVES:
                return Flow.CONSUMED
            case _:
                return None

    @classmethod
    def flows(cls) -> Mapping[Flow, Q]:
        return {
            Flow.PRODUCED: Q(operation__stock_effect=StockEffect.ADDS),
            Flow.CONSUMED: Q(operation__stock_effect=StockEffect.REMOVES),
        }
