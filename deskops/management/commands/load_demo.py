"""Load the demo: three sites, five people, and a hundred and twenty days of work."""

import argparse
import datetime as dt
import secrets
from collections.abc import Iterable
from decimal import Decimal
from functools import cache, cached_property, partial
from io import StringIO
from itertools import batched
from typing import override

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Value
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext as _

from core.db.fields import TonsField
from deskops.demo.closing import close_days
from deskops.demo.days import (
    A_LORRY,
    BELT,
    CONE,
    JAW,
    METER,
    RECEIVER,
    SENDER,
    SENT_EVERY,
    TARE,
    WEIGHBRIDGE_STEP,
    DayPlan,
    SitePlan,
    Values,
)
from deskops.demo.gate import prepare_gate, weigh_lorries_in
from deskops.demo.places import SITES, DemoSite
from equipment.models import Machine
from equipment.readings.models import Counter, CounterKind
from inventory.models import StockThreshold, set_threshold
from inventory.module import STOCK_COUNTS
from production.models import Target
from production.targets import set_target
from records.choices import BatchStatus, Source
from records.forms import RowCleaner
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import PART, create_many
from records.registry import module
from sites.calendar.changes import add_holidays
from sites.models import Holiday, Material, Membership, Role, Site, User
from transfers.actions import receive_transfer, send_transfer

YARDS = ("YARD-NORTH", "YARD-EAST")
QUARRY = ("QUARRY-1",)
# By this the demo's batches are known; they are written once.
FILE_NAME = "demo data"
# The modules of a day's plan, in the order in which past days are written.
WRITTEN = (
    *("received", "production", "dispatch", STOCK_COUNTS.slug),
    *("equipment", "downtime", "readings", "manpower"),
)
ADMIN = "admin@demo.example"
MANAGER = "manager@demo.example"
# Address, name, role, sites. The admin needs no membership.
PEOPLE = (
    ("operator@demo.example", "Omar Haddad", Role.OPERATOR, YARDS),
    (MANAGER, "Maren Voss", Role.MANAGER, YARDS),
    ("viewer@demo.example", "Vikram Rao", Role.VIEWER, YARDS),
    ("outsider@demo.example", "Owen Pierce", Role.OPERATOR, QUARRY),
    (ADMIN, "Ada Klein", None, ()),
)
CLERKS = {code: email for email, _name, role, codes in PEOPLE if role == Role.OPERATOR for code in codes}


class Command(BaseCommand):
    help = "Create the demo's sites, people and records where they are missing; what was entered stays."
    # A hash of the password, where the caller keeps one.
    stealth_options = ("encoded",)

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--password",
            default=settings.DEMO_PASSWORD,
            help="the password of the demo's accounts (default: DEMO_PASSWORD, else one is made up)",
        )

    @override
    def handle(self, *, password: str, encoded: str = "", **_options: object) -> None:
        password = password or secrets.token_urlsafe(12)
        with transaction.atomic():
            sites = {demo.code: make_site(demo) for demo in SITES}
            call_command("load_master_data", site=list(sites), stdout=StringIO())
            key = DemoKey(password, encoded=encoded)
            for email, name, role, codes in PEOPLE:
                make_person(email, name, key, {sites[code]: role for code in codes if role})
            if not Batch.objects.filter(file_name=FILE_NAME, source=Source.COMMAND).exists():
                demos = [SiteDemo(demo, sites[demo.code]) for demo in SITES]
                for demo in demos:
                    demo.write_past()
                for demo in demos:
                    demo.transfer(sites[SENDER], sites[RECEIVER])
                for demo in demos:
                    demo.write_today()
        self._report(password)

    def _report(self, password: str) -> None:
        self.stdout.write(
            _("The demo's accounts, all with the password %(password)s") % {"password": password}
        )
        for email, _name, role, codes in PEOPLE:
            what = _("admin of every site")
            if role:
                what = _("%(role)s of %(sites)s") % {"role": role.label, "sites": ", ".join(codes)}
            self.stdout.write(f"  {email:<24}{what}")


