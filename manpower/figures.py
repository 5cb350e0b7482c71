"""Who worked: figures of manpower over sites and dates, in people and labour hours.

Whoever works in two shifts of a day is counted in both. Each question is one query over the records of its
period.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DateField, F, Q, Sum

from manpower.models import ManpowerLog
from records.choices import Shift
from records.models import RecordQuerySet
from records.prepared import Asked, SiteTally
from sites.models import Site

LABOUR_HOURS = Sum(F("hours") * F("headcount"))


@dataclass(frozen=True, kw_only=True)
class RoleShift:
    """People of a role in a shift, over the days of a period, and their hours together."""

    shift: Shift
    role_code: str
    role_name: str
    headcount: int
    labour_hours: Decimal


def _of_period(at: Callable[[str], Q]) -> RecordQuerySet[ManpowerLog]:
    first, last = Asked("first", DateField()), Asked("last", DateField())
    return ManpowerLog.objects.filter(at("site")).filter(date__gte=first, date__lte=last).order_by()


_people_by_day = SiteTally[ManpowerLog, tuple[dt.date, int]](
    lambda at: _of_period(at).values_list("date").annotate(people=Sum("headcount"))
)
_by_shift_and_role = SiteTally[ManpowerLog, tuple[str, str, str, int, int, Decimal]](
    lambda at: (
        _of_period(at)
        .values_list("shift", "role__code", "role__name", "role__position")
        .annotate(people=Sum("headcount"), worked=LABOUR_HOURS)
        .order_by("role__position", "role__code")
    )
)


def headcount_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Return the people at work on each date of a period, both ends included; a date without is left out."""
    return dict(_people_by_day.ask(sites, first=first, last=last))


def headcount_by_shift_and_role(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[RoleShift]:
    """Return people and labour hours of each shift and role of a period, in the order of shifts and roles."""
    found = [
        RoleShift(shift=Shift(shift), role_code=code, role_name=name, headcount=headcount, labour_hours=hours)
        for shift, code, name, _position, headcount, hours in _by_shift_and_role.ask(
            sites, first=first, last=last
        )
    ]
    order = list(Shift)
    return sorted(found, key=lambda line: order.index(line.shift))
