"""A busy year at a site, written straight into the database: all that the dashboard can be full of."""

import datetime as dt
from decimal import Decimal
from itertools import product

from django.db import transaction
from django.utils import timezone

from equipment.models import EquipmentLog, Status
from inventory.ledger.snapshots import InventorySnapshot
from manpower.models import ManpowerLog, ManpowerRole
from production.models import Production
from records.choices import Shift, Source
from records.models import DailyRecord, operation_writes
from sites.models import Category, Material, Operation, Site, User
from tests.dashboard.case import ONE_DAY
from tests.factories import make_machine, make_target, make_threshold

DAYS = 365
MACHINES = 9
SHIFTS = (Shift.MORNING, Shift.AFTERNOON, Shift.NIGHT)


def fill_a_year(
    site: Site, *, materials: list[Material], making: Operation, roles: list[ManpowerRole], by: User
) -> None:
    """Let every material move and be made every day, marked and aimed at, and all machines and roles work."""
    today = site.today()
    dates = [today - ago * ONE_DAY for ago in range(DAYS - 1, -1, -1)]
    InventorySnapshot.objects.bulk_create(
        row for number, material in enumerate(materials) for row in _ledger(site, material, number, dates)
    )
    make_target(site, "1234.5", since=dates[0])
    for number, material in enumerate(materials):
        make_threshold(site, material, low_ton=f"{500 + number * 1234}.5")
        if material.is_final:
            make_target(site, f"{100 + number}.5", since=dates[0], material=material)
    machines = [make_machine(site, name=f"Crusher with a long name {number}") for number in range(MACHINES)]
    with transaction.atomic(), operation_writes():
        Production.objects.bulk_create(
            [
                _entered(
                    Production(date=date, material=material, operation=making, qty_ton=_tons(place, number)),
                    site,
                    by,
                )
                for place, date in enumerate(dates)
                for number, material in enumerate(materials[:3])
            ]
        )
        # Machines and people once a week: charts add them up.
        EquipmentLog.objects.bulk_create(
            [
                _entered(
                    EquipmentLog(
                        date=date,
                        equipment=machine,
                        count=1 + number % 3,
                        hours=Decimal(100 + (number * 137 + place * 29) % 700) / 100,
                        status=Status.OPERATIONAL if (number + place) % 9 else Status.BREAKDOWN,
                    ),
                    site,
                    by,
                )
                for (place, date), (number, machine) in product(enumerate(dates[::7]), enumerate(machines))
            ]
        )
        ManpowerLog.objects.bulk_create(
            [
                _entered(
                    ManpowerLog(
                        date=date,
                        role=role,
                        shift=shift,
                        headcount=1 + (number + place) % 9,
                        hours=Decimal(8),
                    ),
                    site,
                    by,
                )
                for (place, date), (number, role), shift in product(
                    enumerate(dates[::7]), enumerate(roles), SHIFTS
                )
            ]
        )


def _entered[R: DailyRecord](record: R, site: Site, by: User) -> R:
    """Fill in who entered a record and when."""
    record.site, record.entry_source, record.change_number = site, Source.IMPORT, 1
    record.created_by = record.updated_by = by
    record.created_at = record.updated_at = timezone.now()
    return record


def make_materials_of_each_category() -> list[Material]:
    """Make materials of long names, three of each category."""
    return [
        Material.objects.create(
            code=f"{category.value.upper()}-{number}",
            name=f"{category.label} of a long name {number}",
            category=category,
            is_final=category not in {Category.RAW_FEED, Category.RESIDUE},
        )
        for category in Category
        for number in range(3)
    ]


def _tons(place: int, number: int) -> Decimal:
    """Return tons that do not repeat."""
    return Decimal(1 + (place * 7919 + number * 104729) % 99991) / 1000


def _ledger(site: Site, material: Material, number: int, dates: list[dt.date]) -> list[InventorySnapshot]:
    rows, closing = [], Decimal(0)
    for place, date in enumerate(dates):
        received = _tons(place, number)
        rows.append(
            InventorySnapshot(
                site=site,
                material=material,
                date=date,
                opening_ton=closing,
                received_ton=received,
                closing_ton=closing + received,
            )
        )
        closing += received
    return rows
