"""E-mails of Today, of analyses and about alerts: when, to whom, what they say, and each once."""

import datetime as dt
import html
from decimal import Decimal
from importlib import import_module
from io import BytesIO
from smtplib import SMTPException
from unittest import mock
from urllib.parse import urlencode

from django.apps import apps
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from alerts import emails
from alerts.emails import EmailRunner, queue_due, unsubscribe_address
from alerts.models import (
    AlertsByEmail,
    Attachment,
    Email,
    EmailChoice,
    Frequency,
    Kind,
    Notice,
    ScheduledEmail,
)
from analysis.models import SavedAnalysis
from core.jobs import lease
from core.jobs.models import LEASE, JobStatus
from core.jobs.runner import take_up_abandoned
from exports.errors import ExportRefused
from exports.models import ExportAudit
from sites.models import EventKind, Membership, SecurityEvent, Site, User
from tests.alerts.test_alerts import AlertCase
from tests.dashboard.case import NOON, ONE_DAY, TODAY
from tests.factories import make_people
from tests.inventory.threads import ThreadsTestCase, all_at_once

SEVEN = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def make_scheduled_email(
    person: User,
    site: Site | None = None,
    *,
    analysis: SavedAnalysis | None = None,
    frequency: Frequency = Frequency.DAILY,
    attachment: Attachment = Attachment.NONE,
    time_zone: str = "UTC",
) -> ScheduledEmail:
    wanted = ScheduledEmail(
        person=person,
        site=site,
        analysis=analysis,
        frequency=frequency,
        attachment=attachment,
        time_zone=time_zone,
    )
    wanted.next_at = wanted.due_after(NOON)
    wanted.full_clean()
    wanted.save()
    return wanted


class EmailCase(AlertCase):
    def at(self, moment: dt.datetime) -> list[EmailMultiAlternatives]:
        """Let the worker do what is due at a moment; return the e-mails that it sent."""
        before = len(mail.outbox)
        with (
            mock.patch.object(timezone, "now", return_value=moment),
            # A heartbeat would wait for the test's own transaction.
            mock.patch.object(lease, "HEARTBEAT_SECONDS", 60),
        ):
            queue_due()
            runner = EmailRunner()
            runner.expire()
            for email in runner.jobs.active().order_by("pk"):
                runner.run(email.pk)
        return [message for message in mail.outbox[before:] if isinstance(message, EmailMultiAlternatives)]

    def html(self, message: EmailMultiAlternatives) -> str:
        ((content, _type),) = message.alternatives
        return str(content)


