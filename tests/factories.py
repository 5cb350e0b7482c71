"""Plain makers of what a test needs: say what matters, the rest is sensible."""

import datetime as dt
import itertools
import time
from decimal import Decimal
from typing import NamedTuple

from django.test import Client

from alerts.models import Kind, Rule
from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from equipment.downtime.models import Downtime, DowntimeReason, StopEvent, TimeCategory
from equipment.downtime.module import DOWNTIME
from equipment.models import EquipmentLog, Machine, MachineType, Status
from equipment.module import EQUIPMENT
from equipment.readings.models import Counter, CounterKind
from inventory.models import StockCount, StockThreshold
from inventory.module import STOCK_COUNTS
from manpower.models import ManpowerLog, ManpowerRole
from manpower.module import MANPOWER
from parties.models import Container, Party, Vehicle, Weighbridge
from production.models import Production, Target
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Shift, Source
from records.closing.completeness import DayContents
from records.closing.workflow import mark_nothing, submit_day
from records.models import DailyRecord, SiteDay
from records.module import RecordModule
from sites.models import (
    Category,
    Holiday,
    Material,
    Membership,
    Operation,
    Purpose,
    Role,
    Site,
    StockEffect,
    UnitOfMeasure,
    User,
)

PASSWORD = "crushed concrete at dawn"

# All of one length, so that names are in the order in which they were made, whatever ran before.
_numbers = itertools.count(100_001)


def make_user(
    *,
    email: str | None = None,
    name: str = "",
    password: str | None = PASSWORD,
    is_superuser: bool = False,
    is_active: bool = True,
) -> User:
    """Make a person without any site; `is_superuser` makes an admin."""
    user = User(
        email=email or f"person{next(_numbers)}@example.com",
        name=name,
        is_superuser=is_superuser,
        is_active=is_active,
    )
    user.set_password(password)
    user.save()
    return user


def sign_in(client: Client, person: User) -> None:
    """Sign a person in who has given their password just now."""
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def make_site(
    *,
    code: str | None = None,
    name: str | None = None,
    timezone: str = "UTC",
    day_starts_at: dt.time = dt.time(0),
    refuses_negative_stock: bool = False,
    working_weekdays: str = "123456",
    working_hours: str | Decimal = Decimal(8),
    count_tolerance_percent: str | Decimal = Decimal(5),
    entry_days_back: int | None = None,
    is_active: bool = True,
) -> Site:
    """Make a site; its name follows from its code. Entries of any date before today are taken unasked."""
    code = code or f"SITE-{next(_numbers)}"
    return Site.objects.create(
        code=code,
        name=name or code.replace("-", " ").title(),
        timezone=timezone,
        day_starts_at=day_starts_at,
        refuses_negative_stock=refuses_negative_stock,
        working_weekdays=working_weekdays,
        working_hours=Decimal(working_hours),
        count_tolerance_percent=Decimal(count_tolerance_percent),
        entry_days_back=entry_days_back,
        is_active=is_active,
    )


def make_holiday(site: Site, date: dt.date, name: str = "Holiday") -> Holiday:
    """Make a date on which the site does not work."""
    return Holiday.objects.create(site=site, date=date, name=name)


def make_target(site: Site, tons: str, *, since: dt.date, material: Material | None = None) -> Target:
    """Make a target of the whole site, or of a material, in tons per working day."""
    return Target.objects.create(site=site, material=material, tons_per_day=Decimal(tons), valid_from=since)


def make_member(*sites: Site, role: Role = Role.OPERATOR, user: User | None = None, name: str = "") -> User:
    """Give a person, a new one if none is named, this role on these sites."""
    user = user or make_user(name=name)
    for site in sites:
        Membership.objects.create(user=user, site=site, role=role)
    return user


def make_material(
    *,
    code: str | None = None,
    name: str | None = None,
    category: Category = Category.AGGREGATES,
    uom: UnitOfMeasure = UnitOfMeasure.TON,
    is_final: bool = True,
    tons_per_load: str | Decimal | None = None,
    position: int = 0,
    is_active: bool = True,
    waste_code: str = "",
) -> Material:
    """Make a material, a product that can be sold and is counted in tons unless said otherwise."""
    code = code or f"MAT-{next(_numbers)}"
    return Material.objects.create(
        code=code,
        name=name or code,
        category=category,
        uom=uom,
        is_final=is_final,
        tons_per_load=None if tons_per_load is None else Decimal(tons_per_load),
        position=position,
        is_active=is_active,
        waste_code=waste_code,
    )


