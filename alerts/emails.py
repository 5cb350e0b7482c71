"""E-mails of Today, of analyses and about alerts: when they are due, what they say, and sending each once.

An e-mail is marked as handed over just before the mail server gets it. Where a worker dies in that moment,
nobody knows whether it was taken, and it is not sent again. Where the connection breaks then, it is sent
again, with the same Message-ID. Its files are recorded as exports once the server has taken it.
"""

import datetime as dt
import hashlib
import io
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage as MimeMessage
from email.message import Message
from email.policy import SMTP, Policy
from email.utils import parseaddr
from smtplib import SMTPException
from typing import override

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation import override as language

from alerts.models import Alert, AlertsByEmail, Email, EmailChoice, Frequency, Notice, ScheduledEmail
from alerts.needs import failed_files
from alerts.sending import NotSentError, SendingRunner
from analysis.models import SavedAnalysis
from analysis.page import AnalysisPage
from analysis.reports import REPORT as ANALYSIS_REPORT
from analysis.reports import facts_of, newest_rows, query_of, saved_page
from core.jobs.lease import Lease, LeaseLost
from core.jobs.runner import queue
from core.numbers import change_percent, page_mark
from dashboard.cards import CARDS
from dashboard.sites_overview import sums_by_site
from dashboard.today import Need, SiteDays, TodayPage
from exports.datasets.selection import DAY_REPORT, STOCK_LEDGER, ExportRequest, FileFormat
from exports.errors import ExportRefused
from exports.models import ExportAudit
from exports.writers.write import read_report, write_request
from records.pages.dates import shown_date
from records.templatetags.figures import percent, tons
from sites.accounts.security import record_event
from sites.models import EventKind, Site, User
from sites.scope import shared_mark

logger = structlog.get_logger(__name__)

ONE_DAY = dt.timedelta(days=1)
# Of more sites, one file of the stock ledger is attached instead of a report of each day.
MOST_REPORTS = 10
# Rows of an analysis that an e-mail shows; its file and its page have all.
MOST_ROWS = 60
# What RFC 5322 allows.
LONGEST_LINE = 998
UNSUBSCRIBE = "alerts.emails.unsubscribe"


# --- When


def queue_due() -> None:
    """Make and queue the scheduled e-mails that are due now: due work, safe on several machines at once."""
    now = timezone.now()
    due = ScheduledEmail.objects.filter(next_at__lte=now, person__is_active=True)
    for wanted_id in due.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            # Unordered: PostgreSQL locks no rows of an outer join, as that to the site would be.
            locked = ScheduledEmail.objects.select_for_update(no_key=True).order_by().filter(next_at__lte=now)
            for wanted in locked.filter(pk=wanted_id):
                email = Email.objects.create(
                    person_id=wanted.person_id, scheduled=wanted, due_at=wanted.next_at
                )
                # One e-mail, however many were missed while no worker ran.
                wanted.next_at = wanted.due_after(now)
                wanted.save(update_fields=["next_at"])
                queue(email)


def queue_for_alerts(alerts: Sequence[Alert]) -> None:
    """Queue an e-mail about these alerts of one site to each person who wants them at once."""
    if not alerts:
        return
    wanted = EmailChoice.objects.filter(site=alerts[0].site_id, alerts=AlertsByEmail.AT_ONCE)
    for person_id in wanted.values_list("person", flat=True):
        notices = Notice.objects.filter(alert__in=[alert.pk for alert in alerts], person=person_id)
        if notices.exists():
            email = Email.objects.create(person_id=person_id)
            notices.update(email=email)
            queue(email)


class EmailRunner(SendingRunner[Email]):
    model = Email

    @override
    def send(self, job: Email, lease: Lease) -> None:
        if job.handed_over_at is not None:
            if job.scheduled is not None and job.scheduled.attachment:
                # Of the files nothing is known any more.
                record_event(
                    EventKind.EXPORTED,
                    person=job.person,
                    by=job.person,
                    detail=f"e-mail {job.pk}, interrupted",
                )
            raise NotSentError(
                _("The portal was interrupted while it sent this e-mail. It may have arrived."), is_final=True
            )
        with language(settings.LANGUAGE_CODE):
            message = _message_of(job, lease)
        if message is None:
            return
        lease.check()
        if not job.held_row.update(handed_over_at=timezone.now()):
            raise LeaseLost
        try:
            message.send()
        except (SMTPException, OSError) as error:
            # The address is a person's own and stays out of the log.
            logger.exception("email_not_sent")
            job.row.update(handed_over_at=None)
            raise NotSentError(_("The mail server did not take it.")) from error
        with transaction.atomic():
            for file in message.files:
                _record(file, job.person)


