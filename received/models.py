"""Received material."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import PercentField
from inventory.models import HAS_TONS, VOID, Flow, LoadedMovement
from records.errors import Refused
from records.models import Change, RecordQuerySet
from records.registry import module

DRY, WET = Decimal(0), Decimal(100)
MOISTURE_RANGE = _("Moisture must be between 0 and 100 percent.")


class ReceivedMaterial(LoadedMovement):
    """One or several loads of a material that a site received."""

    source = models.CharField(_("source"), max_length=100, blank=True)
    vehicle_ref = models.CharField(_("vehicle"), max_length=50, blank=True)
    moisture_percent = PercentField(
        _("moisture"),
        null=True,
        blank=True,
        validators=[MinValueValidator(DRY, MOISTURE_RANGE), MaxValueValidator(WET, MOISTURE_RANGE)],
    )

    reference = models.CharField(
        _("reference"),
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text=_("The supplier's delivery note."),
    )

    # The dispatch of another own site that arrived with it; set by `transfers/`, and never changed.
    sent_id = models.BigIntegerField(_("transfer"), null=True, blank=True, editable=False)

    objects = RecordQuerySet["ReceivedMaterial"].as_manager()

    entry_setting = "received_as"
    arrives_full = True
    party_text = "source"
    vehicle_text = "vehicle_ref"

    class Meta(LoadedMovement.Meta):
        verbose_name = _("received material")
        verbose_name_plural = _("received material")
        indexes = [
            *LoadedMovement.Meta.indexes,
            models.Index(
                fields=["site", "date", "id"], include=["qty_ton", "material"], name="received_site_date"
            ),
        ]
        constraints = [
            *LoadedMovement.Meta.constraints,
            models.CheckConstraint(
                condition=Q(moisture_percent__isnull=True) | Q(moisture_percent__range=(DRY, WET)),
                name="received_receivedmaterial_moisture_range",
                violation_error_message=MOISTURE_RANGE,
            ),
            models.UniqueConstraint(
                fields=["sent_id"],
                condition=Q(sent_id__isnull=False) & ~Q(load_state__in=VOID),
                name="received_transfer_unique",
                violation_error_message=_("This transfer was received already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.material_id}: {self.qty_ton}"

    @property
    def flow(self) -> Flow | None:
        return None if self.is_void else Flow.RECEIVED

    def dispatch_of_transfer(self, *, is_locked: bool = False) -> LoadedMovement | None:
        """Return the dispatch that this arrived with; None where it was cancelled or deleted."""
        found = module("dispatch").model._default_manager.filter(pk=self.sent_id).select_related("site")
        rows = found.select_for_update(no_key=True, of=("self",)) if is_locked else found
        sent: LoadedMovement | None = rows.first()  # type: ignore[assignment]  # a load
        return None if sent is None or sent.is_void else sent

    def not_sent(self) -> str:
        """Return that this transfer cannot be received, naming its dispatch."""
        sent = module("dispatch").model.history.filter(id=self.sent_id).latest("history_id")
        return _now(
            "The dispatch of this transfer from %(site)s of %(date)s was cancelled or deleted:"
            " it cannot be received."
        ) % {"site": sent.site.name, "date": date_format(sent.date, "j M Y")}

    @classmethod
    def settle(cls, changes: Sequence[Change[Self]]) -> list[str]:
        for _before, after in changes:
            if after is None or after.sent_id is None or after.is_void:
                continue
            # With its row locked: the site that sent it may be cancelling or deleting it.
            if after.dispatch_of_transfer(is_locked=True) is None:
                raise Refused(after.not_sent())
        return super().settle(changes)

    @classmethod
    def flows(cls) -> Mapping[Flow, Q]:
        return {Flow.RECEIVED: HAS_TONS}
