"""A large file is read by a worker before it is set up."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def end_reading(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let what is not read yet fail, since an earlier release cannot read it later."""
    reading = apps.get_model("imports", "Upload")._default_manager.filter(status="reading")
    reading.update(status="failed", error="Upload the file again.", worker="", lease_until=None)


class Migration(migrations.Migration):
    dependencies = [("imports", "0006_watched_places")]

    operations = [
        migrations.RemoveConstraint(model_name="upload", name="imports_upload_status_known"),
        migrations.RemoveConstraint(model_name="upload", name="imports_upload_held_while_active"),
        migrations.AlterField(
            model_name="upload",
            name="status",
            field=models.CharField(
                choices=[
                    ("reading", "Being read"),
                    ("new", "To be set up"),
                    ("checking", "Being checked"),
                    ("checked", "Checked"),
                    ("writing", "Being imported"),
                    ("done", "Imported"),
                    ("undoing", "Being undone"),
                    ("undone", "Undone"),
                    ("failed", "Failed"),
                ],
                db_index=True,
                default="new",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, end_reading),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        *("reading", "new", "checking", "checked", "writing"),
                        *("done", "undoing", "undone", "failed"),
                    ]
                ),
                name="imports_upload_status_known",
                violation_error_message="This is not a status of an import.",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("worker", ""),
                    ("status__in", ("reading", "checking", "writing", "undoing")),
                    _connector="OR",
                ),
                name="imports_upload_held_while_active",
                violation_error_message="An import has a worker only while it is in progress.",
            ),
        ),
    ]
