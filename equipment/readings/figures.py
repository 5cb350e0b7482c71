"""What counters counted: proposals for a day's records, belts compared with production, and fuel."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import Max, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from charts.numbers import exact
from core.db.fields import NO_TONS
from core.db.prepared import Parameter, PreparedQuery
from core.numbers import HUNDRED
from equipment.figures import HOURS
from equipment.models import EquipmentLog, Machine
from equipment.readings.forms import SHIFTS
from equipment.readings.models import (
    NO_READING,
    Counter,
    CounterEvent,
    CounterKind,
    CounterReading,
    TelematicsReading,
)
from inventory.ledger.snapshots import By, InventorySnapshot
from records.choices import Shift
from sites.models import Material, Site

SITE, DATE = Parameter("site", models.BigIntegerField()), Parameter("date", models.DateField())
HUNDREDTH, TENTH = Decimal("0.01"), Decimal("0.1")
MOST_HOURS = Decimal(24)


# --- Proposals


@dataclass(frozen=True)
class Proposal:
    """Values for a record of a module that a counter gives; a person saves them, or enters others."""

    slug: str
    # By the names of the form's fields; the first `identity` of them are what no other record of the day has.
    values: Mapping[str, object]
    identity: tuple[str, ...]
    # Where the values are from, in a sentence.
    source: str


def telematics_on(site_id: Combinable | int, date: Combinable | dt.date) -> QuerySet[TelematicsReading]:
    """Return the readings that telematics sent of a site's machines on a date."""
    return TelematicsReading._default_manager.filter(models.Q(("equipment__site_id", site_id)), date=date)


_telematics = PreparedQuery(lambda: telematics_on(SITE, DATE).order_by("equipment"))


def telematics_of(site: Site, date: dt.date) -> list[TelematicsReading]:
    """Return what telematics sent of a site's machines on a date, in their order. One query."""
    return _telematics.all(site=site.pk, date=date)


def proposals(
    readings: Iterable[CounterReading], telematics: Iterable[TelematicsReading] = ()
) -> list[Proposal]:
    """Return what the readings of a site's counters on a day, and its telematics, propose for the day."""
    meters: dict[tuple[int, str], list[tuple[str, Decimal]]] = defaultdict(list)
    found: list[Proposal] = []
    for reading in sorted(readings, key=lambda each: (each.counter.position, each.counter.code)):
        counter, shift, amount = reading.counter, reading.shift, reading.counted
        if counter.kind == CounterKind.HOURS:
            meters[counter.equipment_id, shift].append((counter.name, amount))
        elif counter.material_id and counter.operation_id and amount:
            found.append(
                Proposal(
                    "production",
                    {
                        "shift": shift,
                        "material": counter.material_id,
                        "operation": counter.operation_id,
                        "qty_ton": amount,
                    },
                    ("shift", "material", "operation"),
                    _("Proposed by %(counter)s: %(amount)s t")
                    % {"counter": counter.name, "amount": exact(amount)},
                )
            )
    found += _hours_of(meters)
    metered = {machine_id for machine_id, _shift in meters}
    found += filter(None, (_of_telematics(each) for each in telematics if each.equipment_id not in metered))
    return found


def _hours_of(meters: Mapping[tuple[int, str], Sequence[tuple[str, Decimal]]]) -> Iterator[Proposal]:
    """Yield the hours per unit of each machine and shift: a meter counts one unit."""
    for (machine_id, shift), read in meters.items():
        hours = sum((amount for _name, amount in read), NO_READING) / len(read)
        if hours <= MOST_HOURS:
            yield Proposal(
                "equipment",
                {
                    "equipment": machine_id,
                    "shift": shift,
                    "count": len(read),
                    "hours": hours.quantize(HUNDREDTH, rounding=ROUND_HALF_UP),
                },
                ("equipment", "shift"),
                _("Proposed by %(counters)s") % {"counters": ", ".join(name for name, _amount in read)},
            )


def _of_telematics(reading: TelematicsReading) -> Proposal | None:
    hours, fuel = reading.hours_run, reading.fuel_used
    if hours is None or hours > MOST_HOURS:
        return None
    values: dict[str, object] = {
        "equipment": reading.equipment_id,
        "shift": Shift.WHOLE_DAY.value,
        "hours": hours.quantize(HUNDREDTH, rounding=ROUND_HALF_UP),
    }
    if fuel is not None:
        values["fuel"] = fuel.quantize(TENTH, rounding=ROUND_HALF_UP)
    return Proposal("equipment", values, ("equipment",), _("Proposed by telematics"))


# --- Counters, belts and fuel over a period


@dataclass(frozen=True, kw_only=True)
class CounterUse:
    """What a counter counted in a period; of a belt, what was produced meanwhile."""

    counter: Counter
    amount: Decimal
    last_date: dt.date | None
    # The openings that are not the closing before, although no reset was entered.
    gaps: int
    produced_ton: Decimal | None = None

    @property
    def difference(self) -> Decimal | None:
        """Return by how many tons the belt counted more than was produced."""
        return None if self.produced_ton is None else self.amount - self.produced_ton

    @property
    def difference_percent(self) -> Decimal | None:
        """Return the difference in percent of production; None where nothing was produced."""
        if self.difference is None or not self.produced_ton:
            return None
        return self.difference / self.produced_ton * HUNDRED

    @property
    def is_within_tolerance(self) -> bool:
        percent = self.difference_percent
        return not self.difference if percent is None else abs(percent) <= self.counter.tolerance