def make_site(demo: DemoSite) -> Site:
    """Return the site, made where it is missing; what an admin changed stays."""
    site, _made = Site.objects.get_or_create(
        code=demo.code,
        defaults={
            "name": demo.name,
            "location": demo.location,
            "timezone": demo.timezone,
            "day_starts_at": demo.day_starts_at,
            "working_hours": demo.working_hours,
        },
    )
    return site


class DemoKey:
    """The one password of the demo's accounts, hashed and compared once at most: that is slow on purpose."""

    def __init__(self, password: str, *, encoded: str = "") -> None:
        self._password = password
        self._known = encoded
        self._opens = cache(partial(check_password, password))

    @cached_property
    def encoded(self) -> str:
        return self._known or make_password(self._password)

    def opens(self, encoded: str) -> bool:
        """Return whether this is a hash of the password."""
        return encoded == self._known or self._opens(encoded)


def make_person(email: str, name: str, key: DemoKey, roles: dict[Site, Role]) -> None:
    """Make the person with their memberships; of one who is here already only the password is set."""
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User(email=email, name=name, is_superuser=email == ADMIN, password=key.encoded)
        person.save()
        for site, role in roles.items():
            Membership.objects.create(user=person, site=site, role=role)
    elif not key.opens(person.password):
        # The password that is printed is the one that opens.
        person.password = key.encoded
        person.save(update_fields=["password"])


class SiteDemo:
    """Writes what happened at a site of the demo."""

    def __init__(self, demo: DemoSite, site: Site) -> None:
        self.demo, self.site = demo, site
        self.clerk = User.objects.get(email=CLERKS[demo.code])
        self.plan = SitePlan(demo, site, now=timezone.now())
        plan_ahead(demo, site, self.plan)
        prepare_gate(demo, site)
        self._days = list(self.plan.days())
        self._writers = {name: Writer(module(name), site, by=self.clerk) for name in WRITTEN}

    def write_past(self) -> None:
        """Write the days that are over."""
        opening, *past, _today = self._days
        # The heaps as they were opened come before what was taken from them.
        self._writers[STOCK_COUNTS.slug].write(opening.inventory)
        for name, writer in self._writers.items():
            writer.write(values for day in past for values in getattr(day, name))

    def transfer(self, site: Site, to: Site) -> None:
        """Send what is transferred from one site to another, where all but the last of it has arrived."""
        on_its_way = self.plan.today - dt.timedelta(days=SENT_EVERY)
        for values in self.plan.sent:
            # Weighed at both ends.
            weights = {"qty_ton": "", "gross_ton": A_LORRY + TARE, "tare_ton": TARE}
            time = "" if values["date"] == self.plan.today else f"{values['date']}T09:20"
            record = send_transfer(
                site=site,
                destination=to,
                values={**values, **weights, "time": time},
                by=self.clerk,
                source=Source.COMMAND,
                confirmed=True,
            ).record
            if record.date <= on_its_way:
                weights["gross_ton"] = A_LORRY + TARE - WEIGHBRIDGE_STEP
                receive_transfer(
                    transfer_id=record.pk,
                    values={**weights, "date": record.date, "time": f"{record.date}T14:50"},
                    by=self.clerk,
                    source=Source.COMMAND,
                    confirmed=True,
                )

    def write_today(self) -> None:
        """Write today in the order of the day, close the days before and weigh lorries in."""
        today = self._days[-1]
        noon = len(today.received) // 2
        self._writers["manpower"].write(today.manpower)
        self._writers["received"].write(today.received[:noon])
        self._write(today, "production", "dispatch")
        self._writers["received"].write(today.received[noon:])
        self._write(today, "equipment", "downtime", "readings")
        for writer in self._writers.values():
            writer.finish()
        close_days(self.site, self.plan, clerk=self.clerk, manager=manager_of(self.demo))
        weigh_lorries_in(self.site, clerk=self.clerk)

    def _write(self, day: DayPlan, *names: str) -> None:
        for name in names:
            self._writers[name].write(getattr(day, name))