class TestToday(EmailCase):
    def test_comes_each_day_at_its_hour_once(self) -> None:
        make_scheduled_email(self.people.mona, self.site)

        assert self.at(SEVEN - MINUTE) == []
        assert len(self.at(SEVEN)) == 1
        assert self.at(SEVEN + MINUTE) == []
        assert len(self.at(SEVEN + ONE_DAY)) == 1

    def test_says_which_day_and_which_calendar_in_text_and_html(self) -> None:
        make_scheduled_email(self.people.mona, self.site)
        self.receive("136", date=TODAY - 2 * ONE_DAY)
        self.receive("150")

        (message,) = self.at(SEVEN)

        assert message.to == [self.people.mona.email]
        assert message.subject == "North yard: Monday 2 March 2026"
        for text in (message.body, self.html(message)):
            assert "by its own calendar and clock (UTC)" in text
            assert "Yesterday (Mon 2 Mar)" in text
            assert "150.00" in text
            assert "Saturday: 136.00" in text
            assert "What needs you" in text
            assert "http://testserver:8000/dashboard/month/" in text

    def test_comes_once_where_several_were_missed(self) -> None:
        make_scheduled_email(self.people.mona, self.site)

        assert len(self.at(SEVEN + 5 * ONE_DAY)) == 1
        assert ScheduledEmail.objects.get().next_at == SEVEN + 6 * ONE_DAY

    def test_comes_each_monday_and_each_first_by_the_clock_of_its_zone(self) -> None:
        mona = self.people.mona
        weekly = make_scheduled_email(mona, frequency=Frequency.WEEKLY, time_zone="America/Chicago")
        monthly = make_scheduled_email(mona, frequency=Frequency.MONTHLY, time_zone="Europe/Berlin")

        # Noon in UTC is before seven there; in April it is summer in Berlin.
        assert weekly.next_at == dt.datetime(2026, 3, 2, 13, tzinfo=dt.UTC)
        assert monthly.next_at == dt.datetime(2026, 4, 1, 5, tzinfo=dt.UTC)

    def test_sums_a_week_and_compares_it_with_the_one_before(self) -> None:
        make_scheduled_email(self.people.mona, frequency=Frequency.WEEKLY)
        for days, made in ((10, "40"), (3, "30"), (2, "20")):
            self.produce(made, date=TODAY - days * ONE_DAY)

        (message,) = self.at(SEVEN + 6 * ONE_DAY)
        assert message.subject == "All my sites: 2 Mar – 8 Mar 2026"
        with mock.patch.object(timezone, "now", return_value=NOON):
            wanted = ScheduledEmail.objects.get()
            ScheduledEmail.objects.update(next_at=NOON, frequency=Frequency.WEEKLY)
            assert wanted.frequency == Frequency.WEEKLY
        (message,) = self.at(NOON)

        assert message.subject == "All my sites: 23 Feb – 1 Mar 2026"
        assert "Production: 50.00 t (16 Feb – 22 Feb: 40.00, 25.0\N{NO-BREAK SPACE}%)" in message.body

    def test_of_a_week_is_about_the_week_before_where_the_site_still_has_sunday(self) -> None:
        Site.objects.update(timezone="America/Chicago")
        make_scheduled_email(self.people.mona, frequency=Frequency.WEEKLY)
        make_scheduled_email(self.people.ada, frequency=Frequency.MONTHLY)

        # Monday, 1 June in UTC, and still Sunday in Chicago.
        ScheduledEmail.objects.update(hour=dt.time(4), next_at=dt.datetime(2026, 6, 1, 4, tzinfo=dt.UTC))
        weekly, monthly = self.at(dt.datetime(2026, 6, 1, 4, 1, tzinfo=dt.UTC))

        assert weekly.subject == "All my sites: 25 May – 31 May 2026"
        assert monthly.subject == "All my sites: 1 May – 31 May 2026"

    def test_has_the_report_of_the_day_attached_and_recorded(self) -> None:
        make_scheduled_email(self.people.mona, self.site, attachment=Attachment.XLSX)
        self.receive("5")

        (message,) = self.at(SEVEN)

        ((name, content, content_type),) = message.attachments
        assert name == "day-report_YARD-NORTH_2026-03-02.xlsx"
        assert content_type.endswith("spreadsheetml.sheet")
        audit = ExportAudit.objects.get()
        assert (audit.by, audit.file_name, audit.size) == (self.people.mona, name, len(content))
        event = SecurityEvent.objects.get(kind=EventKind.EXPORTED)
        assert (event.person, event.detail) == (self.people.mona, "day-report: YARD-NORTH")

    def test_says_in_text_and_html_that_a_file_could_not_be_made(self) -> None:
        make_scheduled_email(self.people.mona, self.site, attachment=Attachment.PDF)

        with mock.patch.object(emails, "write_request", side_effect=ExportRefused("Too many rows.")):
            (message,) = self.at(SEVEN)

        assert not message.attachments
        for text in (message.body, str(message.alternatives[0][0])):
            assert "The file could not be made: Too many rows." in text

    def test_has_the_ledger_of_a_month_attached(self) -> None:
        make_scheduled_email(self.people.ada, frequency=Frequency.MONTHLY, attachment=Attachment.PDF)
        self.receive("5")

        (message,) = self.at(dt.datetime(2026, 4, 1, 7, tzinfo=dt.UTC))

        assert message.attachments[0][0] == "stock_2-sites_2026-03-01_2026-03-31.pdf"
        assert bytes(message.attachments[0][1]).startswith(b"%PDF")

    def test_ends_for_who_sees_the_site_no_more_or_may_not_sign_in(self) -> None:
        make_scheduled_email(self.people.mona, self.site)
        make_scheduled_email(self.people.alice, self.site)
        Membership.objects.filter(user=self.people.mona).delete()
        User.objects.filter(pk=self.people.alice.pk).update(is_active=False)

        assert self.at(SEVEN) == []


