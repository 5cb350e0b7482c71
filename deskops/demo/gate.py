"""The gate of a demo site: its weighbridges, who comes there, its tickets, and the lorries on site now."""

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal

from django.utils import timezone

from deskops.demo.places import DemoSite
from gate.actions import open_load
from gate.models import OpenLoad
from inventory.models import LoadState, TareSource
from parties.models import Party, Vehicle, Weighbridge, plate_code
from sites.models import Category, Material, Site, User

# Code, name and the column of the kind.
PARTIES = (
    ("CITYWORKS", "City works department", "is_supplier"),
    ("RIVERSIDE", "Riverside demolition", "is_supplier"),
    ("MILLROAD", "Mill Road contractors", "is_customer"),
    ("FASTHAUL", "Fast Haulage", "is_carrier"),
    ("HOSPITAL", "Old hospital, north wing", "is_project"),
    ("HILLSIDE", "Hillside landfill", "is_disposal"),
)
# Plate, tare and largest gross in tons.
LORRIES = (("B-DO 17", "14.120", "40"), ("KA-52-17", "13.860", "40"), ("HH-TR 901", "15.040", "41.5"))
# For how many minutes each is on site, and its first weighing in tons.
ON_SITE = ((12, "38.460"), (35, "36.920"), (81, "39.180"))
TARE_DAYS = 180


# The weighbridge of before, whose numbers another system gave.
OLD_BRIDGE = "W0"
# Of so many loads one was weighed by its stored tare, one with a typed tare, and one ticket was cancelled.
STORED_EVERY, TYPED_EVERY, CANCELLED_EVERY = 4, 15, 40
TARES = (12_600, 15_400)
MINUTES_ON_SITE = (9, 34)


def tickets(
    values: Mapping[str, object], *, tons: Decimal, at: dt.datetime, number: int, chance: random.Random
) -> list[dict[str, object]]:
    """Return a received load with its ticket and weighing, and now and then a cancelled ticket before it."""
    tare = Decimal(chance.randint(*TARES) // 20 * 20) / 1000
    source = TareSource.WEIGHED
    if number % STORED_EVERY == 0:
        source = TareSource.STORED
    elif number % TYPED_EVERY == 0:
        source = TareSource.MANUAL
    arrived = at - dt.timedelta(minutes=chance.randint(*MINUTES_ON_SITE))
    load = {
        **{name: value for name, value in values.items() if name != "qty_ton"},
        "time_in": "" if source == TareSource.STORED else arrived.isoformat(),
        "time": at.isoformat(),
        "weighbridge": OLD_BRIDGE,
        "ticket_no": f"{2 * number:07d}",
        "vehicle": plate_code(str(values["vehicle_ref"])),
        "party": chance.choice(("CITYWORKS", "RIVERSIDE")),
        "carrier": "FASTHAUL",
        "project": "HOSPITAL" if chance.random() < 0.3 else "",
        "gross_ton": tons + tare,
        "tare_ton": tare,
        "tare_source": source.value,
    }
    if number % CANCELLED_EVERY:
        return [load]
    cancelled = {
        **load,
        "ticket_no": f"{2 * number - 1:07d}",
        "load_state": LoadState.CANCELLED.value,
        "load_reason": "Wrong material chosen, weighed again",
    }
    return [cancelled, load]


def prepare_gate(demo: DemoSite, site: Site) -> None:
    """Make the master data of a gate where it is missing."""
    parties = {}
    for position, (code, name, kind) in enumerate(PARTIES, start=1):
        defaults = {"name": name, "position": position, kind: True}
        parties[code], _made = Party.objects.get_or_create(code=code, defaults=defaults)
    today = site.today()
    for plate, tare_ton, largest_ton in LORRIES:
        Vehicle.objects.get_or_create(
            code=plate_code(plate),
            defaults={
                "name": plate,
                "carrier": parties["FASTHAUL"],
                "tare_ton": Decimal(tare_ton),
                "tared_on": today,
                "tare_valid_until": today + dt.timedelta(days=TARE_DAYS),
                "largest_gross_ton": Decimal(largest_ton),
            },
        )
    for plate in demo.plates:
        Vehicle.objects.get_or_create(code=plate_code(plate), defaults={"name": plate})
    Weighbridge.objects.get_or_create(site=site, code="W1", defaults={"name": "Weighbridge 1"})
    Weighbridge.objects.get_or_create(
        site=site,
        code=OLD_BRIDGE,
        defaults={"name": "Old weighbridge", "gives_numbers": False, "position": 2},
    )


def weigh_lorries_in(site: Site, *, clerk: User) -> None:
    """Weigh the lorries in that are on site now."""
    parties = Party.objects.in_bulk([code for code, *_rest in PARTIES], field_name="code")
    bridge = Weighbridge.objects.get(site=site, code="W1")
    material = Material.objects.active().filter(category=Category.RAW_FEED).order_by("position").first()
    if material is None:
        return
    for (plate, *_weights), (minutes, first_ton) in zip(LORRIES, ON_SITE, strict=True):
        load = OpenLoad(
            site=site,
            module="received",
            first_ton=Decimal(first_ton),
            material=material,
            weighbridge=bridge,
            party=parties["RIVERSIDE"],
            project=parties["HOSPITAL"],
            time_in=timezone.now() - dt.timedelta(minutes=minutes),
        )
        open_load(load=load, plate=plate, by=clerk)
