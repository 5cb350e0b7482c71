"""What the rules find now, and the alerts that begin and end with it: `evaluate` is due work, each minute.

The cost grows with the rules, never with the history. Several workers may evaluate at once: what would begin
or end is found without a lock first, and found again under the lock of its rule before anything is written.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.formats import time_format

from alerts.emails import queue_for_alerts
from alerts.models import OF_STOCK, Alert, Kind, Notice, Rule, WebhookEvent
from alerts.webhooks import announce
from core.db.fields import NO_TONS
from core.numbers import change_percent
from dashboard.today import entry_moment, is_slipping
from equipment.downtime.models import Downtime, StopEvent, TimeCategory
from equipment.models import EquipmentLog, Status
from inventory.models import InventorySnapshot, StockCount, StockMovement
from inventory.module import STOCK_COUNTS
from inventory.warnings import OutlierChecker
from production.months import TargetMonth
from records.choices import SHIFT_HOURS, Shift
from records.closing.completeness import entered_modules
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from records.warnings import WarningRule
from sites.models import Site, User, working_days

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)

ONE_DAY = dt.timedelta(days=1)
# A count or a record alerts on the operating dates of so many days, and a breakdown is followed for so many.
RECORD_DAYS = 7
LOG_DAYS = 15
# So many changed records are compared with the usual at once; those after them a minute later.
MOST_COMPARED = 500
KEEP_ALERTS = dt.timedelta(days=365)
# Logs of one day in the order of its shifts.
SHIFTS = (Shift.WHOLE_DAY, Shift.MORNING, Shift.AFTERNOON, Shift.NIGHT)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that a rule finds now: which thing it is about, and what its sentence is made of."""

    subject: str
    facts: Mapping[str, str]


# What each of the rules of one kind finds now, by the rule's id; without an entry it finds nothing.
type Found = Mapping[int, Sequence[Occurrence]]


def evaluate() -> None:
    """Begin and end alerts as the rules find now, and delete those that ended long ago."""
    active = Rule.objects.filter(site__is_active=True).select_related("site", "material")
    rules = list(active.prefetch_related("site__earlier_settings").order_by("pk"))
    is_open: dict[int | None, set[str]] = defaultdict(set)
    for of_rule, subject in Alert.objects.open().values_list("rule", "subject"):
        is_open[of_rule].add(subject)
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_kind[rule.kind].append(rule)
    for kind, of_kind in by_kind.items():
        # Records are compared once only, under the lock.
        settled = [rule for rule in of_kind if not _has_unchecked_records(rule)]
        found = FINDERS[Kind(kind)](settled) if settled else {}
        for rule in of_kind:
            subjects = {occurrence.subject for occurrence in found.get(rule.pk, ())}
            if rule not in settled or subjects != is_open[rule.pk]:
                settle(rule.pk)
    for of_none in is_open.keys() - {rule.pk for rule in rules}:
        end_alerts(Q(rule=of_none))
    old = Alert.objects.filter(ended_at__lt=timezone.now() - KEEP_ALERTS).order_by()
    if old.exists():
        old.delete()


@transaction.atomic
def settle(rule_id: int) -> None:
    """Begin and end the alerts of one rule as it finds now, under its lock."""
    locked = Rule.objects.select_for_update(of=("self",), no_key=True).select_related("site", "material")
    rule = locked.filter(pk=rule_id).first()
    if rule is None:
        return
    found = FINDERS[Kind(rule.kind)]([rule]).get(rule.pk, ())
    alerts = Alert.objects.open().filter(rule=rule)
    known = set(alerts.values_list("subject", flat=True))
    end_alerts(Q(rule=rule) & ~Q(subject__in={occurrence.subject for occurrence in found}))
    _begin(rule, [occurrence for occurrence in found if occurrence.subject not in known])
    if _has_unchecked_records(rule):
        Rule.objects.filter(pk=rule.pk).update(checked_change=_checked_until(rule))


