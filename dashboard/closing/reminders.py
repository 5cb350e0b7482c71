"""E-mails about days that were not submitted in time: to clerks at the cut-off, to managers later.

Several machines may run this in the same minute. A reminder is a row that one of them claims before it sends;
see docs/decisions/0031-claim-a-reminder-before-sending.md.
"""

import datetime as dt
from collections.abc import Iterator
from email.utils import parseaddr
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from records.choices import Reminded
from records.models import Reminder, SiteDay
from sites.accounts.mails import send_email
from sites.models import Membership, Role, Site, User, working_days

logger = structlog.get_logger(__name__)

AFTER_CUT_OFF = {Reminded.CLERK: dt.timedelta(0), Reminded.MANAGER: dt.timedelta(hours=2)}
ROLES = {Role.OPERATOR.value: Reminded.CLERK, Role.MANAGER.value: Reminded.MANAGER}
# No e-mail is sent later than this; the month shows the day.
STALE_AFTER = dt.timedelta(hours=12)
# An older claim belongs to a machine that stopped, or whose e-mail was not sent.
CLAIM_EXPIRES_AFTER = dt.timedelta(minutes=10)
MAX_ATTEMPTS = 5
# The cut-off of a day is less than two days after the day began.
DAYS_BACK = 3


class LateDay(NamedTuple):
    """A working day that is due and not submitted, and the kind of reminder that is due now."""

    site: Site
    date: dt.date
    kind: Reminded


def remind() -> None:
    """Send the reminders that are due now, each once to each person."""
    now = timezone.now()
    late = list(_late_days(now))
    if not late:
        return
    people = _people_of(late)
    sent = sum(_send(day, person, now) for day in late for person in people.get((day.site.pk, day.kind), ()))
    if sent:
        logger.info("reminders_sent", count=sent)


def days_not_submitted(now: dt.datetime, *, days_back: int) -> Iterator[tuple[Site, dt.date, dt.datetime]]:
    """Yield the working days past their cut-off that were not submitted, and their cut-off.

    Three queries, whatever the number of sites.
    """
    sites = list(Site.objects.active().order_by("pk"))
    today = {site.pk: site.operating_date(now) for site in sites}
    if not sites:
        return
    first = min(today.values()) - dt.timedelta(days=days_back)
    last = max(today.values())
    worked = working_days(sites, first=first, last=last)
    closed = set(
        SiteDay.objects.closed().filter(date__gte=first, date__lte=last).values_list("site_id", "date")
    )
    for site in sites:
        # Nothing was due before the site was created.
        since = site.operating_date(site.created_at)
        for date in sorted(worked[site.pk]):
            if not since <= date <= today[site.pk] or (site.pk, date) in closed:
                continue
            # In UTC: two hours on the site's clock are one or three when the clocks change.
            cut_off = site.cut_off_of(date).astimezone(dt.UTC)
            if cut_off <= now:
                yield site, date, cut_off


def _late_days(now: dt.datetime) -> Iterator[LateDay]:
    """Yield the days for which a reminder is due."""
    for site, date, cut_off in days_not_submitted(now, days_back=DAYS_BACK):
        for kind, delay in AFTER_CUT_OFF.items():
            if cut_off + delay <= now < cut_off + delay + STALE_AFTER:
                yield LateDay(site, date, kind)


def _people_of(late: list[LateDay]) -> dict[tuple[int, str], list[User]]:
    """Return the people who want reminders, by site and kind."""
    members = Membership.objects.filter(
        site__in={day.site.pk for day in late}, user__is_active=True, user__wants_reminders=True
    )
    people: dict[tuple[int, str], list[User]] = {}
    for member in members.filter(role__in=ROLES).select_related("user").order_by("pk"):
        people.setdefault((member.site_id, ROLES[member.role]), []).append(member.user)
    return people


def _send(day: LateDay, person: User, now: dt.datetime) -> bool:
    reminder = _claim(day, person, now)
    if reminder is None or SiteDay.objects.closed().filter(site=day.site, date=day.date).exists():
        return False
    if not send_email(
        _("%(site)s: %(date)s is not submitted")
        % {"site": day.site.name, "date": date_format(day.date, "l j F")},
        f"dashboard/email/not_submitted_{day.kind}.txt",
        to=person.email,
        context={
            "person": person,
            "site": day.site,
            "date": day.date,
            "link": settings.PORTAL_URL + reverse("day:page", args=[day.site.code, day.date]),
            "account": settings.PORTAL_URL + reverse("account"),
        },
        message_id=f"<reminder-{reminder.pk}@{_domain()}>",
    ):
        return False
    Reminder.objects.filter(pk=reminder.pk).update(sent_at=timezone.now())
    return True


def _claim(day: LateDay, person: User, now: dt.datetime) -> Reminder | None:
    """Return the reminder if this process may send it: not sent, and not claimed by another."""
    reminder, _created = Reminder.objects.get_or_create(
        site=day.site, date=day.date, kind=day.kind, person=person
    )
    if reminder.sent_at is not None:
        return None
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM_EXPIRES_AFTER)
    waiting = Reminder.objects.filter(free, pk=reminder.pk, sent_at__isnull=True, attempts__lt=MAX_ATTEMPTS)
    claimed = waiting.update(claimed_at=now, attempts=F("attempts") + 1)
    return reminder if claimed else None


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
