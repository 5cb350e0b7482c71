"""The gate of a demo site: its weighbridge, who comes there, and the lorries that are on site now."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from gate.actions import open_load
from gate.models import OpenLoad
from parties.models import Party, Vehicle, Weighbridge, plate_code
from sites.models import Category, Material, Site, User

# Code, name and the column of the kind.
PARTIES = (
    ("CITYWORKS", "City works department", "is_supplier"),
    ("RIVERSIDE", "Riverside demolition", "is_supplier"),
    ("MILLROAD", "Mill Road contractors", "is_customer"),
    ("FASTHAUL", "Fast Haulage", "is_carrier"),
    ("HOSPITAL", "Old hospital, north wing", "is_project"),
)
# Plate, tare and largest gross in tons.
LORRIES = (("B-DO 17", "14.120", "40"), ("KA-52-17", "13.860", "40"), ("HH-TR 901", "15.040", "41.5"))
# For how many minutes each is on site, and its first weighing in tons.
ON_SITE = ((12, "38.460"), (35, "36.920"), (81, "39.180"))
TARE_DAYS = 180


def fill_gate(site: Site, *, clerk: User) -> None:
    """Make the master data of a gate where it is missing, and weigh lorries in."""
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
    bridge, _made = Weighbridge.objects.get_or_create(
        site=site, code="W1", defaults={"name": "Weighbridge 1"}
    )
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
