"""Selected records of a list, with and without scripts: changed together, and undone from the message."""

import pytest
from playwright.sync_api import Browser, Page, expect

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from sites.models import Site, User
from tests.browser.accessibility import assert_fits, assert_nobody_is_kept_out, give_axe
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import make_north_yard
from tests.factories import make_material, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/received/?site=YARD-NORTH"


@pytest.fixture
def alice() -> User:
    site = make_north_yard()
    alice = make_member(site, name="Alice")
    make_loads(site, alice)
    return alice


def make_loads(site: Site, by: User) -> None:
    material = make_material(name="Debris")
    make_material(name="Sand")
    for tons in ("10", "20", "30"):
        values = {"date": site.today().isoformat(), "material": material.pk, "qty_ton": tons}
        operations.create(module=RECEIVED, values=values, site=site, by=by, source=Source.PAGE)


def materials() -> list[str]:
    return sorted(record.material.name for record in ReceivedMaterial.objects.select_related("material"))


def change_two_of_them(page: Page) -> None:
    page.goto(LIST)
    for number in range(2):
        page.locator("input[name=selected]").nth(number).check()
    page.get_by_role("button", name="Change selected").click()
    page.locator("#shared_material").select_option(label="Sand")
    page.get_by_role("button", name="Show what changes").click()


class TestSelection:
    def test_is_changed_together_and_undone_from_the_message(
        self, page: Page, alice: User, base_url: str
    ) -> None:
        sign_in(page.context, alice, base_url)
        complaints = complaints_of(page)

        change_two_of_them(page)
        give_axe(page)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert_nobody_is_kept_out(page)
            assert_fits(page)
        before = materials()
        page.get_by_role("button", name="Change 2 records").click()
        expect(page.get_by_text("Changed: 2 records.")).to_be_visible()
        changed = materials()
        page.get_by_role("button", name="Undo").click()

        expect(page.get_by_text("Undone: 2 records are as they were.")).to_be_visible()
        assert (before, changed) == (["Debris"] * 3, ["Debris", "Sand", "Sand"])
        assert materials() == ["Debris"] * 3
        assert complaints == []

    def test_works_without_scripts(self, browser: Browser, alice: User, base_url: str) -> None:
        context = browser.new_context(java_script_enabled=False, base_url=base_url)
        sign_in(context, alice, base_url)
        page = context.new_page()

        change_two_of_them(page)
        page.get_by_role("button", name="Change 2 records").click()

        expect(page.get_by_text("Changed: 2 records.")).to_be_visible()
        assert materials() == ["Debris", "Sand", "Sand"]
        context.close()

    def test_a_deleted_row_is_undone_from_the_message_in_the_list(
        self, page: Page, alice: User, base_url: str
    ) -> None:
        sign_in(page.context, alice, base_url)
        page.goto(LIST)

        page.get_by_role("link", name="Delete").first.click()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Undo").click()

        expect(page.get_by_text("Undone: 1 record is as it was.")).to_be_visible()
        expect(page.locator("#rows tr")).to_have_count(3)

    def test_takes_all_of_the_page_and_with_shift_a_range(
        self, page: Page, alice: User, base_url: str
    ) -> None:
        sign_in(page.context, alice, base_url)
        page.goto(LIST)
        boxes = page.locator("input[name=selected]")
        everything = page.get_by_role("checkbox", name="Select all of this page")

        everything.check()
        expect(page.locator("input[name=selected]:checked")).to_have_count(3)
        expect(page.get_by_text("3 records are selected")).to_be_visible()
        everything.uncheck()
        expect(page.locator("input[name=selected]:checked")).to_have_count(0)

        boxes.first.focus()
        page.keyboard.press("Space")
        boxes.last.click(modifiers=["Shift"])
        expect(page.locator("input[name=selected]:checked")).to_have_count(3)
        expect(everything).to_be_checked()
        boxes.nth(1).uncheck()
        assert everything.evaluate("box => box.indeterminate")
        give_axe(page)
        assert_nobody_is_kept_out(page)

        page.set_viewport_size({"width": 390, "height": 800})
        expect(everything).to_be_hidden()
        page.get_by_role("checkbox", name="All of this page").check()
        expect(page.locator("input[name=selected]:checked")).to_have_count(3)

    def test_clears_an_optional_value(self, page: Page, alice: User, base_url: str) -> None:
        for record in ReceivedMaterial.objects.all():
            operations.update(
                module=RECEIVED,
                record_id=record.pk,
                values={"source": "Mill Road"},
                by=alice,
                source=Source.PAGE,
                version=record.version,
            )
        sign_in(page.context, alice, base_url)
        page.goto(LIST)
        page.get_by_role("checkbox", name="Select all of this page").check()
        page.get_by_role("button", name="Change selected").click()
        expect(page.get_by_text("nothing", exact=True)).to_have_count(0)

        page.get_by_role("checkbox", name="Leave empty: Source").check()
        page.get_by_role("button", name="Show what changes").click()
        page.get_by_role("button", name="Change 3 records").click()

        expect(page.get_by_text("Changed: 3 records.")).to_be_visible()
        assert set(ReceivedMaterial.objects.values_list("source", flat=True)) == {""}
