"""What migrations do to rows that are there."""

from importlib import import_module

from django.apps import apps
from django.db import connection
from django.test import TestCase

from exports.models import ColumnChoice
from tests.factories import make_user

split = import_module("exports.migrations.0003_parts_in_saved_columns").split


class TestPartsInSavedColumns(TestCase):
    def saved(self, *columns: str, module: str = "production", granularity: str = "weekly") -> ColumnChoice:
        return ColumnChoice.objects.create(
            owner=self.owner, module=module, granularity=granularity, name=granularity, columns=list(columns)
        )

    def setUp(self) -> None:
        self.owner = make_user()

    def test_replace_the_tons_of_production_totals_where_they_are(self) -> None:
        choice = self.saved("week", "qty_ton", "records")

        split(apps, connection.schema_editor())

        choice.refresh_from_db()
        parts = ["output_ton", "not_for_sale_ton", "feed_ton", "residue_ton", "other_ton"]
        assert choice.columns == ["week", *parts, "records"]

    def test_leave_other_saved_columns_alone(self) -> None:
        daily = self.saved("date", "qty_ton", granularity="daily")
        received = self.saved("month", "qty_ton", module="received", granularity="monthly")
        without = self.saved("week", "records")

        split(apps, connection.schema_editor())

        for choice, columns in (
            (daily, ["date", "qty_ton"]),
            (received, ["month", "qty_ton"]),
            (without, ["week", "records"]),
        ):
            choice.refresh_from_db()
            assert choice.columns == columns

    def test_change_nothing_the_second_time(self) -> None:
        choice = self.saved("qty_ton")

        split(apps, connection.schema_editor())
        split(apps, connection.schema_editor())

        choice.refresh_from_db()
        assert len(choice.columns) == 5