def make_operation(
    *,
    code: str | None = None,
    name: str | None = None,
    stock_effect: StockEffect = StockEffect.ADDS,
    purpose: Purpose = Purpose.PRODUCT,
    position: int = 0,
    is_active: bool = True,
    made_by_loads: bool = False,
) -> Operation:
    """Make an operation that adds product to stock unless said otherwise."""
    code = code or f"OP-{next(_numbers)}"
    return Operation.objects.create(
        code=code,
        name=name or code,
        stock_effect=stock_effect,
        purpose=purpose,
        position=position,
        is_active=is_active,
        made_by_loads=made_by_loads,
    )


def make_machine(
    site: Site,
    *,
    code: str | None = None,
    name: str | None = None,
    type: MachineType = MachineType.CRUSHING_SCREENING,  # noqa: A002  # the field's own name
    position: int = 0,
    in_maintenance: bool = False,
    is_active: bool = True,
    tons_per_hour: str | None = None,
    serial_number: str = "",
) -> Machine:
    """Make a machine of a site, a crusher unless said otherwise."""
    code = code or f"MACHINE-{next(_numbers)}"
    return Machine.objects.create(
        tons_per_hour=None if tons_per_hour is None else Decimal(tons_per_hour),
        serial_number=serial_number,
        site=site,
        code=code,
        name=name or code,
        type=type,
        position=position,
        in_maintenance=in_maintenance,
        is_active=is_active,
    )


def make_role(
    *, code: str | None = None, name: str | None = None, position: int = 0, is_active: bool = True
) -> ManpowerRole:
    """Make a role that people are employed as."""
    code = code or f"ROLE-{next(_numbers)}"
    return ManpowerRole.objects.create(code=code, name=name or code, position=position, is_active=is_active)


def make_party(name: str, *, code: str | None = None, **kinds: bool) -> Party:
    """Make a party; `is_carrier=True` and the like give it kinds."""
    return Party.objects.create(code=code or f"PARTY-{next(_numbers)}", name=name, **kinds)


def make_vehicle(
    plate: str,
    *,
    tare: str | None = None,
    until: dt.date | None = None,
    largest_gross: str | None = None,
    carrier: Party | None = None,
) -> Vehicle:
    """Make a vehicle; with a tare in tons, one that was weighed on 1 January 2026."""
    vehicle = Vehicle(
        name=plate,
        tare_ton=None if tare is None else Decimal(tare),
        tared_on=None if tare is None else dt.date(2026, 1, 1),
        tare_valid_until=until,
        largest_gross_ton=None if largest_gross is None else Decimal(largest_gross),
        carrier=carrier,
    )
    vehicle.full_clean()
    vehicle.save()
    return vehicle


def make_container(code: str = "C-1", *, tare: str | None = None) -> Container:
    """Make a container; with a tare in tons, one that was weighed on 1 January 2026."""
    return Container.objects.create(
        code=code,
        name=f"Container {code}",
        tare_ton=None if tare is None else Decimal(tare),
        tared_on=None if tare is None else dt.date(2026, 1, 1),
    )


def make_weighbridge(site: Site, *, code: str = "W1", gives_numbers: bool = True) -> Weighbridge:
    """Make a weighbridge of a site, for which the portal gives the ticket numbers."""
    return Weighbridge.objects.create(
        site=site, code=code, name=f"Bridge {code}", gives_numbers=gives_numbers
    )


def make_threshold(site: Site, material: Material, *, low_ton: str = "50") -> StockThreshold:
    """Set below how many tons a material is low at a site."""
    return StockThreshold.objects.create(site=site, material=material, low_ton=low_ton)


def make_submitted_day(site: Site, date: dt.date, *, by: User) -> SiteDay:
    """Submit a day, with the word that there was nothing of what nobody has entered."""
    for module in DayContents.of(site, date).missing:
        mark_nothing(site=site, date=date, module=module, by=by, reason="Nothing to enter")
    return submit_day(site=site, date=date, by=by)


class People(NamedTuple):
    """The people of the tests, and the two sites that they work on."""

    site: Site
    other_site: Site
    alice: User
    mona: User
    victor: User
    ada: User
    oscar: User


def make_people() -> People:
    """Make YARD-NORTH with operator Alice, manager Mona, viewer Victor; admin Ada; QUARRY-1 with Oscar."""
    site = make_site(code="YARD-NORTH", name="North yard")
    other_site = make_site(code="QUARRY-1", name="Quarry one")
    return People(
        site=site,
        other_site=other_site,
        alice=make_member(site, role=Role.OPERATOR, name="Alice"),
        mona=make_member(site, role=Role.MANAGER, name="Mona"),
        victor=make_member(site, role=Role.VIEWER, name="Victor"),
        ada=make_user(name="Ada", is_superuser=True),
        oscar=make_member(other_site, role=Role.OPERATOR, name="Oscar"),
    )


