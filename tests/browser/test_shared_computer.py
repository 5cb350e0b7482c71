"""What a browser keeps of the day sheet on a shared computer, after a reset of devices, and after a day."""

import datetime as dt

import pytest
from django.db.models import F
from playwright.sync_api import Dialog, Page, expect

from sites.models import User
from tests.browser.loads import open_sheet, type_load
from tests.browser.people import sign_in
from tests.browser.test_day_sheet_kept import wait_for_copies
from tests.browser.yards import Yard, make_yard
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "() => Object.keys(localStorage).filter((key) => key.startsWith('deskops:line:')).length"
KEPT_IN_TAB = KEPT.replace("localStorage", "sessionStorage")


@pytest.fixture
def yard() -> Yard:
    return make_yard()


def sign_in_by_the_form(page: Page, person: User, *, shared: bool) -> None:
    person.set_password(PASSWORD)
    person.save()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(PASSWORD)
    if shared:
        page.get_by_label("This is a shared computer").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("body.shell")).to_be_visible()


class TestSharedComputer:
    def test_keeps_lines_in_their_tab_alone_and_no_copies(self, page: Page, yard: Yard) -> None:
        sign_in_by_the_form(page, yard.alice, shared=True)
        open_sheet(page, yard.address)
        page.context.set_offline(True)
        type_load(page, "12.5")
        expect(page.locator("#save-status")).to_contain_text("1 line is not yet sent")
        expect(page.locator("#save-status")).to_contain_text("This is a shared computer")

        assert page.evaluate(KEPT) == 0
        assert page.evaluate(KEPT_IN_TAB) == 1
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0

    def test_asks_before_signing_out_removes_what_is_not_sent(self, page: Page, yard: Yard) -> None:
        sign_in_by_the_form(page, yard.alice, shared=True)
        open_sheet(page, yard.address)
        page.context.set_offline(True)
        type_load(page, "12.5")
        expect(page.locator("#save-status")).to_contain_text("1 line is not yet sent")
        requested: list[str] = []

        def refuse(dialog: Dialog) -> None:
            requested.append(dialog.message)
            dialog.dismiss()

        page.once("dialog", refuse)
        page.locator("details.person summary").click()
        page.get_by_role("button", name="Sign out").click()

        assert "12.5" in requested[0]
        assert page.evaluate(KEPT_IN_TAB) == 1


class TestDeviceReset:
    def test_removes_lines_and_copies_and_names_what_it_removed(
        self, page: Page, yard: Yard, base_url: str
    ) -> None:
        sign_in(page.context, yard.alice, base_url)
        open_sheet(page, yard.address)
        wait_for_copies(page, 1)
        page.context.clear_cookies()
        type_load(page, "12.5")
        expect(page.locator("#save-status")).to_contain_text("You have been signed out.")
        assert page.evaluate(KEPT) == 1
        User.objects.filter(pk=yard.alice.pk).update(device_resets=F("device_resets") + 1)

        sign_in(page.context, yard.alice, base_url)
        page.goto("/account/")

        expect(page.locator("#messages")).to_contain_text(
            "Removed from this one without being saved: 1 lines"
        )
        expect(page.locator("#messages")).to_contain_text("12.5")
        assert page.evaluate(KEPT) == 0
        page.reload()
        expect(page.locator("#messages .toast")).to_have_count(0)

    def test_leaves_what_is_typed_later(self, page: Page, yard: Yard, base_url: str) -> None:
        User.objects.filter(pk=yard.alice.pk).update(device_resets=3)
        sign_in(page.context, yard.alice, base_url)
        open_sheet(page, yard.address)
        wait_for_copies(page, 1)
        page.context.set_offline(True)
        type_load(page, "12.5")
        expect(page.locator("#save-status")).to_contain_text("1 line is not yet sent")

        page.reload()

        expect(page.locator("#save-status")).to_contain_text("1 line is not yet sent")


class TestCopies:
    def test_end_after_a_day(self, page: Page, yard: Yard, base_url: str) -> None:
        sign_in(page.context, yard.alice, base_url)
        open_sheet(page, yard.address)
        wait_for_copies(page, 1)
        old = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)).isoformat()
        page.evaluate(
            """async (old) => {
              const pages = await caches.open("deskops-pages");
              for (const request of await pages.keys()) {
                const copy = await pages.match(request);
                const headers = new Headers(copy.headers);
                headers.set("X-Copied", old);
                await pages.put(request, new Response(await copy.text(), { headers }));
              }
            }""",
            old,
        )
        page.context.set_offline(True)

        with pytest.raises(Exception, match=r"ERR_|interrupted"):
            page.reload()

        page.context.set_offline(False)
        page.goto("/account/")
        wait_for_copies(page, 0)
