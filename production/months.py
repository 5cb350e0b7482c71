"""The output of a month compared with its targets, and the projection to the month's end."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from core.db.fields import NO_TONS, to_kilogram
from core.numbers import HUNDRED
from production.figures import output_by_material, output_by_site
from production.targets import ONE_DAY, Plans, due_each_day, plans_of
from sites.models import Site, working_days


@dataclass(frozen=True, slots=True)
class MonthToDate:
    """The output of a month up to a date, in tons; for several sites it is the sum.

    Only days that are over count for the target so far and for the projection. The output of the running day
    is part of `made_ton`, and separately `running_ton`: the day's target is due at its end.
    """

    date: dt.date
    # From the first of the month to the date, the running day included.
    made_ton: Decimal
    # The part of it from a day that is not over.
    running_ton: Decimal
    # The output at the month's end at the current pace; None where no working day is over yet.
    projected_ton: Decimal | None
    # The target up to the last day that is over, and the output of the sites with that target.
    target_so_far_ton: Decimal
    made_of_target_so_far_ton: Decimal
    # The target of the whole month, and the projected output of the sites with that target.
    target_ton: Decimal
    projected_of_target_ton: Decimal | None
    # Working days that are over, and those of the whole month, of all the sites.
    days_over: int
    days: int

    @property
    def percent(self) -> Decimal | None:
        """Return the output in percent of the target up to the last day that is over.

        Sites without a target are left out; None where no target was due yet.
        """
        return _percent(self.made_of_target_so_far_ton, of=self.target_so_far_ton)

    @property
    def projected_percent(self) -> Decimal | None:
        """Return the projected output in percent of the month's target, of the sites with a target.

        None without a target or a projection.
        """
        return _percent(self.projected_of_target_ton, of=self.target_ton)


class TargetMonth:
    """The month of a date at some sites, at the date's end, or now while the date is running.

    Each site's projection is `made on days that are over / working days that are over × working days of the
    month`, rounded to the kilogram. A working day without a record counts as a day without output, output on
    a holiday counts without its day, and the running day counts as a future day. The projection is never less
    than the output so far, and equal to it once the month is over, or where the site does not work in it. A
    site without a finished working day has no projection; in a sum of sites its output so far counts.

    Whether a day is over depends on the clock of its site. Three queries, and one more for materials with a
    target of their own, whatever the number of sites, targets and records.
    """

    def __init__(self, sites: Sequence[Site], *, date: dt.date) -> None:
        self.sites = sites
        self.date = date
        self._first, self._last = date.replace(day=1), _end_of_month(date)

    @cached_property
    def whole(self) -> MonthToDate:
        """Return the month to date of all sites together."""
        return _together(self.date, list(self.of_sites.values()))

    @cached_property
    def of_sites(self) -> dict[int, MonthToDate]:
        """Return the month to date of each site, by the site's id."""
        made = output_by_site(self.sites, first=self._first, last=self.date)
        return {site.pk: self._month(site, made.get(site.pk, {})) for site in self.sites}

    @cached_property
    def of_materials(self) -> dict[tuple[int, int], MonthToDate]:
        """Return the month to date of each material with its own target, by the ids of site and material.

        In the order of the materials; without a target this month they are left out.
        """
        marked = [
            (material_id, site)
            for material_id in self._plans.materials
            for site in self.sites
            if material_id in self._plans.of_sites[site.pk]
        ]
        made = output_by_material(
            self.sites, {material_id for material_id, _site in marked}, first=self._first, last=self.date
        )
        months = {
            (site.pk, material_id): self._month(site, made.get((site.pk, material_id), {}), material_id)
            for material_id, site in marked
        }
        return {key: month for key, month in months.items() if month.target_ton}

    @property
    def by_material(self) -> list[tuple[str, MonthToDate]]:
        """Return the name of each material with a target, and its month to date at those sites."""
        found: dict[int, list[MonthToDate]] = {}
        for (_site, material_id), month in self.of_materials.items():
            found.setdefault(material_id, []).append(month)
        names = self._plans.materials
        return [(names[material_id], _together(self.date, months)) for material_id, months in found.items()]

    def _month(
        self, site: Site, made: Mapping[dt.date, Decimal], material_id: int | None = None
    ) -> MonthToDate:
        days, plan = self._days[site.pk], self._plans.of_sites[site.pk]
        due = due_each_day(plan, days, first=self._first, material_id=material_id)
        return _month_of(site, self.date, days=days, targets=due, made=made)

    @cached_property
    def _days(self) -> Mapping[int, Collection[dt.date]]:
        return working_days(self.sites, first=self._first, last=self._last)

    @cached_property
    def _plans(self) -> Plans:
        return plans_of(self.sites, first=self._first, last=self._last)


def _month_of(
    site: Site,
    date: dt.date,
    *,
    days: Collection[dt.date],
    targets: Mapping[dt.date, Decimal],
    made: Mapping[dt.date, Decimal],
) -> MonthToDate:
    """Return the month to date of one site."""
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
    """Return the sum of the projections; a site without one counts with its output so far."""
    if all(month.projected_ton is None for month in months):
        return None
    return _total(month.made_ton if month.projected_ton is None else month.projected_ton for month in months)


def _end_of_month(date: dt.date) -> dt.date:
    # Four days after the 28th it is always the next month.
    return (date.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - ONE_DAY


def _total(tons: Iterable[Decimal]) -> Decimal:
    return sum(tons, NO_TONS)


def _percent(tons: Decimal | None, *, of: Decimal) -> Decimal | None:
    return tons / of * HUNDRED if of and tons is not None else None
