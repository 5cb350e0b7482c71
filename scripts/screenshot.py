"""Take docs/screenshot.png: the dashboard of the demo portal, as its manager sees it.

`make run` must be running, on PORT (8000) and with the password that it printed.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
PICTURE = PROJECT / "docs" / "screenshot.png"
ADDRESS = f"http://localhost:{os.environ.get('PORT', '8000')}"


def demo_password() -> str:
    """Return the password that `make run` used."""
    return os.environ.get("DEMO_PASSWORD") or (PROJECT / "var" / "demo-password").read_text("utf-8").strip()


def sign_in(page: Page, *, email: str, password: str) -> None:
    page.goto(f"{ADDRESS}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def take_picture() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        sign_in(page, email="manager@demo.example", password=demo_password())
        page.goto(f"{ADDRESS}/dashboard/?site=YARD-NORTH")
        # Every card has loaded its figures.
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    take_picture()
    print(f"Took {PICTURE.relative_to(PROJECT)}")
