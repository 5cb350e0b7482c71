from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("manpower", "0001_roles_and_manpower_logs"),
        ("manpower", "0002_index_of_deleted_records"),
        ("manpower", "0003_index_of_deletions_by_change"),
    ]

    dependencies = [
        ("records", "0001_site_days_submissions_and_batches"),
        ("sites", "0003_working_calendar_and_count_tolerance"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ManpowerRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=50,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(?!\\d+\\Z)\\S(.*\\S)?\\Z",
                                "A code must not be a number alone, nor begin or end with a space.",
                                code="code",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("position", models.PositiveIntegerField(db_index=True, default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "manpower role",
                "verbose_name_plural": "manpower roles",
                "ordering": ("position", "code"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HistoricalManpowerRole",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "code",
                    models.CharField(
                        db_index=True,
                        max_length=50,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(?!\\d+\\Z)\\S(.*\\S)?\\Z",
                                "A code must not be a number alone, nor begin or end with a space.",
                                code="code",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("position", models.PositiveIntegerField(db_index=True, default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical manpower role",
                "verbose_name_plural": "historical manpower roles",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="ManpowerLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                (
                    "notes",
                    models.TextField(
                        blank=True,
                        max_length=2000,
                        validators=[django.core.validators.MaxLengthValidator(2000)],
                        verbose_name="notes",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("change_number", models.BigIntegerField(editable=False, verbose_name="change number")),
                (
                    "entry_source",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("import", "Import"),
                            ("api", "API"),
                            ("admin", "Admin"),
                            ("command", "Command"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="entered through",
                    ),
                ),
                (
                    "import_key",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="key of the imported row"
                    ),
                ),
                (
                    "confirmed_warnings",
                    models.JSONField(
                        blank=True, default=list, editable=False, verbose_name="confirmed warnings"
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False, verbose_name="created")),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="changed")),
                (
                    "shift",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Whole day"),
                            ("morning", "Morning"),
                            ("afternoon", "Afternoon"),
                            ("night", "Night"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="shift",
                    ),
                ),
                (
                    "headcount",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="The headcount is between 0 and 500."
                            ),
                            django.core.validators.MaxValueValidator(
                                500, message="The headcount is between 0 and 500."
                            ),
                        ],
                        verbose_name="headcount",
                    ),
                ),
                (
                    "hours",
                    core.db.fields.HoursField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), message="Hours are between 0 and 24 for each person."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), message="Hours are between 0 and 24 for each person."
                            ),
                        ],
                        verbose_name="hours per person",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="records.batch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="manpower.manpowerrole",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "manpower log",
                "verbose_name_plural": "manpower",
                "ordering": ("-date", "-id"),
                "get_latest_by": ("date", "id"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["site", "change_number"], name="manpowerlog_change"),
                    models.Index(
                        condition=models.Q(("batch__isnull", False)),
                        fields=["batch"],
                        name="manpowerlog_batch",
                    ),
                    models.Index(
                        fields=["site", "date", "id"],
                        include=("role", "shift", "headcount", "hours"),
                        name="manpower_site_date",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("import_key", ""), _negated=True),
                        fields=("import_key",),
                        name="manpower_manpowerlog_import_key_unique",
                        violation_error_message="This row of the file has been imported before.",
                    ),
                    models.UniqueConstraint(
                        fields=("site", "date", "role", "shift"),
                        name="manpower_manpowerlog_unique",
                        violation_error_message="This role has a record for this date and shift already: edit that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shift__in", ["", "morning", "afternoon", "night"])),
                        name="manpower_manpowerlog_shift_known",
                        violation_error_message="A shift is morning, afternoon, night or the whole day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("headcount__gte", 0), ("headcount__lte", 500)),
                        name="manpower_manpowerlog_headcount_range",
                        violation_error_message="The headcount is between 0 and 500.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hours__gte", Decimal(0)), ("hours__lte", Decimal(24))),
                        name="manpower_manpowerlog_hours_range",
                        violation_error_message="Hours are between 0 and 24 for each person.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalManpowerLog",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("date", models.DateField(verbose_name="date")),
                (
                    "notes",
                    models.TextField(
                        blank=True,
                        max_length=2000,
                        validators=[django.core.validators.MaxLengthValidator(2000)],
                        verbose_name="notes",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("change_number", models.BigIntegerField(editable=False, verbose_name="change number")),
                (
                    "entry_source",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("import", "Import"),
                            ("api", "API"),
                            ("admin", "Admin"),
                            ("command", "Command"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="entered through",
                    ),
                ),
                (
                    "import_key",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="key of the imported row"
                    ),
                ),
                (
                    "confirmed_warnings",
                    models.JSONField(
                        blank=True, default=list, editable=False, verbose_name="confirmed warnings"
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False, verbose_name="created")),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="changed")),
                (
                    "shift",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Whole day"),
                            ("morning", "Morning"),
                            ("afternoon", "Afternoon"),
                            ("night", "Night"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="shift",
                    ),
                ),
                (
                    "headcount",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="The headcount is between 0 and 500."
                            ),
                            django.core.validators.MaxValueValidator(
                                500, message="The headcount is between 0 and 500."
                            ),
                        ],
                        verbose_name="headcount",
                    ),
                ),
                (
                    "hours",
                    core.db.fields.HoursField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), message="Hours are between 0 and 24 for each person."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), message="Hours are between 0 and 24 for each person."
                            ),
                        ],
                        verbose_name="hours per person",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="records.batch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="manpower.manpowerrole",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical manpower log",
                "verbose_name_plural": "historical manpower",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "date"],
                        name="manpower_deleted",
                    ),
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "change_number"],
                        name="manpower_deletions",
                    ),
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
