"""The lines of the day sheet: what the portal answers, in notes and figures, and without scripts."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from dispatch.models import Dispatch
from received.models import ReceivedMaterial
from records import operations
from records.choices import Source
from records.registry import module
from tests.browser.people import sign_in
from tests.browser.sheets import open_sheet, press, saved_in
from tests.browser.yards import Yard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clerk(clerk: Page) -> Page:
    """Stop Alice's clock."""
    # However slow the machine is, no letter comes so late that it begins another word.
    clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    return clerk


class TestNotes:
    def test_of_a_line_keep_their_line_breaks_when_another_cell_is_changed(
        self, clerk: Page, yard: Yard
    ) -> None:
        notes = "first line\nsecond line"
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="12", notes=notes)
        open_sheet(clerk, yard)
        row = clerk.locator(f"#received tbody[data-record='{key}']")

        with clerk.expect_request(f"**/received/{key}/") as sent:
            row.locator("[name=qty_ton]").fill("12,5")
            clerk.keyboard.press("Enter")
        expect(row.locator(".line__status")).to_contain_text("Saved")

        assert "qty_ton=12%2C5" in (sent.value.post_data or "")
        assert "notes=" not in (sent.value.post_data or "")
        load = ReceivedMaterial.objects.get()
        assert (load.qty_ton, load.notes, load.version) == (Decimal("12.500"), notes, 2)


