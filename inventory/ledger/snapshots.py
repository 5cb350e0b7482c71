"""The rows of the stock ledger."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS, TonsField
from sites.models import Material, Site, User


class Flow(StrEnum):
    """A column of the ledger that records move."""

    PRODUCED = "produced_ton"
    RECEIVED = "received_ton"
    CONSUMED = "consumed_ton"
    DISPATCHED = "dispatched_ton"

    @property
    def sign(self) -> int:
        """Return 1 where the flow adds to stock, -1 where it takes from it."""
        return 1 if self in (Flow.PRODUCED, Flow.RECEIVED) else -1


class SnapshotQuerySet(models.QuerySet["InventorySnapshot"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep the stock of the sites that this person may see."""
        if user.is_authenticated and user.is_active and user.is_superuser:
            return self
        return self.filter(site__in=Site.objects.for_user(user))

    def of(self, site_id: int | Combinable, material_id: int | Combinable) -> Self:
        return self.filter(site_id=site_id, material_id=material_id)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Keep the rows of these operating dates, both included."""
        return self.filter(date__gte=first, date__lte=last)


class InventorySnapshot(models.Model):
    """Stock of a material at a site on a date that has a movement or a count.

    Derived: `closing = opening + produced + received - consumed - dispatched + adjustment`, and opening is
    the closing of the row before. Written by `inventory/ledger/write.py` alone.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, db_index=False, verbose_name=_("material")
    )
    date = models.DateField(_("date"))
    opening_ton = TonsField(_("opening"), default=NO_TONS, db_column="opening_kg")
    produced_ton = TonsField(_("produced"), default=NO_TONS, db_column="produced_kg")
    received_ton = TonsField(_("received"), default=NO_TONS, db_column="received_kg")
    consumed_ton = TonsField(_("consumed"), default=NO_TONS, db_column="consumed_kg")
    dispatched_ton = TonsField(_("dispatched"), default=NO_TONS, db_column="dispatched_kg")
    adjustment_ton = TonsField(_("adjustment"), default=NO_TONS, db_column="adjustment_kg")
    closing_ton = TonsField(_("closing"), default=NO_TONS, db_column="closing_kg")
    counted_ton = TonsField(_("counted"), null=True, blank=True, db_column="counted_kg")

    objects = SnapshotQuerySet.as_manager()

    # Set where the ledger reads a row to change it: whether later ones follow, and the least closing among
    # those that move with it. A line's first row does not know, and is taken to be followed.
    has_later = True
    lowest_later: Decimal | None = None

    class Meta:
        verbose_name = _("inventory snapshot")
        verbose_name_plural = _("inventory snapshots")
        ordering = ("-date", "material")
        indexes = [
            models.Index(
                fields=["site", "date"],
                include=[
                    "material",
                    "produced_ton",
                    "received_ton",
                    "consumed_ton",
                    "dispatched_ton",
                    "adjustment_ton",
                ],
                name="snapshot_site_date",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "material", "date"],
                name="inventory_snapshot_unique",
                violation_error_message=_("This material has this day in the ledger already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    closing_ton=F("opening_ton")
                    + F("produced_ton")
                    + F("received_ton")
                    - F("consumed_ton")
                    - F("dispatched_ton")
                    + F("adjustment_ton")
                ),
                name="inventory_snapshot_equation",
                violation_error_message=_("A ledger row closes with what it opened with and what moved."),
            ),
            models.CheckConstraint(
                condition=Q(counted_ton__isnull=True, adjustment_ton=NO_TONS)
                | Q(counted_ton__isnull=False, closing_ton=F("counted_ton")),
                name="inventory_snapshot_closes_as_counted",
                violation_error_message=_("A counted day closes with its count; only a count adjusts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.material_id} {self.date:%Y-%m-%d}: {self.closing_ton}"

    @property
    def moved_ton(self) -> Decimal:
        """Return what records put in less what they took out, in tons."""
        return self.produced_ton + self.received_ton - self.consumed_ton - self.dispatched_ton

    @property
    def book_ton(self) -> Decimal:
        """Return what closes the day where nothing is counted: opening and what moved, in tons."""
        return self.opening_ton + self.moved_ton

    @property
    def is_empty(self) -> bool:
        """Say whether nothing moved and nothing was counted, so that the row has no reason to be."""
        return self.counted_ton is None and not any(getattr(self, flow) for flow in Flow)

    def add(self, flow: Flow, tons: Decimal) -> None:
        """Add tons to one flow; `close` must follow."""
        setattr(self, flow, getattr(self, flow) + tons)

    def close(self, opening: Decimal) -> None:
        """Set opening, adjustment and closing from what came before, what moved and what was counted."""
        self.opening_ton = opening
        self.closing_ton = self.book_ton if self.counted_ton is None else self.counted_ton
        self.adjustment_ton = self.closing_ton - self.book_ton
