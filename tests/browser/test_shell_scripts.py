"""The small scripts: refreshing, sending once, saying what went wrong, moving by the keyboard."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.people import sign_in
from tests.browser.shell_urls import counts
from tests.factories import make_member, make_site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.browser.shell_urls"),
]


@pytest.fixture
def scripts(page: Page, base_url: str) -> Page:
    """Open the page of the scripts, its clock in our hand."""
    sign_in(page.context, make_member(make_site(code="YARD-NORTH"), name="Alice"), base_url)
    counts.update(card=0, sent=0, version=1)
    page.clock.install()
    page.goto("/scripts/")
    return page


def wait_a_minute(page: Page) -> None:
    """Let a minute of the page pass."""
    page.clock.run_for(61_000)


class TestPolling:
    def test_fetches_the_card_again_each_minute(self, scripts: Page) -> None:
        counts["version"] = 2

        wait_a_minute(scripts)

        expect(scripts.locator("#card")).to_have_text("Version 2")

    def test_keeps_the_card_while_nothing_has_changed(self, scripts: Page) -> None:
        card = scripts.locator("#card")
        card.evaluate("card => { card.dataset.of = 'the page' }")
        wait_a_minute(scripts)
        expect(card).not_to_have_attribute("data-of", "the page")
        card.evaluate("card => { card.dataset.of = 'the first answer' }")

        with scripts.expect_response("**/card/") as answer:
            wait_a_minute(scripts)

        assert answer.value.status == 304
        expect(card).to_have_attribute("data-of", "the first answer")

    def test_keeps_the_focus_where_it_was(self, scripts: Page) -> None:
        scripts.locator("#card a").focus()
        counts["version"] = 3

        wait_a_minute(scripts)

        expect(scripts.locator("#card a")).to_have_text("Version 3")
        expect(scripts.locator("#card a")).to_be_focused()

    def test_rests_while_nobody_looks_and_hurries_when_somebody_does(self, scripts: Page) -> None:
        scripts.evaluate(
            "Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true })"
        )
        scripts.evaluate("window.away = true")
        wait_a_minute(scripts)
        assert counts["card"] == 0

        with scripts.expect_response("**/card/"):
            scripts.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")

        assert counts["card"] == 1


class TestBackground:
    def test_marks_what_a_page_requests_by_itself_and_not_what_a_person_does(self, scripts: Page) -> None:
        scripts.evaluate(
            """() => {
                const poll = '<p id="poll" hx-get="/shortcuts/" hx-trigger="every 3s" hx-swap="none"></p>';
                document.body.insertAdjacentHTML("beforeend", poll);
                htmx.process(document.getElementById("poll"));
            }"""
        )

        with scripts.expect_request("**/shortcuts/") as polled:
            scripts.clock.run_for(4_000)
        with scripts.expect_request("**/message/") as pressed:
            scripts.get_by_role("button", name="Say it").click()

        assert polled.value.headers["x-background"] == "true"
        assert "x-background" not in pressed.value.headers


class TestSendingOnce:
    def test_sends_a_form_once_however_often_it_is_pressed(self, scripts: Page) -> None:
        scripts.goto("/scripts/?plain")
        scripts.get_by_label("Tons").fill("12")

        with scripts.expect_navigation():
            scripts.evaluate(
                "const form = document.getElementById('entry'); form.requestSubmit(); form.requestSubmit()"
            )

        assert counts["sent"] == 1


class TestErrors:
    @pytest.mark.parametrize("address", ["/scripts/", "/scripts/?plain"])
    def test_take_the_focus_and_lead_into_the_field(self, scripts: Page, address: str) -> None:
        scripts.goto(address)
        scripts.get_by_label("Tons").fill("many")
        scripts.get_by_label("Notes").fill("kept")

        scripts.get_by_role("button", name="Save").click()

        expect(scripts.locator(".form-summary")).to_be_focused()
        expect(scripts.get_by_label("Notes")).to_have_value("kept")
        scripts.get_by_role("link", name="Tons: Enter a number.").click()
        expect(scripts.get_by_label("Tons")).to_be_focused()

    def test_of_the_network_are_shown_and_lose_nothing(self, scripts: Page) -> None:
        scripts.get_by_label("Tons").fill("12")
        scripts.context.set_offline(True)

        scripts.get_by_role("button", name="Save").click()

        expect(scripts.get_by_text("The portal cannot be reached.")).to_be_visible()
        expect(scripts.get_by_label("Tons")).to_have_value("12")

    def test_of_the_portal_are_shown(self, scripts: Page) -> None:
        scripts.get_by_role("button", name="Ask for what is gone").click()

        expect(scripts.get_by_text("That is no longer here.")).to_be_visible()

    def test_put_no_sign_in_page_into_the_middle_of_another(self, scripts: Page) -> None:
        scripts.get_by_label("Tons").fill("12")
        scripts.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

        scripts.get_by_role("button", name="Save").click()

        expect(scripts.get_by_text("You have been signed out.")).to_be_visible()
        expect(scripts.get_by_label("Tons")).to_have_value("12")


class TestProofOfOrigin:
    def test_is_that_of_now_after_signing_in_again_elsewhere(self, scripts: Page, base_url: str) -> None:
        scripts.context.add_cookies([{"name": "csrftoken", "value": "n" * 32, "url": base_url}])
        scripts.get_by_label("Tons").fill("12")

        with scripts.expect_response("**/entry/") as answer:
            scripts.get_by_role("button", name="Save").click()

        assert answer.value.status == 200


class TestMessages:
    def test_arrive_next_to_an_answer_and_can_be_put_away(self, scripts: Page) -> None:
        scripts.get_by_role("button", name="Say it").click()
        expect(scripts.get_by_role("status").get_by_text("It was said.")).to_be_visible()

        scripts.get_by_role("button", name="Dismiss").click()

        expect(scripts.get_by_text("It was said.")).to_be_hidden()


class TestRows:
    def test_are_moved_through_by_j_k_and_the_arrows(self, scripts: Page) -> None:
        one, two = scripts.locator("a[href='#one']"), scripts.locator("a[href='#two']")

        scripts.keyboard.press("j")
        expect(one).to_be_focused()
        scripts.keyboard.press("ArrowDown")
        expect(two).to_be_focused()
        scripts.keyboard.press("k")
        expect(one).to_be_focused()


class TestKeys:
    def test_lead_to_the_filter_but_never_out_of_a_field(self, scripts: Page) -> None:
        scripts.keyboard.press("/")
        expect(scripts.get_by_label("Words")).to_be_focused()

        scripts.keyboard.type("g d / ?")

        expect(scripts.get_by_label("Words")).to_have_value("g d / ?")
        expect(scripts.get_by_role("dialog")).to_be_hidden()
