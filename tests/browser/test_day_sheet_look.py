"""How the day sheet looks: in both themes, on paper, on a phone."""

import datetime as dt

import pytest
from playwright.sync_api import Browser, Page, expect

from received.models import ReceivedMaterial
from tests.browser.accessibility import (
    RULES,
    SCHEMES,
    assert_fits,
    assert_is_touchable,
    assert_nobody_is_kept_out,
    give_axe,
    wear,
)
from tests.browser.loads import paste
from tests.browser.people import complaints_of, sign_in
from tests.browser.sheets import open_sheet, press
from tests.browser.yards import Yard
from tests.factories import make_submitted_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is tapped on the sheet and is smaller than 44 pixels; a link within a sentence is as high as its text.
SMALL_TARGETS = """
    [...document.querySelectorAll("#sheet :is(a, button, select, input, textarea, summary)")]
      .filter((one) => one.type !== "hidden" && one.offsetParent && !one.closest("p span, li, .closing"))
      .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
      .filter(([, box]) => box.height && (box.height < 43.5 || box.width < 43.5))
      .map(([text, box]) => `${text} ${box.width}x${box.height}`)
"""


@pytest.fixture
def clerk(clerk: Page) -> Page:
    """Stop Alice's clock."""
    # However slow the machine is, no letter comes so late that it begins another word.
    clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    return clerk


class TestLook:
    def test_in_both_themes_and_at_every_width(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        complaints = complaints_of(clerk)
        open_sheet(clerk, yard)
        clerk.focus("#dispatch [name=material]")
        press(clerk, "g", "Tab", "cr", "Tab", "5", "Enter")
        expect(clerk.locator("#dispatch tbody[data-state=asks]")).to_have_count(1)
        press(clerk, "g", "Tab", "Tab", "five", "Enter")
        expect(clerk.locator("#dispatch tbody[data-state=refused]")).to_have_count(1)

        give_axe(clerk)
        for scheme in SCHEMES:
            wear(clerk, scheme)
            for width in (1280, 320):
                clerk.set_viewport_size({"width": width, "height": 900})

                assert_nobody_is_kept_out(clerk, RULES[scheme])
                assert_fits(clerk)
        assert complaints == []

    @pytest.mark.parametrize("is_phone", [False, True])
    def test_of_what_comes_and_goes_keeps_nobody_out(
        self, browser: Browser, yard: Yard, base_url: str, *, is_phone: bool
    ) -> None:
        for tons in ("1", "2", "3"):
            yard.enter("received", material="RAW-ASPHALT", qty_ton=tons)
        size = {"width": 390, "height": 844} if is_phone else {"width": 1280, "height": 720}
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]  # a size
            has_touch=is_phone,
            is_mobile=is_phone,
            base_url=base_url,
        )
        sign_in(context, yard.alice, base_url)
        page = context.new_page()
        open_sheet(page, yard)
        give_axe(page)

        def look() -> None:
            for scheme in SCHEMES:
                wear(page, scheme)
                assert_nobody_is_kept_out(page, RULES[scheme])
            assert_fits(page)
            if is_phone:
                assert_is_touchable(page)

        def open_line(window: Page) -> None:
            if is_phone:
                window.locator("#received .line__summary button").first.tap()
            window.locator("#received tbody[data-record] [name=source]").first.focus()

        open_line(page)
        press(page, "Shift+ArrowDown", "Shift+ArrowDown")
        expect(page.locator("#selection")).to_be_visible()
        look()
        press(page, "Control+Delete", "Enter")
        expect(page.locator("#undo")).to_be_visible()
        look()
        page.locator("#undo button").click()
        expect(page.locator("#undo")).to_contain_text("Undone.")
        templates = page.locator("#received [data-templates]")
        templates.locator("summary").click()
        templates.get_by_label("Save these lines as").fill("Monday crew")
        templates.get_by_role("button", name="Save the template").click()
        expect(templates).to_contain_text("Monday crew")
        look()
        press(page, "Escape")
        for tons in ("777", "888"):
            page.locator("#dispatch tbody[data-line]").last.locator("[name=material]").focus()
            press(page, "g", "Tab", "cr", "Tab", tons, "Enter")
        expect(page.locator("#dispatch tbody[data-state=asks]")).to_have_count(2)
        press(page, "Control+Enter")
        expect(page.locator("#warnings")).to_be_visible()
        look()
        page.get_by_role("button", name="Back to the sheet").click()
        # What was undone is at the end of its grid until the page is opened again.
        open_sheet(page, yard)
        give_axe(page)
        other = context.new_page()
        open_sheet(other, yard)
        open_line(page)
        page.locator("#received tbody[data-record] [name=source]").first.fill("one")
        open_line(other)
        other.locator("#received tbody[data-record] [name=source]").first.fill("two")
        page.bring_to_front()
        expect(page.locator("#received tbody[data-state=elsewhere]")).to_be_visible()
        paste(
            page,
            "production",
            "Date\tMaterial\tTons\n1.1.2026\tBeton\t5\n1.1.2026\tBeton\t6\nTotal\t\t11",
        )
        expect(page.locator("#production [data-alike]")).to_be_visible()
        page.locator("#day-over").evaluate(
            """(notice) => {
              notice.hidden = false;
              notice.querySelector("[data-text]").textContent = notice.dataset.text;
            }"""
        )
        look()
        context.close()


