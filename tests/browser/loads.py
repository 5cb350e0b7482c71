"""Loads typed into the day sheet, and what becomes of them."""

from playwright.sync_api import Page, expect

from received.models import ReceivedMaterial

# What failed to go out may wait half as long until it is sent again.
MINUTE_MS = 60_000


def open_sheet(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-sheet", "ready")


def type_load(page: Page, tons: str, *, ends_with: str = "Enter") -> None:
    """Type a load into the empty line at the end of the received material."""
    page.locator("#received tbody[data-line]").last.locator("[name=material]").focus()
    page.keyboard.type("as")
    page.keyboard.press("Tab")
    page.keyboard.type(tons)
    if ends_with:
        page.keyboard.press(ends_with)


def paste(page: Page, slug: str, text: str) -> float:
    """Paste a block into the empty line of a grid; return the milliseconds that it took the browser."""
    page.locator(f"#{slug} tbody[data-line]").last.locator("[data-cell]").first.focus()
    took: float = page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const from = performance.now();
          const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(event);
          // With what the browser lays out.
          document.body.getBoundingClientRect();
          return performance.now() - from;
        }""",
        text,
    )
    return took


def expect_saved(page: Page, *tons: str) -> None:
    """Wait until nothing is left to send, and look: each of these loads is recorded, once."""
    expect(page.locator("#received tbody[data-record]")).to_have_count(len(tons), timeout=MINUTE_MS)
    expect(page.locator("#save-status")).not_to_have_attribute("data-status", "attention")
    assert sorted(str(load.qty_ton) for load in ReceivedMaterial.objects.all()) == sorted(tons)
