"""Letters about days that are not submitted: to whom, when, and each once."""

import datetime as dt
from unittest import mock

from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import TestCase, override_settings
from django.utils import timezone

from dashboard.closing import reminders
from dashboard.closing.reminders import CLAIM_EXPIRES_AFTER, MAX_ATTEMPTS, remind
from records.models import Reminder, Submission
from sites.models import Site, User
from tests.factories import make_holiday, make_people, make_submitted_day
from tests.inventory.threads import ThreadsTestCase, all_at_once

MONDAY = dt.date(2026, 3, 2)
CUT_OFF = dt.datetime(2026, 3, 2, 20, tzinfo=dt.UTC)
MADE = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def remind_at(moment: dt.datetime) -> list[str]:
    """Let a minute of the portal pass and return to whom it wrote in it."""
    before = len(mail.outbox)
    with mock.patch.object(timezone, "now", return_value=moment):
        remind()
    return [recipient for letter in mail.outbox[before:] for recipient in letter.to]


class ReminderCase(TestCase):
    site: Site
    alice: User
    mona: User

    @classmethod
    def setUpTestData(cls) -> None:
        people = make_people()
        cls.site, cls.alice, cls.mona = people.site, people.alice, people.mona
        Site.objects.update(created_at=MADE)
        # The other site has its own Monday off, so that every letter is about the first.
        make_holiday(people.other_site, MONDAY)


class TestRemind(ReminderCase):
    def test_writes_to_the_clerks_at_the_cut_off(self) -> None:
        assert remind_at(CUT_OFF - MINUTE) == []
        assert remind_at(CUT_OFF) == [self.alice.email]

        (letter,) = mail.outbox
        assert letter.subject == "North yard: Monday 2 March is not submitted"
        assert "/day/YARD-NORTH/2026-03-02/" in letter.body
        assert "Hello Alice" in letter.body

    def test_writes_to_the_managers_two_hours_later(self) -> None:
        remind_at(CUT_OFF)

        assert remind_at(CUT_OFF + dt.timedelta(hours=2) - MINUTE) == []
        assert remind_at(CUT_OFF + dt.timedelta(hours=2)) == [self.mona.email]

    def test_writes_to_the_managers_two_hours_later_also_in_the_night_of_a_clock_change(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(
            timezone="Europe/Berlin", cut_off=dt.time(1, 30), cut_off_next_day=True
        )
        cut_off = dt.datetime(2026, 10, 24, 23, 30, tzinfo=dt.UTC)
        for day in range(1, 24):
            make_submitted_day(self.site, dt.date(2026, 10, day), by=self.alice)
        make_holiday(Site.objects.exclude(pk=self.site.pk).get(), dt.date(2026, 10, 24))

        assert remind_at(cut_off - MINUTE) == []
        assert remind_at(cut_off) == [self.alice.email]
        assert remind_at(cut_off + dt.timedelta(hours=2) - MINUTE) == []
        assert remind_at(cut_off + dt.timedelta(hours=2)) == [self.mona.email]

    def test_writes_once(self) -> None:
        remind_at(CUT_OFF)

        assert [remind_at(CUT_OFF + number * MINUTE) for number in range(1, 30)] == [[]] * 29

    def test_leaves_a_submitted_day_alone(self) -> None:
        make_submitted_day(self.site, MONDAY, by=self.alice)

        assert remind_at(CUT_OFF) == []
        assert remind_at(CUT_OFF + dt.timedelta(hours=2)) == []

    def test_leaves_days_alone_that_are_not_worked(self) -> None:
        make_holiday(self.site, MONDAY)

        assert remind_at(CUT_OFF) == []

    def test_says_nothing_of_days_before_the_site_was_there(self) -> None:
        Site.objects.update(created_at=CUT_OFF + dt.timedelta(hours=5))

        assert remind_at(CUT_OFF + dt.timedelta(hours=6)) == []

    def test_leaves_people_alone_who_want_no_letters_or_may_not_sign_in(self) -> None:
        User.objects.filter(pk=self.alice.pk).update(wants_reminders=False)
        User.objects.filter(pk=self.mona.pk).update(is_active=False)

        assert remind_at(CUT_OFF) == []
        assert remind_at(CUT_OFF + dt.timedelta(hours=2)) == []

    def test_follows_the_clock_and_the_day_of_the_site(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(
            timezone="America/Chicago",
            day_starts_at=dt.time(6),
            cut_off=dt.time(9),
            cut_off_next_day=True,
        )
        due = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)

        assert remind_at(due - MINUTE) == []
        assert remind_at(due) == [self.alice.email]

    def test_says_nothing_of_what_is_long_past(self) -> None:
        assert remind_at(CUT_OFF + dt.timedelta(hours=15)) == []

    def test_tries_again_a_letter_that_did_not_go_out_and_not_for_ever(self) -> None:
        with mock.patch.object(reminders, "send_email", return_value=False) as sending:
            for number in range(MAX_ATTEMPTS + 3):
                remind_at(CUT_OFF + number * (CLAIM_EXPIRES_AFTER + MINUTE))

        assert sending.call_count == MAX_ATTEMPTS

    def test_takes_up_what_a_machine_claimed_that_died(self) -> None:
        with (
            mock.patch.object(reminders, "send_email", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),  # noqa: PT027  # the machine is switched off
        ):
            remind_at(CUT_OFF)

        assert remind_at(CUT_OFF + MINUTE) == []
        assert remind_at(CUT_OFF + CLAIM_EXPIRES_AFTER + MINUTE) == [self.alice.email]

    def test_gives_an_email_a_message_id_of_its_own(self) -> None:
        remind_at(CUT_OFF)

        reminder = Reminder.objects.get()
        assert mail.outbox[0].extra_headers["Message-ID"] == f"<reminder-{reminder.pk}@localhost>"
        assert reminder.sent_at is not None

    def test_runs_no_more_queries_for_more_sites(self) -> None:
        with self.assertNumQueries(3), mock.patch.object(timezone, "now", return_value=CUT_OFF - MINUTE):
            remind()


class TestManyMachines(ThreadsTestCase):
    def test_write_each_letter_once(self) -> None:
        people = make_people()
        Site.objects.update(created_at=MADE)
        make_holiday(people.other_site, MONDAY)

        with mock.patch.object(timezone, "now", return_value=CUT_OFF):
            all_at_once(*[remind] * 6)

        assert [letter.to for letter in mail.outbox] == [[people.alice.email]]
        assert Reminder.objects.get().attempts == 1


class TestTick(ReminderCase):
    def test_forgets_answers_that_have_been_kept_long_enough(self) -> None:
        for key, days in (("old", 31), ("young", 29)):
            Submission.objects.create(
                user=self.alice,
                key=key,
                fingerprint="f",
                answer={},
                created_at=timezone.now() - dt.timedelta(days=days),
            )

        call_command("tick")
        call_command("tick")

        assert list(Submission.objects.values_list("key", flat=True)) == ["young"]

    @override_settings(
        DUE_WORK=[
            "tests.dashboard.test_reminders.break_down",
            "records.operations.single.forget_old_answers",
        ]
    )
    def test_does_the_rest_where_one_thing_fails_and_says_so(self) -> None:
        old = timezone.now() - dt.timedelta(days=31)
        Submission.objects.create(user=self.alice, key="k", fingerprint="f", answer={}, created_at=old)

        with self.assertRaisesMessage(CommandError, "could not be done"):
            call_command("tick")

        assert not Submission.objects.exists()


def break_down() -> None:
    raise ConnectionRefusedError
