"""The day sheet under a clerk's hand: keys, pasting, questions, without scripts, in a narrow window."""

import datetime as dt
import os
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Locator, Page, expect

from dispatch.models import Dispatch
from equipment.models import EquipmentLog
from inventory.models import StockCount
from manpower.models import ManpowerLog
from production.models import Production
from received.models import ReceivedMaterial
from records import operations
from records.choices import Source
from records.models import DailyRecord
from records.registry import module
from sites.models import Membership, Role
from tests.browser.accessibility import (
    RULES,
    SCHEMES,
    assert_fits,
    assert_is_touchable,
    assert_nobody_is_kept_out,
    give_axe,
    wear,
)
from tests.browser.loads import paste
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import Yard
from tests.factories import make_site, make_submitted_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COUNT_KEYS = """
    window.keys = 0;
    window.addEventListener("keydown", () => { window.keys += 1; }, true);
"""


# What is tapped on the sheet and is smaller than 44 pixels; a link within a sentence is as high as its text.
SMALL_TARGETS = """
    [...document.querySelectorAll("#sheet :is(a, button, select, input, textarea, summary)")]
      .filter((one) => one.type !== "hidden" && one.offsetParent && !one.closest("p span, li, .closing"))
      .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
      .filter(([, box]) => box.height && (box.height < 43.5 || box.width < 43.5))
      .map(([text, box]) => `${text} ${box.width}x${box.height}`)
"""


@pytest.fixture
def clerk(clerk: Page) -> Page:
    """Count the keys that Alice presses."""
    clerk.add_init_script(COUNT_KEYS)
    # However slow the machine is, no letter comes so late that it begins another word.
    clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    return clerk


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


# A day as it would stand in a spreadsheet: the cells of each line, as they would be typed there.
PRODUCTION = [
    ("Morning", "G1", "Crushing, production", "142.5"),
    ("Morning", "3/4", "Crushing, production", "88.25"),
    ("Morning", "Crushed base", "Crushing, production", "61.4"),
    ("Afternoon", "G1", "Crushing, production", "120"),
    ("Afternoon", "Washed sand", "Segregation", "35.75"),
    ("Afternoon", "Concrete debris", "Crushing, feed used", "310"),
]
RECEIVED = [
    ("Concrete debris", "24.36", "City works", "B-DO 17", "wet"),
    ("Mixed C&D debris", "18.9", "Nordbau demolition", "HH-EC 905", ""),
    ("Concrete debris", "25.1", "Elbe Contracting", "PI-MR 3308", ""),
    ("Asphalt debris", "16", "Highway agency", "B-DO 17", ""),
]
DISPATCH = [
    ("G1", "Crushing, production", "26.6", "1", "Harbour quay", "DN-35901"),
    ("G1", "Crushing, production", "24.8", "1", "Elbe Contracting", "DN-35902"),
    ("3/4", "Crushing, production", "44.48", "2", "Harbour quay", "DN-35903"),
    ("Crushed base", "Crushing, production", "19.2", "1", "Garden centre", "DN-35904"),
    ("Washed sand", "Segregation", "12", "1", "Miller & Sons", "DN-35905"),
]
EQUIPMENT = [
    ("Whole day", "Jaw crusher 1", "1", "7.5", "Operational"),
    ("Whole day", "Cone crusher 1", "1", "6.25", "Operational"),
    ("Whole day", "Excavator CAT320", "1", "8", "Operational"),
    ("Whole day", "Wheel loader L120", "1", "8", "Operational"),
    ("Whole day", "Dump truck 6W", "2", "7", "Operational"),
]
MANPOWER = [
    ("Whole day", "Equipment driver", "4", "8"),
    ("Whole day", "Crusher operator", "2", "8"),
    ("Whole day", "Laborer", "3", "7.5"),
]
COUNT = [("Riprap", "40.5")]
DAY = (PRODUCTION, RECEIVED, DISPATCH, EQUIPMENT, MANPOWER, COUNT)


# A day that is unlike the day before, in the order in which its lines are saved.
OTHER_DAY = (
    [
        ("Morning", "G1", "Crushing, production", "151.25"),
        ("Morning", "3/4", "Crushing, production", "97.5"),
        ("Afternoon", "G1", "Crushing, production", "133"),
        ("Morning", "Riprap", "Crushing, production", "44.6"),
        ("Afternoon", "Recycled base", "Segregation", "35.25"),
        # More than the site has: it is confirmed at the end.
        ("Afternoon", "Mixed C&D debris", "Crushing, feed used", "287.5"),
    ],
    [
        ("Concrete debris", "21.14", "Highway agency", "HH-EC 905", ""),
        ("Mixed C&D debris", "19.86", "Nordbau demolition", "PI-MR 3308", ""),
        ("Concrete debris", "23.4", "Quay 7 works", "B-XY 12", ""),
        ("Asphalt debris", "410", "Quay 7 works", "B-XY 12", ""),
    ],
    [
        ("G1", "Crushing, production", "24.2", "1", "Miller & Sons", "DN-4425"),
        ("3/4", "Crushing, production", "25.75", "1", "Garden centre", "DN-4426"),
        ("G1", "Crushing, production", "48.1", "2", "Elbe Contracting", "DN-4427"),
        ("Riprap", "Crushing, production", "17.3", "1", "Garden centre", "DN-4428"),
        ("G1", "Crushing, production", "390", "1", "Miller & Sons", "DN-4429"),
    ],
    [
        ("Whole day", "Jaw crusher 1", "1", "6.75", "Operational"),
        ("Whole day", "Cone crusher 1", "1", "0.5", "Breakdown"),
        ("Whole day", "Excavator CAT320", "1", "7.25", "Operational"),
        ("Whole day", "Wheel loader L120", "1", "6", "Operational"),
        ("Whole day", "Dump truck 6W", "2", "5.5", "Operational"),
    ],
    [
        ("Whole day", "Equipment driver", "3", "8"),
        ("Whole day", "Crusher operator", "2", "6.5"),
        ("Whole day", "Laborer", "5", "8"),
    ],
    [("Riprap", "27.3")],
)


