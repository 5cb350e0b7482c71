"""Readings of machines fetched from their makers: snapshots of a fleet as ISO 15143-3 (AEMP 2.0) in JSON.

A snapshot has the operating hours, idle hours and fuel of each machine since it was made. Machines are
matched by their serial number. The last snapshot of each operating date is kept, with the one before that
date: the day sheet proposes the differences. A counter that fell is refused: where a control unit was
replaced, an admin deletes the readings of the machine, and it begins again.
"""

import datetime as dt
import json
import time
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, cast
from urllib.parse import urljoin, urlsplit

import structlog
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from charts.numbers import exact
from core.outgoing import OutgoingError, send_request
from equipment.models import Machine
from equipment.readings.models import TelematicsFeed, TelematicsReading
from sites.accounts.encryption import encrypt_again

logger = structlog.get_logger(__name__)

# Makers let an address be read once in a quarter of an hour.
FETCH_EVERY = dt.timedelta(minutes=15)
# A page has up to a hundred machines.
MAX_PAGES = 20
# Other due work waits meanwhile.
MAX_SECONDS = 60
MAX_BYTES = 4_000_000
MAX_READING = Decimal(1_000_000_000)
# A clock of a machine may be ahead.
CLOCK_SKEW = dt.timedelta(hours=1)
EARLIEST_YEAR = 2000
LITRES = frozenset({"l", "litre", "litres", "liter", "liters"})

type Json = Mapping[str, object]


class Snapshot(NamedTuple):
    """What a machine showed at a moment."""

    serial_number: str
    taken_at: dt.datetime
    hours: Decimal | None
    idle_hours: Decimal | None
    fuel: Decimal | None


def fetch_due() -> None:
    """Fetch the feeds that are due; each is fetched by one machine."""
    _encrypt_tokens_again()
    now = timezone.now()
    due = Q(looked_at=None) | Q(looked_at__lt=now - FETCH_EVERY)
    for feed in TelematicsFeed.objects.filter(due, is_active=True).select_related("site"):
        if TelematicsFeed.objects.filter(due, pk=feed.pk).update(looked_at=now):
            fetch(feed)


def _encrypt_tokens_again() -> None:
    """Encrypt the tokens with the first key of the settings, before an earlier one is removed from them."""
    for feed in TelematicsFeed.objects.exclude(encrypted_token=""):
        token = encrypt_again(feed.encrypted_token)
        if token != feed.encrypted_token:
            unchanged = TelematicsFeed.objects.filter(pk=feed.pk, encrypted_token=feed.encrypted_token)
            unchanged.update(encrypted_token=token)


def fetch(feed: TelematicsFeed) -> None:
    """Fetch the snapshots of a feed, keep them, and store with the feed what could not be read."""
    try:
        errors = keep(feed, _snapshots(feed))
    except (OutgoingError, InvalidToken) as failed:
        errors = [getattr(failed, "message", _("The token cannot be decrypted: enter it again."))]
        logger.warning("telematics_failed", feed=feed.pk, error=errors[0])
    TelematicsFeed.objects.filter(pk=feed.pk).update(error="\n".join(errors))


def _snapshots(feed: TelematicsFeed) -> list[Snapshot]:
    """Return the snapshots of all pages. Raises OutgoingError."""
    headers = {"Accept": "application/json"}
    if feed.token:
        headers["Authorization"] = f"Bearer {feed.token}"
    url = feed.url
    found: list[Snapshot] = []
    begun = time.monotonic()
    for _page in range(MAX_PAGES):
        if time.monotonic() - begun > MAX_SECONDS:
            raise OutgoingError(_("The server takes too long for all of its pages."))
        answer = send_request("GET", url, headers=headers, max_bytes=MAX_BYTES)
        if not answer.is_success:
            raise OutgoingError(_("The server answered with status %(status)d.") % {"status": answer.status})
        try:
            page = json.loads(answer.body, parse_float=Decimal, parse_int=Decimal, parse_constant=str)
        except (ValueError, RecursionError) as error:
            raise OutgoingError(_("The answer is not JSON.")) from error
        page = _part(page, "Fleet") or page
        machines = page.get("Equipment") if isinstance(page, dict) else None
        if not isinstance(machines, list):
            raise OutgoingError(_("The answer has no list “Equipment” (ISO 15143-3)."))
        found += filter(None, map(_snapshot, machines))
        try:
            following = urljoin(url, _next_page(cast("Json", page)))
            is_of_server = urlsplit(following)[:2] == urlsplit(feed.url)[:2]
        except ValueError as error:
            raise OutgoingError(_("The answer has a wrong address of the next page.")) from error
        # The token goes to the server that it is for, and to no other.
        if following == url or not is_of_server:
            break
        url = following
    return found


