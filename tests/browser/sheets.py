"""A clerk at the day sheet: opens it, presses keys, and sees what is saved."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.yards import Yard


def open_sheet(page: Page, yard: Yard) -> None:
    page.goto(yard.address)
    expect(page.locator("html")).to_have_attribute("data-sheet", "ready")


def saved_in(page: Page, slug: str) -> Locator:
    """Return the lines of a grid of which the portal has said that they are saved."""
    return page.locator(f"#{slug} tbody[data-state=saved]")


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other; what is no name of a key is typed."""
    for key in keys:
        if key in ("Tab", "Enter", "Escape") or key.startswith("Arrow") or "+" in key[1:]:
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)
