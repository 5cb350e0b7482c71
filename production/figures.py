"""What was made, and what the plant made of its feed: figures over sites and dates, in tons."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from core.db.fields import NO_TONS
from core.db.prepared import PreparedQuery
from core.numbers import HUNDRED
from production.models import Production, ProductionQuerySet
from sites.models import Purpose, Site
from sites.models.sites import FIRST, LAST, SITES

_output_by_day = PreparedQuery(lambda: _made().values_list("date").annotate(Sum("qty_ton")))
_output_by_site = PreparedQuery(lambda: _made().values_list("site_id", "date").annotate(Sum("qty_ton")))


def _made() -> ProductionQuerySet:
    made: ProductionQuerySet = Production.objects.output()
    return made.filter(site__in=SITES, date__gte=FIRST, date__lte=LAST).order_by()


def output_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, Decimal]:
    """Return the output of each date of a period, both ends included; dates without are left out. One query.

    Read from the records of the period, which a covering index serves.
    """
    return dict(_output_by_day.all(sites=[site.pk for site in sites], first=first, last=last))


def output_by_site(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> dict[int, dict[dt.date, Decimal]]:
    """Return each site's output by date, under the site's id; dates without are left out. One query."""
    made: dict[int, dict[dt.date, Decimal]] = {site.pk: {} for site in sites}
    rows = _output_by_site.all(sites=[site.pk for site in sites], first=first, last=last)
    for site_id, date, tons in rows:
        made[site_id][date] = tons
    return made


def output_by_material(
    sites: Sequence[Site], material_ids: Collection[int], *, first: dt.date, last: dt.date
) -> dict[tuple[int, int], dict[dt.date, Decimal]]:
    """Return the output of some materials at each site by date, under the ids of site and material.

    Dates without are left out. One query, and none for no material.
    """
    made: dict[tuple[int, int], dict[dt.date, Decimal]] = {}
    if not material_ids:
        return made
    records = Production.objects.output().filter(material__in=material_ids)
    lines = records.at(sites, first=first, last=last).values_list("site_id", "material_id", "date")
    for site_id, material_id, date, tons in lines.annotate(Sum("qty_ton")):
        made.setdefault((site_id, material_id), {})[date] = tons
    return made


@dataclass(frozen=True, slots=True)
class PlantFlow:
    """What was fed to the plant and what came out of it, in tons.

    Product is all that an operation with that purpose made: a product that cannot be sold, and may be fed
    again, came out of the plant too. Output is the part of it to be sold.
    """

    feed_ton: Decimal = NO_TONS
    product_ton: Decimal = NO_TONS
    residue_ton: Decimal = NO_TONS
    output_ton: Decimal = NO_TONS

    def __add__(self, other: "PlantFlow") -> "PlantFlow":
        return PlantFlow(
            self.feed_ton + other.feed_ton,
            self.product_ton + other.product_ton,
            self.residue_ton + other.residue_ton,
            self.output_ton + other.output_ton,
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


PLANT = (Purpose.FEED, Purpose.PRODUCT, Purpose.RESIDUE)


def plant_flows(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[tuple[int, int], PlantFlow]:
    """Return what was fed, made and left as residue of each material at each site, under both their ids.

    Both ends of the period are included; a material that was none of the three is left out. One query.
    """
    flows: dict[tuple[int, int], PlantFlow] = {}
    records = Production.objects.at(sites, first=first, last=last).filter(operation__purpose__in=PLANT)
    sums = records.values_list("site_id", "material_id", "operation__purpose").annotate(
        tons=Sum("qty_ton"), output=Sum("qty_ton", filter=ProductionQuerySet.output_condition())
    )
    for site_id, material_id, purpose, tons, output in sums:
        flow = PlantFlow(**{f"{purpose}_ton": tons}, output_ton=output or NO_TONS)
        flows[site_id, material_id] = flows.get((site_id, material_id), PlantFlow()) + flow
    return flows
