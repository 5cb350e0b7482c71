"""What was made, and what the plant made of its feed: figures over sites and dates, in tons."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import BigIntegerField, DateField, QuerySet, Sum, Value
from django.db.models.functions import Cast

from core.db.fields import NO_TONS
from production.models import Production
from records.periods import HUNDRED
from records.prepared import Asked, SiteTally
from sites.models import Purpose, Site

_made = SiteTally[Production, tuple[dt.date, Decimal]](
    lambda at: (
        Production.objects.output()
        .filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .order_by()
        .values_list("date")
        .annotate(Sum("qty_ton"))
    )
)


def output_by_site(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> dict[int, dict[dt.date, Decimal]]:
    """Return each site's output by date, in tons, under its id; dates without are left out. One query."""
    made: dict[int, dict[dt.date, Decimal]] = {}
    records = Production.objects.output().filter(site__in=sites).between(first, last).order_by()
    for site_id, date, tons in records.values_list("site_id", "date").annotate(Sum("qty_ton")):
        made.setdefault(site_id, {})[date] = tons
    return made


def output_by_material(
    sites: Sequence[Site], material_ids: Collection[int], *, first: dt.date, last: dt.date
) -> dict[tuple[int, int], dict[dt.date, Decimal]]:
    """Return the output of some materials at each site by date, in tons, under the ids of site and material.

    Dates without are left out. One query, and none for no material.
    """
    made: dict[tuple[int, int], dict[dt.date, Decimal]] = {}
    if not material_ids:
        return made
    records = Production.objects.output().filter(site__in=sites, material__in=material_ids)
    lines = records.between(first, last).order_by().values_list("site_id", "material_id", "date")
    for site_id, material_id, date, tons in lines.annotate(Sum("qty_ton")):
        made.setdefault((site_id, material_id), {})[date] = tons
    return made


def output_lines(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> QuerySet[Production, tuple[int, dt.date, int, int, int, int]]:
    """Ask for each site's output by date, for a question about other movements to take along.

    A line is the site's id, the date, the kilograms made and three columns that are another's to fill.
    """
    nothing = Value(0, output_field=BigIntegerField())
    records = Production.objects.output().filter(site__in=sites).between(first, last).order_by()
    return records.values_list("site_id", "date").annotate(
        made=Cast(Sum("qty_ton"), BigIntegerField()), received=nothing, dispatched=nothing, change=nothing
    )


def output_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, Decimal]:
    """Return the tons made on each date of a period, both ends included; a date without is left out.

    Output is what an operation with the purpose *product* made of a material that can be sold; feed used and
    residue are not. Read from the records of the period, which a covering index serves. One query.
    """
    return dict(_made.ask(sites, first=first, last=last))


_worked = SiteTally[Production, tuple[int, int, str, Decimal]](
    lambda at: (
        Production.objects.filter(at("site"))
        .filter(date__gte=Asked("first", DateField()), date__lte=Asked("last", DateField()))
        .exclude(operation__purpose=Purpose.OTHER)
        .order_by()
        .values_list("site_id", "material_id", "operation__purpose")
        .annotate(Sum("qty_ton"))
    )
)


@dataclass(frozen=True, slots=True)
class PlantFlow:
    """What was fed to the plant and what came out of it, in tons.

    Product is all that an operation with that purpose made: what is no product that can be sold, and is fed
    again perhaps, came out of the plant all the same.
    """

    feed_ton: Decimal = NO_TONS
    product_ton: Decimal = NO_TONS
    residue_ton: Decimal = NO_TONS

    def __add__(self, other: "PlantFlow") -> "PlantFlow":
        return PlantFlow(
            self.feed_ton + other.feed_ton,
            self.product_ton + other.product_ton,
            self.residue_ton + other.residue_ton,
        )

    @property
    def balance_ton(self) -> Decimal:
        """Return the tons that were fed and did not come out; below zero where more came out."""
        return self.feed_ton - self.product_ton - self.residue_ton

    @property
    def balance_percent(self) -> Decimal | None:
        """Return the balance in percent of the feed; None where nothing was fed."""
        return self.percent_of_feed(self.balance_ton)

    @property
    def recovery_percent(self) -> Decimal | None:
        """Return the product in percent of what came out; None where nothing did."""
        came_out = self.product_ton + self.residue_ton
        return self.product_ton / came_out * HUNDRED if came_out else None

    def percent_of_feed(self, tons: Decimal) -> Decimal | None:
        """Return tons in percent of the feed; None where nothing was fed."""
        return tons / self.feed_ton * HUNDRED if self.feed_ton else None


def plant_flows(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[tuple[int, int], PlantFlow]:
    """Return what each material was to the plant of each site in a period, under both their ids.

    Both ends are included; a material that was neither fed nor made nor residue is left out. Read from the
    records of the period, which a covering index serves. One query.
    """
    flows: dict[tuple[int, int], PlantFlow] = {}
    for site_id, material_id, purpose, tons in _worked.ask(sites, first=first, last=last):
        known = flows.get((site_id, material_id), PlantFlow())
        flows[site_id, material_id] = replace(known, **{f"{purpose}_ton": tons})
    return flows
