"""The summary of a PDF: totals, breakdowns and chart."""

import datetime as dt
from unittest import mock

from django.db import connection

from exports.datasets.selection import Selection
from exports.writers.pdf import summary
from exports.writers.pdf.summary import summary_of
from tests.exports.case import ExportCase
from tests.records.case import MONDAY


class TestSummary(ExportCase):
    def test_has_exact_totals_and_breakdowns_largest_first(self) -> None:
        for _number in range(10):
            self.receive(qty_ton="0.1")
        self.receive(material=self.aggregate.pk, qty_ton="3", loads="2")

        summary_ = summary_of(connection, self.selection())

        assert summary_.totals == [("Tons", "4.00 t"), ("Records", "11")]
        (by_material,) = summary_.breakdowns
        assert by_material.title == "By material"
        assert by_material.lines == [("Aggregate", "3.00", "2", "1"), ("Debris", "1.00", "", "10")]

    def test_joins_the_smallest_as_others(self) -> None:
        self.receive(qty_ton="1")
        self.receive(material=self.aggregate.pk, qty_ton="2")

        with mock.patch.object(summary, "MAX_ROWS", 1):
            (by_material,) = summary_of(connection, self.selection()).breakdowns

        assert by_material.lines[-1] == ("1 other", "1.00", "1")

    def test_breaks_down_by_every_reference(self) -> None:
        self.produce()

        summary_ = summary_of(connection, self.selection("production"))

        assert [breakdown.title for breakdown in summary_.breakdowns] == ["By material", "By operation"]

    def test_keeps_output_and_feed_apart(self) -> None:
        self.receive(qty_ton="40")
        self.produce(qty_ton="2")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="30.5")

        summary_ = summary_of(connection, self.selection("production"))

        assert summary_.totals == [("Output", "2.00 t"), ("Feed used", "30.50 t"), ("Records", "2")]
        assert summary_.breakdowns[0].lines == [
            ("Aggregate", "2.00", "", "1"),
            ("Debris", "", "30.50", "1"),
        ]
        with mock.patch.object(summary, "MAX_ROWS", 1):
            by_material = summary_of(connection, self.selection("production")).breakdowns[0]
        assert by_material.lines[-1] == ("1 other", "", "30.50", "1")

    def test_has_loads_of_one_material(self) -> None:
        self.receive(loads="2")
        self.receive(loads="3")

        assert ("Loads", "5") in summary_of(connection, self.selection()).totals

    def test_is_short_without_rows(self) -> None:
        summary_ = summary_of(connection, self.selection())

        assert summary_.totals == [("Records", "0")]
        assert (summary_.breakdowns, summary_.drawing) == ([], None)


class TestChart(ExportCase):
    def title(self, selection: Selection) -> str:
        drawing = summary_of(connection, selection).drawing
        assert drawing is not None
        return drawing.title

    def test_has_days_weeks_or_months(self) -> None:
        self.receive()

        titles = [
            self.title(self.selection(last=MONDAY + dt.timedelta(days=days))) for days in (10, 100, 1000)
        ]

        assert titles == ["Tons per day", "Tons per week", "Tons per month"]

    def test_has_what_came_into_stock_and_went_out(self) -> None:
        self.receive()

        drawing = summary_of(connection, self.selection("stock")).drawing

        assert drawing is not None
        assert drawing.title == "Tons in (up) and out (down) per day"
        assert "In: from 0.00 to 10.00 t" in drawing.svg
