"""What the bench fills in and measures against says what the portal says."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

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


@pytest.fixture
def filled(db: None) -> Filled:
    return fill(9 * A_DAY)


class TestFilling:
    def test_writes_as_many_records_as_it_says(self, filled: Filled) -> None:
        models = (ReceivedMaterial, Production, EquipmentLog, ManpowerLog)

        counts = [model._default_manager.count() for model in models]

        assert counts[0] == 9 * RECEIVED_A_DAY
        assert sum(counts) == filled.records == 9 * A_DAY

    def test_leaves_a_ledger_that_says_what_the_records_say(self, filled: Filled) -> None:
        assert list(verify(filled.sites)) == []


class TestFloorOfTheCards:
    def test_says_what_the_cards_say(self, filled: Filled) -> None:
        cards = DayFigures([filled.site], LAST_DAY)

        made, received, dispatched, stock = floor_of_last_day(filled)

        assert made == cards.production[-1] > 0
        assert received == cards.received[-1] > 0
        assert dispatched == cards.dispatched[-1] == Decimal(0)
        assert stock == cards.stock[-1] > 0

    def test_is_explained(self, filled: Filled) -> None:
        assert "inventory_inventorysnapshot" in plan_of_cards(filled)


class TestFloorsOfTheCharts:
    def test_are_there_for_each(self) -> None:
        assert set(FLOORS) == set(CHARTS)

    def test_say_what_the_charts_say(self, filled: Filled) -> None:
        for name in FLOORS:
            on_floor, in_chart = totals(name, filled)

            assert on_floor == in_chart > 0, name


class TestSizesOfTheFiles:
    def test_are_exact_though_they_lie_within_each_other(
        self, filled: Filled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exports, "FEW", 200)
        monkeypatch.setattr(exports, "MAX_ROWS", 300)
        sizes = exports.sizes_of(filled, 400)

        exports.trim_all(sizes, 400)

        counts = [size.records.count() for size in (sizes.few, sizes.many_in_pdf, sizes.many)]
        assert counts == [200, 300, 400]


class TestFloorOfTheFiles:
    def test_has_the_rows_that_the_files_have(self, filled: Filled, tmp_path: Path) -> None:
        selection = exports.selected(filled.sites, 5 * RECEIVED_A_DAY - 6)
        exports.trim(selection, 5 * RECEIVED_A_DAY - 6)
        floor = exports.copied if connection.vendor == "postgresql" else exports.bare

        rows = exports.written(selection, FileFormat.CSV, tmp_path / "mine")
        floor(selection, tmp_path / "floor")

        mine, least = ((tmp_path / name).read_text().splitlines() for name in ("mine", "floor"))
        assert rows == 5 * RECEIVED_A_DAY - 6
        # A file has headings as well.
        assert len(mine) - 1 == len(least) == rows
        assert mine[-1].split(",")[:4] == least[-1].split(",")[:4]
