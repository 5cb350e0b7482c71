"""A site's day: open, submitted, approved, reopened with a reason."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from records.choices import DayStatus
from records.days import approve_day, reopen_day, submit_day
from records.errors import DayClosed, NotVisible
from records.models import SiteDay
from sites.models import User
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class DayTestCase(RecordsTestCase):
    def submit(self, by: User | None = None) -> SiteDay:
        return submit_day(site=self.site, date=MONDAY, by=by or self.alice)


class TestSubmit(DayTestCase):
    def test_keeps_who_and_when(self) -> None:
        day = self.submit()

        stored = SiteDay.objects.get()
        assert stored == day
        assert (stored.status, stored.submitted_by, stored.is_closed) == (
            DayStatus.SUBMITTED,
            self.alice,
            True,
        )
        assert stored.submitted_at is not None

    def test_takes_an_operator_of_the_site(self) -> None:
        with pytest.raises(PermissionDenied):
            self.submit(self.victor)
        with pytest.raises(NotVisible):
            self.submit(self.oscar)

        assert not SiteDay.objects.exists()

    def test_happens_once(self) -> None:
        self.submit()

        with pytest.raises(ValidationError, match="submitted already"):
            self.submit(self.mona)

    def test_closes_this_date_alone(self) -> None:
        self.submit()

        assert self.receive(date=TUESDAY).record.pk


class TestApprove(DayTestCase):
    def test_keeps_who_and_when_beside_the_submission(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)

        day.refresh_from_db()
        assert (day.status, day.submitted_by, day.approved_by) == (
            DayStatus.APPROVED,
            self.alice,
            self.mona,
        )

    def test_takes_a_manager(self) -> None:
        day = self.submit()

        for person, refusal in (
            (self.alice, PermissionDenied),
            (self.victor, PermissionDenied),
            (self.oscar, NotVisible),
        ):
            with pytest.raises(refusal):
                approve_day(day=day, by=person)

    def test_takes_a_submitted_day(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)

        with pytest.raises(ValidationError, match="Only a submitted day"):
            approve_day(day=day, by=self.mona)

    def test_closes_the_day(self) -> None:
        approve_day(day=self.submit(), by=self.ada)

        with pytest.raises(DayClosed, match="approved"):
            self.receive()


class TestReopen(DayTestCase):
    def test_lets_records_in_again_and_keeps_why(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)

        day = reopen_day(day=day, by=self.mona, reason=" Two tickets were missing. ")

        assert (day.status, day.reopen_reason) == (DayStatus.REOPENED, "Two tickets were missing.")
        assert self.receive().record.pk

    def test_takes_a_manager_and_a_reason(self) -> None:
        day = self.submit()

        with pytest.raises(PermissionDenied):
            reopen_day(day=day, by=self.alice, reason="because")
        with pytest.raises(ValidationError, match="Say why"):
            reopen_day(day=day, by=self.mona, reason="  ")

        assert SiteDay.objects.get().is_closed

    def test_takes_a_closed_day(self) -> None:
        day = reopen_day(day=self.submit(), by=self.mona, reason="A ticket was missing.")

        with pytest.raises(ValidationError, match="This day is open"):
            reopen_day(day=day, by=self.mona, reason="Again.")

    def test_can_be_followed_by_another_submission(self) -> None:
        reopen_day(day=self.submit(), by=self.mona, reason="A ticket was missing.")

        day = self.submit()

        assert day.status == DayStatus.SUBMITTED
        with pytest.raises(DayClosed):
            self.receive()


class TestHistory(DayTestCase):
    def test_says_who_did_what_when(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)
        reopen_day(day=day, by=self.ada, reason="A ticket was missing.")

        lines = [
            (line.status, line.history_user)
            for line in day.history.order_by("history_id")
            if line.status != DayStatus.OPEN
        ]
        assert lines == [
            (DayStatus.SUBMITTED, self.alice),
            (DayStatus.APPROVED, self.mona),
            (DayStatus.REOPENED, self.ada),
        ]


class TestPairs(DayTestCase):
    def test_of_who_and_when_cannot_be_torn(self) -> None:
        self.submit()

        for torn in (
            {"submitted_by": None},
            {"submitted_at": None},
            {"approved_by": self.mona},
            {"reopened_by": self.mona},
            {"status": DayStatus.APPROVED},
            {"status": DayStatus.REOPENED},
        ):
            with self.subTest(torn=torn), pytest.raises(IntegrityError), transaction.atomic():
                SiteDay.objects.update(**torn)
