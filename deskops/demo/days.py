"""What happens at the demo's three sites: a hundred and twenty days that could be real.

A plan in plain numbers, the same whenever it is made for the same days; `load_demo` writes it.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from deskops.demo.gate import tickets
from deskops.demo.places import DemoSite
from records.choices import Shift
from sites.models import Site

WEIGHBRIDGE_STEP = Decimal("0.02")

type Values = dict[str, object]

DAYS = 120
# Until then a new yard gets into its stride.
RAMP_UP_DAYS = 21
# The days, counted from the first, on which the crusher stood, on which nobody wrote anything
# down, and on which nobody worked.
BREAKDOWNS = frozenset({34, 35, 78, 101})
MISSED = frozenset({52})
HOLIDAY = 66
MONDAY, SUNDAY = 0, 6
WEEKDAY_SHARE = (1.0, 1.05, 1.0, 1.1, 0.95, 0.45, 0.0)
# A Sunday that is today is worked a little: a demo without a single figure would show nothing.
LEAST_SHARE_TODAY = 0.3
WORK_BEGINS, WORK_ENDS = 6, 18
TONS_PER_LOAD = 18
# Every so many days the residue goes to the landfill on a lorry, a road is repaired, material is transferred.
LANDFILL_EVERY, USED_EVERY, SENT_EVERY = 14, 8, 9
LANDFILLED = {
    "material": "RES-CRUSHER",
    "operation": "RES-OUT",
    "party": "HILLSIDE",
    "carrier": "FASTHAUL",
    "waste_code": "19 12 12",
}
SENDER, RECEIVER = "YARD-NORTH", "YARD-EAST"
PAVING, SENT, A_LORRY, TARE = "BASE-CRUSHED", "AGG-3/4", Decimal("22.40"), Decimal("14.08")
# Delivery notes are numbered through the days.
NOTES_A_DAY = 100
FIRST_NOTE = 24_000


def weighed(tons: float) -> Decimal:
    """Return tons as a weighbridge shows them."""
    return Decimal(round(tons / float(WEIGHBRIDGE_STEP))) * WEIGHBRIDGE_STEP


@dataclass
class DayPlan:
    """What is entered for one day of a site, in the order of the day."""

    date: dt.date
    received: list[Values] = field(default_factory=list)
    production: list[Values] = field(default_factory=list)
    dispatch: list[Values] = field(default_factory=list)
    equipment: list[Values] = field(default_factory=list)
    downtime: list[Values] = field(default_factory=list)
    readings: list[Values] = field(default_factory=list)
    manpower: list[Values] = field(default_factory=list)
    inventory: list[Values] = field(default_factory=list)


class SitePlan:
    """Goes through a site's days and keeps its stock in mind, so that nothing is used that is not there."""

    def __init__(self, demo: DemoSite, site: Site, *, now: dt.datetime) -> None:
        self.demo = demo
        self.today = site.operating_date(now)
        self._hour = now.astimezone(site.zone).hour + now.astimezone(site.zone).minute / 60
        if now.astimezone(site.zone).date() > self.today:
            self._hour += 24
        # What the counters show.
        self._shown = {METER: Decimal(8420), BELT: Decimal(316_200)}
        self._stock = {code: Decimal(tons) for code, tons in demo.opening.items()}
        self._tickets = 0
        # What left for the other site, once `days` has gone through them.
        self.sent: list[Values] = []

    @property
    def first(self) -> dt.date:
        return self.today - dt.timedelta(days=DAYS - 1)

    @property
    def in_its_stride(self) -> dt.date:
        return self.first + dt.timedelta(days=RAMP_UP_DAYS)

    @property
    def holiday(self) -> dt.date:
        return self.first + dt.timedelta(days=HOLIDAY)

    def days(self) -> Iterator[DayPlan]:
        """Yield the plans of the days, oldest first; the first holds the opening counts alone."""
        first = self.first
        opening = DayPlan(first - dt.timedelta(days=1))
        for code, tons in self.demo.opening.items():
            note = "Measured when the books were opened"
            opening.inventory.append(
                {"date": opening.date, "material": code, "counted_ton": tons, "notes": note}
            )
        yield opening
        for number in range(DAYS):
            yield self._day(number, first + dt.timedelta(days=number))

    def _day(self, number: int, date: dt.date) -> DayPlan:
        # Seeded by the day's number, so that a day does not depend on the ones before it.
        chance = random.Random(f"{self.demo.code} {number}")  # noqa: S311  # a demo, no secret
        plan = DayPlan(date)
        is_today = date == self.today
        share = WEEKDAY_SHARE[date.weekday()] * min(1.0, 0.35 + 0.65 * number / RAMP_UP_DAYS)
        share *= chance.uniform(0.85, 1.15)
        if is_today:
            share = max(share, LEAST_SHARE_TODAY)
        if not share or (number in {*MISSED, HOLIDAY} and not is_today):
            return plan
        elapsed = self._elapsed() if is_today else 1.0
        self._produce(plan, chance, share, elapsed=elapsed, broke_down=number in BREAKDOWNS)
        self._receive(plan, chance, share, elapsed=elapsed)
        self._move(plan, number)
        self._sell(plan, chance, share * elapsed, note_number=FIRST_NOTE + number * NOTES_A_DAY)
        machines = machine_lines(
            self.demo, chance, number=number, share=share, elapsed=elapsed, broke_down=number in BREAKDOWNS
        )
        plan.equipment += [{"date": date, **line} for line in machines]
        if number >= DAYS - DOWNTIME_DAYS:
            plan.downtime += downtime_lines(self.demo, plan.equipment, elapsed=elapsed)
            plan.readings += self._read(plan, chance)
        crew = crew_lines(self.demo, chance, share=share, elapsed=elapsed)
        plan.manpower += [{"date": date, **line} for line in crew]
        if is_first_working_day(date) and not is_today:
            self._count(plan, chance)
        return plan

    def _read(self, plan: DayPlan, chance: random.Random) -> Iterator[Values]:
        """Yield the readings of a day: the hour meter of the jaw crusher, and the belt under it."""
        hours = next(Decimal(str(line["hours"])) for line in plan.equipment if line["equipment"] == JAW)
        made = sum(
            (Decimal(str(line["qty_ton"])) for line in plan.production if line["operation"] in MAKING),
            Decimal(0),
        )
        belt = (made * Decimal(str(round(chance.uniform(0.985, 1.035), 3)))).quantize(WEIGHBRIDGE_STEP)
        for counter, amount in ((METER, hours), (BELT, belt)):
            opening = self._shown[counter]
            self._shown[counter] += amount
            yield {
                "date": plan.date, "counter": counter, "opening": opening, "closing": opening + amount,
            }  # fmt: skip

    def _elapsed(self) -> float:
        """Return how much of the working day is over, never quite nothing."""
        return min(1.0, max(0.15, (self._hour - WORK_BEGINS) / (WORK_ENDS - WORK_BEGINS)))

    def _move(self, plan: DayPlan, number: int) -> None:
        """Repair the roads of the yard, and send a lorry to the other one, a few times a month."""
        for code, every, rows, operation in (
            (PAVING, USED_EVERY, plan.production, "SITE-USE"),
            (SENT, SENT_EVERY if self.demo.code == SENDER else 0, self.sent, "CRU-PRO"),
        ):
            if not every or number % every != every - 1 or self._stock.get(code, 0) < 2 * A_LORRY:
                continue
            self._stock[code] -= A_LORRY
            rows.append({"date": plan.date, "material": code, "operation": operation, "qty_ton": A_LORRY})

    def _sell(self, plan: DayPlan, chance: random.Random, share: float, *, note_number: int) -> None:
        lines = sales(self.demo, chance, share=share, stock=self._stock, note_number=note_number)
        for line in lines:
            self._stock[str(line["material"])] -= Decimal(str(line["qty_ton"]))
            plan.dispatch.append({"date": plan.date, **line})

    def _receive(self, plan: DayPlan, chance: random.Random, share: float, *, elapsed: float) -> None:
        number_of_loads = max(1, round(self.demo.loads * share * elapsed))
        gate = random.Random(f"{self.demo.code} {plan.date} gate")  # noqa: S311  # a demo, no secret
        for place in range(number_of_loads):
            material = chance.choices(list(self.demo.debris), weights=list(self.demo.debris.values()))[0]
            values: Values = {
                "date": plan.date,
                "material": material,
                "source": chance.choice(self.demo.sources),
                "vehicle_ref": chance.choice(self.demo.plates),
            }
            if chance.random() < 0.12:
                values["loads"] = loads = chance.choice((1, 1, 2, 3))
                tons = Decimal(loads * TONS_PER_LOAD)
                values["notes"] = "Weighbridge busy, counted by the lorry"
                plan.received.append(values)
            else:
                tons = weighed(chance.triangular(7.5, 25.5, 17))
                self._tickets += 1
                hours = WORK_BEGINS + (WORK_ENDS - WORK_BEGINS) * elapsed * (place + 0.5) / number_of_loads
                at = dt.datetime.combine(plan.date, dt.time()) + dt.timedelta(minutes=round(60 * hours))
                plan.received += tickets(values, tons=tons, at=at, number=self._tickets, chance=gate)
            self._stock[material] = self._stock.get(material, Decimal(0)) + tons

    def _produce(
        self, plan: DayPlan, chance: random.Random, share: float, *, elapsed: float, broke_down: bool
    ) -> None:
        shifts = self.demo.shifts
        for number, shift in enumerate(shifts):
            done = min(1.0, elapsed * len(shifts) - number)
            if done <= 0:
                break
            target = self.demo.feed_ton * share * done / len(shifts) * chance.uniform(0.9, 1.1)
            note = ""
            if broke_down and number == 0:
                target *= 0.15
                note = "Jaw blocked by rebar, crusher stood until noon"
            self._run_shift(plan, chance, shift, target=target, note=note)

    def _run_shift(
        self, plan: DayPlan, chance: random.Random, shift: Shift, *, target: float, note: str
    ) -> None:
        fed = self._feed(plan, shift, target) if self.demo.crushes_debris else Decimal(str(round(target, 2)))
        if not fed:
            return
        residue = weighed(float(fed) * chance.uniform(0.03, 0.07))
        # A little is lost as dust and water on the way.
        made = float(fed - residue) * chance.uniform(0.965, 0.99)
        # What is sorted out of the debris never reaches the crusher.
        sorted_out = {
            code: weighed(float(fed) * share * chance.uniform(0.6, 1.2))
            for code, share in self.demo.segregated.items()
        }
        made -= float(sum(sorted_out.values()))
        for code, percent in self.demo.products.items():
            tons = weighed(made * percent / 100)
            plan.production.append(_made(plan, shift, code, "CRU-PRO", tons, note))
            self._stock[code] = self._stock.get(code, Decimal(0)) + max(tons, WEIGHBRIDGE_STEP)
            note = ""
        if self.demo.crushes_debris and (plan.date - self.first).days % LANDFILL_EVERY:
            plan.production.append(_made(plan, shift, "RES-CRUSHER", "CRU-DIS", residue))
        elif self.demo.crushes_debris:
            plan.dispatch.append({"date": plan.date, **LANDFILLED, "qty_ton": max(residue, WEIGHBRIDGE_STEP)})
        for code, tons in sorted_out.items():
            plan.production.append(_made(plan, shift, code, "SEG-OP", tons))
            self._stock[code] = self._stock.get(code, Decimal(0)) + max(tons, WEIGHBRIDGE_STEP)

    def _feed(self, plan: DayPlan, shift: Shift, target: float) -> Decimal:
        """Take debris from stock in the proportion that is there; return how much that was."""
        there = {code: self._stock.get(code, Decimal(0)) for code in self.demo.debris}
        total = sum(there.values(), Decimal(0))
        wanted = min(Decimal(str(round(target, 2))), total * Decimal("0.6"))
        fed = Decimal(0)
        for code, tons in there.items():
            taken = min(tons, weighed(float(wanted * tons / total))) if total else Decimal(0)
            if taken > 0:
                plan.production.append(_made(plan, shift, code, "CRU-OP", taken))
                self._stock[code] = tons - taken
                fed += taken
        return fed

    def _count(self, plan: DayPlan, chance: random.Random) -> None:
        """Measure a heap of debris and one of a product: books and heaps never quite agree."""
        for heaps, note in (
            (self.demo.debris, "Drone survey"),
            (self.demo.products, "Drone survey, wet heap"),
        ):
            code = chance.choice(list(heaps))
            counted = weighed(float(self._stock[code]) * chance.uniform(0.96, 1.01))
            self._stock[code] = counted
            plan.inventory.append(
                {"date": plan.date, "material": code, "counted_ton": counted, "notes": note}
            )


