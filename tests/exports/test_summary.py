"""What stands before the rows: totals, what they are made of, how they went."""

import datetime as dt
from unittest import mock

from django.db import connection

from exports.datasets.selection import Selection
from exports.writers.pdf import summary
from exports.writers.pdf.summary import summary_of
from tests.exports.case import ExportCase
from tests.records.case import MONDAY


class TestSummary(ExportCase):
    def test_adds_up_exactly_and_breaks_down_the_largest_first(self) -> None:
        for _number in range(10):
            self.receive(qty_ton="0.1")
        self.receive(material=self.aggregate.pk, qty_ton="3", loads="2")

        said = summary_of(connection, self.selection())

        assert said.totals == [("Tons", "4.00 t"), ("Loads", "2"), ("Records", "11")]
        (by_material,) = said.breakdowns
        assert by_material.title == "By material"
        assert by_material.lines == [("Aggregate", "3.00", "2", "1"), ("Debris", "1.00", "0", "10")]

    def test_puts_the_many_small_ones_together(self) -> None:
        self.receive(qty_ton="1")
        self.receive(material=self.aggregate.pk, qty_ton="2")

        with mock.patch.object(summary, "MOST_LINES", 1):
            (by_material,) = summary_of(connection, self.selection()).breakdowns

        assert by_material.lines[-1] == ("1 others", "1.00", "0", "1")

    def test_breaks_down_by_everything_that_has_a_name(self) -> None:
        self.produce()

        said = summary_of(connection, self.selection("production"))

        assert [breakdown.title for breakdown in said.breakdowns] == ["By material", "By operation"]

    def test_is_short_where_nothing_was_found(self) -> None:
        said = summary_of(connection, self.selection())

        assert said.totals == [("Tons", "0.00 t"), ("Loads", "0"), ("Records", "0")]
        assert (said.breakdowns, said.drawing) == ([], None)


class TestDrawing(ExportCase):
    def title(self, selection: Selection) -> str:
        drawing = summary_of(connection, selection).drawing
        assert drawing is not None
        return drawing.title

    def test_draws_days_weeks_or_months(self) -> None:
        self.receive()

        titles = [
            self.title(self.selection(last=MONDAY + dt.timedelta(days=days))) for days in (10, 100, 1000)
        ]

        assert titles == ["Tons per day", "Tons per week", "Tons per month"]

    def test_draws_what_came_in_and_went_out_of_stock(self) -> None:
        self.receive()

        drawing = summary_of(connection, self.selection("stock")).drawing

        assert drawing is not None
        assert drawing.title == "Tons in (up) and out (down) per day"
        assert "In: from 0.00 to 10.00 t" in drawing.svg
