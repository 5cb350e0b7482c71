"""Totals of weeks and months."""

import datetime as dt

from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.writers.write import count_rows
from tests.exports.case import ExportCase, lines_of
from tests.records.case import MONDAY

NEXT_MONDAY = MONDAY + dt.timedelta(days=7)
LAST_OF_MARCH = dt.date(2026, 3, 31)


class TotalsCase(ExportCase):
    def lines(self, selection: Selection) -> list[list[str]]:
        """Return the rows of a CSV file, counted and without its headings."""
        content, written = self.written(selection, FileFormat.CSV)
        rows = lines_of(content)[1:]
        assert count_rows(selection) == written == len(rows)
        return rows


class TestTotals(TotalsCase):
    def test_are_by_week_and_by_the_dimensions_of_the_module(self) -> None:
        self.produce(shift="morning", qty_ton="0.1")
        self.produce(shift="night", qty_ton="0.2")
        self.produce(shift="night", qty_ton="0.7", date=MONDAY + dt.timedelta(days=6))
        self.produce(shift="night", qty_ton="5", date=NEXT_MONDAY)

        content, _written = self.written(
            self.selection("production", granularity=Granularity.WEEKLY, last=LAST_OF_MARCH), FileFormat.CSV
        )

        headings, *lines = lines_of(content)
        parts = [
            "output_ton",
            "not_for_sale_ton",
            "feed_ton",
            "residue_ton",
            "other_ton",
            "used_ton",
            "disposed_ton",
        ]
        assert headings == [
            *("site", "week", "from", "to", "shift", "material", "operation"),
            *parts,
            "records",
        ]
        assert [(line[1:5], line[5:]) for line in lines] == [
            (
                ["2026-W10", "2026-03-02", "2026-03-08", "morning"],
                ["AGGREGATE", "MAKE", "0.100", *[""] * 6, "1"],
            ),
            (
                ["2026-W10", "2026-03-02", "2026-03-08", "night"],
                ["AGGREGATE", "MAKE", "0.900", *[""] * 6, "2"],
            ),
            (
                ["2026-W11", "2026-03-09", "2026-03-15", "night"],
                ["AGGREGATE", "MAKE", "5.000", *[""] * 6, "1"],
            ),
        ]

    def test_keep_output_and_feed_apart_without_the_operation(self) -> None:
        self.receive(qty_ton="10")
        self.produce(shift="morning", qty_ton="0.1")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="7")
        columns = ("month", "output_ton", "feed_ton", "residue_ton")

        lines = self.lines(self.selection("production", granularity=Granularity.MONTHLY, columns=columns))

        assert lines == [["2026-03", "0.100", "7.000", ""]]

    def test_add_up_loads_of_one_material_only(self) -> None:
        self.receive(loads="2")
        self.receive(loads="3")
        selection = self.selection(granularity=Granularity.MONTHLY, columns=("month", "loads"))
        assert self.lines(selection) == [["2026-03", "5"]]

        self.receive(material=self.aggregate.pk, loads="1")

        assert self.lines(selection) == [["2026-03", ""]]

    def test_add_up_dimensions_that_are_not_chosen(self) -> None:
        self.produce(shift="morning", qty_ton="0.1")
        self.produce(shift="night", qty_ton="0.2")
        columns = ("month", "material", "output_ton")

        lines = self.lines(self.selection("production", granularity=Granularity.MONTHLY, columns=columns))

        assert lines == [["2026-03", "AGGREGATE", "0.300"]]

    def test_have_the_included_days_of_a_month(self) -> None:
        self.receive(date=dt.date(2026, 2, 27))
        self.receive(date=dt.date(2026, 2, 28))
        self.receive(date=MONDAY)
        columns = ("month", "from", "to", "records")

        lines = self.lines(
            self.selection(
                granularity=Granularity.MONTHLY, first=dt.date(2026, 2, 28), last=NEXT_MONDAY, columns=columns
            )
        )

        assert lines == [
            ["2026-02", "2026-02-28", "2026-02-28", "1"],
            ["2026-03", "2026-03-01", "2026-03-09", "1"],
        ]

    def test_have_the_iso_week_of_a_new_year(self) -> None:
        self.receive(date=dt.date(2025, 12, 31))
        self.receive(date=dt.date(2026, 1, 1))
        columns = ("week", "records")

        lines = self.lines(
            self.selection(
                granularity=Granularity.WEEKLY, first=dt.date(2025, 12, 1), last=MONDAY, columns=columns
            )
        )

        assert lines == [["2026-W01", "2"]]

    def test_count_missing_loads_as_zero(self) -> None:
        self.receive(loads="2")
        self.receive()
        self.receive(material=self.aggregate.pk)
        columns = ("week", "material", "loads")

        lines = self.lines(self.selection(granularity=Granularity.WEEKLY, columns=columns))

        assert lines == [["2026-W10", "AGGREGATE", ""], ["2026-W10", "DEBRIS", "2"]]


class TestLedger(TotalsCase):
    def test_has_opening_movements_and_closing_of_each_week(self) -> None:
        self.receive(date=MONDAY - dt.timedelta(days=7), qty_ton="100")
        self.receive(date=MONDAY, qty_ton="5")
        self.produce(date=MONDAY, material=self.debris.pk, operation=self.feeding.pk, qty_ton="30.5")
        self.receive(date=MONDAY + dt.timedelta(days=2), qty_ton="7")
        self.receive(date=NEXT_MONDAY, qty_ton="1")
        columns = (
            "week",
            "material",
            "opening_ton",
            "received_ton",
            "consumed_ton",
            "closing_ton",
            "records",
        )

        lines = self.lines(
            self.selection("stock", granularity=Granularity.WEEKLY, last=LAST_OF_MARCH, columns=columns)
        )

        assert lines == [
            ["2026-W10", "DEBRIS", "100.000", "12.000", "30.500", "81.500", "2"],
            ["2026-W11", "DEBRIS", "81.500", "1.000", "0.000", "82.500", "1"],
        ]

    def test_has_a_row_for_each_material(self) -> None:
        self.receive(qty_ton="5")
        self.produce(qty_ton="2")

        lines = self.lines(
            self.selection("stock", granularity=Granularity.MONTHLY, columns=("material", "closing_ton"))
        )

        assert sorted(lines) == [["AGGREGATE", "2.000"], ["DEBRIS", "5.000"]]

    def test_can_be_filtered_by_material(self) -> None:
        self.receive(qty_ton="5")
        self.produce(qty_ton="2")
        filters = {"material": str(self.debris.pk)}

        lines = self.lines(self.selection("stock", filters=filters, columns=("material", "closing_ton")))

        assert lines == [["DEBRIS", "5.000"]]
