"""What the bench fills in and measures against says what the portal says."""

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import override
from unittest import mock

from django.db import connection
from django.test import TestCase

from bench import exports
from bench.charting import FLOORS, totals
from bench.filling import A_DAY, LAST_DAY, RECEIVED_A_DAY, Filled, fill
from bench.reading import floor_of_last_day, plan_of_cards
from dashboard.cards import DayFigures
from dashboard.chart_figures import CHARTS
from equipment.models import EquipmentLog
from exports.datasets.selection import FileFormat
from inventory.rebuild import verify
from manpower.models import ManpowerLog
from production.models import Production
from received.models import ReceivedMaterial


class TestBench(TestCase):
    """The bench fills the database once for all tests."""

    filled: Filled

    @classmethod
    @override
    def setUpTestData(cls) -> None:
        cls.filled = fill(9 * A_DAY)

    def test_filling_writes_as_many_records_as_it_says(self) -> None:
        models = (ReceivedMaterial, Production, EquipmentLog, ManpowerLog)

        counts = [model._default_manager.count() for model in models]

        assert counts[0] == 9 * RECEIVED_A_DAY
        assert sum(counts) == self.filled.records == 9 * A_DAY

    def test_filling_leaves_a_ledger_that_says_what_the_records_say(self) -> None:
        assert list(verify(self.filled.sites)) == []

    def test_floor_of_the_cards_says_what_the_cards_say(self) -> None:
        cards = DayFigures([self.filled.site], LAST_DAY)

        made, received, dispatched, stock = floor_of_last_day(self.filled)

        assert made == cards.production[-1] > 0
        assert received == cards.received[-1] > 0
        assert dispatched == cards.dispatched[-1] == Decimal(0)
        assert stock == cards.stock[-1] > 0

    def test_floor_of_the_cards_is_explained(self) -> None:
        assert "inventory_inventorysnapshot" in plan_of_cards(self.filled)

    def test_floors_of_the_charts_are_there_for_each(self) -> None:
        assert set(FLOORS) == set(CHARTS)

    def test_floors_of_the_charts_say_what_the_charts_say(self) -> None:
        for name in FLOORS:
            on_floor, in_chart = totals(name, self.filled)

            assert on_floor == in_chart > 0, name

    def test_sizes_of_the_files_are_exact_though_they_lie_within_each_other(self) -> None:
        with mock.patch.object(exports, "FEW", 200), mock.patch.object(exports, "MAX_ROWS", 300):
            sizes = exports.sizes_of(self.filled, 400)

            exports.trim_all(sizes, 400)

        counts = [size.records.count() for size in (sizes.few, sizes.many_in_pdf, sizes.many)]
        assert counts == [200, 300, 400]

    def test_floor_of_the_files_has_the_rows_that_the_files_have(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        selection = exports.selected(self.filled.sites, 5 * RECEIVED_A_DAY - 6)
        exports.trim(selection, 5 * RECEIVED_A_DAY - 6)
        floor = exports.copied if connection.vendor == "postgresql" else exports.bare

        rows = exports.written(selection, FileFormat.CSV, folder / "mine")
        floor(selection, folder / "floor")

        mine, least = ((folder / name).read_text().splitlines() for name in ("mine", "floor"))
        assert rows == 5 * RECEIVED_A_DAY - 6
        # A file has headings as well.
        assert len(mine) - 1 == len(least) == rows
        assert mine[-1].split(",")[:4] == least[-1].split(",")[:4]
