"""A site's day on its page: what it has and lacks, submitted, approved, reopened."""

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse

from production.module import PRODUCTION
from received.module import RECEIVED
from records import operations
from records.choices import DayStatus, Source
from records.closing.workflow import approve_day, mark_nothing, reopen_day
from records.models import NothingToday, SiteDay, operation_writes
from records.registry import module
from sites.models import User
from tests.dashboard.case import FRAGMENT, ONE_DAY, TODAY, DashboardCase
from tests.factories import make_holiday, make_member, make_submitted_day

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PART = {**FRAGMENT, "HX-Target": "closing"}


class DayPageCase(DashboardCase):
    def address(self, name: str = "page", *more: str, date: dt.date = TODAY, code: str = "YARD-NORTH") -> str:
        return reverse(f"day:{name}", args=[code, date, *more])

    def look(self, person: User | None = None, *, date: dt.date = TODAY) -> "Response":
        self.client.force_login(person or self.people.alice)
        return self.client.get(self.address(date=date))

    def do(self, name: str, *more: str, by: User | None = None, **typed: str) -> "Response":
        self.client.force_login(by or self.people.alice)
        return self.client.post(self.address(name, *more), typed)

    def submitted(self, date: dt.date = TODAY) -> SiteDay:
        return make_submitted_day(self.site, date, by=self.people.alice)

    def day(self) -> SiteDay:
        return SiteDay.objects.get(site=self.site, date=TODAY)


class TestPage(DayPageCase):
    def test_lists_what_the_day_has_and_lacks(self) -> None:
        self.receive("10")
        mark_nothing(
            site=self.site, date=TODAY, module=module("dispatch"), by=self.people.alice, reason="No orders"
        )

        page = self.look()

        self.assertContains(page, "1 record")
        self.assertContains(page, "<q>No orders</q>")
        self.assertContains(page, "Still missing: Production, Equipment and Manpower.")
        self.assertContains(page, "To be submitted by Mon 2 Mar, 20:00.")

    def test_says_when_a_day_was_due_that_is_over(self) -> None:
        page = self.look(date=TODAY - 2 * ONE_DAY)

        self.assertContains(page, "Not submitted. It was due by Sat 28 Feb, 20:00.")

    def test_lets_a_viewer_look_and_nothing_else(self) -> None:
        page = self.look(self.people.victor)

        self.assertNotContains(page, "Submit the day")
        self.assertNotContains(page, "Nothing today, because")

    def test_is_of_a_site_of_the_person_s(self) -> None:
        self.client.force_login(self.people.oscar)

        for address in (self.address(), self.address("history"), self.address("submit")):
            answer = self.client.get(address)

            self.assertNotContains(answer, "YARD-NORTH", status_code=404)
        assert self.client.post(self.address("submit")).status_code == 404

    def test_lacks_nothing_on_a_day_that_is_not_worked_or_has_not_begun(self) -> None:
        make_holiday(self.site, TODAY)

        self.assertNotContains(self.look(), "Still missing")
        tomorrow = self.look(date=TODAY + ONE_DAY)
        self.assertContains(tomorrow, "This day has not begun yet.")
        self.assertNotContains(tomorrow, "Submit the day")

    def test_links_to_the_same_day_of_another_site(self) -> None:
        make_member(self.people.other_site, user=self.people.alice)
        self.client.force_login(self.people.alice)

        answer = self.client.get(self.address(), {"site": "QUARRY-1"})

        self.assertRedirects(answer, self.address(code="QUARRY-1"))

    def test_is_no_page_for_what_is_no_date(self) -> None:
        self.client.force_login(self.people.alice)

        for date in ("2026-02-30", "0001-01-01", "today"):
            assert self.client.get(f"/day/YARD-NORTH/{date}/").status_code == 404

    def test_runs_no_more_queries_for_more_records(self) -> None:
        for tons in ("10", "11"):
            self.receive(tons)
        day = approve_day(day=self.submitted(), by=self.people.mona)
        reopen_day(day=day, by=self.people.mona, reason="A ticket was missing")
        self.receive("1")
        self.look(self.people.mona)
        with self.assertNumQueries(19):
            self.client.get(self.address("closing"), headers=PART)

        for number in range(2, 7):
            self.receive(str(number))

        with self.assertNumQueries(19):
            self.client.get(self.address("closing"), headers=PART)


