"""A line of which an answer says nothing holds up no other, and is neither lost nor saved twice."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

from received.models import ReceivedMaterial
from tests.browser.loads import MINUTE_MS, expect_saved, open_sheet, type_load
from tests.browser.people import sign_in
from tests.browser.yards import Yard, make_yard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def yard() -> Yard:
    return make_yard()


@pytest.fixture
def clerk(page: Page, yard: Yard, base_url: str) -> Page:
    sign_in(page.context, yard.alice, base_url)
    open_sheet(page, yard.address)
    return page


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


class TestAnAnswerThatSaysNothing:
    def test_holds_up_no_other_line_and_is_shown_at_its_own(self, clerk: Page) -> None:
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

    def test_does_not_keep_the_line_from_being_put_right(self, clerk: Page) -> None:
        fail_for(clerk, "1", status=400)
        type_load(clerk, "1")

        put_right(clerk, "3")

        expect_saved(clerk, "3.000")

    def test_about_a_line_that_was_saved_asks_to_look_before_it_is_sent_put_right(self, clerk: Page) -> None:
        fail_for(clerk, "1", status=500, is_saved=True)
        type_load(clerk, "1")

        put_right(clerk, "3")

        line = clerk.locator("#received tbody[data-state=doubtful]")
        expect(line).to_contain_text("Check whether it has been saved")
        expect(line.locator("[name=qty_ton]")).to_have_value("3")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.all()] == ["1.000"]
