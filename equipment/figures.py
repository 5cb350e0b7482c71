"""How much the machines ran: figures of equipment logs over sites and dates, in machine hours.

A machine hour is an hour of one unit. Each question is one query over the records of its period.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, F, Q, Sum, Value, When, prefetch_related_objects

from core.db.fields import HoursField
from core.db.prepared import PreparedQuery
from core.numbers import HUNDRED
from equipment.models import EquipmentLog, Machine, Status
from records.choices import SHIFT_HOURS, Shift
from records.models import RecordQuerySet
from sites.models import Site
from sites.models.sites import FIRST, LAST, SITES

NO_HOURS = Decimal("0.00")
HOURS = Sum(F("hours") * F("count"))
WHOLE_DAY = Q(shift=Shift.WHOLE_DAY)


@dataclass(frozen=True, kw_only=True)
class Use:
    """Hours run, and hours that could have been run in the shifts and days that were logged."""

    hours: Decimal
    possible_hours: Decimal

    @property
    def utilisation(self) -> Decimal | None:
        """Return the percentage that was run; None where nothing could have been."""
        return self.hours / self.possible_hours * HUNDRED if self.possible_hours else None

    @classmethod
    def of_all(cls, uses: "Iterable[Use]") -> "Use":
        """Return several uses as one."""
        uses = list(uses)
        return Use(
            hours=sum((use.hours for use in uses), NO_HOURS),
            possible_hours=sum((use.possible_hours for use in uses), NO_HOURS),
        )


@dataclass(frozen=True, kw_only=True)
class MachineUse(Use):
    """What one machine ran, and on how many days it was broken down in any shift."""

    machine_id: int
    site: Site
    code: str
    name: str
    breakdown_days: int


@dataclass(frozen=True, kw_only=True)
class MachineDay(Use):
    """What one machine ran on one date, and whether it was broken down in any shift."""

    date: dt.date
    is_breakdown: bool


def _logs(sites: Sequence[Site], first: dt.date, last: dt.date) -> RecordQuerySet[EquipmentLog]:
    return EquipmentLog.objects.filter(site__in=[site.pk for site in sites]).between(first, last).order_by()


def shift_hours(sites: Sequence[Site], first: dt.date, last: dt.date) -> Case:
    """Return, as an expression, the hours of the shift or the day of a log.

    A shift has 8 hours; the whole day has those that the site worked a day on that date.
    """
    prefetch_related_objects([site for site in sites if site.valid_from], "earlier_settings")
    return Case(
        *(
            When(WHOLE_DAY, site=site.pk, date__gte=start, date__lte=end, then=_hours(settings.working_hours))
            for site in sites
            for start, end, settings in site.settings_between(first, last)
        ),
        default=_hours(Decimal(SHIFT_HOURS)),
        output_field=HoursField(),
    )


def possible_hours(sites: Sequence[Site], first: dt.date, last: dt.date) -> Sum:
    """Return, as an expression, the hours that units could have run in what was logged."""
    return Sum(F("count") * shift_hours(sites, first, last))


def _hours(hours: Decimal) -> Value:
    return Value(hours, output_field=HoursField())


def use_by_machine(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[MachineUse]:
    """Return how each machine that was logged in a period was used, in the order of the machines."""
    known = {site.pk: site for site in sites}
    machines = _logs(sites, first, last).values_list(
        "site", "equipment", "equipment__code", "equipment__name", "equipment__position"
    )
    found = machines.annotate(
        run=HOURS,
        possible=possible_hours(sites, first, last),
        breakdown_days=Count("date", filter=Q(status=Status.BREAKDOWN), distinct=True),
    ).order_by("equipment__position", "equipment__code", "site")
    return [
        MachineUse(
            machine_id=machine_id,
            site=known[site_id],
            code=code,
            name=name,
            hours=run,
            possible_hours=possible,
            breakdown_days=breakdown_days,
        )
        for site_id, machine_id, code, name, _position, run, possible, breakdown_days in found
    ]


_hours_by_day = PreparedQuery(
    lambda: (
        EquipmentLog.objects.filter(site__in=SITES, date__gte=FIRST, date__lte=LAST)
        .order_by()
        .values_list("date")
        .annotate(run=HOURS)
    )
)


def machine_hours_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, Decimal]:
    """Return the machine hours of each date of a period, both ends included; a date without is left out."""
    return dict(_hours_by_day.all(sites=[site.pk for site in sites], first=first, last=last))


@dataclass(frozen=True, slots=True)
class MachineDown:
    """A machine whose latest log of a period is a breakdown, and the date of that log."""

    machine_id: int
    name: str
    site: Site
    date: dt.date


def machines_down(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[MachineDown]:
    """Return the machines that were broken down on their latest logged day of a period. One query."""
    known = {site.pk: site for site in sites}
    logs = _logs(sites, first, last).order_by("equipment__position", "equipment__code", "site", "-date")
    down: dict[int, MachineDown] = {}
    latest: dict[int, dt.date] = {}
    for machine_id, name, site_id, date, status in logs.values_list(
        "equipment", "equipment__name", "site", "date", "status"
    ):
        if latest.setdefault(machine_id, date) == date and status == Status.BREAKDOWN:
            down.setdefault(machine_id, MachineDown(machine_id, name, known[site_id], date))
    return list(down.values())


def days_of_machine(machine: Machine, *, first: dt.date, last: dt.date) -> list[MachineDay]:
    """Return what a machine ran on each date of a period on which it was logged, oldest first."""
    logs = EquipmentLog.objects.filter(equipment=machine).between(first, last)
    days = (
        logs.order_by("date")
        .values_list("date")
        .annotate(
            run=HOURS,
            possible=possible_hours([machine.site], first, last),
            breakdowns=Count("id", filter=Q(status=Status.BREAKDOWN)),
        )
    )
    return [
        MachineDay(
            date=date,
            hours=run,
            possible_hours=possible,
            is_breakdown=breakdowns > 0,
        )
        for date, run, possible, breakdowns in days
    ]
