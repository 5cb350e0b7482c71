"""Where the time of machines went: every scheduled minute is operating, standby, delay, down or unexplained.

Scheduled and operating time come from the equipment records: the hours of their shifts, and the hours run,
for each unit. Stops come from the downtime records. Where an equipment record says maintenance, breakdown or
idle and its shift has no downtime record, the rest of the shift counts as that status says: planned down,
unplanned down or standby (docs/decisions/0049-downtime-below-the-equipment-record.md).

The terms are those of the Global Mining Guidelines Group (A Standardized Time Classification Framework for
Mobile Equipment in Surface Mining, 2020); mean times between failures and to repair are metrics 3.5.1 and
3.5.2 of the SMRP (Society for Maintenance & Reliability Professionals). All amounts are minutes.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Case, Count, Exists, ExpressionWrapper, F, OuterRef, Q, Sum, Value, When
from django.db.models.expressions import Combinable

from core.db.fields import NO_TONS, HoursField
from core.numbers import HUNDRED
from equipment.downtime.models import Downtime, StopEvent, TimeCategory
from equipment.figures import HOURS, NO_HOURS, possible_hours, shift_hours
from equipment.models import EquipmentLog, Machine, Status
from records.choices import Shift
from records.models import RecordQuerySet
from sites.models import Site

NO_MINUTES = Decimal(0)
MINUTES = Decimal(60)
ONE_DAY = dt.timedelta(days=1)


@dataclass(kw_only=True)
class TimeUse:
    """What became of the scheduled minutes, and how often the machine broke down."""

    scheduled: Decimal = NO_MINUTES
    operating: Decimal = NO_MINUTES
    standby: Decimal = NO_MINUTES
    delay: Decimal = NO_MINUTES
    planned_down: Decimal = NO_MINUTES
    unplanned_down: Decimal = NO_MINUTES
    breakdowns: int = 0
    tons_lost: Decimal = NO_TONS

    @property
    def down(self) -> Decimal:
        return self.planned_down + self.unplanned_down

    @property
    def explained(self) -> Decimal:
        return self.operating + self.standby + self.delay + self.down

    @property
    def unexplained(self) -> Decimal:
        """Return the scheduled minutes that nothing explains; below 0 where there are too many."""
        return self.scheduled - self.explained

    @property
    def available(self) -> Decimal:
        return self.scheduled - self.down

    @property
    def physical_availability(self) -> Decimal | None:
        """Return (scheduled - down) / scheduled in percent (GMG); None where nothing was scheduled."""
        return _percent(self.available, self.scheduled)

    @property
    def use_of_availability(self) -> Decimal | None:
        """Return operating / (scheduled - down) in percent (GMG)."""
        return _percent(self.operating, self.available)

    @property
    def operating_utilisation(self) -> Decimal | None:
        """Return operating / scheduled in percent (GMG)."""
        return _percent(self.operating, self.scheduled)

    @property
    def hours_between_failures(self) -> Decimal | None:
        """Return the operating hours for each breakdown (SMRP 3.5.1); None without a breakdown."""
        return self.operating / MINUTES / self.breakdowns if self.breakdowns else None

    @property
    def hours_to_repair(self) -> Decimal | None:
        """Return the unplanned down hours of each breakdown (SMRP 3.5.2); None without a breakdown."""
        return self.unplanned_down / MINUTES / self.breakdowns if self.breakdowns else None

    def add_stop(self, category: str, minutes: Decimal, *, is_planned: bool, events: int) -> None:
        """Add minutes of a stop; of unplanned down time `events` are breakdowns."""
        if category == TimeCategory.STANDBY:
            self.standby += minutes
        elif category == TimeCategory.DELAY:
            self.delay += minutes
        elif is_planned:
            self.planned_down += minutes
        else:
            self.unplanned_down += minutes
            self.breakdowns += events

    @classmethod
    def of_all(cls, uses: "Iterable[TimeUse]") -> "TimeUse":
        """Return several uses as one."""
        together = cls()
        for use in uses:
            for each in fields(cls):
                setattr(together, each.name, getattr(together, each.name) + getattr(use, each.name))
        return together


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole * HUNDRED if whole > 0 else None


@dataclass(frozen=True, kw_only=True)
class Stops:
    """The stops of one reason, or of a status of equipment records without a reason."""

    name: str
    group: str
    category: TimeCategory
    is_planned: bool
    minutes: Decimal
    events: int
    tons_lost: Decimal
    reason_id: int | None = None
    status: Status | None = None

    @property
    def is_breakdown(self) -> bool:
        return self.category == TimeCategory.DOWN and not self.is_planned


class Rest(NamedTuple):
    """The rest of a shift that a status alone explains."""

    machine_id: int
    date: dt.date
    status: Status
    minutes: Decimal
    # Whether neither a status nor a stop says the same of the day before or of another shift of the day.
    is_new: bool


# What a status means for the rest of its shift.
STATUS_TIME = {
    Status.MAINTENANCE: (TimeCategory.DOWN, True),
    Status.BREAKDOWN: (TimeCategory.DOWN, False),
    Status.IDLE: (TimeCategory.STANDBY, False),
}


def without_record() -> Q:
    """Return the condition for equipment records whose status alone explains their shift."""
    same_shift = Q(shift=Shift.WHOLE_DAY) | Q(shift=OuterRef("shift"))
    of_the_day = Downtime.objects.filter(equipment=OuterRef("equipment"), date=OuterRef("date"))
    return ~(Exists(of_the_day.filter(same_shift)) | (Q(shift=Shift.WHOLE_DAY) & Q(Exists(of_the_day))))


def rest_hours(sites: Sequence[Site], first: dt.date, last: dt.date) -> Combinable:
    """Return, as an expression, the hours of a shift or a day that the units of a log did not run."""
    possible = shift_hours(sites, first, last)
    rest = ExpressionWrapper(possible - F("hours"), output_field=HoursField())
    none = Value(NO_HOURS, output_field=HoursField())
    return F("count") * Case(When(hours__lt=possible, then=rest), default=none, output_field=HoursField())


@dataclass(frozen=True)
class Period:
    """The records of some sites, or of one machine, between two operating dates, both included."""

    sites: Sequence[Site]
    first: dt.date
    last: dt.date
    machine: Machine | None = None

    @property
    def records(self) -> Q:
        """Return the condition for its records."""
        of_sites = Q(site__in=[site.pk for site in self.sites], date__gte=self.first, date__lte=self.last)
        return of_sites if self.machine is None else of_sites & Q(equipment=self.machine)

    @property
    def _logs(self) -> RecordQuerySet[EquipmentLog]:
        return EquipmentLog.objects.filter(self.records).order_by()

    @property
    def _stops(self) -> RecordQuerySet[Downtime]:
        return Downtime.objects.filter(self.records).order_by()

    def by_machine(self) -> dict[int, TimeUse]:
        """Return the use of each machine's time by the machine's id. Four queries."""
        return self._use_by("equipment_id", lambda rest: rest.machine_id)

    def by_date(self) -> dict[dt.date, TimeUse]:
        """Return the use of time on each date with records. Four queries."""
        return self._use_by("date", lambda rest: rest.date)

    def _use_by[K](self, key: str, key_of: Callable[[Rest], K]) -> dict[K, TimeUse]:
        uses: dict[K, TimeUse] = defaultdict(TimeUse)
        logged = self._logs.values_list(key).annotate(
            run=HOURS, possible=possible_hours(self.sites, self.first, self.last)
        )
        for place, run, possible in logged:
            uses[place].operating = run * MINUTES
            uses[place].scheduled = possible * MINUTES
        stops = self._stops.values_list(key, "reason__category", "reason__is_planned").annotate(
            total=Sum("minutes"), events=Count("pk", filter=Q(event=StopEvent.NEW)), lost=Sum("tons_lost")
        )
        for place, category, is_planned, minutes, events, lost in stops:
            uses[place].add_stop(category, Decimal(minutes), is_planned=is_planned, events=events)
            uses[place].tons_lost += lost or NO_TONS
        for rest in self._rests:
            category, is_planned = STATUS_TIME[rest.status]
            uses[key_of(rest)].add_stop(
                category, rest.minutes, is_planned=is_planned, events=int(rest.is_new)
            )
        return dict(uses)

    def stops_by_reason(self) -> list[Stops]:
        """Return the stops of each reason and each status, most minutes first. Three queries."""
        found = self._stops.values_list(
            "reason", "reason__name", "reason__group__name", "reason__category", "reason__is_planned"
        ).annotate(
            total=Sum("minutes"), events=Count("pk", filter=Q(event=StopEvent.NEW)), lost=Sum("tons_lost")
        )
        stops = [
            Stops(
                name=name,
                group=group,
                category=TimeCategory(category),
                is_planned=is_planned,
                minutes=Decimal(minutes),
                events=events,
                tons_lost=lost or NO_TONS,
                reason_id=reason_id,
            )
            for reason_id, name, group, category, is_planned, minutes, events, lost in found
        ]
        rests: dict[Status, list[Rest]] = defaultdict(list)
        for rest in self._rests:
            rests[rest.status].append(rest)
        stops += [
            Stops(
                name=str(status.label),
                group="",
                category=STATUS_TIME[status][0],
                is_planned=STATUS_TIME[status][1],
                minutes=sum((rest.minutes for rest in of_status), NO_MINUTES),
                events=sum(rest.is_new for rest in of_status),
                tons_lost=NO_TONS,
                status=status,
            )
            for status, of_status in rests.items()
        ]
        return sorted(stops, key=lambda each: (-each.minutes, each.name))

    @cached_property
    def _rests(self) -> list[Rest]:
        """Return what a status alone explains: of shifts without a downtime record. Two queries."""
        # The day before the first too: a breakdown that was there already is no new one.
        longer = replace(self, first=self.first - ONE_DAY)
        rows = (
            EquipmentLog.objects.filter(longer.records)
            .exclude(status=Status.OPERATIONAL)
            .filter(without_record())
            .values_list("equipment_id", "date", "status")
            .annotate(rest=rest_hours(self.sites, longer.first, self.last))
            .order_by("date")
        )
        stops = Downtime.objects.filter(longer.records).order_by()
        seen = {
            (machine_id, (category, is_planned and category == TimeCategory.DOWN), date)
            for machine_id, category, is_planned, date in stops.values_list(
                "equipment_id", "reason__category", "reason__is_planned", "date"
            ).distinct()
        }
        rests = []
        for machine_id, date, status, hours in rows:
            if not hours:
                continue
            kind = STATUS_TIME[Status(status)]
            if date >= self.first:
                is_new = not {(machine_id, kind, date), (machine_id, kind, date - ONE_DAY)} & seen
                rests.append(Rest(machine_id, date, Status(status), hours * MINUTES, is_new))
            seen.add((machine_id, kind, date))
        return rests


def machine_day(machine: Machine, site: Site, date: dt.date, *, without: int | None = None) -> TimeUse:
    """Return the use of a machine's day, `without` one downtime record, which is being entered or changed.

    What a status alone explains is left out: the record gives it a reason.
    """
    logs = EquipmentLog.objects.filter(equipment=machine, date=date).order_by()
    run, possible = logs.aggregate(run=HOURS, possible=possible_hours([site], date, date)).values()
    use = TimeUse(operating=(run or NO_MINUTES) * MINUTES, scheduled=(possible or NO_MINUTES) * MINUTES)
    stops = Downtime.objects.filter(equipment=machine, date=date).exclude(pk=without or 0).order_by()
    for category, is_planned, minutes in stops.values_list(
        "reason__category", "reason__is_planned", "minutes"
    ):
        use.add_stop(category, Decimal(minutes), is_planned=is_planned, events=0)
    return use
