"""Which machines of the demo ran and who worked, shift by shift."""

import random
from collections.abc import Iterator
from decimal import Decimal

from deskops.demo.places import DemoSite
from deskops.demo.weights import Values
from records.choices import Shift

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
            "notes": note,
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
