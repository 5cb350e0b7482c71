"""Export jobs inherit the columns of the abstract job. Only names in Python change: the table stays as it is."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0001_jobs_and_proof"),
        ("sites", "0006_plain_texts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelOptions(
                    name="columnchoice",
                    options={
                        "ordering": ("name",),
                        "verbose_name": "saved columns",
                        "verbose_name_plural": "saved columns",
                    },
                ),
                migrations.AlterModelOptions(
                    name="exportjob",
                    options={
                        "ordering": ("-requested_at", "-id"),
                        "verbose_name": "export job",
                        "verbose_name_plural": "export jobs",
                    },
                ),
                migrations.RemoveConstraint(
                    model_name="exportjob",
                    name="exports_job_completed_with_file",
                ),
                migrations.RemoveIndex(
                    model_name="exportjob",
                    name="exports_job_of_owner",
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="told_at",
                    field=models.DateTimeField(blank=True, db_column="told_at", null=True),
                ),
                migrations.RenameField(
                    model_name="exportjob",
                    old_name="told_at",
                    new_name="notified_at",
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="rows_written",
                    field=models.PositiveBigIntegerField(
                        db_column="rows_written", default=0, verbose_name="rows written"
                    ),
                ),
                migrations.RenameField(
                    model_name="exportjob",
                    old_name="rows_written",
                    new_name="rows_done",
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="rows_counted",
                    field=models.PositiveBigIntegerField(
                        blank=True, db_column="rows_counted", null=True, verbose_name="rows to write"
                    ),
                ),
                migrations.RenameField(
                    model_name="exportjob",
                    old_name="rows_counted",
                    new_name="rows_total",
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="asked_at",
                    field=models.DateTimeField(
                        db_column="asked_at", default=django.utils.timezone.now, verbose_name="requested"
                    ),
                ),
                migrations.RenameField(
                    model_name="exportjob",
                    old_name="asked_at",
                    new_name="requested_at",
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="error",
                    field=models.TextField(blank=True, verbose_name="error"),
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="heartbeat_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="last heartbeat"),
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="lease_until",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="lease until"),
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="owner",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                migrations.AlterField(
                    model_name="exportjob",
                    name="status",
                    field=models.CharField(
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
                migrations.AddIndex(
                    model_name="exportjob",
                    index=models.Index(fields=["owner", "-requested_at"], name="exports_job_of_owner"),
                ),
                migrations.AddConstraint(
                    model_name="exportjob",
                    constraint=models.CheckConstraint(
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
                ),
                migrations.AlterConstraint(
                    model_name="columnchoice",
                    name="exports_columnchoice_unique",
                    constraint=models.UniqueConstraint(
                        fields=("owner", "module", "granularity", "name"),
                        name="exports_columnchoice_unique",
                        violation_error_message="You already have saved columns with this name.",
                    ),
                ),
                migrations.AlterConstraint(
                    model_name="columnchoice",
                    name="exports_columnchoice_named",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="exports_columnchoice_named",
                        violation_error_message="Enter a name for the columns.",
                    ),
                ),
                migrations.AlterConstraint(
                    model_name="exportjob",
                    name="exports_job_active_once",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status__in", ("pending", "processing"))),
                        fields=("owner", "fingerprint"),
                        name="exports_job_active_once",
                        violation_error_message="This export is already in progress.",
                    ),
                ),
                migrations.AlterConstraint(
                    model_name="exportjob",
                    name="exports_job_status_known",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "processing", "completed", "failed", "cancelled", "expired"],
                            )
                        ),
                        name="exports_job_status_known",
                        violation_error_message="An export is waiting, in progress, ready, failed, cancelled or expired.",
                    ),
                ),
                migrations.AlterConstraint(
                    model_name="exportjob",
                    name="exports_job_lease_paired",
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
                        name="exports_job_lease_paired",
                        violation_error_message="A job has a worker exactly while it has a lease.",
                    ),
                ),
                migrations.AlterConstraint(
                    model_name="exportjob",
                    name="exports_job_held_while_made",
                    constraint=models.CheckConstraint(
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
                ),
                migrations.AlterConstraint(
                    model_name="exportjob",
                    name="exports_job_finished_when_over",
                    constraint=models.CheckConstraint(
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
                ),
                migrations.AlterConstraint(
                    model_name="exportjob",
                    name="exports_job_failed_with_reason",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), models.Q(("error", ""), _negated=True)),
                            models.Q(models.Q(("status", "failed"), _negated=True), ("error", "")),
                            _connector="OR",
                        ),
                        name="exports_job_failed_with_reason",
                        violation_error_message="An export that failed has an error, and no other does.",
                    ),
                ),
            ],
        ),
    ]