class TestAnalyses(EmailCase):
    def save(self, name: str, *, shared: bool = False, query: dict[str, str] | None = None) -> SavedAnalysis:
        chosen = {"site": "YARD-NORTH", "measure": "received", "rows": "material", "period": "yesterday"}
        return SavedAnalysis.objects.create(
            owner=self.people.mona,
            name=name,
            query=urlencode({**chosen, **(query or {})}),
            shared_with=self.site if shared else None,
        )

    def test_come_with_their_table_and_their_file(self) -> None:
        analysis = self.save("Intake")
        make_scheduled_email(self.people.mona, analysis=analysis, attachment=Attachment.XLSX)
        self.receive("5")
        self.receive("7", date=TODAY - ONE_DAY)

        (message,) = self.at(SEVEN)

        assert message.subject == "Intake: Monday 2 March 2026"
        for text in (message.body, self.html(message)):
            assert "North yard. Figure: Received; By: Material." in text
            assert "/analysis/?site=YARD-NORTH&" in html.unescape(str(text))
        assert "- Debris: 5.00 t\n- Total: 5.00 t" in message.body
        ((name, content, _type),) = message.attachments
        assert name == "analysis_YARD-NORTH_2026-03-02.xlsx"
        sheet = load_workbook(BytesIO(content))["Received"]
        assert [cell.value for cell in sheet["B"]] == ["Received", 5, 5]
        audit = ExportAudit.objects.get()
        assert (audit.module, audit.by) == ("analysis", self.people.mona)

    def test_compare_and_divide_as_their_page_does(self) -> None:
        for name, chosen in (("Change", {"compare": "before"}), ("Days", {"columns": "day"})):
            make_scheduled_email(
                self.people.mona,
                analysis=self.save(name, query={"period": "last-week", **chosen}),
                frequency=Frequency.WEEKLY,
                attachment=Attachment.PDF,
            )
        self.receive("5")

        change, days = self.at(SEVEN + 6 * ONE_DAY)

        assert "- Debris: 5.00 t\n    Before: –\n" in change.body
        assert "- Debris: 5.00 t\n    Mon 2 Mar 2026: 5.00\n" in days.body
        assert all(bytes(each.attachments[0][1]).startswith(b"%PDF") for each in (change, days))

    def test_say_that_their_dates_have_more_periods_than_a_table_shows(self) -> None:
        analysis = self.save("Days", query={"period": "365", "columns": "day"})
        make_scheduled_email(self.people.mona, analysis=analysis)
        for days in range(1, 40):
            self.receive("5", date=TODAY - days * ONE_DAY)

        (message,) = self.at(SEVEN)

        assert message.subject == "Days: 4 Mar 2025 – 3 Mar 2026"
        for text in (message.body, self.html(message)):
            assert "These dates have more periods than a table can show." in text
            assert "Nothing was recorded" not in text

    def test_are_sent_to_who_may_see_them_at_that_time(self) -> None:
        shared, own = self.save("Ours", shared=True), self.save("Mine")
        for person, analysis in (
            (self.people.victor, shared),
            (self.people.oscar, shared),
            (self.people.victor, own),
        ):
            make_scheduled_email(person, analysis=analysis)

        (message,) = self.at(SEVEN)
        assert message.to == [self.people.victor.email]

        Membership.objects.filter(user=self.people.victor).delete()
        assert self.at(SEVEN + ONE_DAY) == []

    def test_are_not_listed_once_they_are_no_longer_shared(self) -> None:
        analysis = self.save("Ours", shared=True)
        email = make_scheduled_email(self.people.victor, analysis=analysis)
        make_scheduled_email(self.people.mona, analysis=analysis)

        analysis.name, analysis.shared_with = "Salaries", None
        analysis.save()

        self.client.force_login(self.people.victor)
        self.assertNotContains(self.client.get("/alerts/emails/"), "Salaries")
        assert self.client.post(f"/alerts/emails/{email.pk}/remove/").status_code == 404
        self.client.force_login(self.people.mona)
        self.assertContains(self.client.get("/alerts/emails/"), "Salaries")

    def test_are_deleted_before_an_earlier_release_is_installed(self) -> None:
        delete_analyses = import_module("alerts.migrations.0005_scheduled_analyses").delete_analyses
        of_today = make_scheduled_email(self.people.mona)
        scheduled = make_scheduled_email(self.people.mona, analysis=self.save("Intake"))
        Email.objects.create(person=self.people.mona, scheduled=scheduled)

        delete_analyses(apps, connection.schema_editor())

        assert ScheduledEmail.objects.get() == of_today
        assert not Email.objects.exists()

    def test_end_with_the_analysis(self) -> None:
        analysis = self.save("Intake")
        make_scheduled_email(self.people.mona, analysis=analysis)

        analysis.delete()

        assert not ScheduledEmail.objects.exists()
        assert self.at(SEVEN) == []