# The keys that enter it, grid by grid; docs/day-sheet.md has the same table.
STEPS = {
    "Production: yesterday's lines with other quantities": (
        *("n", "Alt+KeyY", "151.25", "Enter", "97.5", "Enter", "133", "Enter", "287.5", "Enter"),
    ),
    "Production: two lines that yesterday did not have": (
        *("m", "Tab", "ri", "Tab", "c", "Tab", "44.6", "Enter"),
        *("a", "Tab", "rec", "Tab", "s", "Tab", "35.25", "Enter", "Enter"),
    ),
    "Received: other hauliers in another order, the last load unusual": (
        *("c", "Tab", "21.14", "Tab", "h", "Tab", "hh", "Enter"),
        *("m", "Tab", "19.86", "Tab", "n", "Tab", "pi", "Enter"),
        *("c", "Tab", "23.4", "Tab", "Quay 7 works", "Tab", "B-XY 12", "Enter"),
        *("as", "Tab", "410", "Tab", "q", "Tab", "B-X", "Enter", "Enter"),
    ),
    "Dispatch: the site's next delivery notes, one load in two trips": (
        *("g", "Tab", "c", "Tab", "24.2", "Tab", "m", "Tab", "+", "Enter"),
        *("3", "Tab", "Tab", "25.75", "Tab", "g", "Tab", "+", "Enter"),
        *("g", "Tab", "Tab", "48.1", "ArrowRight", "ArrowRight", "2", "Tab", "e", "Tab", "+", "Enter"),
        *("rip", "Tab", "Tab", "17.3", "Tab", "g", "Tab", "+", "Enter"),
        *("g", "Tab", "Tab", "390", "Tab", "m", "Tab", "+", "Enter", "Enter"),
    ),
    "Equipment: a line for each machine, one with a breakdown": (
        *("6.75", "Enter", "0.5", "ArrowRight", "b", "Enter", "7.25", "Enter", "6", "Enter"),
        *("5.5", "Enter", "Enter"),
    ),
    "Manpower: a line for each role": ("3", "Enter", "2", "Tab", "6.5", "Enter", "5", "Enter", "Enter"),
    "Stock counts: one count": ("rip", "Tab", "27.3", "Enter"),
}


def finish_step(page: Page, step: str, counted: dict[str, int]) -> None:
    """Count the presses of a step, and take its picture where `make film` wants one."""
    counted[step] = page.evaluate("window.keys") - sum(counted.values())
    if folder := os.environ.get("FILM_DIR"):
        name = re.sub(r"\W+", "-", step.lower())
        page.screenshot(path=Path(folder) / f"{len(counted):02}-{name}.png")


def history(yard: Yard) -> None:
    """Enter eight days before, as a yard has them: the same work, hauliers and customers in turn."""
    hauliers = (
        ("Highway agency", "HH-EC 905"),
        ("Nordbau demolition", "PI-MR 3308"),
        ("City works", "B-DO 17"),
        ("Elbe Contracting", "HH-AB 12"),
    )
    owners = ("Harbour quay", "Garden centre", "Miller & Sons", "Elbe Contracting")
    number = 4400
    for ago in range(8, 0, -1):
        for shift, material, operation, tons in (
            ("morning", "AGG-G1", "CRU-PRO", 140),
            ("morning", "AGG-3/4", "CRU-PRO", 90),
            ("afternoon", "AGG-G1", "CRU-PRO", 120),
            ("afternoon", "RAW-MIXED", "CRU-OP", 280),
        ):
            values = {
                "shift": shift,
                "material": material,
                "operation": operation,
                "qty_ton": str(tons + ago),
            }
            yard.enter("production", days_ago=ago, **values)
        for place in range(4):
            source, vehicle = hauliers[(place + ago) % 4]
            material = ("RAW-CONCRETE", "RAW-MIXED", "RAW-CONCRETE", "RAW-ASPHALT")[place]
            values = {"material": material, "qty_ton": f"{18 + place + ago / 4}", "source": source}
            yard.enter("received", days_ago=ago, vehicle_ref=vehicle, **values)
        for place in range(3):
            number += 1
            values = {"material": ("AGG-G1", "AGG-3/4", "AGG-G1")[place], "owner": owners[(place + ago) % 4]}
            yard.enter(
                "dispatch",
                days_ago=ago,
                operation="CRU-PRO",
                qty_ton=f"{22 + place + ago / 4}",
                reference=f"DN-{number}",
                **values,
            )
        for machine in ("CRUSHER-01", "CRUSHER-02", "EXCAVATOR-01", "LOADER-01", "DUMPTRUCK-01"):
            count = "2" if machine == "DUMPTRUCK-01" else "1"
            yard.enter("equipment", days_ago=ago, equipment=machine, hours="7", count=count)
        for role in ("DRIVER", "OPERATOR", "LABORER"):
            yard.enter("manpower", days_ago=ago, role=role, headcount="3", hours="8")


