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
# The same as the Nu checker says, which `scripts/check-html` runs where there is Java.
PROBLEMS = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const ids = all("[id]").map((element) => element.id);
  const found = [];
  const complain = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  for (const element of all("[id]")) {
    if (ids.indexOf(element.id) !== ids.lastIndexOf(element.id)) complain("id used twice", element);
  }
  for (const name of ["aria-labelledby", "aria-describedby", "for", "list", "form"]) {
    for (const element of all(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(/\\s+/)) {
        // Django's admin makes this element itself, where the browser is in another time zone.
        if (id.endsWith("_timezone_warning_helptext")) continue;
        if (!ids.includes(id)) complain(`${name} points to nothing`, element);
      }
    }
  }
  for (const term of all("dt, dd")) {
    const parent = term.parentElement;
    const isInList = parent.matches("dl") || (parent.matches("div") && parent.parentElement.matches("dl"));
    if (!isInList) complain("outside of a list of terms", term);
    const before = term.previousElementSibling;
    if (term.matches("dd") && !before?.matches("dt, dd")) complain("dd without dt", term);
  }
  for (const body of all("tfoot ~ tbody")) complain("after the foot of its table", body);
  for (const option of all("select option")) {
    if (!option.label.trim()) complain("option without label", option);
  }
  const moment = /^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$/;
  for (const time of all("time[datetime]")) if (!moment.test(time.dateTime)) complain("not a moment", time);
  return found;
}"""
SMALL_TARGETS = """() => {
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const small = [];
  for (const element of document.querySelectorAll(targets)) {
    const shows = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const label = element.matches("[type=checkbox], [type=radio]") && element.labels[0];
    const { width, height } = (label || element).getBoundingClientRect();
    if (!shows || !width || element.closest(".skip-link, .visually-hidden")) continue;
    // A link in a sentence is as high as the sentence; a short word may be narrow where it is high.
    const sentence = element.parentElement.textContent.trim().length - element.textContent.trim().length;
    if (element.matches("a") && getComputedStyle(element).display === "inline" && sentence > 8) continue;
    const isSmall = height < 43.5 || (width < 43.5 && !element.matches("a"));
    if (isSmall) small.push(`${element.outerHTML.slice(0, 100)} ${width} x ${height}`);
  }
  return small;
}"""


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


def assert_is_valid(page: Page) -> None:
    """Let the page keep the rules of HTML that browsers forgive and readers of a page may not."""
    problems: list[str] = page.evaluate(PROBLEMS)
    assert problems == [], (page.url, problems)


def assert_is_touchable(page: Page) -> None:
    """Let everything to press be 44 pixels high and wide, except links within a sentence."""
    small: list[str] = page.evaluate(SMALL_TARGETS)
    assert small == [], (page.url, small)


def assert_fits(page: Page) -> None:
    """Let nothing be wider than the window."""
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert fits, f"{page.url} scrolls sideways at {page.viewport_size}"