class TestOnce(EmailCase):
    def setUp(self) -> None:
        super().setUp()
        make_scheduled_email(self.people.mona, self.site, attachment=Attachment.XLSX)

    def test_is_sent_again_after_a_crash_before_the_server_had_it(self) -> None:
        with mock.patch("alerts.emails._today_message", side_effect=KeyboardInterrupt):
            self.die()

        assert len(self.at_after_the_lease()) == 1

    def test_is_not_sent_again_after_a_crash_while_the_server_took_it(self) -> None:
        with mock.patch.object(EmailMultiAlternatives, "send", side_effect=KeyboardInterrupt):
            self.die()

        assert self.at_after_the_lease() == []
        assert "may have arrived" in Email.objects.get().error
        assert SecurityEvent.objects.get(kind=EventKind.EXPORTED).person == self.people.mona
        assert self.at(SEVEN + dt.timedelta(hours=5)) == []

    def test_is_tried_again_where_the_mail_server_does_not_take_it_and_its_file_recorded_once(self) -> None:
        with mock.patch.object(EmailMultiAlternatives, "send", side_effect=SMTPException):
            assert self.at(SEVEN) == []
        assert Email.objects.get().status == JobStatus.FAILED
        assert not ExportAudit.objects.exists()

        (message,) = self.at(SEVEN + 2 * MINUTE)
        assert Email.objects.get().status == JobStatus.COMPLETED
        assert ExportAudit.objects.get().size == len(message.attachments[0][1])

    def die(self) -> None:
        with self.assertRaises(KeyboardInterrupt):  # noqa: PT027  # the machine is switched off
            self.at(SEVEN)

    def at_after_the_lease(self) -> list[EmailMultiAlternatives]:
        later = SEVEN + LEASE + MINUTE
        with mock.patch.object(timezone, "now", return_value=later):
            take_up_abandoned(EmailRunner())
        return self.at(later)