def _enter[R: DailyRecord](module: RecordModule[R], site: Site, by: User, values: dict[str, object]) -> R:
    """Enter a record as a person does, whatever its warnings."""
    return operations.create(
        module=module, values=values, site=site, by=by, source=Source.PAGE, confirmed=True
    ).record


def make_received(
    site: Site, material: Material, *, by: User, date: dt.date, tons: str, **more: object
) -> ReceivedMaterial:
    """Enter received material; `more` are other fields of the form."""
    return _enter(RECEIVED, site, by, {"date": date, "material": material.pk, "qty_ton": tons, **more})


def make_production(
    site: Site,
    material: Material,
    operation: Operation,
    *,
    by: User,
    date: dt.date,
    tons: str,
    shift: Shift = Shift.WHOLE_DAY,
) -> Production:
    """Enter production: what the operation makes, uses or disposes of."""
    values = {"date": date, "material": material.pk, "operation": operation.pk, "qty_ton": tons}
    return _enter(PRODUCTION, site, by, {**values, "shift": shift})


def make_dispatch(
    site: Site,
    material: Material,
    operation: Operation,
    *,
    by: User,
    date: dt.date,
    tons: str,
    **more: object,
) -> Dispatch:
    """Enter a dispatch; `more` are other fields of the form."""
    values = {"date": date, "material": material.pk, "operation": operation.pk, "qty_ton": tons}
    return _enter(DISPATCH, site, by, {**values, **more})


def make_stock_count(site: Site, material: Material, *, by: User, date: dt.date, tons: str) -> StockCount:
    """Enter a stock count with a reason for its difference."""
    values = {"date": date, "material": material.pk, "counted_ton": tons, "notes": "measured twice"}
    return _enter(STOCK_COUNTS, site, by, values)


def make_equipment_log(
    machine: Machine,
    *,
    by: User,
    date: dt.date,
    hours: str,
    count: int = 1,
    shift: Shift = Shift.WHOLE_DAY,
    status: Status = Status.OPERATIONAL,
    notes: str = "",
    fuel: str = "",
) -> EquipmentLog:
    """Enter the hours of a machine at its site."""
    values = {
        "date": date,
        "shift": shift,
        "equipment": machine.pk,
        "count": count,
        "hours": hours,
        "status": status,
        "fuel": fuel,
        "notes": notes,
    }
    return _enter(EQUIPMENT, machine.site, by, values)


def make_counter(
    site: Site,
    *,
    machine: Machine | None = None,
    code: str | None = None,
    kind: CounterKind = CounterKind.HOURS,
    highest: str | None = None,
    material: Material | None = None,
    operation: Operation | None = None,
) -> Counter:
    """Make a counter of a machine: an hour meter unless said otherwise."""
    code = code or f"COUNTER-{next(_numbers)}"
    return Counter.objects.create(
        site=site,
        equipment=machine or make_machine(site),
        code=code,
        name=code,
        kind=kind,
        highest=None if highest is None else Decimal(highest),
        material=material,
        operation=operation,
    )


def make_downtime_reason(
    *,
    code: str,
    category: TimeCategory = TimeCategory.DOWN,
    is_planned: bool = False,
    group: DowntimeReason | None = None,
) -> DowntimeReason:
    """Make a reason for downtime: a breakdown unless said otherwise, in a group of its own."""
    if group is None:
        group = DowntimeReason.objects.create(code=f"{code}-GROUP", name=f"{code} group", category=category)
    return DowntimeReason.objects.create(
        code=code, name=code, group=group, category=category, is_planned=is_planned
    )


def make_downtime(
    machine: Machine,
    reason: DowntimeReason,
    *,
    by: User,
    date: dt.date,
    minutes: int,
    shift: Shift = Shift.WHOLE_DAY,
    event: StopEvent = StopEvent.NEW,
) -> Downtime:
    """Enter the minutes that a machine stood."""
    values = {
        "date": date,
        "shift": shift,
        "equipment": machine.pk,
        "reason": reason.pk,
        "minutes": minutes,
        "event": event,
    }
    return _enter(DOWNTIME, machine.site, by, values)


def make_manpower_log(
    site: Site,
    role: ManpowerRole,
    *,
    by: User,
    date: dt.date,
    headcount: int,
    hours: str = "8",
    shift: Shift = Shift.WHOLE_DAY,
) -> ManpowerLog:
    """Enter the people of a role at work."""
    values = {"date": date, "shift": shift, "role": role.pk, "headcount": headcount, "hours": hours}
    return _enter(MANPOWER, site, by, values)


def make_rule(site: Site, kind: Kind, material: Material | None = None, **settings: object) -> Rule:
    """Set an alert rule of a site; records from before are not compared by it."""
    rule = Rule(site=site, kind=kind, material=material, checked_change=site.change_number)
    for name, value in settings.items():
        setattr(rule, name, value)
    rule.full_clean()
    rule.save()
    return rule
