"""The shell in a real browser: keyboard, appearance, narrow windows, no scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sites.models import User
from tests.browser.accessibility import assert_fits, assert_nobody_is_kept_out, give_axe
from tests.browser.people import complaints_of, sign_in
from tests.factories import make_member, make_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = "/shortcuts/"
WIDTHS = [1440, 1280, 768, 390, 320]


@pytest.fixture
def alice() -> User:
    """Make Alice, who works on two sites."""
    return make_member(make_site(code="YARD-NORTH"), make_site(code="YARD-EAST"), name="Alice")


@pytest.fixture
def shell(page: Page, alice: User, base_url: str) -> Iterator[Page]:
    """Open a page as Alice, and take any complaint of the browser for a failure."""
    complaints = complaints_of(page, but_for=())
    sign_in(page.context, alice, base_url)
    page.goto(PAGE)
    yield page
    assert complaints == []


class TestAccessibility:
    @pytest.mark.parametrize("theme", ["Light", "Dark"])
    def test_finds_nothing_to_complain_of(self, shell: Page, theme: str) -> None:
        shell.locator(".person summary").click()
        shell.get_by_role("button", name=theme).click()
        expect(shell.locator("html")).to_have_attribute("data-theme", theme.lower())
        give_axe(shell)

        for width in WIDTHS:
            shell.set_viewport_size({"width": width, "height": 800})

            assert_nobody_is_kept_out(shell)

    def test_needs_no_scrolling_sideways(self, shell: Page) -> None:
        for width in WIDTHS:
            shell.set_viewport_size({"width": width, "height": 800})

            assert_fits(shell)

    def test_lets_the_keyboard_skip_to_the_content(self, shell: Page) -> None:
        shell.keyboard.press("Tab")
        expect(shell.get_by_role("link", name="Skip to the content")).to_be_focused()

        shell.keyboard.press("Enter")

        expect(shell.locator("main")).to_be_focused()


class TestShortcuts:
    def test_open_their_list_and_close_it(self, shell: Page) -> None:
        shell.keyboard.press("?")
        dialog = shell.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog).to_be_visible()

        shell.keyboard.press("Escape")

        expect(dialog).to_be_hidden()

    def test_can_be_switched_off(self, shell: Page) -> None:
        shell.get_by_role("button", name="Shortcuts on").click()

        shell.keyboard.press("?")

        expect(shell.get_by_role("button", name="Shortcuts on")).to_have_attribute("aria-pressed", "false")
        expect(shell.get_by_role("dialog")).to_be_hidden()


class TestAppearance:
    def test_turns_dark_at_once_and_stays_so(self, shell: Page) -> None:
        shell.locator(".person summary").click()
        with shell.expect_response("**/appearance/theme/"):
            shell.get_by_role("button", name="Dark").click()
        expect(shell.locator("html")).to_have_attribute("data-theme", "dark")

        shell.reload()

        expect(shell.locator("html")).to_have_attribute("data-theme", "dark")

    def test_narrows_the_menu_at_once_and_it_stays_so(self, shell: Page) -> None:
        with shell.expect_response("**/appearance/sidebar/"):
            shell.get_by_role("button", name="Narrow menu").click()
        expect(shell.locator("html")).to_have_attribute("data-sidebar", "rail")

        shell.reload()

        expect(shell.locator("html")).to_have_attribute("data-sidebar", "rail")


class TestSiteSwitch:
    def test_needs_no_second_press(self, shell: Page) -> None:
        shell.get_by_label("Site", exact=True).select_option("YARD-NORTH")

        expect(shell).to_have_url(re.compile(r"\?site=YARD-NORTH$"))

    def test_works_without_a_script(self, browser: Browser, alice: User, base_url: str) -> None:
        context = browser.new_context(java_script_enabled=False, base_url=base_url)
        sign_in(context, alice, base_url)
        page = context.new_page()
        page.goto(PAGE)

        page.locator("#site-switch").select_option("YARD-NORTH")
        page.get_by_role("button", name="Go").click()

        expect(page).to_have_url(re.compile(r"\?site=YARD-NORTH$"))
        context.close()


class TestMenus:
    def test_close_when_one_looks_elsewhere(self, shell: Page) -> None:
        menu = shell.locator(".person")
        menu.locator("summary").click()
        expect(menu).to_have_attribute("open", "")

        shell.locator("h1").click()

        expect(menu).not_to_have_attribute("open", "")