def _begin(rule: Rule, occurrences: Sequence[Occurrence]) -> None:
    """Begin an alert for each occurrence, with a notice for everybody who sees the site."""
    if not occurrences:
        return
    now = timezone.now()
    alerts = Alert.objects.bulk_create(
        Alert(
            site=rule.site,
            rule=rule,
            kind=rule.kind,
            subject=occurrence.subject,
            facts=dict(occurrence.facts),
            began_at=now,
        )
        for occurrence in occurrences
    )
    sees = Q(is_superuser=True) | Q(memberships__site=rule.site)
    people = list(User.objects.filter(sees, is_active=True).order_by("pk").distinct())
    # In the order of their ids, and before the notices: see `mark_read`.
    ids = [person.pk for person in people]
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    Notice.objects.bulk_create(
        [Notice(alert=alert, person=person) for alert in alerts for person in people], batch_size=500
    )
    User.objects.filter(pk__in=ids, has_unread_alerts=False).update(has_unread_alerts=True)
    announce(alerts, WebhookEvent.BEGAN)
    queue_for_alerts(alerts)
    logger.info("alerts_began", kind=rule.kind, site=rule.site_id, count=len(alerts))


@transaction.atomic
def end_alerts(which: Q) -> None:
    """End the open alerts that `which` names."""
    locked = Alert.objects.open().filter(which).select_for_update(of=("self",), no_key=True)
    alerts = list(locked.select_related("site").order_by("site", "pk"))
    now = timezone.now()
    # Never before it began, even where the clock was set back.
    ends = Greatest(F("began_at"), Value(now))
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(ended_at=ends)
    for alert in alerts:
        alert.ended_at = max(now, alert.began_at)
        announce([alert], WebhookEvent.ENDED)


# --- What the rules of each kind find now


def _levels(rules: Sequence[Rule]) -> Found:
    """Compare the stock of materials with the levels. One query."""
    closing = InventorySnapshot.objects.of(OuterRef("site"), OuterRef("material")).order_by("-date")
    closings = Rule.objects.filter(pk__in=[rule.pk for rule in rules]).order_by()
    stock = dict(closings.values_list("pk").annotate(closing=Subquery(closing.values("closing_ton")[:1])))
    found = {}
    for rule in rules:
        material, level = rule.material, rule.level_ton
        assert material is not None
        assert level is not None
        in_stock = stock.get(rule.pk) or NO_TONS
        if in_stock < level if rule.kind == Kind.STOCK_BELOW else in_stock > level:
            facts = {
                "material": material.name,
                "material_id": str(material.pk),
                "tons": str(in_stock),
                "level": str(level),
            }
            found[rule.pk] = [Occurrence(str(material.pk), facts)]
    return found


def _nothing_entered(rules: Sequence[Rule]) -> Found:
    """Find the sites where nothing of a working day was entered in time. Three queries."""
    now = timezone.now()
    sites = [rule.site for rule in rules]
    today = {site.pk: site.operating_date(now) for site in sites}
    first, last = min(today.values()), max(today.values())
    worked = working_days(sites, first=first, last=last)
    entered = entered_modules(sites, first=first, last=last)
    found = {}
    for rule in rules:
        date, time = today[rule.site_id], rule.time
        assert time is not None
        is_late = entry_moment(rule.site, date, time) <= now
        if is_late and date in worked[rule.site_id] and (rule.site_id, date) not in entered:
            facts = {"date": date.isoformat(), "time": time_format(time, "H:i")}
            found[rule.pk] = [Occurrence(date.isoformat(), facts)]
    return found


def _targets(rules: Sequence[Rule]) -> Found:
    """Find the sites whose month would end below a part of its target. Four queries for each date."""
    found = {}
    for date, of_date in _by_today(rules).items():
        months = TargetMonth([rule.site for rule in of_date], date=date).of_sites
        for rule in of_date:
            month = months[rule.site_id]
            if rule.percent is not None and is_slipping(month, enough=rule.percent):
                facts = {"date": date.isoformat(), "percent": str(month.projected_percent)}
                found[rule.pk] = [Occurrence(f"{date:%Y-%m}", facts)]
    return found


