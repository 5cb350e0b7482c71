"""What every migration of ours promises."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

OURS = [app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]


class TestOurMigrations:
    def test_have_names_that_say_what_they_do(self) -> None:
        names = [name for app, name in MigrationLoader(None).disk_migrations if app in OURS]

        assert names
        assert not [name for name in names if re.search(r"_auto_|_initial$|_and_more$", name)]

    def test_are_one_line_per_app(self) -> None:
        graph = MigrationLoader(None).graph

        assert not [app for app in OURS if len(graph.leaf_nodes(app)) > 1]

    def test_can_be_taken_back(self) -> None:
        one_way = [
            f"{app}.{name}: {operation.describe()}"
            for (app, name), migration in MigrationLoader(None).disk_migrations.items()
            for operation in migration.operations
            if app in OURS and not operation.reversible
        ]

        assert not one_way

    @pytest.mark.django_db
    @pytest.mark.skipif(connection.vendor != "postgresql", reason="the linter reads PostgreSQL's statements")
    def test_neither_lock_a_table_nor_break_the_version_still_running(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        linter = MigrationLinter(
            str(settings.BASE_DIR),
            include_apps=OURS,
            # The tables of uploads and mappings have a row for each file, those of machines and of lorries on
            # site a row for each of these: changing them takes no time. No record has a ticket number, or is
            # a transfer, when the indexes of these are made. No version that was released has webhooks.
            ignore_name=[
                "0003_uploads_are_jobs",
                "0004_histories_without_addresses",
                "0004_open_loads_edited",
                "0005_mappings_of_known_headings",
                "0005_scheduled_analyses",
                "0005_serial_numbers_rates_and_fuel",
                "0005_ticket_numbers",
                "0006_ticket_numbers",
                "0007_transfers",
            ],
            no_cache=True,
            warnings_as_errors_tests=["RUNPYTHON_REVERSIBLE", "RUNPYTHON_MODEL_IMPORT"],
        )

        linter.lint_all_migrations()

        assert not linter.has_errors, capsys.readouterr().out