# --- What they say


def _message_of(job: Email, lease: Lease) -> "_Message | None":
    """Return the e-mail as it is now; None where the person may not see its content any more."""
    if not job.person.is_active:
        return None
    if job.scheduled is None:
        return _alert_message(job)
    if job.scheduled.analysis is None:
        return _today_message(job, job.scheduled, lease)
    return _analysis_message(job, job.scheduled, job.scheduled.analysis, lease)


@dataclass(frozen=True, slots=True)
class EmailFigure:
    """A figure of an e-mail, and what it is compared with."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SitePart:
    """What an e-mail says of a site: the days, and the figures of these days."""

    site: Site
    title: str
    figures: Sequence[EmailFigure]


@dataclass(frozen=True, slots=True)
class EmailLine:
    """A sentence of an e-mail with its links."""

    text: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of an e-mail, with how many rows it has."""

    request: ExportRequest
    content: bytes
    rows: int


class _Message(EmailMultiAlternatives):
    """An e-mail whose long headers stay on one line, so that programs read the address to unsubscribe."""

    files: Sequence[AttachedFile] = ()

    def attach_files(self, files: Sequence[AttachedFile]) -> None:
        self.files = files
        for file in files:
            self.attach(file.request.file_name, file.content, file.request.file_format.content_type)

    @override
    def message(self, *, policy: "Policy[Message[str, str]] | None" = None) -> MimeMessage:  # type: ignore[explicit-any]  # Django's own
        return super().message(policy=(policy or SMTP).clone(max_line_length=LONGEST_LINE))


def unsubscribe_address(kind: str, key: int) -> str:
    """Return the address that ends a scheduled e-mail (`today`), or alerts of a site (`choice`)."""
    token = signing.dumps([kind, key], salt=UNSUBSCRIBE)
    return _absolute(reverse("alerts:unsubscribe", args=[token]))


def _absolute(path: str) -> str:
    return f"{settings.PORTAL_URL}{path}"


