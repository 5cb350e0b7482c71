"""Columns are remembered for files with the same headings, without a name."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q


def delete_remembered(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Delete the mappings without a name, which were not possible before."""
    apps.get_model("imports", "ColumnMapping").objects.filter(name="").delete()
    if schema_editor.connection.vendor == "postgresql":
        # A table whose foreign keys are still to be checked cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("imports", "0004_corrections_of_all_alike")]

    operations = [
        migrations.RemoveConstraint(model_name="columnmapping", name="imports_mapping_unique"),
        migrations.RemoveConstraint(model_name="columnmapping", name="imports_mapping_named"),
        migrations.AddField(
            model_name="columnmapping",
            name="file_name",
            field=models.CharField(blank=True, db_default="", max_length=255, verbose_name="file"),
        ),
        migrations.AddField(
            model_name="columnmapping",
            name="fingerprint",
            field=models.CharField(blank=True, db_default="", db_index=True, max_length=64),
        ),
        migrations.AddField(
            model_name="columnmapping",
            name="has_large_tons",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="columnmapping",
            name="encoding",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="upload",
            name="mapping",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.SET_NULL,
                related_name="+",
                to="imports.columnmapping",
            ),
        ),
        migrations.AlterField(
            model_name="columnmapping",
            name="name",
            field=models.CharField(blank=True, max_length=50, verbose_name="name"),
        ),
        migrations.AddConstraint(
            model_name="columnmapping",
            constraint=models.UniqueConstraint(
                fields=["owner", "site", "module", "name"],
                condition=~Q(name=""),
                name="imports_mapping_unique",
                violation_error_message="You already have saved columns with this name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="columnmapping",
            constraint=models.UniqueConstraint(
                fields=["owner", "site", "module", "fingerprint"],
                condition=Q(name=""),
                name="imports_mapping_remembered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="columnmapping",
            constraint=models.CheckConstraint(
                condition=~Q(name="") | ~Q(fingerprint=""),
                name="imports_mapping_named",
                violation_error_message="Enter a name for the columns.",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete_remembered),
    ]