class TestNothing(DayPageCase):
    def test_is_stated_with_a_reason_and_taken_back(self) -> None:
        answer = self.do("nothing", "received", reason="No lorry came")

        self.assertRedirects(answer, self.address())
        assert NothingToday.objects.get().reason == "No lorry came"
        self.do("something", "received")
        assert not NothingToday.objects.exists()

    def test_answers_a_part_with_the_part(self) -> None:
        self.client.force_login(self.people.alice)

        answer = self.client.post(
            self.address("nothing", "received"), {"reason": "No lorry came"}, headers=PART
        )

        self.assertContains(answer, "<q>No lorry came</q>")
        self.assertNotContains(answer, "<html")

    def test_without_a_reason_says_so_next_to_the_module(self) -> None:
        answer = self.do("nothing", "received", reason="  ")

        self.assertContains(answer, 'id="nothing-received-error"', status_code=422)
        self.assertContains(answer, "Say why there was nothing.", status_code=422)

    def test_is_refused_of_a_closed_day(self) -> None:
        self.submitted()

        answer = self.do("nothing", "received", reason="No lorry came")

        self.assertContains(answer, "is submitted; its records cannot be changed", status_code=409)

    def test_is_of_a_module_that_there_is(self) -> None:
        assert self.do("nothing", "moonlight", reason="Dark").status_code == 404
        assert self.do("something", "received").status_code == 404


class TestSubmit(DayPageCase):
    def test_closes_a_complete_day(self) -> None:
        for name in ("production", "received", "dispatch", "equipment", "manpower"):
            self.do("nothing", name, reason="The yard stood still")

        answer = self.do("submit")

        self.assertRedirects(answer, self.address())
        assert self.day().status == DayStatus.SUBMITTED
        self.assertContains(self.look(), "Records of this day cannot be changed.")

    def test_of_an_incomplete_day_names_what_is_missing(self) -> None:
        self.receive("10")

        answer = self.do("submit")

        self.assertContains(answer, "Still missing: Production, Dispatch", status_code=422)
        assert not SiteDay.objects.exists()

    def test_takes_an_operator(self) -> None:
        assert self.do("submit", by=self.people.victor).status_code == 403

    def test_link_opens_the_day(self) -> None:
        self.client.force_login(self.people.alice)

        self.assertRedirects(self.client.get(self.address("submit")), f"{self.address()}?")


class TestApprove(DayPageCase):
    def test_approves_the_submission_that_was_looked_at(self) -> None:
        day = self.submitted()
        assert day.submitted_at is not None

        answer = self.do("approve", by=self.people.mona, seen=day.submitted_at.isoformat())

        self.assertRedirects(answer, self.address())
        assert self.day().status == DayStatus.APPROVED

    def test_refuses_one_that_was_submitted_again_meanwhile(self) -> None:
        self.submitted()

        answer = self.do("approve", by=self.people.mona, seen="2026-03-02T11:00:00+00:00")

        self.assertContains(answer, "Please check it again", status_code=422)

    def test_refuses_to_approve_what_nobody_says_they_looked_at(self) -> None:
        self.submitted()

        for sent in ({}, {"seen": ""}, {"seen": "yesterday"}):
            answer = self.do("approve", by=self.people.mona, **sent)

            self.assertContains(answer, "Please check it again", status_code=422)
        assert self.day().status == DayStatus.SUBMITTED

    def test_takes_a_manager_and_a_submitted_day(self) -> None:
        assert self.do("approve", by=self.people.mona).status_code == 422
        self.submitted()
        assert self.do("approve").status_code == 403

    def test_shows_what_is_unusual(self) -> None:
        values = {"date": TODAY, "material": self.g1.pk, "operation": self.making.pk, "qty_ton": "5"}
        removing = {**values, "qty_ton": "900", "operation": self.making.pk}
        made = operations.create(
            module=PRODUCTION,
            values=removing,
            site=self.site,
            by=self.people.alice,
            source=Source.PAGE,
            confirmed=True,
        )
        with_warning = type(made.record).objects.filter(pk=made.record.pk)
        with operation_writes():
            with_warning.update(confirmed_warnings=["900 t is a lot."])
        self.submitted()

        page = self.look(self.people.mona)

        self.assertContains(page, "900 t is a lot.")
        self.assertContains(page, "G1 · Making · 900.00 t")


