"""Sites with records, for the tests of the dashboard and of figures."""

import datetime as dt

from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from inventory.models import StockCount
from inventory.module import STOCK_COUNTS
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Shift, Source
from sites.models import Material, Operation, Site, User


def receive(site: Site, material: Material, *, by: User, date: dt.date, tons: str) -> ReceivedMaterial:
    """Let a load come in."""
    values = {"date": date, "material": material.pk, "qty_ton": tons}
    return operations.create(
        module=RECEIVED, values=values, site=site, by=by, source=Source.PAGE, confirmed=True
    ).record


def produce(
    site: Site,
    material: Material,
    operation: Operation,
    *,
    by: User,
    date: dt.date,
    tons: str,
    shift: Shift = Shift.WHOLE_DAY,
) -> Production:
    """Let an operation make, use or dispose of a material."""
    values = {
        "date": date,
        "material": material.pk,
        "operation": operation.pk,
        "qty_ton": tons,
        "shift": shift,
    }
    return operations.create(
        module=PRODUCTION, values=values, site=site, by=by, source=Source.PAGE, confirmed=True
    ).record


def dispatch(
    site: Site, material: Material, operation: Operation, *, by: User, date: dt.date, tons: str
) -> Dispatch:
    """Let a material leave."""
    values = {"date": date, "material": material.pk, "operation": operation.pk, "qty_ton": tons}
    return operations.create(
        module=DISPATCH, values=values, site=site, by=by, source=Source.PAGE, confirmed=True
    ).record


def count_stock(site: Site, material: Material, *, by: User, date: dt.date, tons: str) -> StockCount:
    """Let somebody measure what is there at the end of a day."""
    values = {"date": date, "material": material.pk, "counted_ton": tons, "notes": "measured twice"}
    return operations.create(
        module=STOCK_COUNTS, values=values, site=site, by=by, source=Source.PAGE, confirmed=True
    ).record
