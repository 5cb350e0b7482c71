from decimal import Decimal
from typing import TYPE_CHECKING

import django.db.models.expressions
from django.db import migrations, models

import core.db.fields

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def count_as_consumed(apps: "Apps", schema_editor: "BaseDatabaseSchemaEditor") -> None:
    """Count what was used and disposed of on site as consumed, as the version before does."""
    del schema_editor
    rows = apps.get_model("inventory", "InventorySnapshot")._default_manager.all()
    rows.update(
        consumed_ton=models.F("consumed_ton") + models.F("used_ton") + models.F("disposed_ton"),
        used_ton=Decimal(0),
        disposed_ton=Decimal(0),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0006_name_history_indexes_by_app"),
        ("sites", "0016_used_and_disposed_on_site"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="inventorysnapshot",
            name="inventory_snapshot_equation",
        ),
        migrations.RemoveIndex(
            model_name="inventorysnapshot",
            name="snapshot_site_date",
        ),
        migrations.AddField(
            model_name="inventorysnapshot",
            name="disposed_ton",
            field=core.db.fields.TonsField(
                db_column="disposed_kg",
                db_default=Decimal("0.000"),
                default=Decimal("0.000"),
                verbose_name="disposed on site",
            ),
        ),
        migrations.AddField(
            model_name="inventorysnapshot",
            name="used_ton",
            field=core.db.fields.TonsField(
                db_column="used_kg",
                db_default=Decimal("0.000"),
                default=Decimal("0.000"),
                verbose_name="used on site",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, count_as_consumed),
        migrations.AddIndex(
            model_name="inventorysnapshot",
            index=models.Index(
                fields=["site", "date"],
                include=(
                    "material",
                    "produced_ton",
                    "received_ton",
                    "consumed_ton",
                    "dispatched_ton",
                    "used_ton",
                    "disposed_ton",
                    "adjustment_ton",
                ),
                name="snapshot_site_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="inventorysnapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "closing_ton",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("opening_ton"), "+", models.F("produced_ton")
                                                ),
                                                "+",
                                                models.F("received_ton"),
                                            ),
                                            "-",
                                            models.F("consumed_ton"),
                                        ),
                                        "-",
                                        models.F("dispatched_ton"),
                                    ),
                                    "-",
                                    models.F("used_ton"),
                                ),
                                "-",
                                models.F("disposed_ton"),
                            ),
                            "+",
                            models.F("adjustment_ton"),
                        ),
                    )
                ),
                name="inventory_snapshot_equation",
                violation_error_message="A ledger row closes with what it opened with and what moved.",
            ),
        ),
    ]