def keys_of_a_spreadsheet(blocks: Sequence[Sequence[Sequence[str]]]) -> int:
    """Count every character of every cell that says something, and the Tab or Enter after it."""
    return sum(len(cell) + 1 for block in blocks for line in block for cell in line if cell)


def yesterday(yard: Yard) -> None:
    """Enter a day before that is like this one, though not the same."""
    for shift, material, operation in (
        ("morning", "AGG-G1", "CRU-PRO"),
        ("morning", "AGG-3/4", "CRU-PRO"),
        ("morning", "BASE-CRUSHED", "CRU-PRO"),
        ("afternoon", "AGG-G1", "CRU-PRO"),
    ):
        yard.enter(
            "production", days_ago=1, shift=shift, material=material, operation=operation, qty_ton="100"
        )
    for source, vehicle in (
        ("City works", "B-DO 17"),
        ("Nordbau demolition", "HH-EC 905"),
        ("Elbe Contracting", "PI-MR 3308"),
    ):
        yard.enter(
            "received",
            days_ago=1,
            material="RAW-CONCRETE",
            qty_ton="500",
            source=source,
            vehicle_ref=vehicle,
        )
    for owner in ("Harbour quay", "Elbe Contracting", "Garden centre"):
        yard.enter("dispatch", days_ago=1, material="AGG-G1", operation="CRU-PRO", qty_ton="20", owner=owner)
    yard.enter("inventory", days_ago=1, material="AGG-RIPRAP", counted_ton="40", notes="first count")


def plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


def lines_of_the_day(yard: Yard) -> list[list[tuple[str, ...]]]:
    """Return what is recorded of today, as it would stand in a spreadsheet."""

    def today(model: type[DailyRecord], *shown: str) -> list[tuple[str, ...]]:
        records = model._default_manager.filter(date=yard.today).order_by("id")
        return [tuple(response(record, name) for name in shown) for record in records]

    def response(record: DailyRecord, name: str) -> str:
        words = getattr(record, f"get_{name}_display", None)
        value = words() if words else getattr(record, name)
        return plain(value) if isinstance(value, Decimal) else str(value)

    return [
        today(Production, "shift", "material", "operation", "qty_ton"),
        today(ReceivedMaterial, "material", "qty_ton", "source", "vehicle_ref", "notes"),
        today(Dispatch, "material", "operation", "qty_ton", "trips", "owner", "reference"),
        today(EquipmentLog, "shift", "equipment", "count", "hours", "status"),
        today(ManpowerLog, "shift", "role", "headcount", "hours"),
        today(StockCount, "material", "counted_ton"),
    ]


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


