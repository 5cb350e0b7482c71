"""What was made: figures of production over sites and dates, in tons."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum

from production.models import Production
from sites.models import Site


def output_by_day(sites: Iterable[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, Decimal]:
    """Return the tons made on each date of a period, both ends included; a date without is left out.

    Output is what an operation with the purpose *product* made of a material that can be sold; feed used and
    residue are not. Read from the records of the period, which a covering index serves. One query.
    """
    rows = (
        Production.objects.output()
        .filter(site__in=[site.pk for site in sites])
        .between(first, last)
        .order_by()
        .values_list("date")
        .annotate(made=Sum("qty_ton"))
    )
    return dict(rows)