class TestReopen(DayPageCase):
    def test_takes_a_reason(self) -> None:
        self.submitted()

        refused = self.do("reopen", by=self.people.mona, reason=" ")
        self.do("reopen", by=self.people.mona, reason="A ticket was missing")

        self.assertContains(refused, "Say why the day is opened again.", status_code=422)
        assert self.day().status == DayStatus.REOPENED

    def test_takes_a_manager(self) -> None:
        self.submitted()

        assert self.do("reopen", reason="A ticket was missing").status_code == 403
        self.assertNotContains(self.look(), "Why is it opened again?")

    def test_shows_afterwards_what_was_corrected(self) -> None:
        kept, gone = self.receive("10"), self.receive("20")
        day = self.submitted()
        reopen_day(day=day, by=self.people.mona, reason="A ticket was missing")
        self.correct(kept, qty_ton="12")
        operations.delete(
            module=RECEIVED, record_id=gone, by=self.people.alice, source=Source.PAGE, confirmed=True
        )
        self.correct(self.receive("30"), date=TODAY - ONE_DAY)
        self.receive("7")
        self.submitted()

        page = self.look(self.people.mona)

        self.assertContains(page, "Changed since it was submitted")
        self.assertContains(page, "<del>10.00</del>")
        self.assertContains(page, "Debris · 20.00 t")
        self.assertContains(page, "Debris · 7.00 t")
        self.assertNotContains(page, "Debris · 30.00 t")

    def correct(self, record_id: int, **values: object) -> None:
        operations.update(
            module=RECEIVED,
            record_id=record_id,
            values=values,
            by=self.people.alice,
            source=Source.PAGE,
            confirmed=True,
        )


class TestFigures(DayPageCase):
    def test_stand_next_to_those_of_today_where_an_earlier_day_was_corrected(self) -> None:
        self.receive("5")
        approve_day(day=self.submitted(), by=self.people.mona)

        self.assertNotContains(self.look(), "As approved")
        self.receive("2.5", date=TODAY - ONE_DAY)

        page = self.look()
        self.assertContains(page, "An earlier day was corrected after this day was approved")
        self.assertContains(page, "5.00 t")
        self.assertContains(page, "<strong>7.50 t</strong>")


class TestApprovedTwice(DayPageCase):
    def test_says_that_an_approval_before_a_reopening_no_longer_holds(self) -> None:
        day = approve_day(day=self.submitted(), by=self.people.mona)
        reopen_day(day=day, by=self.people.mona, reason="A ticket was missing")
        self.submitted()

        page = self.look()

        self.assertContains(page, "Submitted again after it was reopened, and not approved since.")
        self.assertContains(page, "overruled: reopened since", count=1)
        history = self.client.get(self.address("history"))
        self.assertContains(history, "overruled: reopened since", count=2)

    def test_says_which_approval_holds(self) -> None:
        day = approve_day(day=self.submitted(), by=self.people.mona)
        reopen_day(day=day, by=self.people.mona, reason="A ticket was missing")
        approve_day(day=self.submitted(), by=self.people.mona)

        page = self.look()

        self.assertNotContains(page, "overruled")
        self.assertContains(page, '<span class="badge badge--success">in force</span>')
        history = self.client.get(self.address("history"))
        self.assertContains(history, '<span class="badge badge--success">in force</span>', count=1)
        self.assertContains(history, "overruled: reopened since", count=2)


class TestHistory(DayPageCase):
    def test_lists_every_action(self) -> None:
        self.receive("5")
        day = approve_day(day=self.submitted(), by=self.people.mona)
        reopen_day(day=day, by=self.people.ada, reason="A ticket was missing")
        self.client.force_login(self.people.victor)

        page = self.client.get(self.address("history"))

        for response in ("Submitted", "Approved", "Reopened", "A ticket was missing", "Received 5.00 t"):
            self.assertContains(page, response)
        self.assertContains(page, "Production: nothing on this day")

    def test_says_what_will_show_where_nothing_was_done(self) -> None:
        self.client.force_login(self.people.victor)

        self.assertContains(self.client.get(self.address("history")), "This day has not been submitted yet")