class TestKeys:
    def test_enter_a_typical_day_at_half_the_presses_and_without_a_page_load(
        self, clerk: Page, yard: Yard
    ) -> None:
        yesterday(yard)
        complaints = complaints_of(clerk)
        open_sheet(clerk, yard)
        clerk.evaluate("window.stillHere = true")

        # Production: yesterday's lines, and two that were not among them.
        press(clerk, "n", "Alt+KeyY", "142.5", "Enter", "88.25", "Enter", "61.4", "Enter", "120", "Enter")
        press(clerk, "w", "Tab", "s", "Tab", "35.75", "Enter")
        press(clerk, "co", "Tab", "cru-o", "Tab", "310", "Enter", "Enter")
        # Received: three hauliers came again, a fourth is typed.
        press(clerk, "Alt+KeyY", "24.36", "Tab", "Tab", "Tab", "Tab", "Tab", "wet", "Enter")
        press(clerk, "Shift+Tab", "mi", "Tab", "18.9", "Enter", "25.1", "Enter")
        press(clerk, "a", "Tab", "16", "Tab", "Tab", "Highway agency", "Tab", "B", "Enter", "Enter")
        # Dispatch: delivery notes are never copied.
        press(clerk, "Alt+KeyY", "26.6", "Tab", "Tab", "Tab", "Tab", "DN-35901", "Enter")
        press(clerk, "24.8", "Tab", "Tab", "Tab", "Tab", "DN-35902", "Enter")
        press(
            clerk, "Shift+Tab", "Shift+Tab", "3", "Tab", "Tab", "44.48", "Tab", "Tab", "2", "Tab", "H", "Tab"
        )
        press(clerk, "DN-35903", "Enter")
        press(clerk, "cru", "Tab", "Tab", "19.2", "Tab", "Tab", "Tab", "G", "Tab", "DN-35904", "Enter")
        press(clerk, "w", "Tab", "s", "Tab", "12", "Tab", "Tab", "Tab", "Miller & Sons", "Tab", "DN-35905")
        press(clerk, "Enter", "Enter")
        # A line for each machine and role stands there already.
        press(clerk, "7.5", "Enter", "6.25", "Enter", "8", "Enter", "8", "Enter")
        press(clerk, "Shift+Tab", "2", "Tab", "7", "Enter", "Enter")
        press(clerk, "4", "Enter", "2", "Enter", "3", "Tab", "7.5", "Enter", "Enter")
        press(clerk, "rip", "Tab", "40.5", "Enter")

        expect(clerk.locator("tbody[data-state=saved]")).to_have_count(24)
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert lines_of_the_day(yard) == [[tuple(line) for line in block] for block in DAY]
        assert clerk.evaluate("window.stillHere")
        assert complaints == []
        pressed, in_a_spreadsheet = clerk.evaluate("window.keys"), keys_of_a_spreadsheet(DAY)
        assert pressed * 2 <= in_a_spreadsheet

    def test_enter_a_day_unlike_the_day_before_with_at_most_300_presses(
        self, clerk: Page, yard: Yard
    ) -> None:
        history(yard)
        open_sheet(clerk, yard)
        clerk.evaluate("window.stillHere = true")
        counted: dict[str, int] = {}

        for step, keys in STEPS.items():
            press(clerk, *keys)
            finish_step(clerk, step, counted)
        asking = clerk.locator("tbody[data-state=asks]")
        expect(asking).to_have_count(3)
        press(clerk, "Control+Enter")
        for warning in ("Not enough Mixed C&D debris", "410", "390"):
            expect(clerk.locator("#warnings")).to_contain_text(warning)
        finish_step(clerk, "What is unusual is shown together", counted)
        press(clerk, "Control+Enter")
        # The stock that the warning names has moved since: what is new is confirmed again.
        expect(asking).to_have_count(1)
        expect(clerk.locator("tbody[data-state=saving], tbody[data-state=waiting]")).to_have_count(0)
        press(clerk, "Control+Enter")
        expect(asking.locator("[data-cell]:focus")).to_have_count(1)
        press(clerk, "Control+Enter")
        expect(clerk.locator("tbody[data-state=saved]")).to_have_count(24)
        finish_step(clerk, "and confirmed together", counted)

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        # Lines that are saved at the same time may arrive in another order.
        entered = [sorted(tuple(line) for line in block) for block in OTHER_DAY]
        assert [sorted(block) for block in lines_of_the_day(yard)] == entered
        assert clerk.evaluate("window.stillHere")
        assert sum(counted.values()) <= 300
        documented = (settings.BASE_DIR / "docs" / "day-sheet.md").read_text("utf-8")
        rows = dict(re.findall(r"^\| ([^|]+) \| (\d+) \|$", documented, re.MULTILINE))
        assert rows == {
            **{step: str(keys) for step, keys in counted.items()},
            "All": str(sum(counted.values())),
        }

    def test_choose_by_code_put_back_and_take_from_above(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        open_sheet(clerk, yard)
        clerk.locator("#received-new-0 [name=material]").focus()
        line = clerk.locator("#received-new-0")

        press(clerk, "base-r", "Tab", "12", "Tab", "Tab", "Ci")
        expect(line.locator("[name=source]")).to_have_value("City works")
        press(clerk, "Escape")
        expect(line.locator("[name=source]")).to_have_value("")
        press(clerk, "Control+d")
        expect(line.locator("[name=source]")).to_have_value("City works")
        press(clerk, "Escape", "Shift+Tab", "Shift+Tab", "ArrowUp")
        expect(clerk.locator("#received tbody").first.locator("[name=qty_ton]")).to_be_focused()

        expect(saved_in(clerk, "received")).to_have_count(1)
        made = ReceivedMaterial.objects.latest("id")
        assert (made.material.code, made.source) == ("BASE-RECYCLED", "")

    def test_deleting_asks_first(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7")
        open_sheet(clerk, yard)
        clerk.focus("#received tbody[data-record] [name=qty_ton]")

        press(clerk, "Control+Delete")
        expect(clerk.get_by_role("button", name="Delete", exact=True)).to_be_focused()
        press(clerk, "Escape")
        expect(clerk.locator("#received .line__message:not([hidden])")).to_have_count(0)
        press(clerk, "Control+Delete", "Enter")

        expect(clerk.locator("#received tbody[data-record]")).to_have_count(0)
        expect(clerk.locator("#totals-received")).to_contain_text("0 lines")
        assert ReceivedMaterial.objects.count() == 0

    def test_deleting_what_others_rest_on_is_confirmed_with_one_key(self, clerk: Page, yard: Yard) -> None:
        yard.enter("production", material="AGG-G1", operation="CRU-PRO", qty_ton="20")
        yard.enter("dispatch", material="AGG-G1", operation="CRU-PRO", qty_ton="5")
        open_sheet(clerk, yard)
        clerk.focus("#production tbody[data-record] [name=qty_ton]")

        press(clerk, "Control+Delete", "Enter")
        line = clerk.locator("#production tbody[data-record]")
        expect(line).to_contain_text("Not enough G1")
        expect(line.get_by_role("button", name="Delete anyway")).to_be_visible()
        assert Production.objects.count() == 1
        press(clerk, "Control+Enter")

        expect(line).to_have_count(0)
        assert Production.objects.count() == 0


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


class TestShortcuts:
    def test_of_the_sheet_are_shown_first(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        clerk.locator("#main").focus()

        press(clerk, "?")

        expect(clerk.locator("#shortcuts-dialog .shortcuts").first).to_contain_text("Save the line")
        expect(clerk.locator("#shortcuts-dialog .shortcuts")).to_have_count(2)


class TestPasting:
    def test_takes_a_block_marks_errors_and_saves_on_request(self, clerk: Page, yard: Yard) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard)
        block = (
            "Source\tMaterial\tTons\n"
            "City works\tConcrete debris\t1,024.5\n"
            "Harbour\tConcrete debriss\t12\n"
            "Harbour\tRAW-MIXED\t1,250\n"
        )
        clerk.evaluate("(text) => navigator.clipboard.writeText(text)", block)
        clerk.focus("#received [name=material]")

        press(clerk, "Control+v")

        bar = clerk.locator("#received [data-pasted]")
        pasted = clerk.locator("#received tbody[data-state=pasted]")
        expect(bar).to_contain_text("3 lines were pasted. Nothing has been saved yet.")
        expect(pasted.locator("[aria-invalid]")).to_have_count(2)
        expect(clerk.locator("#received")).to_contain_text("“Concrete debriss” is not one of the choices")
        expect(clerk.locator("#received")).to_contain_text("Tons: “1,250” has two readings")
        assert ReceivedMaterial.objects.count() == 0
        pasted.nth(1).locator("[name=material]").select_option(label="Concrete debris")
        pasted.nth(2).locator("[name=qty_ton]").fill("12.5")
        press(clerk, "Control+Enter")

        expect(saved_in(clerk, "received")).to_have_count(3)
        expect(bar).to_be_hidden()
        assert sorted(str(line.qty_ton) for line in ReceivedMaterial.objects.all()) == [
            "1024.500",
            "12.000",
            "12.500",
        ]

    def test_counts_pasted_lines_as_not_saved_and_keeps_those_of_another_day_apart(
        self, clerk: Page, yard: Yard
    ) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard)
        block = (
            "Date\tMaterial\tTons\n"
            f"{yard.today}\tConcrete debris\t11\n"
            f"{yard.today - dt.timedelta(days=1)}\tConcrete debris\t22\n"
        )
        clerk.evaluate("(text) => navigator.clipboard.writeText(text)", block)
        clerk.focus("#received [name=material]")
        press(clerk, "Control+v")
        status = clerk.locator("#save-status")
        expect(status).to_contain_text("2 pasted lines are not saved.")
        clerk.reload()
        expect(status).to_contain_text("2 pasted lines are not saved.")
        expect(status).not_to_contain_text("All lines are saved")

        clerk.get_by_role("button", name="Save 1 line", exact=True).click()
        expect(saved_in(clerk, "received")).to_have_count(1)
        expect(status).to_contain_text("1 pasted line is not saved.")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.all()] == ["11.000"]
        clerk.get_by_role("button", name="Save it on this sheet").click()

        expect(saved_in(clerk, "received")).to_have_count(2)
        expect(status).to_contain_text("All lines are saved.")

    def test_saves_lines_with_the_dates_of_other_days_on_their_own_days(
        self, clerk: Page, yard: Yard
    ) -> None:
        days = [yard.today - dt.timedelta(days=ago) for ago in (0, 1, 2, 3)]
        make_submitted_day(yard.site, days[3], by=yard.alice)
        lines = [f"{day:%d.%m.%Y}\tConcrete debris\t{place}1" for place, day in enumerate(days, start=1)]
        open_sheet(clerk, yard)
        paste(clerk, "received", "\n".join(["Date\tMaterial\tTons", *lines, "Total\t\t104"]))
        bar = clerk.locator("#received [data-pasted]")
        expect(bar).to_contain_text("A row of totals was left out: Total 104.")
        expect(clerk.locator("#received")).to_contain_text("is submitted and takes no changes")

        clerk.get_by_role("button", name="Save 2 lines on their own sheets").click()

        expect(bar).to_contain_text("1 line is for another day or site:")
        clerk.get_by_role("button", name="Leave out").click()
        clerk.get_by_role("button", name="Save 1 line", exact=True).click()
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert {str(load.qty_ton): load.date for load in ReceivedMaterial.objects.all()} == {
            "11.000": days[0],
            "21.000": days[1],
            "31.000": days[2],
        }

    def test_saves_lines_of_another_site_at_that_site_and_names_columns_it_leaves_out(
        self, clerk: Page, yard: Yard
    ) -> None:
        south = make_site(code="YARD-SOUTH", name="South yard", timezone=yard.site.timezone)
        Membership.objects.create(user=yard.alice, site=south, role=Role.OPERATOR)
        open_sheet(clerk, yard)
        lines = ["North yard\tConcrete debris\t11\tdry", "yard-south\tConcrete debris\t22\twet"]
        paste(clerk, "received", "\n".join(["Site\tMaterial\tTons\tWeather", *lines]))
        bar = clerk.locator("#received [data-pasted]")
        expect(bar).to_contain_text("This sheet has no column for “Weather”: it was left out.")
        expect(clerk.locator("#received")).to_contain_text("This line has the site yard-south.")

        clerk.get_by_role("button", name="Save 1 line", exact=True).click()
        expect(saved_in(clerk, "received")).to_have_count(1)
        clerk.get_by_role("button", name="Save 1 line on its own sheet").click()

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert {str(load.qty_ton): load.site for load in ReceivedMaterial.objects.all()} == {
            "11.000": yard.site,
            "22.000": south,
        }

    def test_leaves_out_rows_of_totals_whatever_they_are_called(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        # A supplier whose name begins with the word is no total.
        lines = ["City works\tConcrete debris\tB-DO 17\t1", "Total Energies\tConcrete debris\tB-DO 18\t2"]
        totals = [
            "\tSub-total\t\t3",
            "Grand total:\t\t\t3",
            "Gesamtsumme\t\t\t3",
            "\tTotaal\t\t3",
            "Σ\t\t\t3",
            "\t\t\t3",
            "\t\t\t3.00 t",
        ]
        block = [line for total in totals for line in (*lines, total)]

        paste(clerk, "received", "\n".join(["Source\tMaterial\tVehicle\tTons", *block]))

        bar = clerk.locator("#received [data-pasted]")
        expect(bar).to_contain_text("14 lines were pasted.")
        expect(bar).to_contain_text("Sub-total 3; Grand total: 3; Gesamtsumme 3; Totaal 3; Σ 3; 3; 3.00 t.")

    def test_reads_dates_as_spreadsheets_write_them(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        shapes = ["%d-%b-%y", "%A, %B %d, %Y", "%d.%m.%y", "%Y-%m-%d 00:00:00", "%Y/%m/%d"]
        days = [yard.today - dt.timedelta(days=ago) for ago in (0, 1)]

        # Without headings: the dates in front of the cells.
        lines = [f"{day:{shape}}\tConcrete debris\t12" for shape in shapes for day in days]
        paste(clerk, "received", "\n".join(lines))

        expect(clerk.get_by_role("button", name="Save 5 lines on their own sheets")).to_be_visible()
        expect(clerk.get_by_role("button", name="Save 5 lines", exact=True)).to_be_visible()

    def test_saves_pasted_lines_by_key_only_once_they_are_on_the_screen(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard)
        paste(clerk, "received", "\n".join(f"Concrete debris\t{tons}" for tons in range(1, 41)))
        clerk.locator("#received tbody[data-state=pasted] [name=qty_ton]").first.focus()

        press(clerk, "Control+Enter")
        expect(clerk.get_by_role("button", name="Save 40 lines")).to_be_focused()
        assert ReceivedMaterial.objects.count() == 0
        press(clerk, "Control+Enter")

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert ReceivedMaterial.objects.count() == 40

    def test_of_several_lines_into_notes_is_one_text(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="12")
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard)
        clerk.evaluate("navigator.clipboard.writeText('wet load\\nsent back at the gate')")
        clerk.focus(f"#received tbody[data-record='{key}'] [name=notes]")

        press(clerk, "Control+v", "Alt+Enter")
        press(clerk, "weighed twice", "Enter")

        expect(saved_in(clerk, "received")).to_have_count(1)
        assert ReceivedMaterial.objects.get().notes == "wet load\nsent back at the gate\nweighed twice"

    def test_corrects_the_same_error_in_many_lines_at_once(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        lines = [f"Beton\t{tons}" for tons in range(1, 31)]
        paste(clerk, "received", "\n".join(["Material\tTons", *lines]))
        bar = clerk.locator("#received [data-pasted]")

        bar.get_by_label("“Beton” means").select_option(label="Concrete debris")
        bar.get_by_role("button", name="Correct 30 lines").click()

        bar.get_by_role("button", name="Save 30 lines").click()
        expect(saved_in(clerk, "received")).to_have_count(30)
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert sum(load.qty_ton for load in ReceivedMaterial.objects.all()) == sum(range(1, 31))

    def test_corrects_at_once_what_the_portal_rejects_and_gives_few_lines_a_row(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard)
        # Without a connection nothing is checked before it is saved.
        clerk.route("**/check/", lambda route: route.abort())
        paste(clerk, "received", "\n".join(f"Concrete debris\t{tons}\tmany" for tons in range(1, 66)))
        clerk.get_by_role("button", name="Save 65 lines").click()
        expect(clerk.locator("#save-status")).to_contain_text("65 lines need your attention.")
        expect(clerk.locator("#received tbody[data-state=refused]")).to_have_count(60)

        bar = clerk.locator("#received [data-pasted]")
        bar.get_by_label("“many” means").fill("2")
        bar.get_by_role("button", name="Correct 65 lines").click()

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert [load.loads for load in ReceivedMaterial.objects.all()] == [2] * 65

    @pytest.mark.parametrize(("rows", "most_seconds"), [(520, 1), (5_000, 10)])
    def test_takes_many_rows_in_time_and_drops_none(
        self, clerk: Page, yard: Yard, rows: int, most_seconds: int
    ) -> None:
        open_sheet(clerk, yard)
        lines = [f"Concrete debris\t{number / 100}\tCity works" for number in range(1, rows + 1)]

        took = paste(clerk, "received", "\n".join(["Material\tTons\tSource", *lines]))

        expect(clerk.locator("#received [data-pasted]")).to_contain_text(f"{rows} lines were pasted.")
        kept = 'Object.values(localStorage).filter((text) => text.includes(\'"state":"pasted"\')).length'
        assert clerk.evaluate(kept) == rows
        assert took < most_seconds * 1000

    def test_costs_no_key_press_more_with_many_lines_that_wait(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        lines = [f"Concrete debris\t{number}\tCity works" for number in range(1, 500)]
        paste(clerk, "received", "\n".join(["Material\tTons\tSource", *lines]))
        clerk.locator("#received tbody[data-line]").last.locator("[name=source]").focus()

        took: float = clerk.evaluate(
            """() => {
              const cell = document.activeElement;
              const event = () => new InputEvent("input", { bubbles: true, inputType: "insertText" });
              const times = [..."Harbour quay 12 north"].map((letter) => {
                const from = performance.now();
                cell.value += letter;
                cell.dispatchEvent(event());
                return performance.now() - from;
              });
              return times.sort((one, other) => one - other)[Math.floor(times.length / 2)];
            }"""
        )

        assert took < 10


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
        page.locator("#received-rejected [name=qty_ton]").fill("12.5")
        page.locator("#received-rejected").get_by_role("button", name="Save").click()

        expect(page.locator("#received tbody[data-record] [name=qty_ton]")).to_have_value("12.50")
        expect(page.locator("#totals-received")).to_contain_text("12.50")
        assert ReceivedMaterial.objects.count() == 1
        context.close()


class TestLook:
    def test_in_both_themes_and_at_every_width(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        complaints = complaints_of(clerk)
        open_sheet(clerk, yard)
        clerk.focus("#dispatch [name=material]")
        press(clerk, "g", "Tab", "cr", "Tab", "5", "Enter")
        expect(clerk.locator("#dispatch tbody[data-state=asks]")).to_have_count(1)
        press(clerk, "g", "Tab", "Tab", "five", "Enter")
        expect(clerk.locator("#dispatch tbody[data-state=refused]")).to_have_count(1)

        give_axe(clerk)
        for scheme in SCHEMES:
            wear(clerk, scheme)
            for width in (1280, 320):
                clerk.set_viewport_size({"width": width, "height": 900})

                assert_nobody_is_kept_out(clerk, RULES[scheme])
                assert_fits(clerk)
        assert complaints == []

    @pytest.mark.parametrize("is_phone", [False, True])
    def test_of_what_comes_and_goes_keeps_nobody_out(
        self, browser: Browser, yard: Yard, base_url: str, *, is_phone: bool
    ) -> None:
        for tons in ("1", "2", "3"):
            yard.enter("received", material="RAW-ASPHALT", qty_ton=tons)
        size = {"width": 390, "height": 844} if is_phone else {"width": 1280, "height": 720}
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]  # a size
            has_touch=is_phone,
            is_mobile=is_phone,
            base_url=base_url,
        )
        sign_in(context, yard.alice, base_url)
        page = context.new_page()
        open_sheet(page, yard)
        give_axe(page)

        def look() -> None:
            for scheme in SCHEMES:
                wear(page, scheme)
                assert_nobody_is_kept_out(page, RULES[scheme])
            assert_fits(page)
            if is_phone:
                assert_is_touchable(page)

        def open_line(window: Page) -> None:
            if is_phone:
                window.locator("#received .line__summary button").first.tap()
            window.locator("#received tbody[data-record] [name=source]").first.focus()

        open_line(page)
        press(page, "Shift+ArrowDown", "Shift+ArrowDown")
        expect(page.locator("#selection")).to_be_visible()
        look()
        press(page, "Control+Delete", "Enter")
        expect(page.locator("#undo")).to_be_visible()
        look()
        page.locator("#undo button").click()
        expect(page.locator("#undo")).to_contain_text("Undone.")
        templates = page.locator("#received [data-templates]")
        templates.locator("summary").click()
        templates.get_by_label("Save these lines as").fill("Monday crew")
        templates.get_by_role("button", name="Save the template").click()
        expect(templates).to_contain_text("Monday crew")
        look()
        press(page, "Escape")
        for tons in ("777", "888"):
            page.locator("#dispatch tbody[data-line]").last.locator("[name=material]").focus()
            press(page, "g", "Tab", "cr", "Tab", tons, "Enter")
        expect(page.locator("#dispatch tbody[data-state=asks]")).to_have_count(2)
        press(page, "Control+Enter")
        expect(page.locator("#warnings")).to_be_visible()
        look()
        page.get_by_role("button", name="Back to the sheet").click()
        # What was undone is at the end of its grid until the page is opened again.
        open_sheet(page, yard)
        give_axe(page)
        other = context.new_page()
        open_sheet(other, yard)
        open_line(page)
        page.locator("#received tbody[data-record] [name=source]").first.fill("one")
        open_line(other)
        other.locator("#received tbody[data-record] [name=source]").first.fill("two")
        page.bring_to_front()
        expect(page.locator("#received tbody[data-state=elsewhere]")).to_be_visible()
        paste(
            page,
            "production",
            "Date\tMaterial\tTons\n1.1.2026\tBeton\t5\n1.1.2026\tBeton\t6\nTotal\t\t11",
        )
        expect(page.locator("#production [data-alike]")).to_be_visible()
        page.locator("#day-over").evaluate(
            """(notice) => {
              notice.hidden = false;
              notice.querySelector("[data-text]").textContent = notice.dataset.text;
            }"""
        )
        look()
        context.close()


class TestPrinting:
    def test_names_what_is_not_saved_and_has_no_controls(self, clerk: Page, yard: Yard) -> None:
        yard.enter("received", material="RAW-ASPHALT", qty_ton="7", notes="wet\nsent back")
        open_sheet(clerk, yard)
        clerk.context.set_offline(True)
        paste(clerk, "received", "\n".join(f"Concrete debris\t{tons}" for tons in range(1, 64)))

        clerk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        clerk.emulate_media(media="print")

        printed = clerk.locator("#received tbody[data-state=pasted]").first.locator(".line__status")
        assert printed.evaluate("(status) => getComputedStyle(status, '::after').content") == '"Not saved"'
        assert printed.inner_text().strip() == ""
        expect(clerk.locator("#received [data-pasted-text]")).to_contain_text("3 more are not shown.")
        expect(clerk.locator("#sheet :is(button, input, select, textarea):visible")).to_have_count(0)
        expect(clerk.locator(".signatures")).to_be_visible()


class TestOnAPhone:
    def test_a_saved_line_is_one_row_that_opens_on_a_tap(
        self, browser: Browser, yard: Yard, base_url: str
    ) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        size = {"width": 390, "height": 844}
        context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, base_url=base_url)  # type: ignore[arg-type]  # a size
        sign_in(context, yard.alice, base_url)
        page = context.new_page()
        open_sheet(page, yard)
        row = page.locator(f"#received tbody[data-record='{key}']")
        tons = row.locator("[name=qty_ton]")
        expect(tons).to_be_hidden()
        box = row.bounding_box()
        assert box is not None
        assert box["height"] < 80

        summary = row.get_by_role("button", name="The line Asphalt debris, 7.00, City works")
        summary.tap()
        expect(tons).to_be_visible()
        summary.tap()
        expect(tons).to_be_hidden()
        summary.tap()
        tons.fill("8")
        tons.press("Enter")
        expect(row.locator(".line__summary")).to_contain_text("8.00")
        expect(tons).to_be_hidden()
        assert str(ReceivedMaterial.objects.get().qty_ton) == "8.000"

        page.locator("#dispatch").scroll_into_view_if_needed()
        page.get_by_role("button", name="Add a line").tap()
        expect(page.locator("[data-cell]:focus")).to_have_count(1)
        assert (
            page.locator("#received-new-0 [name=vehicle_ref]").get_attribute("autocapitalize") == "characters"
        )
        small = page.evaluate(SMALL_TARGETS)
        assert small == []
        context.close()

    def test_a_line_of_a_closed_day_shows_what_was_entered(
        self, browser: Browser, yard: Yard, base_url: str
    ) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="7", source="City works")
        make_submitted_day(yard.site, yard.today, by=yard.alice)
        size = {"width": 390, "height": 844}
        context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, base_url=base_url)  # type: ignore[arg-type]  # a size
        sign_in(context, yard.alice, base_url)
        page = context.new_page()

        open_sheet(page, yard)

        row = page.locator(f"#received tbody[data-record='{key}']")
        expect(row.locator(".line__summary")).to_have_text("Asphalt debris · 7.00 · City works")
        summary = row.get_by_role("button", name="The line Asphalt debris, 7.00, City works")
        summary.tap()
        expect(row.locator("td[data-label=Tons]")).to_be_visible()
        summary.tap()
        expect(row.locator("td[data-label=Tons]")).to_be_hidden()
        context.close()
