"""The dashboard on a screen that stays on, and without scripts."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.cards import CARDS
from dashboard.chart_figures import CHARTS
from sites.models import Material, Site, User
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import make_north_yard
from tests.dashboard.full_year import fill_a_year, make_materials_of_each_category
from tests.factories import make_material, make_member, make_operation, make_received, make_role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def site() -> Site:
    return make_north_yard()


@pytest.fixture
def alice(site: Site) -> User:
    return make_member(site, name="Alice")


@pytest.fixture
def debris() -> Material:
    return make_material(code="DEBRIS", name="Debris")


class TestLookingAgain:
    def test_shows_what_was_entered_meanwhile_and_keeps_open_what_was_opened(
        self, page: Page, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        make_received(site, debris, by=alice, date=site.today(), tons="10")
        sign_in(page.context, alice, base_url)
        complaints = complaints_of(page)
        page.goto("/dashboard/?site=YARD-NORTH")
        page.evaluate("window.stillHere = true")
        received = page.locator("#card-received")
        received.get_by_text("Show as table").click()
        page.locator("#latest").scroll_into_view_if_needed()
        expect(page.locator("#latest tbody tr")).to_have_count(1)

        make_received(site, debris, by=alice, date=site.today(), tons="2.5")
        page.evaluate(COME_BACK)

        expect(received.locator(".figure-card__value")).to_contain_text("12.50")
        expect(received.locator("table")).to_be_visible()
        expect(page.locator("#latest tbody tr")).to_have_count(2)
        assert page.evaluate("window.stillHere")
        assert complaints == []

    def test_is_answered_by_nothing_while_nothing_changed(
        self, page: Page, base_url: str, alice: User
    ) -> None:
        sign_in(page.context, alice, base_url)
        page.goto("/dashboard/?site=YARD-NORTH")
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)
        page.locator("#latest").scroll_into_view_if_needed()
        expect(page.locator("[hx-trigger=revealed]")).to_have_count(0)
        requested_again = [304] * (len(CARDS) + len(CHARTS) + 1)
        answers: list[int] = []
        page.on("response", lambda got: answers.append(got.status) if "/dashboard/" in got.url else None)

        page.evaluate(COME_BACK)
        for _ in range(300):
            if len(answers) >= len(requested_again):
                break
            page.wait_for_timeout(100)

        assert answers == requested_again


class TestCard:
    def test_leads_with_one_press_anywhere_to_the_records_behind_it(
        self, page: Page, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        make_received(site, debris, by=alice, date=site.today(), tons="12.5")
        sign_in(page.context, alice, base_url)
        page.goto("/dashboard/?site=YARD-NORTH")

        page.locator("#card-received").click()

        page.wait_for_url("**/received/**")
        expect(page.locator("#totals")).to_contain_text("12.50")


class TestWithoutScripts:
    def test_goes_to_another_day_and_opens_a_table(
        self, browser: Browser, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        yesterday = site.today() - dt.timedelta(days=1)
        make_received(site, debris, by=alice, date=yesterday, tons="12.5")
        with browser.new_context(java_script_enabled=False, base_url=base_url) as context:
            sign_in(context, alice, base_url)
            page = context.new_page()
            page.goto("/dashboard/?site=YARD-NORTH")

            page.get_by_label("Date", exact=True).fill(yesterday.isoformat())
            page.get_by_role("button", name="Show", exact=True).click()

            received = page.locator("#card-received")
            expect(received.locator(".figure-card__value")).to_contain_text("12.50")
            received.get_by_text("Show as table").click()
            expect(received.locator("table")).to_be_visible()
            page.get_by_role("link", name="The day after").click()
            expect(page.locator("h1")).to_contain_text("today")


WATCH_FOR_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifted += entry.value)))
        .observe({ type: "layout-shift", buffered: true });
"""
# A shift is reported after the frame in which it is seen.
SHIFTED_SO_FAR = """
    new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(tell, 50))))
        .then(() => window.shifted)
"""


