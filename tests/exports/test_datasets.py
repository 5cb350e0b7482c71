"""Every module can be exported without code of its own."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.datasets.selection import FileFormat, Granularity, dataset, datasets
from inventory.module import STOCK_COUNTS
from records import operations
from records.choices import Source
from tests.exports.case import ExportCase, lines_of
from tests.exports.sheets import by_openpyxl
from tests.records.case import MONDAY


class TestDatasets(ExportCase):
    def test_are_the_modules_and_the_stock_ledger(self) -> None:
        slugs = [each.slug for each in datasets()]

        assert slugs[:2] == ["production", "received"]
        assert slugs[-1] == "stock"

    def test_are_written_with_every_column_in_every_granularity(self) -> None:
        for each in datasets():
            for granularity in Granularity:
                available = self.selection(each.slug, granularity=granularity).available
                columns = tuple(column.name for column in available)

                content, _written = self.written(
                    self.selection(each.slug, granularity=granularity, columns=columns), FileFormat.CSV
                )

                assert lines_of(content)[0] == list(columns)

    def test_have_unique_column_names(self) -> None:
        for each in datasets():
            names = [column.name for column in each.columns]

            assert len(set(names)) == len(names)

    def test_have_the_calculated_columns(self) -> None:
        columns = {column.name: column for column in dataset("equipment").columns}

        assert columns["machine_hours"].is_default

    def test_have_book_stock_and_difference_of_a_count(self) -> None:
        self.receive(qty_ton="12.5")
        for site, by in ((self.site, self.alice), (self.other_site, self.oscar)):
            operations.create(
                module=STOCK_COUNTS,
                values={"date": MONDAY, "material": "DEBRIS", "counted_ton": "10.25", "notes": "paced out"},
                site=site,
                by=by,
                source=Source.PAGE,
                confirmed=True,
            )

        content, _rows = self.written(self.selection("inventory"), FileFormat.CSV)
        workbook, _rows = self.written(self.selection("inventory"), FileFormat.XLSX)

        headings, *rows = lines_of(content)
        (row,) = (dict(zip(headings, row, strict=True)) for row in rows)
        assert (row["counted_ton"], row["book_ton"], row["adjustment_ton"]) == ("10.250", "12.500", "-2.250")
        # What was counted has no total.
        _headings, (*_cells, book, difference, _number) = by_openpyxl(workbook, "Stock counts")
        assert (book, difference) == (12.5, -2.25)

    def test_of_counts_take_no_query_more_for_more_rows(self) -> None:
        selection = self.selection("inventory")
        with CaptureQueriesContext(connection) as few:
            self.written(selection, FileFormat.XLSX)
        for day in range(5):
            operations.create(
                module=STOCK_COUNTS,
                values={"date": MONDAY + dt.timedelta(days=day), "material": "DEBRIS", "counted_ton": "0"},
                site=self.site,
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            )

        with CaptureQueriesContext(connection) as many:
            _content, rows = self.written(selection, FileFormat.XLSX)

        assert (rows, len(many)) == (5, len(few))
