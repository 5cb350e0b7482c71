"""Short words for who works at a yard."""

import datetime as dt

from manpower.models import ManpowerLog, ManpowerRole
from manpower.module import MANPOWER
from records import operations
from records.choices import Shift, Source
from sites.models import Site, User


def work(
    site: Site,
    role: ManpowerRole,
    *,
    by: User,
    date: dt.date,
    headcount: int,
    hours: str = "8",
    shift: Shift = Shift.WHOLE_DAY,
) -> ManpowerLog:
    """Log people of a role at work."""
    values = {"date": date, "shift": shift, "role": role.pk, "headcount": headcount, "hours": hours}
    return operations.create(module=MANPOWER, values=values, site=site, by=by, source=Source.PAGE).record
