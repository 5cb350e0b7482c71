"""Received material."""

from collections.abc import Mapping

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Flow, LoadedMovement
from records.models import RecordQuerySet


class ReceivedMaterial(LoadedMovement):
    """One or several loads of a material that a site received."""

    source = models.CharField(_("source"), max_length=100, blank=True)
    vehicle_ref = models.CharField(_("vehicle"), max_length=50, blank=True)

    objects = RecordQuerySet["ReceivedMaterial"].as_manager()

    class Meta(LoadedMovement.Meta):
        verbose_name = _("received material")
        verbose_name_plural = _("received material")
        indexes = [
            *LoadedMovement.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"], include=["qty_ton", "material"], name="received_site_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.material_id}: {self.qty_ton}"

    @property
    def flow(self) -> Flow | None:
        return Flow.RECEIVED

    @classmethod
    def flows(cls) -> Mapping[Flow, Q]:
        return {Flow.RECEIVED: Q()}
