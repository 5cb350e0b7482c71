"""Dispatched material."""

from collections.abc import Mapping, Sequence
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from inventory.models import HAS_TONS, VOID, Flow, LoadedMovement, LoadState
from inventory.residue import lower_production, raise_production, residues_of
from records.errors import Refused
from records.models import Change, RecordQuerySet
from records.registry import module
from records.templatetags.figures import tons
from sites.models import Operation, Site

# A record is about one day: more lorries than this is a typing error.
MOST_TRIPS = 999
TRIPS_RANGE = _("Trips must be between 1 and 999.")
# What stays of a transfer that was received.
AS_SENT = ("date", "qty_ton", "gross_ton", "tare_ton")


def arrivals() -> RecordQuerySet[LoadedMovement]:
    """Return the records of transfers that were received."""
    received = module("received").model
    records: RecordQuerySet[LoadedMovement] = received._default_manager.filter(Q(("sent_id__isnull", False)))  # type: ignore[assignment]  # loads
    return records.exclude(load_state__in=VOID)


class DispatchQuerySet(RecordQuerySet["Dispatch"]):
    def transfers(self) -> Self:
        """Keep what was sent to another own site."""
        return self.filter(transfer_to__isnull=False).exclude(load_state__in=VOID)

    def in_transit(self) -> Self:
        """Keep the transfers that have not been received."""
        return self.transfers().exclude(Exists(arrivals().filter(Q(("sent_id", OuterRef("pk"))))))


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

    # The own site that it is transferred to; set by `transfers/`, and never changed.
    transfer_to = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("transferred to"),
    )

    objects = DispatchQuerySet.as_manager()

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
            models.Index(
                fields=["transfer_to", "site"],
                condition=Q(transfer_to__isnull=False),
                name="dispatch_transfer",
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

    @property
    def arrival(self) -> LoadedMovement | None:
        """Return the record of this transfer at the site that received it; None while it is in transit."""
        return (
            None
            if self.transfer_to_id is None
            else arrivals().filter(Q(("sent_id", self.pk))).select_related("site").first()
        )

    def arrival_refusal(self, *, is_removed: bool = True) -> str:
        """Return why this transfer is not removed or changed here; empty while it is in transit."""
        arrived = self.arrival
        if arrived is None:
            return ""
        words = (
            _now(
                "%(site)s received this transfer on %(date)s, %(tons)s t:"
                " cancel it on the page of transfers, at both sites."
            )
            if is_removed
            else _now(
                "%(site)s received this transfer on %(date)s, %(tons)s t: its date and weights stay as they"
                " were sent. Delete what was received first, or cancel the transfer and send another one."
            )
        )
        return words % {
            "site": arrived.site.name,
            "date": date_format(arrived.date, "j M Y"),
            "tons": tons(arrived.qty_ton),
        }

    def deletion_refusal(self) -> str:
        return self.arrival_refusal() or super().deletion_refusal()

    @classmethod
    def settle(cls, changes: Sequence[Change[Self]]) -> list[str]:
        for before, after in changes:
            if before is None or before.is_void:
                continue
            is_removed = after is None or after.is_void
            if not is_removed and all(getattr(before, name) == getattr(after, name) for name in AS_SENT):
                continue
            # Again, now that the row is locked: the other site may have received it meanwhile.
            if refusal := before.arrival_refusal(is_removed=is_removed):
                raise Refused(refusal)
        residues = residues_of(changes)
        warnings = [*raise_production(residues), *super().settle(changes), *lower_production(residues)]
        completed = [
            after
            for before, after in changes
            if after is not None
            and after.load_state == LoadState.COMPLETE
            and (before is None or before.load_state != LoadState.COMPLETE)
        ]
        for path in settings.COMPLETED_DISPATCHES if completed else ():
            import_string(path)(completed)
        return warnings

    @classmethod
    def flows(cls) -> Mapping[Flow, Q]:
        return {Flow.DISPATCHED: HAS_TONS}