class TestCharts:
    # Windows so high that every chart is in sight: what is out of it shifts unseen.
    @pytest.mark.parametrize(("width", "height"), [(1280, 2800), (390, 5600)])
    def test_come_without_shifting_the_page(
        self, page: Page, base_url: str, site: Site, alice: User, width: int, height: int
    ) -> None:
        roles = [make_role(name=name) for name in ("Driver", "Operator of a machine", "Labourer", "Foreman")]
        materials = make_materials_of_each_category()
        fill_a_year(site, materials=materials, making=make_operation(), roles=roles, by=alice)
        sign_in(page.context, alice, base_url)
        page.set_viewport_size({"width": width, "height": height})
        page.add_init_script(WATCH_FOR_SHIFTS)
        complaints = complaints_of(page)

        page.goto("/dashboard/?site=YARD-NORTH")
        for name in CHARTS:
            expect(page.locator(f"#chart-{name} svg[role=img]")).to_be_attached()

        assert page.evaluate(SHIFTED_SO_FAR) < 0.001
        assert complaints == []

    def test_are_read_day_by_day_with_the_arrow_keys(
        self, page: Page, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        make_received(site, debris, by=alice, date=site.today(), tons="12.5")
        make_received(site, debris, by=alice, date=site.today() - dt.timedelta(days=1), tons="7")
        sign_in(page.context, alice, base_url)
        page.goto("/dashboard/?site=YARD-NORTH")
        reader = page.get_by_role("slider", name="Received and dispatched, value by value")
        tip = page.locator("#chart-flow .chart__tip")

        reader.focus()
        page.keyboard.press("ArrowLeft")

        expect(tip).to_contain_text("7.00 t")
        expect(reader).to_have_attribute("aria-valuetext", re.compile("Received 7.00 t, Dispatched 0.00 t"))
        page.keyboard.press("End")
        expect(tip).to_contain_text("12.50 t")
        page.keyboard.press("Escape")
        expect(tip).to_be_hidden()

    def test_show_what_lies_under_the_pointer(
        self, page: Page, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        make_received(site, debris, by=alice, date=site.today(), tons="12.5")
        sign_in(page.context, alice, base_url)
        page.goto("/dashboard/?site=YARD-NORTH")
        reader = page.locator("#chart-flow .chart__reader")
        tip = page.locator("#chart-flow .chart__tip")
        box = reader.bounding_box()
        assert box is not None

        reader.hover(position={"x": box["width"] - 2, "y": box["height"] / 2})

        expect(tip).to_contain_text("12.50 t")
        page.mouse.move(0, 0)
        expect(tip).to_be_hidden()

    def test_show_of_other_days_without_loading_the_page(
        self, page: Page, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        make_received(site, debris, by=alice, date=site.today() - dt.timedelta(days=60), tons="12.5")
        sign_in(page.context, alice, base_url)
        page.goto("/dashboard/?site=YARD-NORTH")
        expect(page.locator("#chart-flow .empty")).to_be_visible()
        page.evaluate("window.stillHere = true")

        page.get_by_role("link", name="90 days").click()

        expect(page.locator("#chart-flow svg[role=img]")).to_be_visible()
        assert page.evaluate("window.stillHere")
        assert page.url.endswith("days=90")

    def test_without_scripts_are_a_press_away(
        self, browser: Browser, base_url: str, site: Site, alice: User, debris: Material
    ) -> None:
        make_received(site, debris, by=alice, date=site.today(), tons="12.5")
        with browser.new_context(java_script_enabled=False, base_url=base_url) as context:
            sign_in(context, alice, base_url)
            page = context.new_page()
            page.goto("/dashboard/?site=YARD-NORTH")

            page.locator("#chart-flow").get_by_role("link", name="Show this chart").click()

            expect(page.locator("h1")).to_have_text("Received and dispatched")
            expect(page.locator("#chart-flow svg[role=img]")).to_be_visible()
            page.get_by_text("Show as table").click()
            expect(page.locator("#chart-flow tbody tr").first).to_contain_text("12.50")
