"""The dashboard's figures of one site and date, from the functions that the page uses."""

import datetime as dt
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field, PlainValidator, WithJsonSchema

from api.auth import user_of, visible_site
from api.responses import InvalidValueError, field_error, json_response
from api.schemas import OK, READ_ERRORS, QuerySchema, ResponseSchema, SiteId, read_day
from core.db.fields import NO_TONS
from core.numbers import change_percent
from inventory.figures import NO_CHANGE, changes_by_day, current_stock
from production.figures import PlantFlow, output_by_day, plant_flows
from sites.dates import NOT_A_DATE, Day, day_at
from sites.models import Site

router = Router(tags=["dashboard"], by_alias=True)


def _day_with_a_day_before(text: object) -> Day:
    day = read_day(text)
    if day == dt.date.min:
        raise InvalidValueError(str(NOT_A_DATE))
    return day


class MetricsQuery(QuerySchema):
    site_id: SiteId
    date: Annotated[
        Day | None,
        PlainValidator(_day_with_a_day_before),
        WithJsonSchema({"type": "string", "format": "date"}),
    ] = Field(None, description=_("Operating date; the site's today by default."))


CHANGE = _("Compared with the day before, in %.")


class Metrics(ResponseSchema):
    total_production_today: float = Field(ge=0, description=_("Production of sellable products, in t."))
    feed_used_today: float = Field(ge=0, description=_("Feed used, in t; not part of production."))
    residue_today: float = Field(ge=0, description=_("Residue, in t; not part of production."))
    received_materials_today: float = Field(ge=0, description=_("Received material, in t."))
    total_dispatched_today: float = Field(ge=0, description=_("Dispatched material, in t."))
    current_inventory_status: float = Field(description=_("Stock at the end of the date, in t."))
    production_change: float = Field(description=CHANGE)
    received_change: float = Field(description=CHANGE)
    dispatched_change: float = Field(description=CHANGE)
    inventory_change: float = Field(description=CHANGE)


class MetricsOfDate(ResponseSchema):
    metrics: Metrics
    date: dt.date = Field(description=_("The operating date."))
    site_id: int = Field(description=_("Id of the site."))


@router.get(
    "/dashboard/metrics",
    response={OK: MetricsOfDate, **READ_ERRORS},
    operation_id="metrics",
    url_name="metrics",
    summary=_("Figures of a site and date"),
)
def retrieve_metrics(request: HttpRequest, query: Query[MetricsQuery]) -> HttpResponse:
    """Return production, received, dispatched and stock of a date, each compared with the day before."""
    site = visible_site(user_of(request), query.site_id)
    try:
        date = site.today() if query.date is None else day_at(site, query.date)
        before = date - dt.timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise field_error("date", str(NOT_A_DATE)) from error
    metrics = _metrics(site, before, date).model_dump(by_alias=True)
    return json_response({"metrics": metrics, "date": date.isoformat(), "siteId": site.pk})


def _metrics(site: Site, before: dt.date, date: dt.date) -> Metrics:
    made = output_by_day([site], first=before, last=date)
    flow = sum(plant_flows([site], first=date, last=date).values(), PlantFlow())
    changes = changes_by_day([site], first=before, last=date)
    stock = current_stock([site], date=date)
    today, yesterday = changes.get(date, NO_CHANGE), changes.get(before, NO_CHANGE)
    output, output_before = made.get(date, NO_TONS), made.get(before, NO_TONS)
    return Metrics(
        total_production_today=float(output),
        feed_used_today=float(flow.feed_ton),
        residue_today=float(flow.residue_ton),
        received_materials_today=float(today.received_ton),
        total_dispatched_today=float(today.dispatched_ton),
        current_inventory_status=float(stock),
        production_change=float(change_percent(now=output, before=output_before)),
        received_change=float(change_percent(now=today.received_ton, before=yesterday.received_ton)),
        dispatched_change=float(change_percent(now=today.dispatched_ton, before=yesterday.dispatched_ton)),
        inventory_change=float(change_percent(now=stock, before=stock - today.net_ton)),
    )
