"""Who worked: figures of manpower over sites and dates, in people and labour hours.

A person who works in two shifts of a day is counted in both. Each figure is one query over the records of
its period.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum

from core.db.prepared import PreparedQuery
from manpower.models import ManpowerLog
from records.choices import Shift
from records.models import RecordQuerySet
from sites.models import Site
from sites.models.sites import FIRST, LAST, SITES

LABOUR_HOURS = Sum(F("hours") * F("headcount"))


@dataclass(frozen=True, kw_only=True)
class RoleShift:
    """People of a role in a shift, over the days of a period, and their hours together."""

    shift: Shift
    role_code: str
    role_name: str
    headcount: int
    labour_hours: Decimal


def _logs(sites: Sequence[Site], first: dt.date, last: dt.date) -> RecordQuerySet[ManpowerLog]:
    return ManpowerLog.objects.filter(site__in=[site.pk for site in sites]).between(first, last).order_by()


_people_by_day = PreparedQuery(
    lambda: (
        ManpowerLog.objects.filter(site__in=SITES, date__gte=FIRST, date__lte=LAST)
        .order_by()
        .values_list("date")
        .annotate(people=Sum("headcount"))
    )
)


def headcount_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Return the people at work on each date of a period, both ends included; a date without is left out."""
    return dict(_people_by_day.all(sites=[site.pk for site in sites], first=first, last=last))


def headcount_by_shift_and_role(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[RoleShift]:
    """Return people and labour hours of each shift and role of a period, in the order of shifts and roles."""
    sums = (
        _logs(sites, first, last)
        .values_list("shift", "role__code", "role__name", "role__position")
        .annotate(people=Sum("headcount"), worked=LABOUR_HOURS)
    )
    found = [
        RoleShift(shift=Shift(shift), role_code=code, role_name=name, headcount=people, labour_hours=worked)
        for shift, code, name, _position, people, worked in sums.order_by("role__position", "role__code")
    ]
    order = list(Shift)
    return sorted(found, key=lambda line: order.index(line.shift))
