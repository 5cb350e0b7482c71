import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("exports", "0001_jobs_and_proof"),
        ("exports", "0002_exports_are_jobs"),
        ("exports", "0003_parts_in_saved_columns"),
        ("exports", "0004_addresses_of_downloads_end"),
    ]

    dependencies = [
        ("sites", "0006_plain_texts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportAudit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_number", models.BigIntegerField(db_index=True, verbose_name="job")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made")),
                ("module", models.CharField(max_length=40, verbose_name="module")),
                ("site_ids", models.JSONField(default=list, editable=False)),
                ("site_codes", models.TextField(verbose_name="sites")),
                ("first", models.DateField(verbose_name="from")),
                ("last", models.DateField(verbose_name="to")),
                (
                    "granularity",
                    models.CharField(
                        choices=[
                            ("daily", "Daily, as entered"),
                            ("weekly", "Weekly totals"),
                            ("monthly", "Monthly totals"),
                        ],
                        max_length=10,
                        verbose_name="granularity",
                    ),
                ),
                ("filters", models.JSONField(blank=True, default=dict, verbose_name="filters")),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="columns")),
                (
                    "file_format",
                    models.CharField(
                        choices=[("xlsx", "Excel workbook"), ("csv", "CSV"), ("pdf", "PDF")],
                        max_length=10,
                        verbose_name="format",
                    ),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("rows", models.PositiveBigIntegerField(verbose_name="rows")),
                ("size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="SHA-256")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="ExportDownload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="downloaded")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("part", models.CharField(blank=True, max_length=60, verbose_name="part")),
                (
                    "audit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="downloads",
                        to="exports.exportaudit",
                        verbose_name="export",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "download",
                "verbose_name_plural": "downloads",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="ColumnChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("module", models.CharField(max_length=40, verbose_name="module")),
                (
                    "granularity",
                    models.CharField(
                        choices=[
                            ("daily", "Daily, as entered"),
                            ("weekly", "Weekly totals"),
                            ("monthly", "Monthly totals"),
                        ],
                        max_length=10,
                        verbose_name="granularity",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="name")),
                ("columns", models.JSONField(verbose_name="columns")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved columns",
                "verbose_name_plural": "saved columns",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "module", "granularity", "name"),
                        name="exports_columnchoice_unique",
                        violation_error_message="You already have saved columns with this name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="exports_columnchoice_named",
                        violation_error_message="Enter a name for the columns.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("processing", "In progress"),
                            ("completed", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("worker", models.CharField(blank=True, max_length=64, verbose_name="worker")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="lease until")),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True, verbose_name="last heartbeat")),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="queued")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="kept until")),
                ("module", models.CharField(max_length=40, verbose_name="module")),
                ("first", models.DateField(verbose_name="from")),
                ("last", models.DateField(verbose_name="to")),
                (
                    "granularity",
                    models.CharField(
                        choices=[
                            ("daily", "Daily, as entered"),
                            ("weekly", "Weekly totals"),
                            ("monthly", "Monthly totals"),
                        ],
                        default="daily",
                        max_length=10,
                        verbose_name="granularity",
                    ),
                ),
                ("filters", models.JSONField(blank=True, default=dict, verbose_name="filters")),
                ("filter_words", models.JSONField(blank=True, default=list, editable=False)),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="columns")),
                (
                    "file_format",
                    models.CharField(
                        choices=[("xlsx", "Excel workbook"), ("csv", "CSV"), ("pdf", "PDF")],
                        max_length=10,
                        verbose_name="format",
                    ),
                ),
                ("fingerprint", models.CharField(editable=False, max_length=64)),
                (
                    "rows_done",
                    models.PositiveBigIntegerField(
                        db_column="rows_written", default=0, verbose_name="rows written"
                    ),
                ),
                (
                    "rows_total",
                    models.PositiveBigIntegerField(
                        blank=True, db_column="rows_counted", null=True, verbose_name="rows to write"
                    ),
                ),
                ("storage_name", models.CharField(blank=True, max_length=200)),
                ("size", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="size in bytes")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                (
                    "requested_at",
                    models.DateTimeField(
                        db_column="asked_at", default=django.utils.timezone.now, verbose_name="requested"
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                ("notified_at", models.DateTimeField(blank=True, db_column="told_at", null=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                ("sites", models.ManyToManyField(related_name="+", to="sites.site", verbose_name="sites")),
            ],
            options={
                "verbose_name": "export job",
                "verbose_name_plural": "export jobs",
                "ordering": ("-requested_at", "-id"),
                "indexes": [
                    models.Index(fields=["owner", "-requested_at"], name="exports_job_of_owner"),
                    models.Index(
                        condition=models.Q(("status__in", ("pending", "processing"))),
                        fields=["status", "lease_until"],
                        name="exports_job_active",
                    ),
                    models.Index(
                        condition=models.Q(("status", "completed")),
                        fields=["expires_at"],
                        name="exports_job_expiring",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("pending", "processing"))),
                        fields=("owner", "fingerprint"),
                        name="exports_job_active_once",
                        violation_error_message="This export is already in progress.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "processing", "completed", "failed", "cancelled", "expired"],
                            )
                        ),
                        name="exports_job_status_known",
                        violation_error_message="An export is waiting, in progress, ready, failed, cancelled or expired.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lte", models.F("last"))),
                        name="exports_job_range_forwards",
                        violation_error_message="The range ends before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", True), ("worker", "")),
                            models.Q(
                                models.Q(("worker", ""), _negated=True),
                                ("heartbeat_at__isnull", False),
                                ("lease_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="exports_job_lease_paired",
                        violation_error_message="A job has a worker exactly while it has a lease.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", "processing"),
                                models.Q(("worker", ""), _negated=True),
                                ("started_at__isnull", False),
                            ),
                            models.Q(models.Q(("status", "processing"), _negated=True), ("worker", "")),
                            _connector="OR",
                        ),
                        name="exports_job_held_while_made",
                        violation_error_message="An export has a worker exactly while it is in progress.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", True), ("status__in", ("pending", "processing"))
                            ),
                            models.Q(
                                models.Q(("status__in", ("pending", "processing")), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="exports_job_finished_when_over",
                        violation_error_message="An export that has ended has an end time.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "completed"), _negated=True),
                            models.Q(
                                models.Q(("storage_name", ""), _negated=True),
                                models.Q(("sha256", ""), _negated=True),
                                ("expires_at__isnull", False),
                                ("rows_total", models.F("rows_done")),
                                ("size__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="exports_job_completed_with_file",
                        violation_error_message="An export that is ready has a file with every row.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), models.Q(("error", ""), _negated=True)),
                            models.Q(models.Q(("status", "failed"), _negated=True), ("error", "")),
                            _connector="OR",
                        ),
                        name="exports_job_failed_with_reason",
                        violation_error_message="An export that failed has an error, and no other does.",
                    ),
                ],
            },
        ),
    ]