def _breakdowns(rules: Sequence[Rule]) -> Found:
    """Find the machines that have been down for longer. Two queries for each date.

    A machine is down from its first log of a breakdown without another status in between, counted from the
    start of that shift, until it is logged otherwise. Unplanned downtime of the last days counts by its
    minutes, with those records that say that they go on from before.
    """
    found: dict[int, list[Occurrence]] = defaultdict(list)
    now = timezone.now()
    for date, of_date in _by_today(rules).items():
        logs: dict[int, list[EquipmentLog]] = defaultdict(list)
        read = EquipmentLog.objects.filter(
            site__in={rule.site_id for rule in of_date},
            date__gte=date - LOG_DAYS * ONE_DAY,
            date__lte=date,
            equipment__is_active=True,
        )
        for log in read.select_related("equipment").order_by("date", "id"):
            logs[log.equipment_id].append(log)
        rule_of = {rule.site_id: rule for rule in of_date}
        for machine_id, of_machine in logs.items():
            of_machine.sort(key=lambda log: (log.date, SHIFTS.index(Shift(log.shift))))
            first = _first_of_breakdown(of_machine)
            rule = rule_of[of_machine[-1].site_id]
            assert rule.hours is not None
            if first is None or now - _shift_start(rule.site, first) <= dt.timedelta(hours=rule.hours):
                continue
            facts = {
                "machine": first.equipment.name,
                "machine_id": str(machine_id),
                "hours": str(rule.hours),
                "date": first.date.isoformat(),
            }
            found[rule.pk].append(Occurrence(str(machine_id), facts))
        for stop, minutes in _stops(of_date, first=date - RECORD_DAYS * ONE_DAY):
            rule = rule_of[stop.site_id]
            assert rule.hours is not None
            if minutes > rule.hours * 60:
                facts = {
                    "machine": stop.equipment.name,
                    "machine_id": str(stop.equipment_id),
                    "hours": str(rule.hours),
                    "date": stop.date.isoformat(),
                }
                found[rule.pk].append(Occurrence(f"stop:{stop.pk}", facts))
    return found


def _stops(rules: Sequence[Rule], *, first: dt.date) -> Iterator[tuple[Downtime, int]]:
    """Yield the first record of each unplanned stop after a date, and the minutes of the whole stop."""
    records = Downtime.objects.filter(
        site__in={rule.site_id for rule in rules},
        date__gt=first,
        reason__category=TimeCategory.DOWN,
        reason__is_planned=False,
    )
    by_machine: dict[int, list[Downtime]] = defaultdict(list)
    for record in records.select_related("equipment").order_by("date", "id"):
        by_machine[record.equipment_id].append(record)
    for of_machine in by_machine.values():
        of_machine.sort(key=lambda record: (record.date, SHIFTS.index(Shift(record.shift))))
        beginning, minutes = of_machine[0], 0
        for record in of_machine:
            if record.event == StopEvent.NEW and minutes:
                yield beginning, minutes
                beginning, minutes = record, 0
            minutes += record.minutes
        yield beginning, minutes


def _first_of_breakdown(logs: Sequence[EquipmentLog]) -> EquipmentLog | None:
    """Return the log with which the breakdown began that the last of these ends with; None without one."""
    first = None
    for log in reversed(logs):
        if log.status != Status.BREAKDOWN:
            break
        first = log
    return first


def _shift_start(site: Site, log: EquipmentLog) -> dt.datetime:
    # The whole day begins with the morning.
    shifts_before = max(SHIFTS.index(Shift(log.shift)) - 1, 0)
    return site.settings_on(log.date).day_start(log.date) + shifts_before * dt.timedelta(
        hours=int(SHIFT_HOURS)
    )


def _counts(rules: Sequence[Rule]) -> Found:
    """Find the counts of the last days that differ from the book stock by more. One query for each date."""
    found: dict[int, list[Occurrence]] = defaultdict(list)
    for date, of_date in _by_today(rules).items():
        rule_of = {rule.site_id: rule for rule in of_date}
        counts = StockCount.objects.filter(site__in=rule_of, date__gt=date - RECORD_DAYS * ONE_DAY)
        for count in counts.with_derived().select_related("material").order_by("pk"):
            rule, book = rule_of[count.site_id], count.book_ton
            assert rule.percent is not None
            if book is None or count.counted_ton == book:
                continue
            difference = abs(change_percent(now=count.counted_ton, before=book)) if book else Decimal(100)
            if difference <= rule.percent:
                continue
            facts = {
                "list": f"{STOCK_COUNTS.slug}:list",
                "material": count.material.name,
                "material_id": str(count.material_id),
                "date": count.date.isoformat(),
                "percent": str(difference),
            }
            found[rule.pk].append(Occurrence(str(count.pk), facts))
    return found