class TestPrinting:
    def test_names_what_is_not_saved_and_has_no_controls(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7", notes="wet\nsent back")
        open_sheet(clerk, yard)
        clerk.context.set_offline(True)
        paste(clerk, "received", "\n".join(f"Concrete debris\t{tons}" for tons in range(1, 64)))

        clerk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        clerk.emulate_media(media="print")

        printed = clerk.locator("#received tbody[data-state=pasted]").first.locator(".line__status")
        assert printed.evaluate("(status) => getComputedStyle(status, '::after').content") == '"Not saved"'
        assert printed.inner_text().strip() == ""
        expect(clerk.locator("#received [data-pasted-text]")).to_contain_text("3 more are not shown.")
        expect(clerk.locator("#sheet :is(button, input, select, textarea):visible")).to_have_count(0)
        expect(clerk.locator(".signatures")).to_be_visible()


class TestOnAPhone:
    def test_a_saved_line_is_one_row_that_opens_on_a_tap(
        self, browser: Browser, yard: Yard, base_url: str
    ) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        size = {"width": 390, "height": 844}
        context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, base_url=base_url)  # type: ignore[arg-type]  # a size
        sign_in(context, yard.alice, base_url)
        page = context.new_page()
        open_sheet(page, yard)
        row = page.locator(f"#received tbody[data-record='{key}']")
        tons = row.locator("[name=qty_ton]")
        expect(tons).to_be_hidden()
        box = row.bounding_box()
        assert box is not None
        assert box["height"] < 80

        summary = row.get_by_role("button", name="The line Asphalt debris, 7.00, City works")
        summary.tap()
        expect(tons).to_be_visible()
        summary.tap()
        expect(tons).to_be_hidden()
        summary.tap()
        tons.fill("8")
        tons.press("Enter")
        expect(row.locator(".line__summary")).to_contain_text("8.00")
        expect(tons).to_be_hidden()
        assert str(ReceivedMaterial.objects.get().qty_ton) == "8.000"

        page.locator("#dispatch").scroll_into_view_if_needed()
        page.get_by_role("button", name="Add a line").tap()
        expect(page.locator("[data-cell]:focus")).to_have_count(1)
        assert (
            page.locator("#received-new-0 [name=vehicle_ref]").get_attribute("autocapitalize") == "characters"
        )
        small = page.evaluate(SMALL_TARGETS)
        assert small == []
        context.close()

    def test_a_line_of_a_closed_day_shows_what_was_entered(
        self, browser: Browser, yard: Yard, base_url: str
    ) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        make_submitted_day(yard.site, yard.today, by=yard.alice)
        size = {"width": 390, "height": 844}
        context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, base_url=base_url)  # type: ignore[arg-type]  # a size
        sign_in(context, yard.alice, base_url)
        page = context.new_page()

        open_sheet(page, yard)

        row = page.locator(f"#received tbody[data-record='{key}']")
        expect(row.locator(".line__summary")).to_have_text("Asphalt debris · 7.00 · City works")
        summary = row.get_by_role("button", name="The line Asphalt debris, 7.00, City works")
        summary.tap()
        expect(row.locator("td[data-label=Tons]")).to_be_visible()
        summary.tap()
        expect(row.locator("td[data-label=Tons]")).to_be_hidden()
        context.close()
