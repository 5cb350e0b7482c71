"""Uploads inherit the columns of the abstract job; other names change in Python, the columns keep theirs.

The keys of the previews that are saved with uploads are renamed.
"""

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Old name → new name.
COLUMNS = {
    "changes": (
        "replacements",
        models.JSONField(blank=True, db_column="changes", default=list, editable=False),
    ),
    "findings": ("preview", models.JSONField(blank=True, db_column="findings", default=dict, editable=False)),
    "skips_bad": (
        "skip_rejected",
        models.BooleanField(db_column="skips_bad", default=False, verbose_name="rejected rows are skipped"),
    ),
    "rows_left_out": (
        "rows_skipped",
        models.PositiveIntegerField(db_column="rows_left_out", default=0, verbose_name="rows skipped"),
    ),
    "rows_refused": (
        "rows_rejected",
        models.PositiveIntegerField(db_column="rows_refused", default=0, verbose_name="rows rejected"),
    ),
    "rows_waiting": (
        "rows_to_write",
        models.PositiveIntegerField(db_column="rows_waiting", default=0, verbose_name="rows to write"),
    ),
}
PREVIEW_KEYS = {"shown": "rows", "odd": "warnings", "old": "old_dates"}


def rename_preview_keys(apps: Apps, keys: dict[str, str]) -> None:
    uploads = apps.get_model("imports", "Upload")._default_manager
    for pk, preview in uploads.exclude(preview={}).values_list("pk", "preview").iterator():
        renamed = {keys.get(key, key): value for key, value in preview.items()}
        if renamed != preview:
            uploads.filter(pk=pk).update(preview=renamed)


def forwards(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename_preview_keys(apps, PREVIEW_KEYS)


def backwards(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename_preview_keys(apps, {new: old for old, new in PREVIEW_KEYS.items()})
    apps.get_model("imports", "Upload")._default_manager.filter(rows_total=None).update(rows_total=0)


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_problems_in_their_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        operation
        for old, (new, field) in COLUMNS.items()
        for operation in (
            migrations.AlterField("upload", old, field),
            migrations.RenameField("upload", old, new),
        )
    ]
    operations += [
        migrations.AlterModelTable("mend", "imports_mend"),
        migrations.RenameModel("Mend", "Correction"),
        migrations.RemoveConstraint("correction", "imports_mend_once"),
    ]
    operations += [
        migrations.AlterModelOptions(
            name="correction",
            options={"verbose_name": "corrected cell", "verbose_name_plural": "corrected cells"},
        ),
        migrations.AlterField(
            model_name="correction",
            name="upload",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="corrections", to="imports.upload"
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="error",
            field=models.TextField(blank=True, verbose_name="error"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="heartbeat_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last heartbeat"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="lease_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="lease until"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="uploaded by",
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="rows_done",
            field=models.PositiveBigIntegerField(default=0, verbose_name="rows done"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="rows_known",
            field=models.PositiveIntegerField(default=0, verbose_name="rows imported before"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="rows_total",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="rows in all"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="status",
            field=models.CharField(
                choices=[
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
        migrations.AlterField(
            model_name="upload",
            name="uploaded_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="uploaded"),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                fields=("upload", "line", "place"), name="imports_correction_once"
            ),
        ),
        migrations.AlterConstraint(
            model_name="columnmapping",
            name="imports_mapping_unique",
            constraint=models.UniqueConstraint(
                fields=("owner", "site", "module", "name"),
                name="imports_mapping_unique",
                violation_error_message="You already have saved columns with this name.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="columnmapping",
            name="imports_mapping_named",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="imports_mapping_named",
                violation_error_message="Enter a name for the columns.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="upload",
            name="imports_upload_status_known",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["new", "checking", "checked", "writing", "done", "undoing", "undone", "failed"],
                    )
                ),
                name="imports_upload_status_known",
                violation_error_message="This is not a status of an import.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="upload",
            name="imports_upload_lease_paired",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease_until__isnull", True), ("worker", "")),
                    models.Q(
                        models.Q(("worker", ""), _negated=True),
                        ("heartbeat_at__isnull", False),
                        ("lease_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="imports_upload_lease_paired",
                violation_error_message="A job has a worker exactly while it has a lease.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="upload",
            name="imports_upload_held_while_active",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("worker", ""), ("status__in", ("checking", "writing", "undoing")), _connector="OR"
                ),
                name="imports_upload_held_while_active",
                violation_error_message="An import has a worker only while it is in progress.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="upload",
            name="imports_upload_failed_with_reason",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "failed"), _negated=True),
                    models.Q(("error", ""), _negated=True),
                    _connector="OR",
                ),
                name="imports_upload_failed_with_reason",
                violation_error_message="An import that failed has an error.",
            ),
        ),
        migrations.RunPython(forwards, backwards),
    ]
