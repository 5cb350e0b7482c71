"""Fills a database with records over sites and years, set by set, and a ledger that says what they say."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from equipment.models import EquipmentLog, Machine
from inventory.rebuild import verify
from manpower.models import ManpowerLog, ManpowerRole
from parties.models import Party, Vehicle, Weighbridge
from production.models import Production
from received.models import ReceivedMaterial
from sites.models import Material, Membership, Operation, Role, Site, User

SQL = Path(__file__).resolve().parent / "sql"
LAST_DAY = dt.date(2026, 11, 20)
DAYS_A_PART = 30

# What a busy site enters on a day; the same at every size, since it is years and sites that grow.
RECEIVED_A_DAY = 136
PRODUCED_A_DAY = 92
MACHINES, ROLES = 9, 4
LOGGED_A_DAY = MACHINES * 2
WORKED_A_DAY = ROLES * 3
A_DAY = RECEIVED_A_DAY + PRODUCED_A_DAY + LOGGED_A_DAY + WORKED_A_DAY
MOST_SITES = 20
# However few the records, they cover the year that charts show.
LEAST_DAYS = 366


@dataclass(frozen=True)
class Filled:
    """What there is to measure on."""

    sites: list[Site]
    days: int
    records: int
    admin: User
    clerk: User

    @property
    def site(self) -> Site:
        return self.sites[len(self.sites) // 2]


def fill(records: int) -> Filled:
    """Replace what was filled before by about so many records, at up to 20 sites over as many days."""
    sites = min(MOST_SITES, max(1, records // (A_DAY * LEAST_DAYS)))
    days = max(1, round(records / (A_DAY * sites)))
    _empty()
    admin, clerk, filled_sites = _people_and_sites(sites, days)
    _trust_references()
    _words(days)
    at = dt.datetime.combine(LAST_DAY, dt.time(12), tzinfo=dt.UTC)
    values = {
        "a_day": A_DAY,
        "received": RECEIVED_A_DAY,
        "produced": PRODUCED_A_DAY,
        "materials": Material.objects.count(),
        "machines": MACHINES,
        "logged": LOGGED_A_DAY,
        "before_equipment": RECEIVED_A_DAY + PRODUCED_A_DAY,
        "roles": ROLES,
        "worked": WORKED_A_DAY,
        "before_manpower": RECEIVED_A_DAY + PRODUCED_A_DAY + LOGGED_A_DAY,
        "user": clerk.pk,
        "at": at,
    }
    for first in range(0, days, DAYS_A_PART):
        part = values | {"first": first, "last": min(first + DAYS_A_PART, days) - 1}
        _run("fill_received", part)
        _run("fill_production", part)
        _run("fill_equipment", part)
        _run("fill_manpower", part)
    _run("fill_ledger", {})
    return Filled(filled_sites, days, A_DAY * sites * days, admin, clerk)


def fill_loads(site: Site, loads: int, *, a_day: int, by: User) -> None:
    """Add weighed loads to a site of the demo, the last of yesterday. The ledger is not written."""
    yesterday = site.today() - dt.timedelta(days=1)
    days = -(-loads // a_day)
    _number("bench_load_day", "date DATE", [yesterday - dt.timedelta(days=n) for n in reversed(range(days))])
    _number("bench_load_number", "k INTEGER", list(range(a_day)))
    values: dict[str, object] = {
        "a_day": a_day,
        "site": site.pk,
        "user": by.pk,
        "at": dt.datetime.combine(yesterday, dt.time(12), tzinfo=dt.UTC),
        "material": Material.objects.get(code="RAW-CONCRETE").pk,
        "bridge": Weighbridge.objects.get(site=site, code="W0").pk,
        "vehicle": Vehicle.objects.earliest("pk").pk,
        "party": Party.objects.get(code="CITYWORKS").pk,
    }
    for first in range(0, days, DAYS_A_PART):
        _run("fill_loads", values | {"first": first, "last": min(first + DAYS_A_PART, days) - 1})


def _trust_references() -> None:
    """Spare PostgreSQL asking for each of millions of rows whether the few it points to are there."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")


@cache
def statement(name: str) -> str:
    """Return the SQL of a file in bench/sql, without its comments."""
    lines = (SQL / f"{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def _run(name: str, values: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement(name), values or None)  # type: ignore[arg-type]  # named values


def _empty() -> None:
    for model in (Production, ReceivedMaterial, EquipmentLog, ManpowerLog):
        _clear(model.history.model._meta.db_table)
        _clear(model._meta.db_table)
    _clear("inventory_inventorysnapshot")


def _clear(table: str) -> None:
    way = "TRUNCATE TABLE" if connection.vendor == "postgresql" else "DELETE FROM"
    with connection.cursor() as cursor:
        cursor.execute(f"{way} {connection.ops.quote_name(table)}")


def _people_and_sites(sites: int, days: int) -> tuple[User, User, list[Site]]:
    call_command("load_master_data", stdout=StringIO())
    admin = User.objects.filter(email="admin@bench.example").first() or User.objects.create_superuser(
        "admin@bench.example", "only here"
    )
    clerk = User.objects.filter(email="clerk@bench.example").first() or User.objects.create_user(
        "clerk@bench.example", "only here"
    )
    made = [
        Site.objects.get_or_create(code=f"BENCH-{n:02}", defaults={"name": f"Yard {n}"})[0]
        for n in range(sites)
    ]
    for site in made:
        Membership.objects.get_or_create(user=clerk, site=site, defaults={"role": Role.OPERATOR})
    call_command("load_master_data", site=[site.code for site in made], stdout=StringIO())
    Site.objects.update(change_number=A_DAY * days)
    return admin, clerk, made


def _words(days: int) -> None:
    """Number the days, sites, materials, machines, ..., for the statements to join."""
    first_day = LAST_DAY - dt.timedelta(days=days - 1)
    _number("bench_day", "date DATE", [first_day + dt.timedelta(days=n) for n in range(days)])
    _number("bench_site", "site_id BIGINT", list(Site.objects.order_by("code").values_list("pk", flat=True)))
    _number("bench_material", "material_id BIGINT", list(Material.objects.values_list("pk", flat=True)))
    _number("bench_operation", "operation_id BIGINT", list(Operation.objects.values_list("pk", flat=True)))
    machines = Machine.objects.order_by("site__code", "code").values_list("pk", flat=True)
    _number("bench_machine", "machine_id BIGINT", list(machines))
    _number("bench_role", "role_id BIGINT", list(ManpowerRole.objects.values_list("pk", flat=True)))
    _number("bench_shift", "name VARCHAR(10)", ["", "morning", "afternoon", "night"])
    _number("bench_number", "twice INTEGER", list(range(max(RECEIVED_A_DAY, PRODUCED_A_DAY))))


def _number[V: (int, str, dt.date)](table: str, column: str, values: list[V]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {column})")
        cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s)", list(enumerate(values)))  # noqa: S608
        cursor.execute(f"ANALYZE {table}")


def settle(filled: Filled) -> None:
    """Let the database learn what it holds; fail where the ledger of a site is not what its records say."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    for difference in verify([filled.site]):
        raise AssertionError(f"The filled ledger is wrong: {difference}")