def is_first_working_day(date: dt.date) -> bool:
    """Return whether this is a month's first day that is no Sunday."""
    return date.weekday() != SUNDAY and (date.day == 1 or (date.day == 2 and date.weekday() == MONDAY))


def _made(
    plan: DayPlan, shift: Shift, material: str, operation: str, tons: Decimal, notes: str = ""
) -> Values:
    return {
        "date": plan.date,
        "shift": shift,
        "material": material,
        "operation": operation,
        "qty_ton": max(tons, WEIGHBRIDGE_STEP),
        "notes": notes,
    }


# No heap is sold to the ground, and a customer's lorries fetch so much a day.
MOST_OF_A_HEAP = 0.4
TRIPS = (1, 6)
TONS_A_TRIP = (17.5, 26.0)


def sales(
    demo: DemoSite, chance: random.Random, *, share: float, stock: Mapping[str, Decimal], note_number: int
) -> list[Values]:
    """Return the dispatch of a day: a line for each customer and material, never more than is in stock."""
    left = {code: float(stock.get(code, 0)) * MOST_OF_A_HEAP for code in (*demo.products, *demo.segregated)}
    wanted = demo.sold_ton * share * chance.uniform(0.75, 1.25)
    lines: list[Values] = []
    while wanted > TONS_A_TRIP[0]:
        material = chance.choices(list(left), weights=[max(tons, 0.001) for tons in left.values()])[0]
        trips = chance.randint(*TRIPS)
        tons = min(trips * chance.uniform(*TONS_A_TRIP), left[material], wanted)
        if tons < TONS_A_TRIP[0]:
            break
        trips = max(1, round(tons / TONS_A_TRIP[1] + 0.5))
        left[material] -= tons
        wanted -= tons
        lines.append(
            {
                "material": material,
                "operation": "CRU-PRO",
                "qty_ton": weighed(tons),
                "trips": trips,
                "owner": chance.choice(demo.customers),
                "reference": f"DN-{note_number + len(lines)}",
            }
        )
    return lines


