"""What keeps people from using a page, as axe finds it."""

from typing import Literal

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

type Scheme = Literal["light", "dark"]

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# axe would fetch style sheets again and put them into the page, which the policy rightly forbids.
EVERY_RULE: dict[str, object] = {"preload": False, "resultTypes": ["violations"]}
# Between the schemes nothing differs but the colours.
RULES: dict[Scheme, dict[str, object]] = {
    "light": EVERY_RULE,
    "dark": {**EVERY_RULE, "runOnly": ["color-contrast", "link-in-text-block"]},
}
AXE = Axe()


def give_axe(page: Page) -> None:
    """Put axe into a page, once for as long as the page stays."""
    page.evaluate(AXE.axe_script)


def wear(page: Page, scheme: Scheme) -> None:
    """Show a page in light or dark colours."""
    page.emulate_media(color_scheme=scheme)
    # The admin's links pass from the colour of one scheme to that of the other in a moment.
    page.evaluate("Promise.allSettled(document.getAnimations().map((change) => change.finished))")


def assert_nobody_is_kept_out(page: Page, rules: dict[str, object] = EVERY_RULE) -> None:
    """Let axe, which the page has already, find nothing wrong; all the rest of its findings stays there."""
    finding = "(options) => axe.run(document, options).then(({ violations }) => ({ violations }))"
    found = AxeResults(page.evaluate(finding, rules))
    assert found.violations_count == 0, f"{page.url} {page.viewport_size}\n{found.generate_report()}"


def assert_fits(page: Page) -> None:
    """Let nothing be wider than the window."""
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert fits, f"{page.url} scrolls sideways at {page.viewport_size}"
