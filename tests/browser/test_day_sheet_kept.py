"""Nothing typed into the day sheet is lost, and nothing is saved twice, whatever fails on the way."""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from unittest import mock
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, Route, expect

from deskops.web import middleware
from received.models import ReceivedMaterial
from records.models import SiteDay
from tests.browser.loads import MINUTE_MS, expect_saved, open_sheet, type_load
from tests.browser.people import sign_in
from tests.browser.yards import Yard
from tests.factories import PASSWORD, make_holiday, make_member, make_submitted_day
from tests.processes import database_url, free_port

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wait_for_copies(page: Page, number: int) -> None:
    """Wait until the browser keeps copies of so many sheets."""
    for _ in range(600):
        if (
            page.evaluate("caches.open('deskops-pages').then((c) => c.keys()).then((k) => k.length)")
            == number
        ):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"There are not {number} copies.")


class TestWithoutAConnection:
    def test_a_line_that_never_left_is_sent_by_itself_after_days(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        clerk.context.set_offline(True)
        type_load(clerk, "12.5")
        expect(clerk.locator("#save-status")).to_contain_text("1 line is not yet sent")
        clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC) + dt.timedelta(days=40))
        clerk.context.set_offline(False)
        clerk.evaluate("window.dispatchEvent(new Event('online'))")

        expect_saved(clerk, "12.500")

    def test_a_line_is_sent_although_the_clock_was_set_back_since(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        fail_for(clerk, "12.5", status=500)
        type_load(clerk, "12.5")
        expect(clerk.locator("#received tbody[data-state=stuck]")).to_have_count(1, timeout=MINUTE_MS)
        clerk.evaluate(
            """() => {
              const key = Object.keys(localStorage).find((name) => name.startsWith("deskops:line:"));
              const kept = JSON.parse(localStorage.getItem(key));
              localStorage.setItem(key, JSON.stringify({ ...kept, next: kept.next + 4 * 365 * 86_400_000 }));
            }"""
        )
        clerk.unroute("**/received/")

        open_sheet(clerk, yard.address)

        expect_saved(clerk, "12.500")

    def test_without_any_cookie_the_person_signs_in_again_and_the_line_goes(
        self, clerk: Page, yard: Yard, base_url: str
    ) -> None:
        open_sheet(clerk, yard.address)
        clerk.context.clear_cookies()
        type_load(clerk, "12.5")
        expect(clerk.get_by_role("link", name="Sign in again to send")).to_be_visible()
        expect(clerk.locator("#save-status")).to_contain_text("You have been signed out.")

        sign_in(clerk.context, yard.alice, base_url)
        open_sheet(clerk, yard.address)

        expect_saved(clerk, "12.500")

    def test_lines_wait_the_sheet_opens_and_they_are_sent_once_in_order(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard.address)
        wait_for_copies(clerk, 1)
        clerk.context.set_offline(True)

        type_load(clerk, "1")
        type_load(clerk, "2")
        type_load(clerk, "3")
        expect(clerk.locator("#save-status")).to_contain_text("3 lines are not yet sent")
        clerk.reload()
        expect(clerk.locator("#copy-notice")).to_contain_text("This is the sheet as it was at")
        expect(clerk.locator("#save-status")).to_contain_text("3 lines are not yet sent")
        expect(clerk.locator("#received tbody[data-state=waiting]")).to_have_count(3)
        assert ReceivedMaterial.objects.count() == 0
        clerk.context.set_offline(False)

        expect_saved(clerk, "1.000", "2.000", "3.000")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.order_by("id")] == [
            "1.000",
            "2.000",
            "3.000",
        ]

    def test_two_tabs_send_a_line_once(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        other = clerk.context.new_page()
        open_sheet(other, yard.address)
        clerk.context.set_offline(True)
        type_load(clerk, "1")
        expect(other.locator("#save-status")).to_contain_text("1 line is not yet sent")

        clerk.context.set_offline(False)
        other.bring_to_front()

        expect_saved(clerk, "1.000")
        expect_saved(other, "1.000")

    def test_lines_left_in_the_same_moment_keep_their_order(self, clerk: Page, yard: Yard) -> None:
        clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC))
        open_sheet(clerk, yard.address)
        cut_off(clerk)
        amounts = [str(number) for number in range(1, 7)]

        for tons in amounts:
            type_load(clerk, tons)
        expect(clerk.locator("#save-status")).to_contain_text("6 lines are not yet sent")
        clerk.unroute("**/received/")
        clerk.evaluate("window.dispatchEvent(new Event('online'))")

        expect_saved(clerk, *(f"{tons}.000" for tons in amounts))
        loads = ReceivedMaterial.objects.order_by("id")
        assert [str(load.qty_ton) for load in loads] == [f"{tons}.000" for tons in amounts]

    def test_a_correction_outlives_a_copy_that_is_older_than_its_line(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        wait_for_copies(clerk, 1)
        type_load(clerk, "1")
        cell = clerk.locator("#received tbody[data-record] [name=qty_ton]")
        expect(cell).to_have_count(1)
        clerk.context.set_offline(True)
        cell.fill("2")
        cell.press("Enter")
        expect(clerk.locator("#save-status")).to_contain_text("1 line is not yet sent")

        clerk.reload()
        expect(clerk.locator("#received tbody[data-state=waiting]")).to_have_count(1)
        clerk.reload()
        expect(clerk.locator("#save-status")).to_contain_text("1 line is not yet sent")
        clerk.context.set_offline(False)

        expect_saved(clerk, "2.000")


class TestTypedWhileItIsSent:
    def test_a_value_that_is_typed_back_is_saved_as_well(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        type_load(clerk, "1")
        row = clerk.locator("#received tbody[data-record]")
        expect(row).to_have_attribute("data-state", "saved")
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        clerk.route("**/received/*/", hold)

        before = row.locator("[name=qty_ton]").input_value()
        row.locator("[name=qty_ton]").fill("2")
        with clerk.expect_request("**/received/*/"):
            row.locator("[name=qty_ton]").press("Enter")
        row.locator("[name=qty_ton]").fill(before)
        row.locator("[name=source]").fill("Elm Street")
        row.locator("[name=source]").press("Enter")
        expect(row).to_have_attribute("data-state", "waiting")
        held[0].continue_()
        clerk.wait_for_timeout(1_000)
        held[1].continue_()

        expect(row).to_have_attribute("data-state", "saved")
        load = ReceivedMaterial.objects.get()
        assert (str(load.qty_ton), load.source) == ("1.000", "Elm Street")


class TestClosing:
    def test_waits_for_the_line_that_is_on_its_way(self, clerk: Page, yard: Yard) -> None:
        make_holiday(yard.site, yard.today)
        open_sheet(clerk, yard.address)
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        clerk.route("**/received/", hold)
        type_load(clerk, "1", ends_with="")

        clerk.get_by_role("button", name="Submit the day").click()
        expect(clerk.locator("#received tbody[data-state=saving]")).to_have_count(1)
        assert not SiteDay.objects.exists()
        held[0].continue_()

        expect(clerk.locator("#messages")).to_contain_text("The day is submitted.")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.all()] == ["1.000"]

    def test_waits_for_a_look_at_a_line_that_was_refused(self, clerk: Page, yard: Yard) -> None:
        make_holiday(yard.site, yard.today)
        open_sheet(clerk, yard.address)
        type_load(clerk, "1,250")
        line = clerk.locator("#received tbody[data-state=refused]")
        expect(line).to_have_count(1)

        clerk.get_by_role("button", name="Submit the day").click()
        shown = clerk.get_by_text("Some lines of this day are not saved yet.")
        expect(shown).to_be_visible()
        assert not SiteDay.objects.exists()
        line.get_by_role("button", name="Discard what I typed").click()
        expect(shown).to_be_hidden()
        clerk.get_by_role("button", name="Submit the day").click()

        expect(clerk.locator("#messages")).to_contain_text("The day is submitted.")


class TestLostAnswers:
    def test_a_line_that_was_saved_unheard_is_not_saved_again(
        self, clerk: Page, yard: Yard, base_url: str
    ) -> None:
        answered: list[int] = []

        def lose_the_first(route: Route) -> None:
            if answered:
                route.continue_()
                return
            answered.append(route.fetch().status)
            route.abort()

        open_sheet(clerk, yard.address)
        clerk.route("**/received/", lose_the_first)

        type_load(clerk, "1")

        expect_saved(clerk, "1.000")
        assert answered == [200]

    def test_a_server_that_is_killed_while_it_saves_gets_the_line_again(self, page: Page, yard: Yard) -> None:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        sign_in(page.context, yard.alice, address)
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(portal(port))
            open_sheet(page, f"{address}{yard.address}")
            # As long as this holds the lock, the save that the browser asks for cannot end.
            with transaction.atomic(), page.expect_request("**/received/"):
                lock(yard)
                type_load(page, "1")
                page.wait_for_timeout(300)
                server.send_signal(signal.SIGKILL)
                server.wait()
            expect(page.locator("#save-status")).to_contain_text("1 line is not yet sent")
            stack.enter_context(portal(port))

            expect_saved(page, "1.000")


class TestAnAnswerThatSaysNothing:
    def test_holds_up_no_other_line_and_is_shown_at_its_own(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        fail_for(clerk, "1", status=500)

        type_load(clerk, "1")
        type_load(clerk, "2")

        expect(clerk.locator("#received tbody[data-record]")).to_have_count(1)
        stuck = clerk.locator("#received tbody[data-state=stuck]")
        expect(stuck).to_contain_text("The portal answered with an error (500)", timeout=MINUTE_MS)
        expect(clerk.locator("#save-status")).to_contain_text("1 line needs your attention.")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.all()] == ["2.000"]
        clerk.reload()
        expect(stuck.locator("[name=qty_ton]")).to_have_value("1")
        clerk.unroute("**/received/")
        stuck.get_by_role("button", name="Send it now").click()
        expect_saved(clerk, "1.000", "2.000")

    def test_does_not_keep_the_line_from_being_put_right(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        fail_for(clerk, "1", status=400)
        type_load(clerk, "1")

        put_right(clerk, "3")

        expect_saved(clerk, "3.000")

    def test_about_a_line_that_was_saved_asks_to_look_before_it_is_sent_put_right(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard.address)
        fail_for(clerk, "1", status=500, is_saved=True)
        type_load(clerk, "1")

        put_right(clerk, "3")

        line = clerk.locator("#received tbody[data-state=doubtful]")
        expect(line).to_contain_text("Check whether it has been saved")
        expect(line.locator("[name=qty_ton]")).to_have_value("3")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.all()] == ["1.000"]


class TestSessions:
    def test_after_the_session_has_ended_one_signs_in_and_it_goes_on(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        Session.objects.all().delete()

        type_load(clerk, "1")
        type_load(clerk, "2", ends_with="")
        expect(clerk.locator("#save-status")).to_contain_text("You have been signed out.")
        clerk.get_by_role("link", name="Sign in again to send").click()
        clerk.fill("[name=login]", yard.alice.email)
        clerk.fill("[name=password]", PASSWORD)
        clerk.press("[name=password]", "Enter")
        clerk.wait_for_url(f"**{yard.address}")

        expect_saved(clerk, "1.000", "2.000")

    def test_somebody_else_sees_and_sends_nothing_of_it(self, clerk: Page, yard: Yard, base_url: str) -> None:
        olga = make_member(yard.site, name="Olga")
        open_sheet(clerk, yard.address)
        sign_in(clerk.context, olga, base_url)

        type_load(clerk, "1")
        expect(clerk.locator("#save-status")).to_contain_text("Another person has signed in here.")
        open_sheet(clerk, yard.address)
        expect(clerk.locator("#received tbody[data-record]")).to_have_count(0)
        expect(clerk.locator("#received tbody[data-state]")).to_have_count(0)
        expect(clerk.locator("#save-status")).to_be_hidden()
        assert ReceivedMaterial.objects.count() == 0
        sign_in(clerk.context, yard.alice, base_url)
        open_sheet(clerk, yard.address)

        expect_saved(clerk, "1.000")
        assert ReceivedMaterial.objects.get().created_by == yard.alice

    def test_no_copy_of_the_sheet_outlives_the_session(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        wait_for_copies(clerk, 1)

        clerk.locator(".person summary").click()
        clerk.get_by_role("button", name="Sign out").click()

        clerk.wait_for_url("**/")
        wait_for_copies(clerk, 0)

    def test_no_copy_of_the_sheet_outlives_sessions_that_were_ended_elsewhere(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard.address)
        wait_for_copies(clerk, 1)

        # As "End every session" does.
        Session.objects.all().delete()
        clerk.goto(yard.address)

        clerk.wait_for_url("**/accounts/login/**")
        wait_for_copies(clerk, 0)

    def test_a_copy_of_the_sheet_outlives_an_answer_that_the_portal_is_busy(
        self, clerk: Page, yard: Yard, base_url: str
    ) -> None:
        open_sheet(clerk, yard.address)
        wait_for_copies(clerk, 1)

        with override_settings(WEB_THREADS=2), mock.patch.object(middleware, "MOST_OF_A_PAGE", 0):
            clerk.goto(f"{base_url}/dashboard/")
            expect(clerk.get_by_role("heading", name="The portal is busy")).to_be_visible()
            clerk.wait_for_load_state("networkidle")

        wait_for_copies(clerk, 1)


class TestATabThatIsClosed:
    def test_leaves_the_unfinished_line_behind(self, clerk: Page, yard: Yard) -> None:
        context: BrowserContext = clerk.context
        open_sheet(clerk, yard.address)
        type_load(clerk, "12.3", ends_with="")
        clerk.close()

        again = context.new_page()
        open_sheet(again, yard.address)

        expect(again.locator("#save-status")).to_contain_text("1 line is not finished.")
        cell = again.locator("#received tbody[data-state=typing] [name=qty_ton]")
        expect(cell).to_have_value("12.3")
        assert ReceivedMaterial.objects.count() == 0
        cell.press("End")
        again.keyboard.type("5")
        again.keyboard.press("Enter")
        expect_saved(again, "12.350")


class TestLinesLeftBehind:
    def test_are_sent_from_whichever_page_is_opened_next(
        self, clerk: Page, yard: Yard, base_url: str
    ) -> None:
        open_sheet(clerk, yard.address)
        cut_off(clerk)
        type_load(clerk, "1")
        expect(clerk.locator("#save-status")).to_contain_text("1 line is not yet sent")

        clerk.unroute("**/received/")
        with clerk.expect_response("**/received/") as answer:
            clerk.goto(f"{base_url}/production/")

        assert answer.value.status == 200
        open_sheet(clerk, yard.address)
        expect_saved(clerk, "1.000")

    def test_by_the_first_release_are_sent_again(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        type_load(clerk, "1,250")
        expect(clerk.locator("#received tbody[data-state=refused]")).to_have_count(1)
        clerk.evaluate(
            """() => {
              const key = Object.keys(localStorage).find((name) => name.startsWith("deskops:line:"));
              const { problem, answer, ...kept } = JSON.parse(localStorage.getItem(key));
              kept.values.qty_ton = "2";
              const told = { state: "asks", told: ["Is that right?"], confirmed: "on" };
              localStorage.setItem(key, JSON.stringify({ ...kept, state: "asks", told }));
            }"""
        )

        open_sheet(clerk, yard.address)

        expect_saved(clerk, "2.000")

    def test_on_a_day_that_was_closed_meanwhile_are_shown_and_kept_until_taken_away(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard.address)
        cut_off(clerk)
        type_load(clerk, "1")
        expect(clerk.locator("#save-status")).to_contain_text("1 line is not yet sent")
        make_submitted_day(yard.site, yard.today, by=yard.alice)

        clerk.unroute("**/received/")
        open_sheet(clerk, yard.address)

        left = clerk.locator("[data-status-lines] > li")
        expect(left).to_contain_text("Asphalt debris")
        expect(left).to_contain_text("is submitted and takes no changes")
        assert ReceivedMaterial.objects.count() == 0
        left.get_by_role("button", name="Remove it").click()
        expect(clerk.locator("#save-status")).to_be_hidden()


def cut_off(page: Page) -> None:
    """Let no load reach the portal."""
    page.route("**/received/", lambda route: route.abort())


def lock(yard: Yard) -> None:
    """Hold what every write of the site waits for, until the transaction ends."""
    type(yard.site).objects.filter(pk=yard.site.pk).update(location="held")


@contextlib.contextmanager
def portal(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the portal from a process of its own, on the database of this test."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DEBUG": "true",
            "TESTING": "true",
            "ALLOWED_HOSTS": "127.0.0.1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    """Say whether a portal answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/service-worker.js", timeout=10):
            return True
    except OSError:
        return False


def fail_for(page: Page, tons: str, *, status: int, is_saved: bool = False) -> None:
    """Let loads of so many tons be answered with an error that says nothing, saved or not."""

    def answer(route: Route) -> None:
        if parse_qs(route.request.post_data or "")["qty_ton"] != [tons]:
            route.continue_()
            return
        if is_saved:
            route.fetch()
        route.fulfill(status=status, content_type="text/html", body="<h1>Oh</h1>")

    page.route("**/received/", answer)


def put_right(page: Page, tons: str) -> None:
    """Write other tons into the line that the portal does not take."""
    stuck = page.locator("#received tbody[data-state=stuck]")
    expect(stuck).to_have_count(1, timeout=MINUTE_MS)
    stuck.locator("[name=qty_ton]").fill(tons)
    page.locator("#received tbody[data-state=typing] [name=qty_ton]").press("Enter")
