"""What is done to several lines of the day sheet at once, and undoing it."""

import datetime as dt

import pytest
from playwright.sync_api import Page, Route, expect

from dispatch.models import Dispatch
from manpower.models import ManpowerLog
from received.models import ReceivedMaterial
from tests.browser.loads import MINUTE_MS, open_sheet, paste, type_load
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import Yard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tons() -> list[str]:
    return [str(load.qty_ton) for load in ReceivedMaterial.objects.order_by("id")]


class TestUndo:
    def test_of_a_deleted_line_gives_it_back_with_its_history(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        open_sheet(clerk, yard.address)
        clerk.focus(f"#received tbody[data-record='{key}'] [name=qty_ton]")
        clerk.keyboard.press("Control+Delete")
        clerk.keyboard.press("Enter")
        expect(clerk.locator("#received tbody[data-record]")).to_have_count(0)
        expect(clerk.locator("#undo")).to_contain_text("1 line was deleted.")

        clerk.locator("#undo").get_by_role("button", name="Undo").click()

        expect(clerk.locator(f"#received tbody[data-record='{key}'] [name=source]")).to_have_value(
            "City works"
        )
        expect(clerk.locator("#totals-received")).to_contain_text("7.00")
        load = ReceivedMaterial.objects.get()
        assert (load.pk, str(load.qty_ton)) == (key, "7.000")
        assert [version.history_type for version in ReceivedMaterial.history.filter(id=key)][-1] == "+"
        assert ReceivedMaterial.history.filter(id=key).count() == 3

    def test_of_an_overwritten_value_by_its_keys(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        complaints = complaints_of(clerk)
        open_sheet(clerk, yard.address)
        cell = clerk.locator(f"#received tbody[data-record='{key}'] [name=qty_ton]")
        cell.fill("700")
        cell.press("Enter")
        expect(clerk.locator("#undo")).to_contain_text("1 line was changed.")

        clerk.keyboard.press("Control+z")

        expect(cell).to_have_value("7.00")
        expect(clerk.locator("#undo")).to_contain_text("Undone.")
        assert tons() == ["7.000"]
        assert complaints == []

    def test_of_a_paste_removes_its_lines_as_one(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        open_sheet(clerk, yard.address)
        paste(clerk, "received", "\n".join(f"Concrete debris\t{number}" for number in range(1, 61)))
        clerk.get_by_role("button", name="Save 60 lines").click()
        expect(clerk.locator("#undo")).to_contain_text("60 pasted lines were saved.")
        assert ReceivedMaterial.objects.count() == 61

        clerk.locator("#undo").get_by_role("button", name="Undo").click()

        expect(clerk.locator("#undo")).to_contain_text("Undone.")
        expect(clerk.locator("#received tbody[data-record]")).to_have_count(1)
        assert tons() == ["7.000"]

    def test_of_a_paste_larger_than_one_request_removes_all_of_it(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        paste(clerk, "received", "\n".join(f"Concrete debris\t{number}" for number in range(1, 511)))
        clerk.get_by_role("button", name="Save 510 lines").click()
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.", timeout=2 * MINUTE_MS)
        assert ReceivedMaterial.objects.count() == 510
        requests: list[Route] = []

        def lose_the_second(route: Route) -> None:
            requests.append(route)
            route.abort() if len(requests) == 2 else route.continue_()

        clerk.route("**/undo/", lose_the_second)

        clerk.locator("#undo").get_by_role("button", name="Undo").click()
        expect(clerk.locator("#undo")).to_contain_text(
            "Undone in 500 lines. 10 lines are left: There was no response", timeout=MINUTE_MS
        )
        assert ReceivedMaterial.objects.count() == 10
        clerk.locator("#undo").get_by_role("button", name="Undo").click()

        expect(clerk.locator("#undo")).to_contain_text("Undone.", timeout=MINUTE_MS)
        assert ReceivedMaterial.objects.count() == 0

    def test_is_still_there_after_the_page_is_opened_again(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        open_sheet(clerk, yard.address)
        cell = clerk.locator(f"#received tbody[data-record='{key}'] [name=qty_ton]")
        cell.fill("700")
        cell.press("Enter")
        expect(clerk.locator("#undo")).to_contain_text("1 line was changed.")

        clerk.reload()
        expect(clerk.locator("#undo")).to_contain_text("1 line was changed.")
        clerk.keyboard.press("Control+z")

        expect(cell).to_have_value("7.00")
        assert tons() == ["7.000"]

    def test_says_that_the_person_was_signed_out_and_works_after_signing_in(
        self, clerk: Page, yard: Yard, base_url: str
    ) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        open_sheet(clerk, yard.address)
        cell = clerk.locator(f"#received tbody[data-record='{key}'] [name=qty_ton]")
        cell.fill("700")
        cell.press("Enter")
        expect(clerk.locator("#undo")).to_contain_text("1 line was changed.")
        clerk.context.clear_cookies()

        clerk.keyboard.press("Control+z")
        expect(clerk.locator("#undo")).to_contain_text("You have been signed out. Nothing has been changed.")
        expect(clerk.get_by_role("link", name="Sign in again")).to_be_visible()
        sign_in(clerk.context, yard.alice, base_url)
        clerk.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(clerk.locator("#save-status")).to_have_text("All lines are saved.", use_inner_text=True)
        clerk.keyboard.press("Control+z")

        expect(cell).to_have_value("7.00")
        assert tons() == ["7.000"]

    def test_is_not_done_where_somebody_changed_the_line_since(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        clerk.reload()
        cell = clerk.locator(f"#received tbody[data-record='{key}'] [name=qty_ton]")
        cell.fill("8")
        cell.press("Enter")
        expect(clerk.locator("#undo")).to_contain_text("1 line was changed.")
        yard.correct("received", key, qty_ton="9")

        clerk.keyboard.press("Control+z")

        expect(clerk.locator("#undo")).to_contain_text("changed it since, so this was not undone.")
        assert tons() == ["9.000"]


class TestSelectedLines:
    def select_three(self, clerk: Page, yard: Yard) -> None:
        for number in ("1", "2", "3"):
            yard.enter("received", material="RAW-ASPHALT", qty_ton=number)
        open_sheet(clerk, yard.address)
        clerk.locator("#received tbody[data-record] [name=material]").first.focus()
        clerk.keyboard.press("Shift+ArrowDown")
        clerk.keyboard.press("Shift+ArrowDown")
        expect(clerk.locator("#selection")).to_contain_text("3 lines selected.")

    def test_are_those_that_the_mouse_is_drawn_over(self, clerk: Page, yard: Yard) -> None:
        for number in ("1", "2", "3", "4"):
            yard.enter("received", material="RAW-ASPHALT", qty_ton=number)
        open_sheet(clerk, yard.address)
        cells = clerk.locator("#received tbody[data-record] [name=source]")
        first, third = cells.nth(0).bounding_box(), cells.nth(2).bounding_box()
        assert first is not None
        assert third is not None
        selection = clerk.locator("#selection")

        clerk.mouse.move(first["x"] + 10, first["y"] + 10)
        clerk.mouse.down()
        clerk.mouse.move(third["x"] + 10, third["y"] + 10, steps=8)
        clerk.mouse.up()
        expect(selection).to_contain_text("3 lines selected.")
        cells.nth(3).click()
        expect(selection).to_be_hidden()
        cells.nth(2).click(modifiers=["Shift"])

        expect(selection).to_contain_text("2 lines selected.")

    def test_get_another_material_all_at_once_and_back(self, clerk: Page, yard: Yard) -> None:
        self.select_three(clerk, yard)
        bar = clerk.locator("#selection")

        bar.get_by_label("What to change").select_option(label="Material")
        bar.get_by_label("Material", exact=True).select_option(label="Concrete debris")
        bar.get_by_role("button", name="Change all").click()

        expect(clerk.locator("#undo")).to_contain_text("3 lines were changed.")
        codes = ReceivedMaterial.objects.values_list("material__code", flat=True)
        assert set(codes) == {"RAW-CONCRETE"}
        clerk.keyboard.press("Control+z")
        expect(clerk.locator("#undo")).to_contain_text("Undone.")
        assert set(codes.all()) == {"RAW-ASPHALT"}

    def test_go_to_another_day(self, clerk: Page, yard: Yard) -> None:
        self.select_three(clerk, yard)
        bar = clerk.locator("#selection")
        yesterday = yard.today - dt.timedelta(days=1)

        bar.get_by_label("What to change").select_option(label="Date")
        bar.get_by_label("Date", exact=True).fill(yesterday.isoformat())
        bar.get_by_role("button", name="Change all").click()

        expect(clerk.locator("#received tbody[data-record]")).to_have_count(0)
        assert set(ReceivedMaterial.objects.values_list("date", flat=True)) == {yesterday}

    def test_are_deleted_after_one_confirmation_and_undone_as_one(self, clerk: Page, yard: Yard) -> None:
        self.select_three(clerk, yard)

        clerk.keyboard.press("Control+Delete")
        expect(clerk.locator("#selection")).to_contain_text("Delete these 3 lines?")
        assert ReceivedMaterial.objects.count() == 3
        clerk.keyboard.press("Enter")

        expect(clerk.locator("#received tbody[data-record]")).to_have_count(0)
        clerk.locator("#undo").get_by_role("button", name="Undo").click()
        expect(clerk.locator("#received tbody[data-record]")).to_have_count(3)
        assert tons() == ["1.000", "2.000", "3.000"]

    def test_are_filled_down_and_copied_as_a_spreadsheet_takes_them(self, clerk: Page, yard: Yard) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.select_three(clerk, yard)
        clerk.keyboard.press("Control+c")
        lines = clerk.evaluate("navigator.clipboard.readText()").split("\n")
        assert [line.split("\t")[:2] for line in lines] == [
            ["Asphalt debris", "1.00"],
            ["Asphalt debris", "2.00"],
            ["Asphalt debris", "3.00"],
        ]

        cells = clerk.locator("#received tbody[data-record] [name=qty_ton]")
        cells.first.focus()
        clerk.keyboard.press("Shift+ArrowDown")
        clerk.keyboard.press("Control+d")
        expect(clerk.locator("#selection")).to_contain_text("The same line is there already")
        clerk.keyboard.press("Enter")

        expect(cells.nth(1)).to_have_value("1.00")
        expect(clerk.locator("#undo")).to_contain_text("2 lines were changed.")
        assert tons() == ["1.000", "1.000", "3.000"]

    def test_with_warnings_are_filled_down_and_sent_again(self, clerk: Page, yard: Yard) -> None:
        for number in ("7", "8"):
            yard.enter("received", material="RAW-ASPHALT", qty_ton=number)
        open_sheet(clerk, yard.address)
        for number in ("7", "8"):
            type_load(clerk, number)
        asking = clerk.locator("#received tbody[data-state=asks]")
        expect(asking).to_have_count(2)
        asking.nth(0).locator("[name=source]").fill("City works")
        clerk.keyboard.press("Shift+ArrowDown")

        clerk.keyboard.press("Control+d")
        clerk.keyboard.press("Enter")

        expect(clerk.locator("#received tbody[data-record]")).to_have_count(4)
        assert ReceivedMaterial.objects.filter(source="City works").count() == 2

    def test_are_pasted_into_another_grid_by_the_names_of_its_columns(self, clerk: Page, yard: Yard) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.select_three(clerk, yard)
        clerk.keyboard.press("Control+c")

        clerk.locator("#inventory tbody[data-line]").last.locator("[name=material]").focus()
        clerk.keyboard.press("Control+v")
        pasted = clerk.locator("#dispatch tbody[data-state=pasted], #inventory tbody[data-state=pasted]")
        expect(pasted).to_have_count(3)
        clerk.keyboard.press("Escape")
        clerk.locator("#dispatch tbody[data-line]").last.locator("[name=material]").focus()
        clerk.keyboard.press("Control+v")

        dispatched = clerk.locator("#dispatch tbody[data-state=pasted]")
        expect(dispatched).to_have_count(3)
        expect(dispatched.locator("[name=qty_ton]").nth(1)).to_have_value("2.00")
        assert dispatched.locator("[name=operation]").nth(1).input_value() == ""

    def test_are_all_kept_where_one_cannot_be_changed(self, clerk: Page, yard: Yard) -> None:
        self.select_three(clerk, yard)
        bar = clerk.locator("#selection")

        bar.get_by_label("What to change").select_option(label="Tons, t")
        bar.get_by_label("Tons, t").fill("none")
        bar.get_by_role("button", name="Change all").click()

        expect(bar).to_contain_text("Nothing has been changed.")
        assert tons() == ["1.000", "2.000", "3.000"]


class TestTemplates:
    def test_lines_are_kept_under_a_name_and_entered_on_another_day(self, clerk: Page, yard: Yard) -> None:
        for role, headcount in (("DRIVER", "4"), ("LABORER", "3")):
            yard.enter("manpower", days_ago=1, role=role, headcount=headcount, hours="8")
        yesterday = yard.today - dt.timedelta(days=1)
        open_sheet(clerk, f"/day/{yard.site.code}/{yesterday}/")
        menu = clerk.locator("#manpower [data-templates]")
        menu.locator("summary").click()
        menu.get_by_label("Save these lines as").fill("Monday crew")
        menu.get_by_role("button", name="Save the template").click()
        expect(menu).to_contain_text("Monday crew (2)")

        open_sheet(clerk, yard.address)
        menu.locator("summary").click()
        menu.get_by_role("button", name="Monday crew (2)").click()
        clerk.get_by_role("button", name="Save 2 lines").click()

        expect(clerk.locator("#undo")).to_contain_text("2 pasted lines were saved.")
        logs = ManpowerLog.objects.filter(date=yard.today).order_by("id")
        assert [(log.role.code, log.headcount) for log in logs] == [("DRIVER", 4), ("LABORER", 3)]


class TestDuplicating:
    def test_an_empty_line_takes_the_line_above_but_for_its_number(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-CONCRETE", qty_ton="500")
        yard.enter("production", material="AGG-G1", operation="CRU-PRO", qty_ton="100")
        yard.enter(
            "dispatch",
            material="AGG-G1",
            operation="CRU-PRO",
            qty_ton="20",
            owner="Harbour quay",
            reference="DN-0099",
        )
        open_sheet(clerk, yard.address)
        clerk.locator("#dispatch tbody[data-line]").last.locator("[name=material]").focus()

        clerk.keyboard.press("Control+d")
        clerk.keyboard.type("+")
        clerk.keyboard.press("Enter")

        expect(clerk.locator("#dispatch tbody[data-record]")).to_have_count(2)
        made = Dispatch.objects.latest("id")
        assert (made.owner, str(made.qty_ton), made.reference) == ("Harbour quay", "20.000", "DN-0100")


@pytest.mark.parametrize("key", ["Enter", "Control+Enter"])
def test_a_sum_in_a_number_cell_is_worked_out(clerk: Page, yard: Yard, key: str) -> None:
    open_sheet(clerk, yard.address)

    type_load(clerk, "=10+2.5*2", ends_with=key)

    expect(clerk.locator("#received tbody[data-record] [name=qty_ton]")).to_have_value("15.00")
    assert tons() == ["15.000"]
