"""Dispatched material."""

from collections.abc import Mapping, Sequence
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import HAS_TONS, Flow, LoadedMovement
from inventory.residue import lower_production, raise_production, residues_of
from records.models import Change, RecordQuerySet
from sites.models import Operation

# A record is about one day: more lorries than this is a typing error.
MOST_TRIPS = 999
TRIPS_RANGE = _("Trips must be between 1 and 999.")


class Dispatch(LoadedMovement):
    """A material that left a site, on one or several lorries."""

    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, db_index=False, verbose_name=_("operation")
    )
    trips = models.PositiveIntegerField(_("trips"), default=1)
    owner = models.CharField(_("owner"), max_length=100, blank=True, help_text=_("Who takes it."))
    reference = models.CharField(
        _("reference"), max_length=50, blank=True, help_text=_("The delivery note's number.")
    )

    waste_code = models.CharField(
        _("waste code"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text=_("Left empty, it is the material's."),
    )

    objects = RecordQuerySet["Dispatch"].as_manager()

    entry_setting = "dispatch_as"
    arrives_full = False
    party_text = "owner"

    class Meta(LoadedMovement.Meta):
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatch")
        indexes = [
            *LoadedMovement.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"],
                include=["qty_ton", "material"],
                name="dispatch_site_date",
            ),
        ]
        constraints = [
            *LoadedMovement.Meta.constraints,
            models.CheckConstraint(
                condition=Q(trips__gte=1, trips__lte=MOST_TRIPS),
                name="dispatch_dispatch_trips_range",
                violation_error_message=TRIPS_RANGE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.material_id}: {self.qty_ton}"

    @property
    def flow(self) -> Flow | None:
        # A dispatch removes stock, whatever the effect of its operation elsewhere.
        return None if self.is_void else Flow.DISPATCHED

    @classmethod
    def settle(cls, changes: Sequence[Change[Self]]) -> list[str]:
        residues = residues_of(changes)
        return [*raise_production(residues), *super().settle(changes), *lower_production(residues)]

    @classmethod
    def flows(cls) -> Mapping[Flow, Q]:
        return {Flow.DISPATCHED: HAS_TONS}