class TestFigures:
    def test_move_as_lines_are_saved(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        clerk.focus("#received [name=material]")

        press(clerk, "as", "Tab", "Tab", "3", "Enter")

        expect(clerk.locator("#totals-received")).to_contain_text("54.00")
        expect(clerk.locator("#stock-of-day")).to_contain_text("Asphalt debris")
        expect(saved_in(clerk, "received").locator("[name=qty_ton]")).to_have_attribute(
            "placeholder", "≈ 54.00"
        )
        expect(saved_in(clerk, "received").locator(".line__status")).to_contain_text("Saved ")


class TestAnswers:
    def test_a_refused_line_says_why_and_keeps_what_was_typed(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        clerk.focus("#received [name=material]")

        press(clerk, "con", "Tab", "1,250", "Enter")

        line = clerk.locator("#received tbody[data-state=refused]")
        expect(line).to_contain_text("Tons: “1,250” has two readings")
        expect(line.locator("[name=qty_ton]")).to_have_value("1,250")
        expect(clerk.locator("#save-status")).to_contain_text("1 line needs your attention.")
        clerk.get_by_role("button", name="Show", exact=True).last.click()
        press(clerk, "Control+a", "12.5", "Enter")
        expect(saved_in(clerk, "received")).to_have_count(1)

    def test_a_number_with_two_readings_offers_both_as_buttons(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        clerk.focus("#received [name=material]")
        press(clerk, "con", "Tab", "1,250", "Enter")
        line = clerk.locator("#received tbody[data-state=refused]")
        buttons = line.locator("[data-reading=qty_ton]")
        expect(buttons).to_have_text(["1250", "1.250"])
        for box in [button.bounding_box() for button in buttons.all()]:
            assert box is not None
            assert box["height"] >= 44
            assert box["width"] >= 44

        line.locator("[data-cell]").last.focus()
        press(clerk, "Tab")
        expect(buttons.first).to_be_focused()
        press(clerk, "Tab", "Enter")

        expect(saved_in(clerk, "received")).to_have_count(1)
        assert str(ReceivedMaterial.objects.get().qty_ton) == "1.250"

    def test_a_warning_is_confirmed_where_it_is_seen(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        clerk.focus("#dispatch [name=material]")

        press(clerk, "g", "Tab", "cr", "Tab", "5", "Enter")
        expect(clerk.locator("#dispatch tbody[data-state=asks]")).to_contain_text("Not enough G1")
        assert Dispatch.objects.count() == 0
        press(clerk, "Control+Enter")
        expect(clerk.locator("#dispatch tbody[data-state=asks] [data-cell]:focus")).to_have_count(1)
        assert Dispatch.objects.count() == 0
        press(clerk, "Control+Enter")

        expect(saved_in(clerk, "dispatch")).to_have_count(1)
        assert "Not enough G1" in Dispatch.objects.get().confirmed_warnings[0]

    @pytest.mark.parametrize("edge", ["top", "bottom"])
    def test_a_warning_behind_the_header_or_the_foot_is_shown_before_it_is_confirmed(
        self, clerk: Page, yard: Yard, edge: str
    ) -> None:
        open_sheet(clerk, yard)
        clerk.focus("#dispatch [name=material]")
        press(clerk, "g", "Tab", "cr", "Tab", "777", "Enter")
        line = clerk.locator("#dispatch tbody[data-state=asks]")
        line.locator("[name=qty_ton]").focus()
        box = line.locator(".line__message").bounding_box()
        assert box is not None
        if edge == "top":
            clerk.set_viewport_size({"width": 1280, "height": 500})
            clerk.evaluate("(top) => window.scrollTo({ top, behavior: 'instant' })", box["y"] - 20)
        else:
            clerk.set_viewport_size({"width": 1280, "height": int(box["y"] + box["height"]) + 20})

        press(clerk, "Control+Enter")
        clerk.wait_for_timeout(300)
        assert Dispatch.objects.count() == 0
        press(clerk, "Control+Enter")

        expect(saved_in(clerk, "dispatch")).to_have_count(1)

    def test_a_conflict_shows_both_and_overwrites_nothing(self, clerk: Page, yard: Yard) -> None:
        record = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        open_sheet(clerk, yard)
        operations.update(
            module=module("received"),
            record_id=record,
            values={"qty_ton": "8"},
            by=yard.alice,
            source=Source.API,
        )
        clerk.focus("#received tbody[data-record] [name=qty_ton]")

        press(clerk, "Control+a", "9", "Enter")

        line = clerk.locator("#received tbody[data-state=conflict]")
        expect(line.locator(".diff")).to_contain_text("8.00")
        expect(line.locator(".diff")).to_contain_text("9.00")
        assert str(ReceivedMaterial.objects.get().qty_ton) == "8.000"
        line.get_by_role("button", name="Save mine").click()
        expect(saved_in(clerk, "received")).to_have_count(1)
        assert str(ReceivedMaterial.objects.get().qty_ton) == "9.000"


class TestWithoutScripts:
    def test_each_line_is_a_form(self, browser: Browser, yard: Yard, base_url: str) -> None:
        context = browser.new_context(java_script_enabled=False, base_url=base_url)
        sign_in(context, yard.alice, base_url)
        page = context.new_page()
        page.goto(yard.address)
        line = page.locator("#received-new-0")
        line.locator("[name=material]").select_option(label="Asphalt debris")
        line.locator("[name=qty_ton]").fill("1,250")
        line.get_by_role("button", name="Save").click()
        expect(page.locator(".form-summary")).to_contain_text("Tons: “1,250” has two readings")
        expect(page.locator(".form-summary button")).to_have_text(["1250", "1.250"])
        page.locator(".form-summary").get_by_role("button", name="1.250").click()

        expect(page.locator("#received tbody[data-record] [name=qty_ton]")).to_have_value("1.25")
        expect(page.locator("#totals-received")).to_contain_text("1.25")
        assert ReceivedMaterial.objects.count() == 1
        page.get_by_role("link", name="Edit").click()
        page.locator("[name=material]").select_option(label="Concrete debris")
        page.get_by_role("button", name="Save").first.click()
        expect(page).to_have_url(re.compile("/received/"))
        assert ReceivedMaterial.objects.get().material.name == "Concrete debris"
        context.close()


class TestSavedLine:
    def test_offers_the_choices_and_keys_of_an_empty_one(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="8", vehicle_ref="HH-EC 905")

        open_sheet(clerk, yard)

        saved, empty = clerk.locator("#received tbody[data-record]"), clerk.locator("#received-new-0")
        names = empty.locator("[name=material] option").all_text_contents()
        assert saved.locator("[name=material] option").all_text_contents() == names
        for row in (saved, empty):
            expect(row.locator("[name=qty_ton]")).to_have_attribute("inputmode", "decimal")
            expect(row.locator("[name=vehicle_ref]")).to_have_attribute("autocapitalize", "characters")
        saved.locator("[name=material]").focus()
        press(clerk, "co", "Enter")
        expect(saved_in(clerk, "received")).to_have_count(1)
        assert ReceivedMaterial.objects.get().material.code == "RAW-CONCRETE"
