import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("imports", "0001_uploads_and_mappings"),
        ("imports", "0002_problems_in_their_lines"),
        ("imports", "0003_uploads_are_jobs"),
        ("imports", "0004_corrections_of_all_alike"),
        ("imports", "0005_mappings_of_known_headings"),
        ("imports", "0006_watched_places"),
        ("imports", "0007_large_files_are_read_by_a_worker"),
        ("imports", "0008_failed_attempts_of_watched_files"),
    ]

    dependencies = [
        ("records", "0002_departures"),
        ("sites", "0011_invitations_are_withdrawn"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("module", models.CharField(max_length=40, verbose_name="module")),
                ("name", models.CharField(blank=True, max_length=50, verbose_name="name")),
                ("fingerprint", models.CharField(blank=True, db_default="", db_index=True, max_length=64)),
                (
                    "file_name",
                    models.CharField(blank=True, db_default="", max_length=255, verbose_name="file"),
                ),
                ("encoding", models.CharField(blank=True, db_default="", max_length=20)),
                ("has_large_tons", models.BooleanField(db_default=False, default=False)),
                ("headings", models.JSONField()),
                ("answers", models.JSONField()),
                ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sites.site"
                    ),
                ),
            ],
            options={
                "verbose_name": "mapping",
                "verbose_name_plural": "mappings",
                "ordering": ("-used_at",),
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("rows_done", models.PositiveBigIntegerField(default=0, verbose_name="rows done")),
                (
                    "rows_total",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="rows in all"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("worker", models.CharField(blank=True, max_length=64, verbose_name="worker")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="lease until")),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True, verbose_name="last heartbeat")),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="queued")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("file_name", models.CharField(max_length=255, verbose_name="file")),
                ("storage_name", models.CharField(blank=True, max_length=200)),
                ("size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("is_workbook", models.BooleanField(verbose_name="workbook")),
                (
                    "uploaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="uploaded"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="kept until")),
                ("heads", models.JSONField(default=list, editable=False)),
                ("module", models.CharField(blank=True, max_length=40, verbose_name="module")),
                ("sheet", models.CharField(blank=True, max_length=255, verbose_name="sheet")),
                (
                    "headings_line",
                    models.PositiveIntegerField(default=1, verbose_name="line of the headings"),
                ),
                ("encoding", models.CharField(blank=True, max_length=20, verbose_name="encoding")),
                ("delimiter", models.CharField(blank=True, max_length=1, verbose_name="delimiter")),
                ("answers", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "replacements",
                    models.JSONField(blank=True, db_column="changes", default=list, editable=False),
                ),
                (
                    "rules",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        editable=False,
                    ),
                ),
                (
                    "skip_rejected",
                    models.BooleanField(
                        db_column="skips_bad", default=False, verbose_name="rejected rows are skipped"
                    ),
                ),
                (
                    "status",
                    models.CharField(
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
                ("rows_read", models.PositiveIntegerField(default=0, verbose_name="rows read")),
                (
                    "rows_skipped",
                    models.PositiveIntegerField(
                        db_column="rows_left_out", default=0, verbose_name="rows skipped"
                    ),
                ),
                ("rows_known", models.PositiveIntegerField(default=0, verbose_name="rows imported before")),
                (
                    "rows_rejected",
                    models.PositiveIntegerField(
                        db_column="rows_refused", default=0, verbose_name="rows rejected"
                    ),
                ),
                (
                    "rows_to_write",
                    models.PositiveIntegerField(
                        db_column="rows_waiting", default=0, verbose_name="rows to write"
                    ),
                ),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("preview", models.JSONField(blank=True, db_column="findings", default=dict, editable=False)),
                ("report_name", models.CharField(blank=True, max_length=200)),
                ("created", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "batch",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="upload",
                        to="records.batch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "mapping",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="imports.columnmapping",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                ("sites", models.ManyToManyField(related_name="+", to="sites.site", verbose_name="sites")),
                (
                    "undo_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Problem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                ("field", models.CharField(blank=True, max_length=40)),
                ("heading", models.TextField(blank=True)),
                ("cells", models.JSONField(default=list)),
                ("reason", models.TextField()),
                ("whole", models.TextField(blank=True, db_default="")),
                ("is_warning", models.BooleanField(db_default=False, default=False)),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="imports.upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "problem",
                "verbose_name_plural": "problems",
                "ordering": ("line", "id"),
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                ("place", models.IntegerField()),
                ("text", models.TextField(blank=True)),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="imports.upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "corrected cell",
                "verbose_name_plural": "corrected cells",
                "db_table": "imports_mend",
            },
        ),
        migrations.CreateModel(
            name="WatchedPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("folder", "Folder"),
                            ("bucket", "S3 bucket"),
                            ("mailbox", "Mailbox (IMAP)"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        blank=True,
                        help_text="The folder below WATCH_DIR, the prefix in the bucket, or the mailbox's folder (INBOX).",
                        max_length=200,
                        verbose_name="path",
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=200, verbose_name="IMAP server")),
                ("port", models.PositiveIntegerField(default=993, verbose_name="port")),
                ("uses_tls", models.BooleanField(default=True, verbose_name="TLS")),
                ("username", models.CharField(blank=True, max_length=200, verbose_name="user name")),
                (
                    "secret",
                    models.SlugField(
                        blank=True,
                        help_text="NAME: the password is in the environment, in WATCH_PASSWORD_NAME.",
                        verbose_name="password",
                    ),
                ),
                (
                    "senders",
                    models.TextField(
                        blank=True,
                        help_text="Addresses, or domains such as @weighbridge.example, whose attachments are imported.",
                        verbose_name="senders",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "looked_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last looked at"
                    ),
                ),
                ("error", models.TextField(blank=True, editable=False, verbose_name="error")),
                ("seen", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        help_text="Files are imported with this user's rights.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="imported by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "watched place",
                "verbose_name_plural": "watched places",
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="WatchedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("name", models.CharField(max_length=255, verbose_name="file")),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="taken")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="failed attempts"),
                ),
                (
                    "notified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="managers notified"),
                ),
                (
                    "upload",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="watched_file",
                        to="imports.upload",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="imports.watchedplace",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a watched place",
                "verbose_name_plural": "files of watched places",
                "ordering": ("-id",),
            },
        ),
        migrations.AddField(
            model_name="upload",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="uploads",
                to="imports.watchedplace",
            ),
        ),
        migrations.AddConstraint(
            model_name="columnmapping",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name", ""), _negated=True),
                fields=("owner", "site", "module", "name"),
                name="imports_mapping_unique",
                violation_error_message="You already have saved columns with this name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="columnmapping",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name", "")),
                fields=("owner", "site", "module", "fingerprint"),
                name="imports_mapping_remembered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="columnmapping",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True),
                    models.Q(("fingerprint", ""), _negated=True),
                    _connector="OR",
                ),
                name="imports_mapping_named",
                violation_error_message="Enter a name for the columns.",
            ),
        ),
        migrations.AddIndex(
            model_name="problem",
            index=models.Index(fields=["upload", "line", "id"], name="imports_problem_in_order"),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                fields=("upload", "line", "place"), name="imports_correction_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="watchedfile",
            constraint=models.UniqueConstraint(fields=("place", "sha256"), name="imports_watched_file_once"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["owner", "-id"], name="imports_upload_of_owner"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                condition=models.Q(("storage_name", ""), _negated=True),
                fields=["expires_at"],
                name="imports_upload_expiring",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "reading",
                            "new",
                            "checking",
                            "checked",
                            "writing",
                            "done",
                            "undoing",
                            "undone",
                            "failed",
                        ],
                    )
                ),
                name="imports_upload_status_known",
                violation_error_message="This is not a status of an import.",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
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
        migrations.AddConstraint(
            model_name="upload",
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
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("done", "undone")), _negated=True),
                    models.Q(("batch__isnull", False), ("finished_at__isnull", False)),
                    _connector="OR",
                ),
                name="imports_upload_done_with_batch",
                violation_error_message="An import that is done has a batch.",
            ),
        ),
    ]
