"""A clerk's hand on the keyboard: entering, correcting and deleting lines, with scripts and without."""

import pytest
from playwright.sync_api import Browser, Page, expect

from production.models import Production
from received.models import ReceivedMaterial
from sites.models import Material, Operation, Site, User
from tests.browser.accessibility import assert_nobody_is_kept_out, give_axe
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import make_north_yard
from tests.factories import make_material, make_member, make_operation, make_production

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINES = 20


@pytest.fixture
def alice() -> User:
    """Make Alice, a yard and what she needs to enter lines."""
    make_operation(code="MAKE", name="Crushing")
    for number in range(LINES):
        make_material(code=f"AGG-{number:02}", name=f"Aggregate {number:02}", position=number)
    make_material(code="DEBRIS", name="Debris", tons_per_load="18", position=99)
    return make_member(make_north_yard(), name="Alice")


@pytest.fixture
def clerk(page: Page, alice: User, base_url: str) -> Page:
    sign_in(page.context, alice, base_url)
    return page


class TestQuickEntry:
    def test_takes_twenty_lines_from_the_keyboard_alone_and_loads_no_page(self, clerk: Page) -> None:
        complaints = complaints_of(clerk)
        clerk.goto("/production/?site=YARD-NORTH")
        clerk.evaluate("window.stillHere = true")
        clerk.keyboard.press("n")
        clerk.keyboard.type("Aggregate 00")
        clerk.keyboard.press("Tab")
        clerk.keyboard.type("Crushing")
        clerk.keyboard.press("Tab")

        for number in range(LINES):
            if number:
                clerk.keyboard.press("Shift+Tab")
                clerk.keyboard.press("Shift+Tab")
                clerk.keyboard.type(f"Aggregate {number:02}")
                clerk.keyboard.press("Tab")
                clerk.keyboard.press("Tab")
            clerk.keyboard.type(f"{number + 1}.25")
            clerk.keyboard.press("Enter")
            expect(clerk.locator("#rows > tr")).to_have_count(number + 1)
            expect(clerk.locator("#entry [name=qty_ton]")).to_be_focused()

        assert Production.objects.count() == LINES
        expect(clerk.locator("#totals")).to_contain_text("215.00")
        assert clerk.evaluate("window.stillHere")
        assert complaints == []

    def test_leaves_the_focus_where_a_fast_hand_has_taken_it(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        clerk.evaluate("""
            new MutationObserver(() => document.querySelector("#entry [name=material]").focus())
                .observe(document.getElementById("rows"), { childList: true })
        """)
        clerk.select_option("#entry [name=material]", label="Debris")
        clerk.fill("#entry [name=qty_ton]", "10")
        clerk.press("#entry [name=qty_ton]", "Enter")
        expect(clerk.locator("#rows > tr")).to_have_count(1)

        # The focus would be taken back in a moment, if at all.
        clerk.wait_for_timeout(200)
        expect(clerk.locator("#entry [name=material]")).to_be_focused()

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        clerk.select_option("#entry [name=material]", label="Debris")
        clerk.fill("#entry [name=source]", "City works")
        clerk.fill("#entry [name=qty_ton]", "1,250")
        clerk.press("#entry [name=qty_ton]", "Enter")

        expect(clerk.locator(".form-summary")).to_be_focused()
        expect(clerk.locator("#entry [name=qty_ton]")).to_have_value("1,250")
        expect(clerk.locator("#entry [name=source]")).to_have_value("City works")
        assert ReceivedMaterial.objects.count() == 0

    def test_turns_loads_into_tons(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        clerk.select_option("#entry [name=material]", label="Debris")
        clerk.fill("#entry [name=loads]", "3")
        clerk.press("#entry [name=loads]", "Enter")

        expect(clerk.locator("#rows > tr")).to_contain_text("54.00")


class TestWarnings:
    def enter(self, page: Page, tons: str) -> None:
        page.select_option("#entry [name=material]", label="Debris")
        page.fill("#entry [name=qty_ton]", tons)
        page.press("#entry [name=qty_ton]", "Enter")

    def test_is_confirmed_with_one_key(self, clerk: Page) -> None:
        complaints = complaints_of(clerk)
        clerk.goto("/received/?site=YARD-NORTH")
        self.enter(clerk, "18.5")
        expect(clerk.locator("#rows > tr")).to_have_count(1)
        self.enter(clerk, "18.5")

        expect(clerk.locator("#entry .notice--warning")).to_contain_text("The same line is there already")
        expect(clerk.get_by_role("button", name="Save anyway")).to_be_focused()
        clerk.keyboard.press("Enter")

        expect(clerk.locator("#rows > tr")).to_have_count(2)
        assert complaints == []
        assert ReceivedMaterial.objects.exclude(confirmed_warnings=[]).count() == 1

    def test_leads_back_to_what_was_typed_with_escape(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        self.enter(clerk, "18.5")
        expect(clerk.locator("#rows > tr")).to_have_count(1)
        self.enter(clerk, "18.5")
        expect(clerk.get_by_role("button", name="Save anyway")).to_be_focused()

        clerk.keyboard.press("Escape")
        expect(clerk.locator("#entry [name=qty_ton]")).to_be_focused()
        clerk.keyboard.type("19.5")
        clerk.keyboard.press("Enter")

        expect(clerk.locator("#rows > tr")).to_have_count(2)
        assert not ReceivedMaterial.objects.exclude(confirmed_warnings=[]).exists()

    def test_of_a_correction_is_confirmed_with_one_key_in_its_line(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        for number, tons in enumerate(("18.5", "19"), start=1):
            self.enter(clerk, tons)
            expect(clerk.locator("#rows > tr")).to_have_count(number)
        line = clerk.locator("#rows > tr").first
        line.get_by_role("link", name="Edit").click()
        line.locator("[name=qty_ton]").fill("18.5")
        line.locator("[name=qty_ton]").press("Enter")
        expect(line.get_by_role("button", name="Save anyway")).to_be_focused()
        clerk.keyboard.press("Enter")

        expect(line).to_contain_text("18.50")
        assert ReceivedMaterial.objects.filter(qty_ton="18.5").count() == 2

    def test_is_confirmed_with_one_key_without_scripts(
        self, browser: Browser, alice: User, base_url: str
    ) -> None:
        context = browser.new_context(java_script_enabled=False, base_url=base_url)
        sign_in(context, alice, base_url)
        page = context.new_page()
        page.goto("/received/?site=YARD-NORTH")
        self.enter(page, "18.5")
        expect(page.locator("#rows > tr")).to_have_count(1)
        self.enter(page, "18.5")

        expect(page.get_by_role("button", name="Save anyway")).to_be_focused()
        page.keyboard.press("Enter")

        expect(page.locator("#rows > tr")).to_have_count(2)


class TestCorrecting:
    def test_happens_in_the_line_and_can_be_given_up(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        clerk.select_option("#entry [name=material]", label="Debris")
        clerk.fill("#entry [name=qty_ton]", "10")
        clerk.press("#entry [name=qty_ton]", "Enter")
        line = clerk.locator("#rows > tr")
        line.get_by_role("link", name="Edit").click()
        line.get_by_role("link", name="Cancel").click()
        line.get_by_role("link", name="Edit").click()
        line.locator("[name=qty_ton]").fill("11.5")
        line.locator("[name=qty_ton]").press("Enter")

        expect(line).to_contain_text("11.50")
        expect(clerk.locator("#totals")).to_contain_text("11.50")

    def test_deleting_asks_in_the_line(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        clerk.select_option("#entry [name=material]", label="Debris")
        clerk.fill("#entry [name=qty_ton]", "10")
        clerk.press("#entry [name=qty_ton]", "Enter")
        line = clerk.locator("#rows > tr")
        line.get_by_role("link", name="Delete").click()
        expect(line).to_contain_text("Stock of Debris goes down by 10.00 t")
        line.get_by_role("button", name="Delete").click()

        expect(clerk.locator("#rows > tr")).to_have_count(0)
        assert ReceivedMaterial.objects.count() == 0


class TestWithoutScripts:
    def test_everything_of_a_record_still_works(self, browser: Browser, alice: User, base_url: str) -> None:
        context = browser.new_context(java_script_enabled=False, base_url=base_url)
        sign_in(context, alice, base_url)
        page = context.new_page()
        page.goto("/received/?site=YARD-NORTH")
        page.select_option("#entry [name=material]", label="Debris")
        page.fill("#entry [name=qty_ton]", "10")
        page.press("#entry [name=qty_ton]", "Enter")
        expect(page.locator("#rows > tr")).to_contain_text("10.00")
        page.get_by_role("link", name="Show the totals of this filter").click()
        expect(page.locator("#totals")).to_contain_text("10.00")
        page.get_by_role("link", name="Edit").click()
        page.fill("[name=qty_ton]", "abc")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".form-summary")).to_be_visible()
        page.fill("[name=qty_ton]", "12")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#rows > tr")).to_contain_text("12.00")
        page.locator("#rows").get_by_role("link", name="Delete").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator("#rows > tr")).to_have_count(0)
        page.get_by_role("link", name="Show what was deleted").click()
        expect(page.locator("main tbody > tr")).to_have_count(1)
        context.close()


class TestCompletion:
    def test_offers_what_the_site_used_before_while_one_types(self, clerk: Page) -> None:
        complaints = complaints_of(clerk)
        clerk.goto("/received/?site=YARD-NORTH")
        for source in ("City works", "Harbour"):
            clerk.select_option("#entry [name=material]", label="Debris")
            clerk.fill("#entry [name=source]", source)
            clerk.fill("#entry [name=qty_ton]", "10")
            clerk.press("#entry [name=qty_ton]", "Enter")
            expect(clerk.locator("#rows")).to_contain_text(source)
        offered = clerk.locator("#entry_source_suggestions option")

        clerk.focus("#entry [name=source]")
        expect(offered).to_have_count(2)
        clerk.keyboard.type("RB")

        expect(offered).to_have_count(1)
        expect(offered).to_have_attribute("value", "Harbour")
        expect(clerk.locator("#entry [name=source]")).to_have_value("RB")
        assert complaints == []

    def test_offers_it_in_a_line_that_is_corrected(self, clerk: Page) -> None:
        clerk.goto("/received/?site=YARD-NORTH")
        clerk.select_option("#entry [name=material]", label="Debris")
        clerk.fill("#entry [name=source]", "Harbour")
        clerk.fill("#entry [name=qty_ton]", "10")
        clerk.press("#entry [name=qty_ton]", "Enter")
        clerk.locator("#rows").get_by_role("link", name="Edit").click()

        clerk.fill("#rows [name=source]", "har")

        expect(clerk.locator("#rows datalist option")).to_have_attribute("value", "Harbour")


class TestOnAPhone:
    def test_shows_records_first_and_the_form_behind_add(
        self, browser: Browser, alice: User, base_url: str
    ) -> None:
        enter_ten_tons(alice)
        context = browser.new_context(
            base_url=base_url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        sign_in(context, alice, base_url)
        page = context.new_page()
        page.goto("/production/?site=YARD-NORTH")

        assert top_of(page, "#rows > tr") < 500
        expect(page.locator("#entry")).to_be_hidden()
        for target in (page.get_by_role("link", name="Add", exact=True), page.locator("#rows .select-row")):
            size = target.bounding_box()
            assert size is not None
            assert min(size["width"], size["height"]) >= 44
        row, history = (
            page.locator(at).first.bounding_box() for at in ("#rows > tr", "#rows .actions > :last-child")
        )
        assert row is not None
        assert history is not None
        assert history["x"] + history["width"] <= row["x"] + row["width"]
        give_axe(page)
        assert_nobody_is_kept_out(page)

        page.get_by_role("link", name="Add", exact=True).tap()
        page.select_option("#entry [name=material]", label="Aggregate 00")
        page.select_option("#entry [name=operation]", label="Crushing")
        page.fill("#entry [name=qty_ton]", "10")
        page.get_by_role("button", name="Save", exact=True).tap()

        expect(page.locator("#rows > tr")).to_have_count(2)
        expect(page.locator("#entry")).to_be_visible()
        page.get_by_role("link", name="Close", exact=True).tap()
        expect(page.locator("#entry")).to_be_hidden()
        context.close()

    def test_opens_the_form_by_its_key_in_a_narrow_window(self, clerk: Page, alice: User) -> None:
        enter_ten_tons(alice)
        clerk.set_viewport_size({"width": 390, "height": 844})
        clerk.goto("/production/?site=YARD-NORTH")

        clerk.keyboard.press("n")

        expect(clerk.locator("#entry [name=material]")).to_be_focused()


def enter_ten_tons(by: User) -> None:
    site = Site.objects.get(code="YARD-NORTH")
    material, operation = Material.objects.get(code="AGG-01"), Operation.objects.get(code="MAKE")
    make_production(site, material, operation, by=by, date=site.today(), tons="10")


def top_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]