class TestAlerts(EmailCase):
    def setUp(self) -> None:
        super().setUp()
        for person, wanted in (
            (self.people.mona, AlertsByEmail.AT_ONCE),
            (self.people.alice, AlertsByEmail.DAILY),
        ):
            EmailChoice.objects.create(person=person, site=self.site, alerts=wanted)
        make_scheduled_email(self.people.alice, self.site)
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(5))
        self.evaluate()

    def test_are_mailed_at_once_to_who_wants_that(self) -> None:
        (message,) = self.at(NOON)

        assert (message.to, message.subject) == ([self.people.mona.email], "North yard: an alert")
        assert "G1: 0.00 t in stock, below 5.00 t. (Mon 2 Mar, 12:00)" in message.body
        assert f"/inventory/materials/{self.g1.pk}/" in self.html(message)
        self.evaluate()
        assert self.at(NOON + MINUTE) == []

    def test_are_not_mailed_to_who_has_left_the_site_or_the_company_meanwhile(self) -> None:
        for left in (
            lambda: Membership.objects.filter(user=self.people.mona).delete(),
            lambda: User.objects.filter(pk=self.people.mona.pk).update(is_active=False),
        ):
            with self.subTest(), transaction.atomic():
                left()
                assert self.at(NOON) == []
                transaction.set_rollback(True)
        assert len(self.at(NOON)) == 1

    def test_are_in_the_daily_email_of_who_wants_that(self) -> None:
        self.at(NOON)

        (message,) = self.at(SEVEN)

        assert message.to == [self.people.alice.email]
        assert "North yard: G1: 0.00 t in stock, below 5.00 t." in message.body

    def test_are_written_in_the_time_zone_and_the_numbers_of_the_site(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(timezone="Europe/Berlin", decimal_mark=",")

        (message,) = self.at(NOON)

        assert "below 5,00 t. (Mon 2 Mar, 13:00)" in message.body

    def test_end_by_the_link_and_by_the_button_of_the_mail_program(self) -> None:
        (message,) = self.at(NOON)
        link = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver:8000")
        assert f"\nList-Unsubscribe: <http://testserver:8000{link}>" in message.message().as_string()
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

        self.assertContains(self.client.get(link), "End this e-mail?")
        assert EmailChoice.objects.filter(person=self.people.mona).exists()
        self.client.post(link, {"List-Unsubscribe": "One-Click"})

        assert not EmailChoice.objects.filter(person=self.people.mona).exists()
        today = unsubscribe_address("today", ScheduledEmail.objects.get().pk)
        self.client.post(today.removeprefix("http://testserver:8000"))
        assert not ScheduledEmail.objects.exists()
        # With the daily e-mail ends what it was to bring.
        assert not EmailChoice.objects.exists()


class TestPage(EmailCase):
    def test_lets_a_person_choose(self) -> None:
        self.client.force_login(self.people.victor)
        page, add = reverse("alerts:emails"), reverse("alerts:add_email")
        field = str(self.site.pk)
        rejected = self.client.post(page, {field: "daily"})
        self.assertContains(rejected, "Add a daily e-mail of Today", status_code=422)

        values = {
            "subject": "all",
            "frequency": "daily",
            "hour": "06:30",
            "time_zone": "UTC",
            "attachment": "pdf",
        }
        self.assertContains(self.client.post(add, values, follow=True), "All my sites, Each day, 06:30")
        self.assertContains(self.client.post(add, values), "get this e-mail already", status_code=422)
        self.client.post(page, {field: "daily"})

        assert EmailChoice.objects.get().alerts == AlertsByEmail.DAILY
        assert ScheduledEmail.objects.get().next_at == dt.datetime(2026, 3, 3, 6, 30, tzinfo=dt.UTC)
        self.client.post(reverse("alerts:remove_email", args=[ScheduledEmail.objects.get().pk]))
        assert not EmailChoice.objects.exists()

    def test_lets_a_person_choose_an_analysis(self) -> None:
        self.client.force_login(self.people.mona)
        saved = SavedAnalysis.objects.create(owner=self.people.mona, name="Intake", query="site=YARD-NORTH")
        key = f"analysis-{saved.pk}"
        page = self.client.get(reverse("alerts:emails"), {"analysis": saved.pk})
        self.assertContains(page, f'<option value="{key}" selected>Intake</option>', html=True)
        values = {"subject": key, "frequency": "monthly", "hour": "06:30", "time_zone": "UTC"}

        added = self.client.post(reverse("alerts:add_email"), values, follow=True)

        self.assertContains(added, "Added: Intake, On the first of each month, 06:30.")
        assert (ScheduledEmail.objects.get().analysis, ScheduledEmail.objects.get().site) == (saved, None)
        again = self.client.post(reverse("alerts:add_email"), values)
        self.assertContains(again, "get this e-mail already", status_code=422)

    def test_offers_sites_and_analyses_of_the_person_alone(self) -> None:
        saved = SavedAnalysis.objects.create(owner=self.people.mona, name="Intake", query="site=YARD-NORTH")
        self.client.force_login(self.people.oscar)
        for subject in (f"site-{self.site.pk}", f"analysis-{saved.pk}"):
            values = {"subject": subject, "frequency": "daily", "hour": "06:30", "time_zone": "UTC"}

            rejected = self.client.post(reverse("alerts:add_email"), values)

            assert rejected.status_code == 422
            for name in ("North yard", "Intake"):
                assert name not in rejected.content.decode()


class TestManyWorkers(ThreadsTestCase):
    def test_make_and_send_an_email_once(self) -> None:
        people = make_people()
        wanted = make_scheduled_email(people.mona, people.site)
        ScheduledEmail.objects.filter(pk=wanted.pk).update(next_at=timezone.now() - MINUTE)

        all_at_once(*[queue_due] * 4)
        email = Email.objects.get()
        all_at_once(*[lambda: EmailRunner().run(email.pk)] * 4)

        assert len(mail.outbox) == 1
        assert not Notice.objects.exists()
