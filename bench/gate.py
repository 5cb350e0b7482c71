"""The gate: its page, a second weighing against a plain record, and several gates at one site at once.

Started by `python -m bench.gate`; the database that DATABASE_URL names gets the demo's three sites.
"""

import argparse
import threading
import time
from decimal import Decimal
from io import StringIO
from itertools import count

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import OperationalError, connection  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.filling import fill_loads  # noqa: E402
from bench.measuring import Report, against  # noqa: E402
from bench.pages import Browser  # noqa: E402
from gate.actions import RELATED, complete_load, open_load  # noqa: E402
from gate.models import OpenLoad  # noqa: E402
from gate.views import ON_SITE  # noqa: E402
from inventory.rebuild import rebuild  # noqa: E402
from parties.models import Party, Weighbridge  # noqa: E402
from received.models import ReceivedMaterial  # noqa: E402
from received.module import RECEIVED  # noqa: E402
from records import operations  # noqa: E402
from records.choices import Source  # noqa: E402
from sites.models import Material, Site, User  # noqa: E402

CLERK = "operator@demo.example"
SITE = "YARD-NORTH"
# So long a gate waits after the database was busy.
BUSY_SECONDS = 0.05
LOADS_A_DAY = 1000
# Rounds of `against` that are not measured.
WARM_UP = 3


def first_weighing(plate: str) -> OpenLoad:
    """Weigh a lorry in."""
    site = Site.objects.get(code=SITE)
    load = OpenLoad(
        site=site,
        module="received",
        first_ton=Decimal("38.46"),
        material=Material.objects.get(code="RAW-CONCRETE"),
        weighbridge=Weighbridge.objects.get(site=site, code="W1"),
        party=Party.objects.get(code="CITYWORKS"),
    )
    return open_load(load=load, plate=plate, by=User.objects.get(email=CLERK), confirmed=True)


def second_weighing(report: Report, *, rounds: int) -> None:
    """Measure the second weighing against `operations.create` of a daily line with the same values."""
    site, by = Site.objects.get(code=SITE), User.objects.get(email=CLERK)
    material, numbers = Material.objects.get(code="RAW-CONCRETE"), count()
    run = time.time_ns() % 1_000_000
    # As the gate's page reads them.
    waiting = [
        OpenLoad.objects.select_related("site", *RELATED).get(pk=first_weighing(f"BE {run} {n}").pk)
        for n in range(rounds + WARM_UP)
    ]

    def plain() -> None:
        values = {"date": site.today(), "material": material.pk, "qty_ton": "24.34", "vehicle_ref": "BE 1"}
        operations.create(
            module=RECEIVED,
            values=values,
            site=site,
            by=by,
            source=Source.PAGE,
            key=f"gate-bench-{time.time_ns()}-{next(numbers)}",
            confirmed=True,
        )

    def weigh_out() -> None:
        complete_load(load=waiting.pop(), second_ton=Decimal("14.12"), by=by, confirmed=True)

    measured = against(weigh_out, plain, rounds=rounds, clock=time.process_time)
    report.at_most(
        "second weighing against a plain record, processor time",
        value=measured.fastest_ratio,
        most=1.3,
        detail=measured.words,
    )


def pages_of_gate(report: Report, *, rounds: int) -> None:
    """Measure the gate's page against an empty page, and the read of the lorries on site."""
    site, browser = Site.objects.get(code=SITE), Browser(User.objects.get(email=CLERK))
    gate, empty = (f"{reverse(name)}?site={SITE}" for name in ("gate:page", "shortcuts"))
    measured = against(
        lambda: browser.get(gate), lambda: browser.get(empty), rounds=rounds, clock=time.process_time
    )
    report.at_most(
        "gate's page against an empty page, processor time",
        value=measured.fastest_ratio,
        most=3,
        detail=measured.words,
    )
    measured = against(lambda: ON_SITE.all(site=site.pk), lambda: Site.objects.get(pk=site.pk), rounds=rounds)
    report.write(f"lorries on site now, against one row by its key: {measured.words}")


def with_history(report: Report, *, loads: int, rounds: int) -> None:
    """Measure the page and the second weighing again at a site with so many loads."""
    site, began = Site.objects.get(code=SITE), time.monotonic()
    fill_loads(site, loads, a_day=LOADS_A_DAY, by=User.objects.get(email=CLERK))
    corrected = len(list(rebuild([site])))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    report.write(
        f"{ReceivedMaterial.objects.filter(site=site).count()} loads at the site, {corrected} rows of its"
        f" ledger, filled in {time.monotonic() - began:.0f} s"
    )
    pages_of_gate(report, rounds=rounds)
    second_weighing(report, rounds=rounds)


def several_gates(report: Report, *, gates: int, seconds: float) -> None:
    """Weigh at several gates of one site at once, and look for gaps and doubles in the numbers."""
    bridge = Weighbridge.objects.get(site__code=SITE, code="W1")
    before = bridge.last_number
    ends = time.monotonic() + seconds
    busy, weighed = [0] * gates, [0] * gates
    by = User.objects.get(email=CLERK)

    def gate(place: int) -> None:
        load = None
        while time.monotonic() < ends or load is not None:
            try:
                if load is None:
                    load = first_weighing(f"G{place} {weighed[place]}")
                complete_load(load=load, second_ton=Decimal("14.12"), by=by, confirmed=True)
                load = None
                weighed[place] += 1
            except OperationalError:
                # The database's lock was taken for too long; a page says so, and the person tries again.
                busy[place] += 1
                time.sleep(BUSY_SECONDS)
        connection.close()

    threads = [threading.Thread(target=gate, args=(place,)) for place in range(gates)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bridge.refresh_from_db()
    tickets = ReceivedMaterial.objects.filter(weighbridge=bridge, ticket_no__gt=f"W1-{before:06d}")
    numbers = sorted(int(number.rpartition("-")[2]) for number in tickets.values_list("ticket_no", flat=True))
    assert numbers == list(range(before + 1, bridge.last_number + 1)), "a gap or a double"
    assert len(numbers) == sum(weighed)
    report.write(
        f"{gates} gates for {seconds:.0f} s: {sum(weighed)} loads, {sum(busy)} times busy, no gap, no double"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--gates", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--loads", type=int, default=0, help="also at a site with so many earlier loads")
    parser.add_argument("--filled", action="store_true", help="the demo is in the database already")
    options = parser.parse_args()
    report = Report("PostgreSQL" if connection.vendor == "postgresql" else "SQLite")
    if not options.filled:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_demo", stdout=StringIO())
    pages_of_gate(report, rounds=options.rounds)
    second_weighing(report, rounds=options.rounds)
    if options.loads:
        with_history(report, loads=options.loads, rounds=options.rounds)
    several_gates(report, gates=options.gates, seconds=options.seconds)


if __name__ == "__main__":
    main()