def counters_in(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> list[CounterUse]:
    """Return the use of each counter that is active or was read in a period. Four queries."""
    site_ids = [site.pk for site in sites]
    readings = CounterReading.objects.filter(site__in=site_ids).between(first, last).order_by()
    amounts = dict(readings.values_list("counter").annotate(total=Sum("counted")))
    last_dates = dict(
        CounterReading.objects.filter(site__in=site_ids, date__lte=last)
        .order_by()
        .values_list("counter")
        .annotate(last=Max("date"))
    )
    gaps = _gaps(site_ids, first, last)
    counters = Counter.objects.filter(site__in=site_ids).select_related("site", "equipment", "material")
    produced = _produced(sites, first, last)
    return [
        CounterUse(
            counter=counter,
            amount=amounts.get(counter.pk, NO_READING),
            last_date=last_dates.get(counter.pk),
            gaps=gaps.get(counter.pk, 0),
            produced_ton=(
                produced.get((counter.site_id, counter.material_id), NO_TONS)
                if counter.kind == CounterKind.TONS
                else None
            ),
        )
        for counter in counters.order_by("site", "position", "code")
        if counter.is_active or counter.pk in amounts
    ]


def _gaps(site_ids: Sequence[int], first: dt.date, last: dt.date) -> dict[int, int]:
    """Return how many openings of each counter are not the closing before them, without a reset."""
    order = models.Case(
        *(models.When(shift=shift, then=place) for place, shift in enumerate(SHIFTS)), default=len(SHIFTS)
    )
    rows = (
        CounterReading.objects.filter(site__in=site_ids)
        .between(first, last)
        .order_by("counter", "date", order)
        .values_list("counter", "opening", "closing", "event")
    )
    found: dict[int, int] = defaultdict(int)
    before: tuple[int, Decimal] | None = None
    for counter_id, opening, closing, event in rows:
        if (
            before is not None
            and before[0] == counter_id
            and before[1] != opening
            and event != CounterEvent.RESET
        ):
            found[counter_id] += 1
        before = counter_id, closing
    return found


def _produced(sites: Sequence[Site], first: dt.date, last: dt.date) -> dict[tuple[int, int | None], Decimal]:
    """Return the tons produced by site and material, and by site of all final materials under None."""
    final = set(Material.objects.filter(is_final=True).values_list("pk", flat=True))
    produced: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: NO_TONS)
    for row in InventorySnapshot.objects.daily(
        sites=sites, first=first, last=last, by=(By.SITE, By.MATERIAL)
    ):
        produced[row.site_id, row.material_id] += row.produced_ton
        if row.material_id in final:
            produced[row.site_id, None] += row.produced_ton
    return produced


@dataclass(frozen=True, kw_only=True)
class FuelUse:
    """The fuel of a machine, or of all machines together, the hours they ran, and the tons made meanwhile."""

    litres: Decimal
    hours: Decimal
    machine: Machine | None = None
    tons: Decimal | None = None

    @property
    def litres_per_hour(self) -> Decimal | None:
        return self.litres / self.hours if self.hours else None

    @property
    def litres_per_ton(self) -> Decimal | None:
        return self.litres / self.tons if self.tons else None


def fuel_in(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> tuple[list[FuelUse], FuelUse]:
    """Return the fuel of each machine with any, and of all together with the product made.

    The hours are those of the records with fuel, so that a machine fuelled elsewhere for a while is not made
    thrifty. The tons of one machine are those of its belts.
    """
    site_ids = [site.pk for site in sites]
    logs = EquipmentLog.objects.filter(site__in=site_ids, fuel__isnull=False).between(first, last)
    used = {
        machine_id: (litres, hours)
        for machine_id, litres, hours in logs.order_by()
        .values_list("equipment")
        .annotate(litres=Sum("fuel"), run=HOURS)
    }
    belts = dict(
        CounterReading.objects.filter(
            site__in=site_ids, counter__kind=CounterKind.TONS, counter__equipment__in=used
        )
        .between(first, last)
        .order_by()
        .values_list("counter__equipment")
        .annotate(total=Sum("counted"))
    )
    machines = Machine.objects.filter(pk__in=used).select_related("site")
    uses = [
        FuelUse(
            machine=machine,
            litres=used[machine.pk][0],
            hours=used[machine.pk][1],
            tons=belts.get(machine.pk),
        )
        for machine in machines.order_by("site", "position", "code")
    ]
    produced = _produced(sites, first, last)
    together = FuelUse(
        litres=sum((use.litres for use in uses), NO_TONS),
        hours=sum((use.hours for use in uses), NO_TONS),
        tons=sum((tons for (_site, material), tons in produced.items() if material is None), NO_TONS),
    )
    return uses, together
