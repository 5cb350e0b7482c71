"""Every module can be exported without code of its own."""

from exports.datasets.dataset import dataset, datasets
from exports.datasets.selection import FileFormat, Granularity
from tests.exports.case import ExportCase, lines_of


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
