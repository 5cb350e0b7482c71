"""What changed stock and what is in stock: figures over sites and dates, in tons.

They read the ledger through `daily` and the `closings_by_…` of its queryset. Their cost grows with the days,
the sites and the materials, never with the history.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, cast

from django.db.models import Max, Min, OuterRef, Subquery, Sum

from core.db.fields import NO_TONS
from core.db.prepared import PreparedQuery
from inventory.ledger.snapshots import NET, By, Flow, InventorySnapshot, SnapshotQuerySet, StockChange
from inventory.models import HAS_TONS, MASS_LABELS, LoadedMovement, StockThreshold, mass_condition
from sites.dates import days_until, each_day
from sites.models import Category, Material, Site
from sites.models.sites import FIRST, LAST, SITES

if TYPE_CHECKING:
    from django.db.models import QuerySet

# The number of days from which days of cover are computed, and that a sparkline of stock shows.
COVER_DAYS = 30
NO_CHANGE = StockChange()

type ChangesByDay = Mapping[dt.date, StockChange]


def changes_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, StockChange]:
    """Return what changed stock on each date of a period, both ends included; other dates are left out."""
    return {row.date: row for row in InventorySnapshot.objects.daily(sites=sites, first=first, last=last)}


def received_and_dispatched(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> tuple[dict[dt.date, Decimal], dict[dt.date, Decimal]]:
    """Return the tons received and those dispatched on each date of a period, both included. One query."""
    received, dispatched = {}, {}
    rows = InventorySnapshot.objects.sums(Flow.RECEIVED, Flow.DISPATCHED, sites=sites, first=first, last=last)
    for date, received_ton, dispatched_ton in cast("list[tuple[dt.date, Decimal, Decimal]]", rows):
        received[date], dispatched[date] = received_ton, dispatched_ton
    return received, dispatched


def current_stock(sites: Sequence[Site], *, date: dt.date) -> Decimal:
    """Return the stock at the end of a date: the sum of each material's latest closing. One query."""
    return sum(InventorySnapshot.objects.closings_by_site(sites=sites, date=date).values(), NO_TONS)


def stock_trend(
    closing_ton: Decimal, *, dates: Sequence[dt.date], changes: ChangesByDay
) -> tuple[Decimal, ...]:
    """Return the stock at the end of each of successive dates, from the closing of the last one.

    The stock of the day before is the closing of a day less its net change.
    """
    return _trend(closing_ton, dates, {date: change.net_ton for date, change in changes.items()})


def _trend(
    closing_ton: Decimal, dates: Sequence[dt.date], net: Mapping[dt.date, Decimal]
) -> tuple[Decimal, ...]:
    closings = [closing_ton]
    for date in reversed(dates[1:]):
        closing_ton -= net.get(date, NO_TONS)
        closings.append(closing_ton)
    return tuple(reversed(closings))


# --- Over a period


