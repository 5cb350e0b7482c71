"""What was to be made: targets over sites and dates, how a month stands against them, and where it leads.

A target is in tons per working day, so a day on which its site does not work has none. The target of a
site is the one of the whole site where one is in force, else the sum of its materials' targets. What the
site makes of a material without a target of its own is output all the same.
"""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DateField, Q

from production.figures import output_by_site
from production.models import Target
from records.fields import NO_TONS, to_kilogram
from records.periods import HUNDRED
from records.prepared import Asked, SiteTally
from sites.models import Material, Site, working_days

_in_force = SiteTally[Target, tuple[int, int | None, dt.date, Decimal]](
    lambda at: (
        Target.objects.filter(at("site"))
        # What is no product any more is no output, so nothing of it is due.
        .filter(Q(material=None) | Q(material__is_final=True))
        .in_force_between(Asked("first", DateField()), Asked("last", DateField()))
        .order_by("valid_from")
        .values_list("site_id", "material_id", "valid_from", "tons_per_day")
    )
)

ONE_DAY = dt.timedelta(days=1)

# The targets of a site: when each begins and its tons, oldest first, by material; None is the whole site.
type Plan = dict[int | None, list[tuple[dt.date, Decimal]]]
# The working days of each site, under its id.
type Calendar = Mapping[int, Collection[dt.date]]


def target_by_day(
    sites: Sequence[Site], *, first: dt.date, last: dt.date, material: Material | None = None
) -> dict[dt.date, Decimal]:
    """Return the target of each working day of a period, both ends included, in tons, summed over the sites.

    With a material it is that material's own target alone. A day without any is left out, whether no target
    is in force or no site works. Two queries, whatever the number of sites, targets and days.
    """
    days = working_days(sites, first=first, last=last)
    total: dict[dt.date, Decimal] = defaultdict(lambda: NO_TONS)
    for targets in _targets(sites, days, first=first, last=last, material=material).values():
        for date, tons in targets.items():
            total[date] += tons
    return dict(sorted(total.items()))


@dataclass(frozen=True, slots=True)
class MonthToDate:
    """How the output of a month stands on a date, in tons; of several sites it is the sum.

    Only days that are over count towards what was due and where it leads. What the running day has brought
    so far is in `made_ton`, and said apart in `running_ton`, for the day's target is due at its end.
    """

    date: dt.date
    # Made from the first of the month to the date, the running day's so far included.
    made_ton: Decimal
    # Of that, made on a day that is not over.
    running_ton: Decimal
    # Where the month ends at the pace so far; None where no working day is over yet.
    projected_ton: Decimal | None
    # Due by the end of the last day that is over, and what the sites that owed it had made by then.
    target_so_far_ton: Decimal
    made_of_target_so_far_ton: Decimal
    # Due by the end of the month, and where the sites that owe it are projected to end.
    target_ton: Decimal
    projected_of_target_ton: Decimal | None
    # Working days that are over, and those of the whole month, of all the sites.
    days_over: int
    days: int

    @property
    def percent(self) -> Decimal | None:
        """Return how much was made of what was due by the end of the last day that is over.

        Sites without a target are left out; None where nothing was due yet.
        """
        return _percent(self.made_of_target_so_far_ton, of=self.target_so_far_ton)

    @property
    def projected_percent(self) -> Decimal | None:
        """Return how much of the month's target the projection reaches, of the sites that have a target.

        None where there is no target, or no projection.
        """
        return _percent(self.projected_of_target_ton, of=self.target_ton)


def month_to_date(sites: Sequence[Site], *, date: dt.date) -> MonthToDate:
    """Return how the month of a date stands at its end, or now where it is still running, and where it leads.

    Each site's projection is `made on days that are over / working days that are over × working days of the
    month`, rounded to the kilogram: a working day without a record counts as one on which nothing was made,
    tons made on a holiday count without their day, and the running day counts as one that is still to come.
    It is never less than what has been made already, and once the month is over, or where its site does not
    work in it, it is just that. A site of which no working day is over yet has no projection; among several
    sites it adds what it has made.

    A day runs, or is over, by the clock of its site. Three queries, whatever the number of sites and records.
    """
    first, last = date.replace(day=1), _end_of_month(date)
    days = working_days(sites, first=first, last=last)
    targets = _targets(sites, days, first=first, last=last, material=None)
    made = output_by_site(sites, first=first, last=date)
    return _together(
        date,
        [
            _month_of(site, date, days=days[site.pk], targets=targets[site.pk], made=made.get(site.pk, {}))
            for site in sites
        ],
    )