def manager_of(demo: DemoSite) -> User:
    """Return who runs a site of the demo; the quarry has no manager of its own."""
    return User.objects.get(email=MANAGER if demo.code in YARDS else ADMIN)


def plan_ahead(demo: DemoSite, site: Site, plan: SitePlan) -> None:
    """Set what its manager sets for a site: holidays, what is to be made, when a heap is low."""
    by = manager_of(demo)
    if not Holiday.objects.at([site]).exists():
        add_holidays(site=site, by=by, first=plan.holiday, last=plan.holiday, name="Company holiday")
    if not Target.objects.filter(site=site).exists():
        # At first less was expected of a new yard.
        for date, share in ((plan.first, Decimal("0.7")), (plan.in_its_stride, Decimal(1))):
            tons = demo.target_ton * share
            set_target(site=site, by=by, material=None, tons_per_day=tons, valid_from=date)
        for code, tons_a_day in demo.own_target_ton.items():
            of_one = Material.objects.get(code=code)
            amount = Decimal(tons_a_day)
            set_target(site=site, by=by, material=of_one, tons_per_day=amount, valid_from=plan.in_its_stride)
    # Tons that downtime lost follow from what a crusher makes.
    for code, tons_per_hour in ((JAW, 90), (CONE, 70)):
        machines = Machine.objects.filter(site=site, code=code, tons_per_hour=None)
        machines.update(tons_per_hour=Value(Decimal(tons_per_hour), output_field=TonsField()))
    jaw = Machine.objects.filter(site=site, code=JAW).first()
    if jaw is not None and not Counter.objects.filter(site=site).exists():
        Counter.objects.create(
            site=site, equipment=jaw, code=METER, name="Jaw crusher, hours", kind=CounterKind.HOURS
        )
        Counter.objects.create(
            site=site, equipment=jaw, code=BELT, name="Jaw crusher, belt", kind=CounterKind.TONS, position=1
        )
    if not StockThreshold.objects.filter(site=site).exists():
        for code, tons_left in demo.low_ton.items():
            material = Material.objects.get(code=code)
            set_threshold(site=site, material=material, low_ton=Decimal(tons_left), by=by)


class Writer[R: DailyRecord]:
    """Writes rows of a module at a site as one batch, as a clerk's import would."""

    def __init__(self, module: RecordModule[R], site: Site, *, by: User) -> None:
        self.module = module
        self.site = site
        self.by = by
        self.batch = Batch.objects.create(
            module=module.slug, source=Source.COMMAND, file_name=FILE_NAME, created_by=by
        )
        self._cleaner = RowCleaner(module.form, site=site)

    def write(self, rows: Iterable[Values]) -> None:
        """Clean the rows and write them, part by part."""
        for part in batched((self._cleaned(row) for row in rows), PART):
            done = create_many(
                module=self.module, records=part, batch=self.batch, by=self.by, source=Source.COMMAND
            )
            self.batch.rows_written += len(done.written)
            self.batch.rows_known += len(done.known)
            self.batch.rows_refused += len(done.refused)

    def finish(self) -> None:
        """Close the batch."""
        self.batch.status = BatchStatus.DONE
        self.batch.finished_at = timezone.now()
        self.batch.save()

    def _cleaned(self, row: Values) -> R:
        self.batch.rows_read += 1
        record = self._cleaner.clean(row)
        if isinstance(record, ErrorDict):
            raise CommandError(
                _("The demo does not fit this portal's master data: %s") % record.get_json_data()
            )
        record.import_key = f"demo {self.site.code} {self.module.slug} {self.batch.rows_read}"
        return record
