"""What was made: figures of production over sites and dates, in tons."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import DateField, Sum

from production.models import Production
from records.prepared import Asked, SiteTally
from sites.models import Site

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


def output_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, Decimal]:
    """Return the tons made on each date of a period, both ends included; a date without is left out.

    Output is what an operation with the purpose *product* made of a material that can be sold; feed used and
    residue are not. Read from the records of the period, which a covering index serves. One query.
    """
    return dict(_made.ask(sites, first=first, last=last))
