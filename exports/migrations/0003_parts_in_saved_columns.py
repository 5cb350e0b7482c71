"""Saved columns of weekly and monthly production have the tons by their meaning instead of in one column."""

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

WHOLE = "qty_ton"
PARTS = ["output_ton", "not_for_sale_ton", "feed_ton", "residue_ton", "other_ton"]


def split(apps: "Apps", schema_editor: "BaseDatabaseSchemaEditor") -> None:
    """Replace the one column of tons by those of its parts."""
    del schema_editor
    choices = apps.get_model("exports", "ColumnChoice")._default_manager
    for choice in choices.filter(module="production").exclude(granularity="daily"):
        if WHOLE in choice.columns:  # type: ignore[attr-defined]  # of a ColumnChoice
            place = choice.columns.index(WHOLE)  # type: ignore[attr-defined]  # the same
            choice.columns[place : place + 1] = PARTS  # type: ignore[attr-defined]  # the same
            choice.save(update_fields=["columns"])


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_exports_are_jobs")]

    # Unknown columns are left out, so an older version needs nothing reversed.
    operations = [migrations.RunPython(split, migrations.RunPython.noop)]
