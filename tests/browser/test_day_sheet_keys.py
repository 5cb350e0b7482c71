"""The day sheet by the keys alone: a typical day, one unlike the day before, and what each key does."""

import datetime as dt
import os
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from dispatch.models import Dispatch
from equipment.models import EquipmentLog
from inventory.models import StockCount
from manpower.models import ManpowerLog
from production.models import Production
from received.models import ReceivedMaterial
from records.models import DailyRecord
from tests.browser.people import complaints_of
from tests.browser.sheets import open_sheet, press, saved_in
from tests.browser.yards import Yard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COUNT_KEYS = """
    window.keys = 0;
    window.addEventListener("keydown", () => { window.keys += 1; }, true);
"""


@pytest.fixture
def clerk(clerk: Page) -> Page:
    """Count the keys that Alice presses."""
    clerk.add_init_script(COUNT_KEYS)
    # However slow the machine is, no letter comes so late that it begins another word.
    clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    return clerk


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


class TestShortcuts:
    def test_of_the_sheet_are_shown_first(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        clerk.locator("#main").focus()

        press(clerk, "?")

        expect(clerk.locator("#shortcuts-dialog .shortcuts").first).to_contain_text("Save the line")
        expect(clerk.locator("#shortcuts-dialog .shortcuts")).to_have_count(2)