def _unusual(rules: Sequence[Rule]) -> Found:
    """Find the records of the last days that are far from usual.

    They are those changed since the last time, and those with an open alert. One query, and a few for each
    site that has changed, with one for each changed record.
    """
    found: dict[int, list[Occurrence]] = {}
    settled = {rule.pk: rule for rule in rules if not _has_unchecked_records(rule)}
    for alert in Alert.objects.open().filter(rule__in=settled):
        assert alert.rule_id is not None
        first = settled[alert.rule_id].site.today() - RECORD_DAYS * ONE_DAY
        if alert.facts["date"] > first.isoformat():
            found.setdefault(alert.rule_id, []).append(Occurrence(alert.subject, alert.facts))
    for rule in rules:
        if rule.pk not in settled:
            found[rule.pk] = [
                occurrence
                for module, warning_rule in _compared_modules()
                for record in _records_to_compare(rule, module)
                for occurrence in _if_unusual(module, warning_rule, record)
            ]
    return found


def _has_unchecked_records(rule: Rule) -> bool:
    return rule.kind == Kind.UNUSUAL and rule.checked_change < rule.site.change_number


def _checked_until(rule: Rule) -> int:
    """Return up to which change the records of a rule have been compared."""
    last = rule.site.change_number
    for module, _warning_rule in _compared_modules():
        numbers = _changed_records(rule, module).values_list("change_number", flat=True)[:MOST_COMPARED]
        if len(numbers) == MOST_COMPARED:
            last = min(last, max(numbers))
    return last


def _compared_modules() -> Iterator[tuple[RecordModule[DailyRecord], WarningRule[DailyRecord]]]:
    """Yield the modules whose records are compared with the usual, and the rule that does it."""
    for module in modules():
        for rule in module.form.warning_rules.rules:
            if rule.row_checker is not None and isinstance(rule.row_checker(), OutlierChecker):
                yield module, rule


def _changed_records(rule: Rule, module: RecordModule[DailyRecord]) -> "QuerySet[DailyRecord]":
    records = module.model._default_manager.filter(
        site=rule.site,
        change_number__gt=rule.checked_change,
        change_number__lte=rule.site.change_number,
        date__gt=rule.site.today() - RECORD_DAYS * ONE_DAY,
    )
    return records.order_by("change_number")


def _records_to_compare(rule: Rule, module: RecordModule[DailyRecord]) -> Sequence[DailyRecord]:
    """Return the changed records of a module and those with an open alert."""
    changed = list(_changed_records(rule, module)[:MOST_COMPARED])
    subjects = Alert.objects.open().filter(rule=rule, subject__startswith=f"{module.slug}:")
    known = {int(subject.partition(":")[2]) for subject in subjects.values_list("subject", flat=True)}
    known -= {record.pk for record in changed}
    first = rule.site.today() - RECORD_DAYS * ONE_DAY
    open_records = module.model._default_manager.filter(pk__in=known, site=rule.site, date__gt=first)
    return [*changed, *open_records]


def _if_unusual(
    module: RecordModule[DailyRecord], warning_rule: WarningRule[DailyRecord], record: DailyRecord
) -> Iterator[Occurrence]:
    """Yield the occurrence of a record that is far from usual."""
    assert isinstance(record, StockMovement)
    warning = warning_rule.warning(record)
    if warning:
        facts = {
            "module": str(module.label_plural),
            "list": f"{module.slug}:list",
            "material_id": str(record.material_id),
            "date": record.date.isoformat(),
            "warning": warning,
        }
        yield Occurrence(f"{module.slug}:{record.pk}", facts)


def _by_today(rules: Sequence[Rule]) -> Mapping[dt.date, list[Rule]]:
    """Return the rules by the operating date of their site now."""
    found: dict[dt.date, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[rule.site.today()].append(rule)
    return found


FINDERS: Mapping[Kind, Callable[[Sequence[Rule]], Found]] = {
    **dict.fromkeys(OF_STOCK, _levels),
    Kind.NOTHING_ENTERED: _nothing_entered,
    Kind.TARGET: _targets,
    Kind.BREAKDOWN: _breakdowns,
    Kind.COUNT: _counts,
    Kind.UNUSUAL: _unusual,
}