SHIFT_HOURS = 8
QUARTERS = 4
MACHINES = (
    "CRUSHER-01",
    "CRUSHER-02",
    "SCREEN-01",
    "EXCAVATOR-01",
    "EXCAVATOR-02",
    "LOADER-01",
    "DUMPTRUCK-01",
    "DUMPTRUCK-02",
    "GENERATOR-01",
)
JAW, CONE = MACHINES[:2]
METER, BELT = "JAW-HOURS", "JAW-BELT"
# The operations whose tons pass the belt.
MAKING = ("CRU-PRO", "SEG-OP")
LITRES_PER_HOUR = {JAW: 28, "EXCAVATOR-01": 19, "LOADER-01": 16}
# Every so many days a machine is looked after instead of used.
SERVICE_EVERY = 26
IDLE_SHARE = 0.06


def machine_lines(
    demo: DemoSite, chance: random.Random, *, number: int, share: float, elapsed: float, broke_down: bool
) -> Iterator[Values]:
    """Yield a line for each machine of a working day, at work or why not."""
    for place, machine in enumerate(MACHINES):
        hours = min(1.0, share) * demo.working_hours * chance.uniform(0.72, 0.98)
        status, note = "operational", ""
        if broke_down and machine == JAW:
            hours, status, note = hours * 0.2, "breakdown", "Jaw blocked by rebar, liner torn"
        elif broke_down and machine == CONE:
            hours, status, note = 0, "idle", "No feed from the jaw crusher"
        elif (number + 3 * place) % SERVICE_EVERY == 0:
            hours, status, note = hours * 0.25, "maintenance", "Oil, filters and belts"
        elif chance.random() < IDLE_SHARE:
            hours, status = 0, "idle"
        yield {
            "equipment": machine,
            "count": demo.units.get(machine, 1),
            "hours": _quarters(hours * elapsed),
            "status": status,
            "fuel": int(hours * elapsed * LITRES_PER_HOUR[machine]) if machine in LITRES_PER_HOUR else "",
            "notes": note,
        }