def _month_of(
    site: Site,
    date: dt.date,
    *,
    days: Collection[dt.date],
    targets: Mapping[dt.date, Decimal],
    made: Mapping[dt.date, Decimal],
) -> MonthToDate:
    """Return how one site's month stands."""
    over_until = min(date, site.today() - ONE_DAY)
    days_over = sum(day <= over_until for day in days)
    made_ton = _total(made.values())
    running_ton = _total(tons for day, tons in made.items() if day > over_until)
    projected: Decimal | None = made_ton
    if over_until < _end_of_month(date) and days:
        at_this_pace = (made_ton - running_ton) * len(days) / days_over if days_over else None
        projected = None if at_this_pace is None else max(made_ton, to_kilogram(at_this_pace))
    so_far_ton = _total(tons for day, tons in targets.items() if day <= over_until)
    return MonthToDate(
        date=date,
        made_ton=made_ton,
        running_ton=running_ton,
        projected_ton=projected,
        target_so_far_ton=so_far_ton,
        made_of_target_so_far_ton=made_ton - running_ton if so_far_ton else NO_TONS,
        target_ton=_total(targets.values()),
        projected_of_target_ton=projected if targets else None,
        days_over=days_over,
        days=len(days),
    )


def _together(date: dt.date, months: Sequence[MonthToDate]) -> MonthToDate:
    with_target = [month for month in months if month.target_ton]
    return MonthToDate(
        date=date,
        made_ton=_total(month.made_ton for month in months),
        running_ton=_total(month.running_ton for month in months),
        projected_ton=_projected(months),
        target_so_far_ton=_total(month.target_so_far_ton for month in months),
        made_of_target_so_far_ton=_total(month.made_of_target_so_far_ton for month in months),
        target_ton=_total(month.target_ton for month in months),
        projected_of_target_ton=_projected(with_target),
        days_over=sum(month.days_over for month in months),
        days=sum(month.days for month in months),
    )


def _projected(months: Sequence[MonthToDate]) -> Decimal | None:
    """Return where several sites end together; one that cannot be projected adds what it has made."""
    if all(month.projected_ton is None for month in months):
        return None
    return _total(month.made_ton if month.projected_ton is None else month.projected_ton for month in months)


def _targets(
    sites: Sequence[Site], days: Calendar, *, first: dt.date, last: dt.date, material: Material | None
) -> dict[int, dict[dt.date, Decimal]]:
    """Return the target of each working day, under the id of its site. One query."""
    plans: dict[int, Plan] = {site.pk: defaultdict(list) for site in sites}
    for site_id, material_id, begins, tons in _in_force.ask(sites, first=first, last=last):
        plans[site_id][material_id].append((begins, tons))
    key = None if material is None else material.pk
    return {
        site_id: _each_day(plan, days[site_id], first=first, material_id=key)
        for site_id, plan in plans.items()
    }


def _each_day(
    plan: Plan, days: Collection[dt.date], *, first: dt.date, material_id: int | None
) -> dict[dt.date, Decimal]:
    """Return a site's target of each day: it is worked out once for each stretch without a change."""
    begins = {date for steps in plan.values() for date, _tons in steps if date > first}
    stretches = sorted({first, *begins})
    tons = [_tons_on(date, plan, material_id=material_id) for date in stretches]
    if len(stretches) == 1:
        return dict.fromkeys(days, tons[0]) if tons[0] else {}
    found = ((day, tons[bisect_right(stretches, day) - 1]) for day in days)
    return {day: target for day, target in found if target}


def _tons_on(date: dt.date, plan: Plan, *, material_id: int | None) -> Decimal:
    """Return what a site is to make on a date; nothing where no target is in force."""
    in_force = {
        key: next((tons for begins, tons in reversed(steps) if begins <= date), NO_TONS)
        for key, steps in plan.items()
    }
    if material_id is not None:
        return in_force.get(material_id, NO_TONS)
    return in_force.pop(None, NO_TONS) or _total(in_force.values())


def _end_of_month(date: dt.date) -> dt.date:
    # The 28th and four days lie in the next month, whatever the month.
    return (date.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - ONE_DAY


def _total(tons: Iterable[Decimal]) -> Decimal:
    return sum(tons, NO_TONS)


def _percent(tons: Decimal | None, *, of: Decimal) -> Decimal | None:
    return tons / of * HUNDRED if of and tons is not None else None
