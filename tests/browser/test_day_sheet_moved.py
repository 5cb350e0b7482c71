"""The day sheet stays true while other windows, settings, memberships and the clock change around it."""

import datetime as dt
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from playwright.sync_api import Page, expect

from received.models import ReceivedMaterial
from records import operations
from records.choices import Source
from records.registry import module
from sites.models import Membership, Role, Site
from tests.browser.accessibility import assert_nobody_is_kept_out, give_axe
from tests.browser.loads import expect_saved, open_sheet, type_load
from tests.browser.people import complaints_of
from tests.browser.yards import Yard
from tests.factories import make_site, make_submitted_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class TestTwoWindows:
    def test_show_both_texts_of_a_saved_line_until_the_person_chooses(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        row = f"#received tbody[data-record='{key}']"
        complaints = complaints_of(clerk)
        open_sheet(clerk, yard.address)
        other = clerk.context.new_page()
        open_sheet(other, yard.address)
        clerk.locator(f"{row} [name=source]").fill("Typed in the first window")
        # Typed in both at the same moment, both windows would show the choice.
        expect(other.locator(f"{row} [name=source]")).to_have_value("Typed in the first window")
        other.bring_to_front()

        other.locator(f"{row} [name=source]").fill("Saved in the second window")
        expect(clerk.locator(f"{row} .diff")).to_contain_text("Saved in the second window")
        other.locator(f"{row} [name=source]").press("Enter")
        expect(other.locator(row)).to_have_attribute("data-state", "saved")

        expect(clerk.locator(f"{row} [name=source]")).to_have_value("Typed in the first window")
        expect(clerk.locator(f"{row} .line__message")).to_contain_text("You, in another window, changed")
        expect(clerk.locator(f"{row} .diff")).to_contain_text("Saved in the second window")
        assert ReceivedMaterial.objects.get().source == "Saved in the second window"
        clerk.bring_to_front()
        clerk.locator(row).get_by_role("button", name="Save mine").click()
        expect(clerk.locator(row)).to_have_attribute("data-state", "saved")
        assert ReceivedMaterial.objects.get().source == "Typed in the first window"
        assert complaints == []

    def test_show_both_texts_of_a_line_that_is_not_saved(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        other = clerk.context.new_page()
        open_sheet(other, yard.address)
        type_load(clerk, "1", ends_with="")
        theirs = other.locator("#received tbody[data-state=typing] [name=qty_ton]")
        expect(theirs).to_have_value("1")

        theirs.fill("2")

        both = clerk.locator("#received tbody[data-state=elsewhere]")
        expect(both.locator(".diff")).to_contain_text("2")
        expect(both.locator("[name=qty_ton]")).to_have_value("1")
        both.get_by_role("button", name="Use this one").click()
        expect(clerk.locator("#received tbody[data-record] [name=qty_ton]")).to_have_value("1.00")

    def test_keep_what_was_typed_into_a_line_that_the_other_deletes(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        row = f"#received tbody[data-record='{key}']"
        open_sheet(clerk, yard.address)
        other = clerk.context.new_page()
        open_sheet(other, yard.address)
        clerk.locator(f"{row} [name=source]").fill("Typed in the first window")
        other.bring_to_front()

        other.locator(f"{row} [name=qty_ton]").focus()
        other.keyboard.press("Control+Delete")
        other.keyboard.press("Enter")
        expect(other.locator(row)).to_have_count(0)

        expect(clerk.locator(row)).to_contain_text("This line does not exist any more.")
        expect(clerk.locator(f"{row} [name=source]")).to_have_value("Typed in the first window")
        clerk.bring_to_front()
        clerk.locator(row).get_by_role("button", name="Move it there").click()
        expect_saved(clerk, "7.000")
        assert ReceivedMaterial.objects.get().source == "Typed in the first window"

    def test_never_type_into_the_same_empty_line(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        other = clerk.context.new_page()
        open_sheet(other, yard.address)
        other.locator("#received [name=material]").focus()
        clerk.bring_to_front()
        type_load(clerk, "1", ends_with="")
        expect(other.locator("#received tbody[data-state=typing]")).to_have_count(1)

        other.bring_to_front()
        other.keyboard.type("as")
        other.keyboard.press("Tab")
        other.keyboard.type("2")
        other.keyboard.press("Enter")
        clerk.bring_to_front()
        clerk.keyboard.press("Enter")

        expect_saved(clerk, "1.000", "2.000")


class TestARenamedSite:
    def test_gets_the_lines_that_waited_under_its_former_code(
        self, clerk: Page, yard: Yard, base_url: str
    ) -> None:
        open_sheet(clerk, yard.address)
        clerk.context.set_offline(True)
        type_load(clerk, "12.5")
        expect(clerk.locator("#save-status")).to_contain_text("1 line is not yet sent")

        Site.objects.filter(pk=yard.site.pk).update(code="NORTH-2")
        clerk.context.set_offline(False)
        clerk.evaluate("window.dispatchEvent(new Event('online'))")

        expect_saved(clerk, "12.500")

    def test_shows_what_is_unfinished_on_its_sheet(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        type_load(clerk, "12.5", ends_with="")
        Site.objects.filter(pk=yard.site.pk).update(code="NORTH-2")

        open_sheet(clerk, yard.address.replace(yard.site.code, "NORTH-2"))

        cell = clerk.locator("#received tbody[data-state=typing] [name=qty_ton]")
        expect(cell).to_have_value("12.5")
        cell.press("Enter")
        expect_saved(clerk, "12.500")


class TestALineThatCannotBeSent:
    def test_says_that_its_site_is_no_longer_open_to_the_person_and_moves_to_another(
        self, clerk: Page, yard: Yard
    ) -> None:
        south = make_site(code="YARD-SOUTH", name="South yard", timezone=yard.site.timezone)
        Membership.objects.create(user=yard.alice, site=south, role=Role.OPERATOR)
        open_sheet(clerk, yard.address)
        Membership.objects.filter(user=yard.alice, site=yard.site).delete()
        type_load(clerk, "12.5")
        row = clerk.locator("#received tbody[data-state=forbidden]")
        expect(row).to_contain_text("You no longer have access to the site of this line.")

        open_sheet(clerk, yard.address.replace(yard.site.code, south.code))
        left = clerk.locator("[data-status-lines] > li")
        expect(left).to_contain_text("North yard")
        expect(left).to_contain_text("12.5")
        left.get_by_label("Site to move it to").select_option(label="South yard")
        left.get_by_role("button", name="Move it there").click()

        expect_saved(clerk, "12.500")
        assert ReceivedMaterial.objects.get().site == south

    def test_of_somebody_who_may_only_read_now_stays_on_the_sheet(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        Membership.objects.filter(user=yard.alice).update(role=Role.VIEWER)
        type_load(clerk, "12.5")
        row = clerk.locator("#received tbody[data-state=forbidden]")
        expect(row).to_contain_text("Your role on this site lets you read, not change.")

        clerk.reload()

        expect(clerk.locator("#save-status")).to_contain_text("1 line needs your attention.")
        left = clerk.locator("[data-status-lines] > li")
        expect(left).to_contain_text("12.5")
        expect(left.get_by_role("button", name="Move it there")).to_be_hidden()
        left.get_by_role("button", name="Remove it").click()
        expect(left).to_have_count(0)

    def test_of_somebody_without_sites_is_copied_or_removed_on_the_page_that_says_so(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard.address)
        Membership.objects.filter(user=yard.alice).delete()
        type_load(clerk, "12.5")
        expect(clerk.locator("#received tbody[data-state=forbidden]")).to_be_visible()

        clerk.goto("/day/")
        line = clerk.locator("#stuck-lines li")
        expect(line).to_contain_text("North yard")
        expect(line).to_contain_text("12.5")
        give_axe(clerk)
        assert_nobody_is_kept_out(clerk)
        line.get_by_role("button", name="Copy the text").click()
        expect(line.get_by_text("Copied.")).to_be_visible()
        line.get_by_role("button", name="Remove it").click()

        expect(line).to_have_count(0)
        clerk.reload()
        expect(clerk.locator("#stuck-lines")).to_be_hidden()

    def test_says_that_the_site_is_no_longer_active(self, clerk: Page, yard: Yard) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard.address)
        Site.objects.filter(pk=yard.site.pk).update(is_active=False)

        type_load(clerk, "12.5")

        row = clerk.locator("#received tbody[data-state=forbidden]")
        expect(row).to_contain_text("This site is no longer active and takes no changes.")
        row.get_by_role("button", name="Copy the text").click()
        expect(row).to_contain_text("Copied.")
        assert "Asphalt debris\t12.5" in clerk.evaluate("navigator.clipboard.readText()")
        row.get_by_role("button", name="Remove it").click()
        expect(row).to_have_count(0)
        expect(clerk.locator("#save-status")).not_to_contain_text("needs your attention")

    def test_of_a_closed_day_moves_to_an_open_one(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard.address)
        make_submitted_day(yard.site, yard.today, by=yard.alice)
        type_load(clerk, "12.5")
        row = clerk.locator("#received tbody[data-state=closed]")
        expect(row).to_contain_text("is submitted and takes no changes")

        yesterday = yard.today - dt.timedelta(days=1)
        row.get_by_label("Day to move it to").fill(yesterday.isoformat())
        row.get_by_role("button", name="Move it there").click()

        expect(row).to_have_count(0)
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert ReceivedMaterial.objects.get().date == yesterday

    def test_of_a_deleted_record_is_kept_as_a_new_line(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        open_sheet(clerk, yard.address)
        operations.delete(module=module("received"), record_id=key, by=yard.alice, source=Source.API)
        clerk.locator(f"#received tbody[data-record='{key}'] [name=qty_ton]").fill("8")
        clerk.keyboard.press("Enter")
        row = clerk.locator("#received tbody[data-state=gone]")
        expect(row).to_contain_text("This line does not exist any more.")

        row.get_by_role("button", name="Move it there").click()

        expect_saved(clerk, "8.000")


class Clock:
    """A clock of the portal that a test moves on."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


class TestTheEndOfTheDay:
    @pytest.fixture
    def evening(self, yard: Yard) -> Iterator[Clock]:
        """Let it be ten minutes before the next day at the site, whose day starts in the afternoon."""
        Site.objects.filter(pk=yard.site.pk).update(day_starts_at=dt.time(14))
        yard.site.refresh_from_db()
        end = yard.site.settings_on(yard.today).day_start(yard.today + dt.timedelta(days=1))
        clock = Clock(end - dt.timedelta(minutes=10))
        with patch("django.utils.timezone.now", clock):
            yield clock

    def test_is_shown_on_the_sheet_that_is_left_open(self, clerk: Page, yard: Yard, evening: Clock) -> None:
        date, next_date = yard.today, yard.today + dt.timedelta(days=1)
        clerk.clock.install(time=evening.now)
        open_sheet(clerk, yard.address)
        notice = clerk.locator("#day-over")
        expect(notice).to_be_hidden()

        evening.now += dt.timedelta(minutes=11)
        clerk.clock.fast_forward("11:00")

        expect(notice).to_contain_text(f"At North yard it is now {next_date:%A}")
        expect(notice).to_contain_text(f"This sheet still saves on {date:%A}")
        type_load(clerk, "1")
        clerk.clock.run_for(2_000)
        expect(clerk.locator("#received tbody[data-record]")).to_have_count(1)
        assert ReceivedMaterial.objects.get().date == date
        notice.get_by_role("link", name="Go to the sheet of today").click()
        clerk.wait_for_url(f"**/{next_date}/")