# For so many days it is known why the crushers stood.
DOWNTIME_DAYS = 45
# What they wait for on a day without trouble, and its part of the time that they stood.
USUAL_STOPS = (("OPER-FEED", 0.4), ("OPER-CLEAN", 0.25), ("OPER-BREAK", 0.3))
REASONS = {"breakdown": "MECH-JAM", "maintenance": "MAINT-SERVICE", "idle": "WAIT-WORK"}


def downtime_lines(demo: DemoSite, machines: list[Values], *, elapsed: float) -> Iterator[Values]:
    """Yield why the crushers stood on a day; on a usual one a few minutes stay unexplained."""
    for line in machines:
        if line["equipment"] not in (JAW, CONE):
            continue
        stood = demo.working_hours * elapsed - float(str(line["hours"]))
        reason = REASONS.get(str(line["status"]))
        for code, share in USUAL_STOPS if reason is None else ((reason, 1.0),):
            minutes = int(stood * 60 * share)
            if minutes > 0:
                yield {
                    "date": line["date"],
                    "equipment": line["equipment"],
                    "reason": code,
                    "minutes": minutes,
                }


def crew_lines(demo: DemoSite, chance: random.Random, *, share: float, elapsed: float) -> Iterator[Values]:
    """Yield the people of each role in each shift that has begun; a Saturday has half of them."""
    for number, shift in enumerate(demo.shifts):
        if elapsed * len(demo.shifts) <= number:
            return
        for role, people in demo.crew.items():
            there = max(1, round(people * min(1.0, share + 0.1)))
            if there > 2 and chance.random() < 0.2:
                there -= 1
            yield {
                "role": role,
                "shift": shift,
                "headcount": there,
                "hours": _hours_of(shift, demo, is_long=chance.random() < 0.08),
            }


def _hours_of(shift: Shift, demo: DemoSite, *, is_long: bool) -> Decimal:
    usual = Decimal(demo.working_hours if shift == Shift.WHOLE_DAY else SHIFT_HOURS)
    return usual + Decimal("1.5") if is_long else usual


def _quarters(hours: float) -> Decimal:
    """Return hours as an hour meter is read: by the quarter."""
    return Decimal(round(hours * QUARTERS)) / QUARTERS
