"""The dashboard's figures of one site and date, from the functions that the page reads."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.auth import reader
from api.errors import unacceptable_field
from api.records.filters import QueryReader
from api.records.input import SITE_KEY
from api.records.values import ShapeError, as_day, at_site, visible_site
from api.responses import json_answer
from core.db.fields import NO_TONS
from inventory.figures import NO_CHANGE, changes_by_day, current_stock
from production.figures import output_by_day
from records.periods import change_percent
from sites.dates import NOT_A_DATE
from sites.models import Site
from sites.moments import Day

router = Router(tags=["dashboard"])
DATE = "date"


@router.get("/dashboard/metrics", operation_id="metrics", url_name="metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a site's day: made, received, dispatched and in stock, each against the day before."""
    query = QueryReader(request, SITE_KEY, DATE)
    site_id, day = query.required(SITE_KEY), query.read(DATE, _day_after_another)
    query.require_all_read()
    site = visible_site(reader(request), site_id)
    try:
        date = site.today() if day is None else at_site(day, site)
        before = date - dt.timedelta(days=1)
    except (ShapeError, OverflowError) as error:
        raise unacceptable_field(DATE, str(error)) from error
    return json_answer({"metrics": _figures(site, before, date), "date": date.isoformat(), "siteId": site.pk})


def _day_after_another(text: str) -> Day:
    """Return a day that has a day before it to be compared with. Raises ShapeError."""
    day = as_day(text)
    if day == dt.date.min:
        raise ShapeError(str(NOT_A_DATE), "invalid")
    return day


def _figures(site: Site, before: dt.date, date: dt.date) -> dict[str, float]:
    """Return the figures in tons and their changes in percent."""
    made = output_by_day([site], first=before, last=date)
    changes = changes_by_day([site], first=before, last=date)
    stock = current_stock([site], date=date)
    today, yesterday = changes.get(date, NO_CHANGE), changes.get(before, NO_CHANGE)
    now_and_before = {
        ("totalProductionToday", "productionChange"): (made.get(date, NO_TONS), made.get(before, NO_TONS)),
        ("receivedMaterialsToday", "receivedChange"): (today.received_ton, yesterday.received_ton),
        ("totalDispatchedToday", "dispatchedChange"): (today.dispatched_ton, yesterday.dispatched_ton),
        ("currentInventoryStatus", "inventoryChange"): (stock, stock - today.net_ton),
    }
    figures = {}
    for (amount_key, change_key), (amount, earlier) in now_and_before.items():
        figures[amount_key] = float(amount)
        figures[change_key] = float(change_percent(now=amount, before=earlier))
    return figures
