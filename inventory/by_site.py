"""The stock of many sites at once, each on its own date: read from the ledger in one query."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    F,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from core.db.fields import NO_TONS, TonsField
from inventory.ledger.snapshots import InventorySnapshot
from sites.models import Material, Site

# The id of a site, a date or none, and whole kilograms: made, received, dispatched, change of stock.
type Line = tuple[int, dt.date | None, int, int, int, int]

NOTHING = Value(0, output_field=BigIntegerField())


@dataclass(slots=True)
class SiteFlows:
    """What was made, came in and left at a site and by how much its stock changed on each date, in tons.

    `closing_ton` is the stock at the end of the site's own date. A date without movements is left out.
    """

    closing_ton: Decimal = NO_TONS
    made_ton: dict[dt.date, Decimal] = field(default_factory=lambda: defaultdict(lambda: NO_TONS))
    received_ton: dict[dt.date, Decimal] = field(default_factory=lambda: defaultdict(lambda: NO_TONS))
    dispatched_ton: dict[dt.date, Decimal] = field(default_factory=lambda: defaultdict(lambda: NO_TONS))
    net_ton: dict[dt.date, Decimal] = field(default_factory=lambda: defaultdict(lambda: NO_TONS))


def at_own_date(dates: Mapping[int, dt.date]) -> Case:
    """Return what gives a row of `Site` the date that is named for its id."""
    sites_on: dict[dt.date, list[int]] = {}
    for site_id, date in dates.items():
        sites_on.setdefault(date, []).append(site_id)
    cases = (When(pk__in=site_ids, then=Value(date)) for date, site_ids in sites_on.items())
    return Case(*cases, output_field=DateField())


def flows_by_site(
    dates: Mapping[int, dt.date], *, days: int, output: Callable[[dt.date, dt.date], QuerySet[Model, Line]]
) -> dict[int, SiteFlows]:
    """Return what moved at each site on the days that end with its own date, and its stock then, in tons.

    `dates` names the date of each site by the site's id; `output` asks for what was made between two dates,
    in lines like these, so that all of it is one query. Its cost grows with the days asked for and with
    sites x materials, never with the history.
    """
    flows = {site_id: SiteFlows() for site_id in dates}
    if not dates:
        return flows
    last = max(dates.values())
    first = min(dates.values()) - dt.timedelta(days=days - 1)
    lines = _moves(dates, first, last).union(_stocks(dates), output(first, last), all=True).order_by()
    for site_id, date, made, received, dispatched, change in lines:
        of_site = flows[site_id]
        if date is None:
            of_site.closing_ton = _tons(change)
        else:
            of_site.made_ton[date] += _tons(made)
            of_site.received_ton[date] += _tons(received)
            of_site.dispatched_ton[date] += _tons(dispatched)
            of_site.net_ton[date] += _tons(change)
    return flows


def _moves(dates: Mapping[int, dt.date], first: dt.date, last: dt.date) -> QuerySet[InventorySnapshot, Line]:
    moved = InventorySnapshot.objects.filter(site__in=dates).between(first, last).order_by()
    net = (
        F("produced_ton") + F("received_ton") - F("consumed_ton") - F("dispatched_ton") + F("adjustment_ton")
    )
    return moved.values_list("site_id", "date").annotate(
        made=NOTHING,
        received=Cast(Sum("received_ton"), BigIntegerField()),
        dispatched=Cast(Sum("dispatched_ton"), BigIntegerField()),
        change=Cast(Sum(net), BigIntegerField()),
    )


def _stocks(dates: Mapping[int, dt.date]) -> QuerySet[Site, Line]:
    """Ask for the sum of each material's latest closing by the site's date; those lines have no date."""
    latest = (
        InventorySnapshot.objects.of(OuterRef(OuterRef("pk")), OuterRef("pk"))
        .filter(date__lte=OuterRef(OuterRef("own_date")))
        .order_by("-date")[:1]
    )
    stock = (
        Material.objects.order_by()
        .annotate(at_a_site=Value(1), closing=Subquery(latest.values("closing_ton")))
        .values("at_a_site")
        .annotate(stock=Sum("closing"))
        .values("stock")
    )
    sites = Site.objects.filter(pk__in=dates).order_by().annotate(own_date=at_own_date(dates))
    return sites.annotate(
        no_date=Value(None, output_field=DateField()),
        made=NOTHING,
        received=NOTHING,
        dispatched=NOTHING,
        stock=Cast(Subquery(stock), BigIntegerField()),
    ).values_list("pk", "no_date", "made", "received", "dispatched", "stock")


def _tons(kilograms: int | None) -> Decimal:
    """Turn the whole number stored into tons, for which a union has no field."""
    return NO_TONS if kilograms is None else Decimal(kilograms).scaleb(-TonsField.places)