def _message(job: Email, subject: str, context: dict[str, object], *, unsubscribe: str) -> _Message:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    context |= {
        "person": job.person,
        "subject": subject,
        "unsubscribe": unsubscribe,
        "choices": _absolute(reverse("alerts:emails")),
    }
    message = _Message(
        subject,
        render_to_string("alerts/email/email.txt", context),
        settings.DEFAULT_FROM_EMAIL,
        [job.person.email],
        headers={
            "Message-ID": f"<deskops-{job.pk}@{domain}>",
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(render_to_string("alerts/email/email.html", context), "text/html")
    return message


def _alert_message(job: Email) -> _Message | None:
    """Return the e-mail about alerts that began; None where the person sees them or wants it no more."""
    visible = Site.objects.for_user(job.person)
    alerts = list(
        Alert.objects.filter(notices__email=job, site__in=visible).select_related("site").order_by("pk")
    )
    choice = alerts and EmailChoice.objects.filter(person=job.person, site=alerts[0].site).first()
    if not choice:
        return None
    site = alerts[0].site
    token = page_mark.set(site.decimal_mark)
    try:
        lines = [_line_of(alert) for alert in alerts]
    finally:
        page_mark.reset(token)
    subject = ngettext("%(site)s: an alert", "%(site)s: %(count)d alerts", len(alerts))
    return _message(
        job,
        subject % {"site": site.name, "count": len(alerts)},
        {"alerts": lines, "intro": _("Times are those of %(zone)s.") % {"zone": site.timezone}},
        unsubscribe=unsubscribe_address("choice", choice.pk),
    )


def _line_of(alert: Alert) -> EmailLine:
    began = date_format(alert.began_at.astimezone(alert.site.zone), "D j M, H:i")
    text = f"{alert.site.name}: {alert.sentence} ({began})"
    return EmailLine(text, [(_("Open"), _absolute(alert.href))])


def _today_message(job: Email, wanted: ScheduledEmail, lease: Lease) -> _Message | None:
    """Return the e-mail of Today; None where the person sees none of its sites any more."""
    sites = _sites_of(wanted)
    if not sites:
        return None
    page = TodayPage(sites, others=list(failed_files(job.person)))
    first, last = _dates(wanted, page, due_at=job.due_at)
    files, refusals = _files(wanted, _requests(wanted, sites, first, last), lease)
    token = page_mark.set(shared_mark(sites))
    try:
        if wanted.frequency == Frequency.DAILY:
            parts = [part for days in page.days for part in _day_parts(days)]
        else:
            parts = _period_parts(sites, first, last)
        context: dict[str, object] = {
            "intro": " ".join([_intro(wanted, sites), *refusals]),
            "parts": parts,
            "needs": [_line_of_need(need) for need in page.needs],
            "alerts": [_line_of(alert) for alert in _alerts_of(wanted, sites)],
        }
        message = _message(
            job,
            f"{wanted.place}: {_shown_dates(first, last)}",
            context,
            unsubscribe=unsubscribe_address("today", wanted.pk),
        )
    finally:
        page_mark.reset(token)
    message.attach_files(files)
    return message


def _sites_of(wanted: ScheduledEmail) -> list[Site]:
    """Return the sites of an e-mail that its person still sees, with their role."""
    person = wanted.person
    sites = Site.objects.for_user(person).with_role(person).active().order_by("name", "code")
    return list(sites if wanted.site_id is None else sites.filter(pk=wanted.site_id))


def _dates(wanted: ScheduledEmail, page: TodayPage, *, due_at: dt.datetime) -> tuple[dt.date, dt.date]:
    """Return the first and the last date that an e-mail is about: the day, week or month that is over."""
    yesterday = page.date - ONE_DAY
    # Early on a Monday the sites may still have Sunday; an e-mail that is late is about what is over now.
    today = max(page.date, due_at.astimezone(zoneinfo.ZoneInfo(wanted.time_zone)).date())
    match wanted.frequency:
        case Frequency.WEEKLY:
            monday = today - today.weekday() * ONE_DAY
            return monday - 7 * ONE_DAY, monday - ONE_DAY
        case Frequency.MONTHLY:
            last = today.replace(day=1) - ONE_DAY
            return last.replace(day=1), last
    return yesterday, yesterday


def _shown_dates(first: dt.date, last: dt.date) -> str:
    if first == last:
        return shown_date(first, "l j F Y")
    begins = "j M" if first.year == last.year else "j M Y"
    return f"{shown_date(first, begins)} – {shown_date(last, 'j M Y')}"


def _intro(wanted: ScheduledEmail, sites: Sequence[Site]) -> str:
    """Return which days and which calendar the figures go by."""
    by = _sent_at(wanted)
    if len(sites) == 1:
        days = _("Days are operating dates of %(site)s, by its own calendar and clock (%(zone)s).")
        return f"{days % {'site': sites[0].name, 'zone': sites[0].timezone}} {by}"
    return f"{_('Days are operating dates of each site, by its own calendar and clock.')} {by}"


def _sent_at(wanted: ScheduledEmail) -> str:
    hour = time_format(wanted.hour, "H:i")
    return _("Sent at %(hour)s, time zone %(zone)s.") % {"hour": hour, "zone": wanted.time_zone}


def _day_parts(days: SiteDays) -> Iterator[SitePart]:
    """Yield the last day of a site, and its last working day where that was an earlier one."""
    for line in list(days.lines)[1:]:
        date = shown_date(line.date, "D j M")
        title = f"{line.title} ({date}), {_('day off')}" if line.is_day_off else f"{line.title} ({date})"
        figures = [
            EmailFigure(str(figure.label), figure.text, "; ".join(figure.notes)) for figure in line.figures
        ]
        yield SitePart(days.site, title, figures)


def _period_parts(sites: Sequence[Site], first: dt.date, last: dt.date) -> list[SitePart]:
    """Return the sums of a week or a month of each site, each compared with the one before. Six queries."""
    before_last = first - ONE_DAY
    is_month = first.day == 1 and (last + ONE_DAY).day == 1
    before_first = before_last.replace(day=1) if is_month else before_last - (last - first)
    sums = sums_by_site(sites, first=first, last=last)
    sums_before = sums_by_site(sites, first=before_first, last=before_last)
    before_name = f"{shown_date(before_first, 'j M')} – {shown_date(before_last, 'j M')}"
    parts = []
    for site in sites:
        figures = []
        for name, now in sums[site.pk].items():
            before = sums_before[site.pk][name]
            change = f", {percent(change_percent(now=now, before=before))}" if before else ""
            figures.append(
                EmailFigure(str(CARDS[name].label), tons(now), f"{before_name}: {tons(before)}{change}")
            )
        parts.append(SitePart(site, _shown_dates(first, last), figures))
    return parts


def _line_of_need(need: Need) -> EmailLine:
    return EmailLine(need.text, [(str(link.label), _absolute(link.href)) for link in need.links])


def _alerts_of(wanted: ScheduledEmail, sites: Sequence[Site]) -> list[Alert]:
    """Return the alerts that are open or began in the last day, of the sites that the person has chosen."""
    chosen = EmailChoice.objects.filter(person=wanted.person, site__in=[site.pk for site in sites])
    found = Alert.objects.filter(site__in=chosen.values("site")).select_related("site")
    recent = found.filter(began_at__gte=timezone.now() - ONE_DAY)
    return sorted({*found.open(), *recent}, key=lambda alert: alert.pk)


# --- An analysis


def _analysis_message(
    job: Email, wanted: ScheduledEmail, saved: SavedAnalysis, lease: Lease
) -> _Message | None:
    """Return the e-mail of a saved analysis; None where the person may not see it any more."""
    if not SavedAnalysis.objects.for_user(job.person).filter(pk=saved.pk).exists():
        return None
    page = saved_page(saved, job.person)
    if page is None or not page.scope.sites:
        return None
    sites, dates = page.scope.sites, page.dates
    files, refusals = _files(wanted, _requests_of_analysis(wanted, page), lease)
    token = page_mark.set(shared_mark(sites))
    try:
        facts = "; ".join(f"{label}: {value}" for label, value in facts_of(page))
        place = page.scope.site.name if page.scope.site is not None else _("All my sites")
        message = _message(
            job,
            f"{saved.name}: {_shown_dates(dates.first, dates.last)}",
            {
                "intro": " ".join([f"{place}. {facts}.", _sent_at(wanted), *refusals]),
                "page": page,
                "rows": newest_rows(page, MOST_ROWS),
                "open": _absolute(f"{reverse('analysis:page')}?{page.address_query}"),
            },
            unsubscribe=unsubscribe_address("today", wanted.pk),
        )
    finally:
        page_mark.reset(token)
    message.attach_files(files)
    return message


# --- The files


def _requests(
    wanted: ScheduledEmail, sites: Sequence[Site], first: dt.date, last: dt.date
) -> list[ExportRequest]:
    """Return the files of an e-mail of Today: the day report of each site, or the ledger of the dates."""
    if not wanted.attachment:
        return []
    file_format = FileFormat(wanted.attachment)
    if first == last and len(sites) <= MOST_REPORTS:
        return [
            ExportRequest(module=DAY_REPORT, sites=(site,), first=first, last=last, file_format=file_format)
            for site in sites
        ]
    return [
        ExportRequest(
            module=STOCK_LEDGER.slug, sites=tuple(sites), first=first, last=last, file_format=file_format
        )
    ]


def _requests_of_analysis(wanted: ScheduledEmail, page: AnalysisPage) -> list[ExportRequest]:
    if not wanted.attachment:
        return []
    query = query_of(page)
    return [
        ExportRequest(
            module=ANALYSIS_REPORT,
            sites=query.sites,
            first=query.first,
            last=query.last,
            filters=query.parameters,
            file_format=FileFormat(wanted.attachment),
        )
    ]


def _files(
    wanted: ScheduledEmail, requests: Sequence[ExportRequest], lease: Lease
) -> tuple[list[AttachedFile], list[str]]:
    """Return the files, and a sentence for each that cannot be made."""
    files, refusals = [], []
    for request in requests:
        file = io.BytesIO()
        try:
            report = read_report(request, user=wanted.person, check=lease.check)
            rows = write_request(request, report=report, by=wanted.person, to=file, check=lease.check)
        except ExportRefused as error:
            refusals.append(_("The file could not be made: %(error)s") % {"error": error.message})
        else:
            files.append(AttachedFile(request, file.getvalue(), rows))
    return files, refusals


def _record(file: AttachedFile, person: User) -> None:
    """Record that the file was handed out, as for any export; it is of no export job."""
    request = file.request
    ExportAudit.record(
        request,
        by=person,
        job_number=0,
        labels=request.filter_labels,
        rows=file.rows,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
    )
    codes = ", ".join(site.code for site in request.sites)
    record_event(EventKind.EXPORTED, person=person, by=person, detail=f"{request.module}: {codes}")
