"""What happens at the demo's three sites: a hundred and twenty days that could be real.

A plan in plain numbers, the same whenever it is made for the same days; `load_demo` writes it.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from records.choices import Shift
from sites.models import Site

DAYS = 120
# Until then a new yard gets into its stride.
RAMP_UP_DAYS = 21
# The days, counted from the first, on which the crusher stood, and on which nobody wrote anything down.
BREAKDOWNS = frozenset({34, 35, 78, 101})
MISSED = frozenset({52})
WEEKDAY_SHARE = (1.0, 1.05, 1.0, 1.1, 0.95, 0.45, 0.0)
# A Sunday that is today is worked a little: a demo without a single figure would show nothing.
LEAST_SHARE_TODAY = 0.3
WORK_BEGINS, WORK_ENDS = 6, 18
WEIGHBRIDGE_STEP = Decimal("0.02")
TONS_PER_LOAD = 18

type Values = dict[str, object]


@dataclass(frozen=True)
class DemoSite:
    """A site of the demo and what is usual there; tons and loads are of a full weekday."""

    code: str
    name: str
    location: str
    timezone: str
    day_starts_at: dt.time
    shifts: tuple[Shift, ...]
    loads: int
    debris: Mapping[str, int]
    opening: Mapping[str, str]
    # What goes through the crusher; a quarry breaks its own rock, which never was stock.
    feed_ton: int
    crushes_debris: bool
    products: Mapping[str, int]
    segregated: Mapping[str, int]
    sources: tuple[str, ...]
    plates: tuple[str, ...]


SITES = (
    DemoSite(
        code="YARD-NORTH",
        name="North yard",
        location="Hamburg, Germany",
        timezone="Europe/Berlin",
        day_starts_at=dt.time(0),
        shifts=(Shift.MORNING, Shift.AFTERNOON),
        loads=13,
        debris={"RAW-CONCRETE": 60, "RAW-MIXED": 28, "RAW-ASPHALT": 12},
        opening={"RAW-CONCRETE": "820", "RAW-MIXED": "340", "RAW-ASPHALT": "150", "AGG-G1": "410"},
        feed_ton=215,
        crushes_debris=True,
        products={"AGG-G1": 36, "AGG-3/4": 26, "AGG-3/8": 16, "BASE-CRUSHED": 22},
        segregated={"BASE-RECYCLED": 14},
        sources=(
            "Hafen Abbruch GmbH",
            "Nordbau demolition",
            "City roadworks, lot 3",
            "Elbe Contracting",
            "Old mill site, hall B",
            "Walk-in customer",
        ),
        plates=("HH-KT 4821", "HH-NB 117", "HH-EC 905", "PI-MR 3308", "HH-SW 2260", "WL-AB 741", "HH-RR 58"),
    ),
    DemoSite(
        code="YARD-EAST",
        name="East yard",
        location="Dubai, United Arab Emirates",
        timezone="Asia/Dubai",
        day_starts_at=dt.time(0),
        shifts=(Shift.WHOLE_DAY,),
        loads=9,
        debris={"RAW-CONCRETE": 70, "RAW-MIXED": 30},
        opening={"RAW-CONCRETE": "560", "RAW-MIXED": "220", "FINE-WASHED": "95"},
        feed_ton=150,
        crushes_debris=True,
        products={"AGG-3/4": 36, "AGG-APBC": 20, "BASE-CRUSHED": 30, "FINE-WASHED": 14},
        segregated={"AGG-FILLING": 9},
        sources=(
            "Creek Tower demolition",
            "Al Noor Contracting",
            "Gulf Road Works",
            "Jetty 4 renewal",
            "Palm District, block C",
        ),
        plates=("DXB F 48213", "DXB K 7790", "DXB M 16054", "SHJ 3 22817", "DXB R 90412", "AJM B 5563"),
    ),
    DemoSite(
        code="QUARRY-1",
        name="Elm Creek quarry",
        location="Elm Creek, Texas, United States",
        timezone="America/Chicago",
        day_starts_at=dt.time(6),
        shifts=(Shift.MORNING, Shift.NIGHT),
        loads=4,
        debris={"RAW-CONCRETE": 100},
        opening={"RAW-CONCRETE": "90", "AGG-RIPRAP": "260"},
        feed_ton=420,
        crushes_debris=False,
        products={"AGG-4INCH": 38, "AGG-RIPRAP": 18, "AGG-3/4": 30, "FINE-NATURAL": 14},
        segregated={},
        sources=("County bridge repair", "Ranch Road 12", "Hill Country Paving"),
        plates=("TX P48 2913", "TX R77 0142", "TX K30 5568"),
    ),
)


@dataclass
class DayPlan:
    """What is entered for one day of a site, in the order of the day."""

    date: dt.date
    received: list[Values] = field(default_factory=list)
    production: list[Values] = field(default_factory=list)
    counts: list[Values] = field(default_factory=list)


class SitePlan:
    """Goes through a site's days and keeps its stock in mind, so that nothing is used that is not there."""

    def __init__(self, demo: DemoSite, site: Site, *, now: dt.datetime) -> None:
        self.demo = demo
        self.today = site.operating_date(now)
        self._hour = now.astimezone(site.zone).hour + now.astimezone(site.zone).minute / 60
        if now.astimezone(site.zone).date() > self.today:
            self._hour += 24
        self._stock = {code: Decimal(tons) for code, tons in demo.opening.items()}

    def days(self) -> Iterator[DayPlan]:
        """Yield the plans of the days, oldest first; the first holds the opening counts alone."""
        first = self.today - dt.timedelta(days=DAYS - 1)
        opening = DayPlan(first - dt.timedelta(days=1))
        for code, tons in self.demo.opening.items():
            note = "Measured when the books were opened"
            opening.counts.append(
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
        if not share or (number in MISSED and not is_today):
            return plan
        elapsed = self._elapsed() if is_today else 1.0
        self._produce(plan, chance, share, elapsed=elapsed, broke_down=number in BREAKDOWNS)
        self._receive(plan, chance, share, elapsed=elapsed)
        if date.day == 1 and not is_today:
            self._count(plan, chance)
        return plan

    def _elapsed(self) -> float:
        """Return how much of the working day is over, never quite nothing."""
        return min(1.0, max(0.15, (self._hour - WORK_BEGINS) / (WORK_ENDS - WORK_BEGINS)))

    def _receive(self, plan: DayPlan, chance: random.Random, share: float, *, elapsed: float) -> None:
        for _ in range(max(1, round(self.demo.loads * share * elapsed))):
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
            else:
                values["qty_ton"] = tons = _weighed(chance.triangular(7.5, 25.5, 17))
            self._stock[material] = self._stock.get(material, Decimal(0)) + tons
            plan.received.append(values)

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
        residue = _weighed(float(fed) * chance.uniform(0.03, 0.07))
        # A little is lost as dust and water on the way.
        made = float(fed - residue) * chance.uniform(0.965, 0.99)
        for code, percent in self.demo.products.items():
            tons = _weighed(made * percent / 100)
            plan.production.append(_made(plan, shift, code, "CRU-PRO", tons, note))
            note = ""
        if self.demo.crushes_debris:
            plan.production.append(_made(plan, shift, "RES-CRUSHER", "CRU-DIS", residue))
        if shift == self.demo.shifts[0]:
            for code, tons_a_day in self.demo.segregated.items():
                tons = _weighed(tons_a_day * chance.uniform(0.6, 1.2))
                plan.production.append(_made(plan, shift, code, "SEG-OP", tons))

    def _feed(self, plan: DayPlan, shift: Shift, target: float) -> Decimal:
        """Take debris from stock in the proportion that is there; return how much that was."""
        there = {code: self._stock.get(code, Decimal(0)) for code in self.demo.debris}
        total = sum(there.values(), Decimal(0))
        wanted = min(Decimal(str(round(target, 2))), total * Decimal("0.6"))
        fed = Decimal(0)
        for code, tons in there.items():
            taken = min(tons, _weighed(float(wanted * tons / total))) if total else Decimal(0)
            if taken > 0:
                plan.production.append(_made(plan, shift, code, "CRU-OP", taken))
                self._stock[code] = tons - taken
                fed += taken
        return fed

    def _count(self, plan: DayPlan, chance: random.Random) -> None:
        """Measure a heap of debris on the first of a month: books and heaps never quite agree."""
        code = chance.choice(list(self.demo.debris))
        counted = _weighed(float(self._stock[code]) * chance.uniform(0.97, 1.01))
        self._stock[code] = counted
        note = "Drone survey"
        plan.counts.append({"date": plan.date, "material": code, "counted_ton": counted, "notes": note})


def _weighed(tons: float) -> Decimal:
    """Return tons as a weighbridge shows them."""
    return Decimal(round(tons / float(WEIGHBRIDGE_STEP))) * WEIGHBRIDGE_STEP


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