def _next_page(page: Json) -> str:
    links = page.get("Links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and str(link.get("rel", link.get("Rel"))).lower() == "next":
            return str(link.get("href", link.get("Href", "")))
    return ""


def _snapshot(machine: object) -> Snapshot | None:
    """Return the snapshot of a machine; None without a serial number, a moment or any reading."""
    serial_number = str(_part(machine, "EquipmentHeader").get("SerialNumber") or "").strip()
    hours = _part(machine, "CumulativeOperatingHours")
    idle = _part(machine, "CumulativeIdleHours")
    fuel = _part(machine, "FuelUsed")
    is_litres = str(fuel.get("FuelUnits", "litre")).lower() in LITRES
    moments = [moment for part in (hours, idle, fuel) if (moment := _moment(part)) is not None]
    snapshot = Snapshot(
        serial_number,
        max(moments, default=dt.datetime.min.replace(tzinfo=dt.UTC)),
        _reading(hours.get("Hour")),
        _reading(idle.get("Hour")),
        _reading(fuel.get("FuelConsumed")) if is_litres else None,
    )
    return snapshot if serial_number and moments and any(snapshot[2:]) else None


def _part(whole: object, name: str) -> Json:
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _moment(part: Json) -> dt.datetime | None:
    text = part.get("datetime", part.get("Datetime"))
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    # A clock that was never set sends a moment of the first year or of 1970.
    if moment is None or moment.year < EARLIEST_YEAR:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment


def _reading(value: object) -> Decimal | None:
    """Return a reading with three decimals; None where it is none that a counter can show."""
    try:
        number = Decimal(value) if isinstance(value, (Decimal, str)) else Decimal("NaN")
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number < MAX_READING:
        return None
    return number.quantize(Decimal("0.001"))


def keep(feed: TelematicsFeed, snapshots: Iterable[Snapshot]) -> list[str]:
    """Keep the snapshots of the machines of a feed's site; return why others were refused."""
    machines = {
        machine.serial_number.casefold(): machine
        for machine in Machine.objects.filter(site=feed.site, is_active=True).exclude(serial_number="")
    }
    errors = []
    for snapshot in sorted(snapshots, key=lambda each: each.taken_at):
        machine = machines.get(snapshot.serial_number.casefold())
        if machine is None:
            continue
        if snapshot.taken_at > timezone.now() + CLOCK_SKEW:
            errors.append(_("%(machine)s: its time is in the future.") % {"machine": machine})
        elif (error := _keep_one(feed, machine, snapshot)) and error not in errors:
            errors.append(error)
    return errors


@transaction.atomic
def _keep_one(feed: TelematicsFeed, machine: Machine, snapshot: Snapshot) -> str:
    """Keep a snapshot of a machine; return why it is refused, empty where it is kept or known."""
    Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    date = feed.site.operating_date(snapshot.taken_at)
    kept = TelematicsReading.objects.filter(equipment=machine)
    last = kept.order_by("-date").first()
    if last is not None and snapshot.taken_at <= last.taken_at:
        return ""
    for name in ("hours", "idle_hours", "fuel") if last is not None else ():
        before, now = getattr(last, name), getattr(snapshot, name)
        if before is not None and now is not None and now < before:
            label = TelematicsReading._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a column
            return _("%(machine)s: %(counter)s fell from %(before)s to %(now)s, which is refused.") % {
                "machine": machine,
                "counter": label,
                "before": exact(before),
                "now": exact(now),
            }
    reading = last
    if reading is None or reading.date < date:
        reading = TelematicsReading(equipment=machine, date=date)
        if last is not None:
            reading.date_before, reading.hours_before = last.date, last.hours
            reading.idle_hours_before, reading.fuel_before = last.idle_hours, last.fuel
    reading.taken_at = snapshot.taken_at
    # A snapshot without a reading leaves the one that is known.
    for name in ("hours", "idle_hours", "fuel"):
        if getattr(snapshot, name) is not None:
            setattr(reading, name, getattr(snapshot, name))
    reading.save()
    return ""