@dataclass(frozen=True, slots=True)
class StockPeriod:
    """What changed stock over a period and what is in stock at its end."""

    change: StockChange = NO_CHANGE
    closing_ton: Decimal = NO_TONS

    def __add__(self, other: "StockPeriod") -> "StockPeriod":
        return StockPeriod(self.change + other.change, self.closing_ton + other.closing_ton)

    @property
    def opening_ton(self) -> Decimal:
        """Return what was in stock before the period began."""
        return self.closing_ton - self.change.net_ton

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing was in stock, moved or counted."""
        return self == StockPeriod()


@dataclass(frozen=True, slots=True)
class StockPeriods:
    """The stock over a period, by the ids of site and material."""

    by_place: Mapping[tuple[int, int], StockPeriod]

    @property
    def by_site(self) -> Mapping[int, StockPeriod]:
        """Return the sum of each site; that of a site without stock is zero."""
        return self._summed(0)

    @property
    def by_material(self) -> Mapping[int, StockPeriod]:
        return self._summed(1)

    def _summed(self, part: int) -> Mapping[int, StockPeriod]:
        sums: dict[int, StockPeriod] = defaultdict(StockPeriod)
        for place, period in self.by_place.items():
            sums[place[part]] += period
        return sums

    @property
    def whole(self) -> StockPeriod:
        return sum(self.by_place.values(), StockPeriod())


def stock_periods(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> StockPeriods:
    """Return the stock of each material at each site over a period, both ends included. Two queries."""
    snapshots = InventorySnapshot.objects
    periods: dict[tuple[int, int], StockPeriod] = defaultdict(StockPeriod)
    by_both = (By.SITE, By.MATERIAL)
    for row in snapshots.daily(sites=sites, first=first, last=last, by=by_both, with_counts=True):
        periods[row.site_id, row.material_id] += StockPeriod(row)
    for place, closing_ton in snapshots.closings_by_place(sites=sites, date=last).items():
        periods[place] += StockPeriod(closing_ton=closing_ton)
    return StockPeriods(periods)


def ledger_by_day(
    rows: SnapshotQuerySet, sites: Sequence[Site], *, first: dt.date, last: dt.date, closing_ton: Decimal
) -> dict[dt.date, StockPeriod]:
    """Return the days of a period on which the rows of the ledger moved or were counted, newest first.

    `closing_ton` is the stock at the end of the last date, from which that of each day follows. One query.
    """
    days: dict[dt.date, StockPeriod] = {}
    changes = rows.daily(sites=sites, first=first, last=last, with_counts=True)
    for change in sorted(changes, key=lambda change: change.date, reverse=True):
        days[change.date] = StockPeriod(change, closing_ton)
        closing_ton = days[change.date].opening_ton
    return days


@dataclass(frozen=True, slots=True)
class SiteStock:
    """What changed the stock of a site day by day, and its stock at the end of its own date."""

    changes: ChangesByDay
    closing_ton: Decimal


def stock_by_site(own_dates: Mapping[Site, dt.date], *, days: int) -> dict[int, SiteStock]:
    """Return, by the id of each site, its stock on its own date and what changed it on the days up to it.

    Two queries, however many sites there are.
    """
    if not own_dates:
        return {}
    first, last = min(own_dates.values()) - dt.timedelta(days=days - 1), max(own_dates.values())
    changes: dict[int, dict[dt.date, StockChange]] = {site.pk: {} for site in own_dates}
    for row in InventorySnapshot.objects.daily(
        sites=own_dates, first=first, last=last, by=(By.SITE, By.DATE)
    ):
        changes[row.site_id][row.date] = row
    at_last = InventorySnapshot.objects.closings_by_site(sites=own_dates, date=last)
    return {
        site.pk: SiteStock(
            changes[site.pk],
            # The stock was read on one date, the latest of all sites.
            at_last.get(site.pk, NO_TONS)
            - sum((change.net_ton for date, change in changes[site.pk].items() if date > own), NO_TONS),
        )
        for site, own in own_dates.items()
    }


# --- By how tons became known


def tons_by_method(
    records: "QuerySet[LoadedMovement]", *by: str
) -> dict[tuple[object, ...], Mapping[str, Decimal]]:
    """Return the tons of each group of movements, by the methods of `MASS_LABELS`. One query.

    `by` are the columns that they are grouped by. Groups and methods without tons are left out.
    """
    sums = {f"of_{method}": Sum("qty_ton", filter=mass_condition(method)) for method in MASS_LABELS}
    rows = records.filter(HAS_TONS).order_by().values_list(*by).annotate(**sums)
    return {
        tuple(row[: len(by)]): {
            method: part for method, part in zip(MASS_LABELS, row[len(by) :], strict=True) if part
        }
        for row in rows
    }


def methods_of(groups: Iterable[Mapping[str, Decimal]]) -> list[str]:
    """Return the methods by which any of these tons became known, in the order of `MASS_LABELS`."""
    found = {method for group in groups for method in group}
    return [method for method in MASS_LABELS if method in found]


# --- Of materials


class StockLevel(NamedTuple):
    """What is in stock of a material at the end of a date over some sites, and where it is low.

    `lowest_ton` is the least that one of the sites has; `low_ton` the sum of the sites' low marks, None
    without any; `low_sites` the codes of those whose stock is below their mark.
    """

    material: Material
    closing_ton: Decimal
    lowest_ton: Decimal
    low_ton: Decimal | None
    low_sites: tuple[str, ...]

    @property
    def is_low(self) -> bool:
        return bool(self.low_sites)

    @property
    def is_negative(self) -> bool:
        """Return whether stock is below zero at one of the sites, however much the others have."""
        return self.lowest_ton < NO_TONS


# The low marks of sites, each with the stock at the end of the last date.
_low_marks = PreparedQuery(
    lambda: (
        StockThreshold.objects.filter(site__in=SITES)
        .order_by("site__code")
        .select_related("material", "site")
        .annotate(
            closing_ton=Subquery(
                InventorySnapshot.objects.of(OuterRef("site"), OuterRef("material"))
                .filter(date__lte=LAST)
                .order_by("-date")
                .values("closing_ton")[:1]
            )
        )
    )
)


def stock_levels(sites: Sequence[Site], *, date: dt.date) -> list[StockLevel]:
    """Return what is in stock of each material at the end of a date, in the order of the materials.

    A material that was never in stock and has no low mark is left out. Two queries.
    """
    rows = InventorySnapshot.objects
    closings = {closing.material: closing for closing in rows.closings_by_material(sites=sites, date=date)}
    marks: dict[Material, list[StockThreshold]] = defaultdict(list)
    low_sites: dict[Material, list[str]] = defaultdict(list)
    for mark in _low_marks.all(sites=[site.pk for site in sites], last=date):
        marks[mark.material].append(mark)
        if (mark.closing_ton or NO_TONS) < mark.low_ton:
            low_sites[mark.material].append(mark.site.code)
    levels = []
    for material in sorted({*closings, *marks}, key=lambda material: (material.position, material.code)):
        closing, marked = closings.get(material), marks[material]
        levels.append(
            StockLevel(
                material=material,
                closing_ton=NO_TONS if closing is None else closing.closing_ton,
                lowest_ton=NO_TONS if closing is None else closing.lowest_ton,
                low_ton=sum((mark.low_ton for mark in marked), NO_TONS) if marked else None,
                low_sites=tuple(low_sites[material]),
            )
        )
    return levels


_extremes = PreparedQuery(
    lambda: (
        InventorySnapshot.objects.filter(site__in=SITES)
        .between(FIRST, LAST)
        .order_by()
        .values_list("material_id")
        .annotate(lowest=Min("closing_ton"), highest=Max("closing_ton"))
    )
)


def stock_spans(site: Site, *, first: dt.date, last: dt.date) -> dict[int, tuple[Decimal, Decimal]]:
    """Return the least and the most stock of each material over these days, both included, by its id.

    A day without a movement has the stock of the day before. A material that was never in stock is left out.
    Two queries; the cost grows with the days.
    """
    at_first = {
        closing.material.pk: closing.closing_ton
        for closing in InventorySnapshot.objects.closings_by_material(sites=[site], date=first)
    }
    spans = {material_id: (ton, ton) for material_id, ton in at_first.items()}
    for material_id, lowest, highest in _extremes.all(
        sites=[site.pk], first=first + dt.timedelta(days=1), last=last
    ):
        ton = at_first.get(material_id, NO_TONS)
        spans[material_id] = (min(lowest, ton), max(highest, ton))
    return spans


@dataclass(frozen=True)
class MaterialStock:
    """The stock of a material on a date and over the days up to it, at some sites."""

    level: StockLevel
    # What changed stock on the date itself.
    day: StockChange
    # The stock at the end of each of the last days, oldest first, and what was dispatched on them.
    closings: tuple[Decimal, ...]
    dispatched_ton: Decimal

    @property
    def period(self) -> StockPeriod:
        """Return the stock of the date, from its opening to its closing."""
        return StockPeriod(self.day, self.level.closing_ton)

    @property
    def days_of_cover(self) -> Decimal | None:
        """Return how many days the stock lasts at the mean dispatch so far; None without any."""
        if not self.dispatched_ton:
            return None
        return max(self.level.closing_ton, NO_TONS) * COVER_DAYS / self.dispatched_ton


def stock_by_material(sites: Sequence[Site], *, date: dt.date) -> list[MaterialStock]:
    """Return the stock of each material on a date, in the order of the materials. Four queries."""
    dates = days_until(date, count=COVER_DAYS)
    net: dict[int, dict[dt.date, Decimal]] = defaultdict(dict)
    dispatched: dict[int, Decimal] = defaultdict(Decimal)
    rows = InventorySnapshot.objects.sums(
        NET, Flow.DISPATCHED, sites=sites, first=dates[0], last=date, by=(By.MATERIAL, By.DATE)
    )
    for material_id, moved_on, net_ton, dispatched_ton in cast(
        "list[tuple[int, dt.date, Decimal, Decimal]]", rows
    ):
        net[material_id][moved_on] = net_ton
        dispatched[material_id] += dispatched_ton
    of_date = InventorySnapshot.objects.daily(
        sites=sites, first=date, last=date, by=(By.MATERIAL,), with_counts=True
    )
    changes = {row.material_id: row for row in of_date}
    stocks = []
    for level in stock_levels(sites, date=date):
        material_id = level.material.pk
        closings = _trend(level.closing_ton, dates, net[material_id])
        day = changes.get(material_id, NO_CHANGE)
        stocks.append(MaterialStock(level, day, closings, dispatched[material_id]))
    return stocks


@dataclass(frozen=True, slots=True)
class CategoryStock:
    """The stock of a category of materials at the end of each date of a period, oldest first.

    `low_ton` is the sum of the low marks of its materials at all of the sites; None without any. With less
    than that, something of it is low at one of the sites.
    """

    category: Category
    closings: tuple[Decimal, ...]
    low_ton: Decimal | None

    @property
    def is_low(self) -> bool:
        """Return whether the last closing is below the mark."""
        return self.low_ton is not None and self.closings[-1] < self.low_ton


def stock_by_category(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[CategoryStock]:
    """Return the stock of each category over a period, both ends included, in the order of the categories.

    A category that was never in stock and has no low mark is left out. Three queries.
    """
    levels: dict[str, list[StockLevel]] = defaultdict(list)
    for level in stock_levels(sites, date=last):
        levels[level.material.category].append(level)
    net: dict[str, dict[dt.date, Decimal]] = defaultdict(dict)
    rows = InventorySnapshot.objects.sums(NET, sites=sites, first=first, last=last, by=(By.CATEGORY, By.DATE))
    for category, date, net_ton in cast("list[tuple[str, dt.date, Decimal]]", rows):
        net[category][date] = net_ton
    dates = tuple(each_day(first, last))
    stocks = []
    for category in Category:
        if not (found := levels[category]):
            continue
        closing_ton = sum((level.closing_ton for level in found), NO_TONS)
        marks = [level.low_ton for level in found if level.low_ton is not None]
        stocks.append(
            CategoryStock(
                category,
                _trend(closing_ton, dates, net[category]),
                sum(marks, NO_TONS) if marks else None,
            )
        )
    return stocks


# --- Of one material


@dataclass(frozen=True, slots=True)
class SiteClosing:
    """The stock of a material at a site, and its low mark there; None without one."""

    site: Site
    closing_ton: Decimal
    low_ton: Decimal | None

    @property
    def is_low(self) -> bool:
        return self.low_ton is not None and self.closing_ton < self.low_ton


def closings_of(material: Material, sites: Sequence[Site], *, date: dt.date) -> list[SiteClosing]:
    """Return the stock of a material at the end of a date at the sites that ever had it or have a low mark.

    In the order of the sites' names. Two queries.
    """
    closings = InventorySnapshot.objects.filter(material=material).closings_by_site(sites=sites, date=date)
    marked = StockThreshold.objects.filter(material=material, site__in=[site.pk for site in sites]).order_by()
    marks = dict(marked.values_list("site_id", "low_ton"))
    return [
        SiteClosing(site, closings.get(site.pk, NO_TONS), marks.get(site.pk))
        for site in sorted(sites, key=lambda site: (site.name, site.code))
        if site.pk in closings or site.pk in marks
    ]
