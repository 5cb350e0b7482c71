"""The rows of the stock ledger, and the two ways to read them: what changed stock, and what is in stock."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, F, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import Combinable, CombinedExpression
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS, TonsField
from core.db.prepared import PreparedQuery, StoredModel
from sites.models import Material, OfSiteQuerySet, Site
from sites.models.sites import FIRST, LAST, SITES


class Flow(StrEnum):
    """A column of the ledger that records move."""

    PRODUCED = "produced_ton"
    RECEIVED = "received_ton"
    CONSUMED = "consumed_ton"
    DISPATCHED = "dispatched_ton"
    USED = "used_ton"
    DISPOSED = "disposed_ton"

    @property
    def sign(self) -> int:
        """Return 1 where the flow adds to stock, -1 where it takes from it."""
        return 1 if self in (Flow.PRODUCED, Flow.RECEIVED) else -1


class By(StrEnum):
    """What a sum over the ledger is made for: its rows are grouped by these columns."""

    SITE = "site_id"
    MATERIAL = "material_id"
    CATEGORY = "category"
    DATE = "date"

    @property
    def path(self) -> str:
        """Return the column in a query."""
        return "material__category" if self is By.CATEGORY else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """What changed stock, in tons: the flows of the ledger, and the adjustment by counts."""

    produced_ton: Decimal = NO_TONS
    received_ton: Decimal = NO_TONS
    consumed_ton: Decimal = NO_TONS
    dispatched_ton: Decimal = NO_TONS
    used_ton: Decimal = NO_TONS
    disposed_ton: Decimal = NO_TONS
    adjustment_ton: Decimal = NO_TONS
    # How many counts there were, those that adjusted nothing too; 0 where they were not read.
    counts: int = 0

    def __add__(self, other: "StockChange") -> "StockChange":
        return StockChange(
            counts=self.counts + other.counts,
            **{column: getattr(self, column) + getattr(other, column) for column in CHANGES},
        )

    @property
    def net_ton(self) -> Decimal:
        """Return by how many tons stock changed: the closing less the opening."""
        moved: Iterator[Decimal] = (flow.sign * getattr(self, flow) for flow in Flow)
        return sum(moved, self.adjustment_ton)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyChange(StockChange):
    """A row of a sum over the ledger; what it is not grouped by has the default."""

    site_id: int = 0
    material_id: int = 0
    category: str = ""
    date: dt.date = dt.date.min


@dataclass(frozen=True, slots=True)
class MaterialClosing:
    """Stock of a material at some sites at the end of a date, and the least that one of them has, in tons."""

    material: Material
    closing_ton: Decimal
    lowest_ton: Decimal


# A row of a sum over the ledger: the values that it is grouped by, then the sums.
type SumRow = tuple[object, ...]

CHANGES = tuple(field.name for field in fields(StockChange) if field.name.endswith("_ton"))
# By how many tons stock changed: the closing less the opening.
NET = "net_ton"
# How many counts there were. The index that serves the other sums does not have them.
COUNTS = "counts"


def _sum_of(column: str) -> Sum | Count:
    if column == COUNTS:
        return Count("counted_ton")
    if column != NET:
        return Sum(column)
    net: F | CombinedExpression = F("adjustment_ton")
    for flow in Flow:
        net = net + F(flow) if flow.sign > 0 else net - F(flow)
    return Sum(net)


class SnapshotQuerySet(OfSiteQuerySet["InventorySnapshot"]):
    def of(self, site_id: int | Combinable, material_id: int | Combinable) -> Self:
        return self.filter(site_id=site_id, material_id=material_id)

    def between(self, first: dt.date | Combinable, last: dt.date | Combinable) -> Self:
        """Keep the rows of these operating dates, both included."""
        return self.filter(date__gte=first, date__lte=last)

    def daily(
        self,
        *,
        sites: Iterable[Site],
        first: dt.date,
        last: dt.date,
        by: Collection[By] = (By.DATE,),
        with_counts: bool = False,
    ) -> list[DailyChange]:
        """Return what changed stock at some sites on these dates, both included, summed for each group.

        A group without a movement or a count is left out. One query, whose cost grows with the days, the
        sites and the materials, never with the history.
        """
        columns = (*CHANGES, *([COUNTS] if with_counts else []))
        rows = self.sums(*columns, sites=sites, first=first, last=last, by=by)
        names = (*by, *columns)
        return [
            DailyChange(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]  # each as its column
            for row in rows
        ]

    def sums(
        self,
        *columns: str,
        sites: Iterable[Site],
        first: dt.date,
        last: dt.date,
        by: Collection[By] = (By.DATE,),
    ) -> list[SumRow]:
        """Return the sums of some of `CHANGES`, of `NET` and `COUNTS` for each group. As `daily`, for charts.

        A year of them costs less than a `DailyChange` for each row.
        """
        site_ids = [site.pk for site in sites]
        if self.query.where:
            return list(self.filter(site__in=site_ids).between(first, last).grouped(by, columns))
        return _prepared_sums(tuple(by), columns).all(sites=site_ids, first=first, last=last)

    def grouped(
        self, by: Iterable[By], columns: Iterable[str]
    ) -> "models.QuerySet[InventorySnapshot, SumRow]":
        """Return the rows of `sums` for these rows of the ledger."""
        sums = {f"sum_{column}": _sum_of(column) for column in columns}
        return self.order_by().values_list(*(group.path for group in by)).annotate(**sums)

    def closings_by_site(self, *, sites: Iterable[Site], date: dt.date) -> dict[int, Decimal]:
        """Return the stock of each site at the end of a date, by its id.

        It is the sum of each material's latest closing. A site that never had any is left out. One query: for
        each site and material it looks up one row.
        """
        site_ids = [site.pk for site in sites]
        if self.query.where:
            found = list(self.at_sites(date).filter(pk__in=site_ids))
        else:
            found = _prepared_at_sites.all(sites=site_ids, last=date)
        return {site_id: closing for site_id, closing in found if closing is not None}

    def at_sites(self, date: dt.date | Combinable) -> "models.QuerySet[Site, tuple[int, Decimal | None]]":
        """Return the id of each site, and the sum of its latest closings among these rows."""
        latest = _latest(self.of(OuterRef(OuterRef("pk")), OuterRef("pk")), date)
        closings = Material.objects.order_by().annotate(one=Value(1), closing=latest).values("one")
        total = closings.annotate(total=Sum("closing")).values("total")
        return Site.objects.order_by().annotate(closing=Subquery(total)).values_list("pk", "closing")

    def closings_by_material(self, *, sites: Iterable[Site], date: dt.date) -> list[MaterialClosing]:
        """Return the stock of each material at the end of a date, in the order of the materials.

        A material that was never in stock is left out. One query, as above.
        """
        assert not self.query.where, "stock of all rows of the ledger only"
        materials = _prepared_at_materials.all(sites=[site.pk for site in sites], last=date)
        return [
            MaterialClosing(material, material.closing_ton, material.lowest_ton)
            for material in materials
            if material.closing_ton is not None
        ]

    def closings_by_place(self, *, sites: Iterable[Site], date: dt.date) -> dict[tuple[int, int], Decimal]:
        """Return the stock of each material at each site at the end of a date, under the ids of both.

        A material that was never in stock at a site is left out. One query, as above.
        """
        closings = {f"at_{site.pk}": _latest(self.of(site.pk, OuterRef("pk")), date) for site in sites}
        rows = Material.objects.annotate(**closings).values_list("pk", *closings) if closings else ()
        return {
            (int(name.removeprefix("at_")), material_id): closing
            for material_id, *found in rows
            for name, closing in zip(closings, found, strict=True)
            if closing is not None
        }

    def latest_of(self, site: Site, *, date: dt.date) -> Self:
        """Keep the last row of each material at a site on or before a date; it looks up one for each."""
        rows = self.of(site.pk, OuterRef("pk")).filter(date__lte=date).order_by("-date")
        materials = Material.objects.order_by().annotate(latest=Subquery(rows.values("pk")[:1]))
        return self.filter(pk__in=materials.values("latest"))

    def in_stock_though_inactive(self, site: Site) -> Self:
        """Keep the last row of each inactive material whose stock at a site is not zero."""
        rows = self.of(site.pk, OuterRef("pk")).order_by("-date")
        inactive = Material.objects.filter(is_active=False).order_by()
        latest = inactive.annotate(latest=Subquery(rows.values("pk")[:1])).values("latest")
        return self.filter(pk__in=latest).exclude(closing_ton=NO_TONS)

    def sites_with(self, material: Material) -> list[Site]:
        """Return the sites whose stock of a material is not zero. Two queries."""
        rows = self.of(OuterRef("pk"), material.pk)
        sites = Site.objects.annotate(closing=_latest(rows, dt.date.max)).exclude(closing=None)
        return list(sites.exclude(closing=NO_TONS).order_by("code"))


def _latest(rows: SnapshotQuerySet, date: dt.date | Combinable) -> Combinable:
    """Return the closing of the last of these rows on or before a date."""
    return Subquery(rows.filter(date__lte=date).order_by("-date").values("closing_ton")[:1])


class InventorySnapshot(StoredModel):
    """Stock of a material at a site on a date that has a movement or a count.

    Derived: `closing = opening + produced + received - consumed - dispatched - used - disposed + adjustment`,
    where used and disposed are on site, and opening is the closing of the row before. Written by
    `inventory/ledger/write.py` alone.
    """

    # Nobody enters or changes these rows.
    follows_from_records: ClassVar = True

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
    used_ton = TonsField(_("used on site"), default=NO_TONS, db_default=NO_TONS, db_column="used_kg")
    disposed_ton = TonsField(
        _("disposed on site"), default=NO_TONS, db_default=NO_TONS, db_column="disposed_kg"
    )
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
                    "used_ton",
                    "disposed_ton",
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
                    - F("used_ton")
                    - F("disposed_ton")
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
    def in_ton(self) -> Decimal:
        return self.produced_ton + self.received_ton

    @property
    def out_ton(self) -> Decimal:
        return self.consumed_ton + self.dispatched_ton + self.used_ton + self.disposed_ton

    @property
    def book_ton(self) -> Decimal:
        """Return the closing without a count, in tons."""
        return self.opening_ton + self.in_ton - self.out_ton

    @property
    def is_empty(self) -> bool:
        """Return whether nothing moved and nothing was counted, so that the row is not needed."""
        return self.counted_ton is None and not any(getattr(self, flow) for flow in Flow)

    def add(self, flow: Flow, tons: Decimal) -> None:
        """Add tons to one flow; `close` must follow."""
        setattr(self, flow, getattr(self, flow) + tons)

    def close(self, opening: Decimal) -> None:
        """Set opening, adjustment and closing from what came before, what moved and what was counted."""
        self.opening_ton = opening
        self.closing_ton = self.book_ton if self.counted_ton is None else self.counted_ton
        self.adjustment_ton = self.closing_ton - self.book_ton


# --- The sums over all rows, which every dashboard and stock page reads: compiled once


@cache
def _prepared_sums(by: tuple[By, ...], columns: tuple[str, ...]) -> PreparedQuery[InventorySnapshot, SumRow]:
    rows = InventorySnapshot.objects.all
    return PreparedQuery(lambda: rows().filter(site__in=SITES).between(FIRST, LAST).grouped(by, columns))


def _of_latest_closings(aggregate: Sum | Min) -> Combinable:
    """Return an aggregate of the latest closings of a material at the sites."""
    latest = _latest(InventorySnapshot.objects.of(OuterRef("pk"), OuterRef(OuterRef("pk"))), LAST)
    chosen = Site.objects.filter(pk__in=SITES).order_by()
    closings = chosen.annotate(one=Value(1), closing=latest).values("one")
    return Subquery(closings.annotate(total=aggregate).values("total"))


_prepared_at_materials = PreparedQuery(
    lambda: Material.objects.order_by("position", "code").annotate(
        closing_ton=_of_latest_closings(Sum("closing")), lowest_ton=_of_latest_closings(Min("closing"))
    )
)
_prepared_at_sites = PreparedQuery(lambda: InventorySnapshot.objects.at_sites(LAST).filter(pk__in=SITES))
_prepared_on_day = PreparedQuery(
    lambda: (
        InventorySnapshot.objects.filter(site__in=SITES)
        .between(FIRST, LAST)
        .select_related("material")
        .order_by("material__position", "material__code")
    )
)


def snapshots_on_day(site: Site, date: dt.date) -> "list[InventorySnapshot]":
    """Return what moved or was counted at a site on a date, in the order of the materials."""
    return _prepared_on_day.all(sites=[site.pk], first=date, last=date)
