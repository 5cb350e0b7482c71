import datetime
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import core.db.fields
import sites.models.operating_settings


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("alerts", "0001_rules_and_alerts"),
        ("alerts", "0002_webhooks"),
        ("alerts", "0003_e_mails"),
        ("alerts", "0004_histories_without_addresses"),
        ("alerts", "0005_scheduled_analyses"),
    ]

    dependencies = [
        ("analysis", "0002_pinned_analyses"),
        ("sites", "0019_unread_alerts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalRule",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("stock_below", "Stock below a level"),
                            ("stock_above", "Stock above a level"),
                            ("stock_permit", "Stock above the permitted maximum"),
                            ("nothing", "Nothing entered by a time"),
                            ("target", "Target of the month out of reach"),
                            ("breakdown", "Breakdown that lasts"),
                            ("count", "Difference of a stock count"),
                            ("unusual", "Record far from usual"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "level_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="level_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"),
                                message="A level is more than 0 and at most 999,999.999 tons.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="A level is more than 0 and at most 999,999.999 tons.",
                            ),
                        ],
                        verbose_name="level, tons",
                    ),
                ),
                ("time", models.TimeField(blank=True, null=True, verbose_name="by")),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, message="A percentage is between 1 and 200."
                            ),
                            django.core.validators.MaxValueValidator(
                                200, message="A percentage is between 1 and 200."
                            ),
                        ],
                        verbose_name="percent",
                    ),
                ),
                (
                    "hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, message="Hours are between 1 and 336, which are 14 days."
                            ),
                            django.core.validators.MaxValueValidator(
                                336, message="Hours are between 1 and 336, which are 14 days."
                            ),
                        ],
                        verbose_name="longer than, hours",
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
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sites.material",
                        verbose_name="material",
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
            ],
            options={
                "verbose_name": "historical alert rule",
                "verbose_name_plural": "historical alert rules",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalWebhook",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("description", models.CharField(blank=True, max_length=100, verbose_name="description")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
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
                        help_text="Empty for all sites.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical webhook",
                "verbose_name_plural": "historical webhooks",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("stock_below", "Stock below a level"),
                            ("stock_above", "Stock above a level"),
                            ("stock_permit", "Stock above the permitted maximum"),
                            ("nothing", "Nothing entered by a time"),
                            ("target", "Target of the month out of reach"),
                            ("breakdown", "Breakdown that lasts"),
                            ("count", "Difference of a stock count"),
                            ("unusual", "Record far from usual"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "level_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="level_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"),
                                message="A level is more than 0 and at most 999,999.999 tons.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="A level is more than 0 and at most 999,999.999 tons.",
                            ),
                        ],
                        verbose_name="level, tons",
                    ),
                ),
                ("time", models.TimeField(blank=True, null=True, verbose_name="by")),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, message="A percentage is between 1 and 200."
                            ),
                            django.core.validators.MaxValueValidator(
                                200, message="A percentage is between 1 and 200."
                            ),
                        ],
                        verbose_name="percent",
                    ),
                ),
                (
                    "hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, message="Hours are between 1 and 336, which are 14 days."
                            ),
                            django.core.validators.MaxValueValidator(
                                336, message="Hours are between 1 and 336, which are 14 days."
                            ),
                        ],
                        verbose_name="longer than, hours",
                    ),
                ),
                ("checked_change", models.BigIntegerField(default=0, editable=False)),
                (
                    "material",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sites.material",
                        verbose_name="material",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert rule",
                "verbose_name_plural": "alert rules",
                "ordering": ("site", "kind", "material", "id"),
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("stock_below", "Stock below a level"),
                            ("stock_above", "Stock above a level"),
                            ("stock_permit", "Stock above the permitted maximum"),
                            ("nothing", "Nothing entered by a time"),
                            ("target", "Target of the month out of reach"),
                            ("breakdown", "Breakdown that lasts"),
                            ("count", "Difference of a stock count"),
                            ("unusual", "Record far from usual"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("subject", models.CharField(max_length=80, verbose_name="subject")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="began")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="alerts",
                        to="alerts.rule",
                        verbose_name="rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ("-began_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="ScheduledEmail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("daily", "Each day"),
                            ("weekly", "Each Monday"),
                            ("monthly", "On the first of each month"),
                        ],
                        default="daily",
                        max_length=10,
                        verbose_name="how often",
                    ),
                ),
                ("hour", models.TimeField(default=datetime.time(7, 0), verbose_name="at")),
                (
                    "time_zone",
                    models.CharField(
                        max_length=50,
                        validators=[sites.models.operating_settings.validate_time_zone],
                        verbose_name="by the clock of",
                    ),
                ),
                (
                    "attachment",
                    models.CharField(
                        blank=True,
                        choices=[("", "No file"), ("pdf", "PDF"), ("xlsx", "Excel workbook")],
                        default="pdf",
                        max_length=10,
                        verbose_name="file",
                    ),
                ),
                ("next_at", models.DateTimeField(editable=False)),
                (
                    "analysis",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="analysis.savedanalysis",
                        verbose_name="analysis",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheduled e-mail",
                "verbose_name_plural": "scheduled e-mails",
                "db_table": "alerts_todayemail",
                "ordering": ("analysis__name", "site", "frequency", "id"),
            },
        ),
        migrations.CreateModel(
            name="Email",
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
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="kept until")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="next try")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="due")),
                ("handed_over_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "scheduled",
                    models.ForeignKey(
                        db_column="today_id",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="emails",
                        to="alerts.scheduledemail",
                        verbose_name="scheduled e-mail",
                    ),
                ),
            ],
            options={
                "verbose_name": "e-mail",
                "verbose_name_plural": "e-mails",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                ("description", models.CharField(blank=True, max_length=100, verbose_name="description")),
                ("secret", models.TextField(editable=False, verbose_name="secret")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for all sites.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ("url", "id"),
            },
        ),
        migrations.CreateModel(
            name="Delivery",
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
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="kept until")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="next try")),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("alert.began", "Alert began"),
                            ("alert.ended", "Alert ended"),
                            ("webhook.test", "Test"),
                        ],
                        max_length=20,
                        verbose_name="event",
                    ),
                ),
                ("message_id", models.CharField(editable=False, max_length=40, unique=True)),
                ("body", models.TextField(verbose_name="body")),
                (
                    "response_status",
                    models.PositiveSmallIntegerField(null=True, verbose_name="status of the answer"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="alerts.alert",
                        verbose_name="alert",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="alerts.webhook",
                        verbose_name="webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ("-id",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EmailChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "alerts",
                    models.CharField(
                        choices=[("at_once", "At once"), ("daily", "In the daily e-mail")],
                        max_length=10,
                        verbose_name="alerts by e-mail",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "choice of e-mails",
                "verbose_name_plural": "choices of e-mails",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "site"),
                        name="alerts_emailchoice_once",
                        violation_error_message="There is a choice for this site already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="alerts.alert",
                        verbose_name="alert",
                    ),
                ),
                (
                    "email",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="notices",
                        to="alerts.email",
                        verbose_name="e-mail",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice of an alert",
                "verbose_name_plural": "notices of alerts",
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["person"], name="alerts_notice_unread"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "alert"),
                        name="alerts_notice_once",
                        violation_error_message="This person has been notified of this alert already.",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("material__isnull", False)),
                fields=("site", "kind", "material"),
                name="alerts_rule_material_once",
                violation_error_message="This site has this rule for this material already: edit that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("material__isnull", True)),
                fields=("site", "kind"),
                name="alerts_rule_once",
                violation_error_message="This site has this rule already: edit that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "stock_below"),
                        ("level_ton__isnull", False),
                        ("material__isnull", False),
                        ("percent__isnull", True),
                        ("time__isnull", True),
                    ),
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "stock_above"),
                        ("level_ton__isnull", False),
                        ("material__isnull", False),
                        ("percent__isnull", True),
                        ("time__isnull", True),
                    ),
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "stock_permit"),
                        ("level_ton__isnull", False),
                        ("material__isnull", False),
                        ("percent__isnull", True),
                        ("time__isnull", True),
                    ),
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "nothing"),
                        ("level_ton__isnull", True),
                        ("material__isnull", True),
                        ("percent__isnull", True),
                        ("time__isnull", False),
                    ),
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "target"),
                        ("level_ton__isnull", True),
                        ("material__isnull", True),
                        ("percent__isnull", False),
                        ("time__isnull", True),
                    ),
                    models.Q(
                        ("hours__isnull", False),
                        ("kind", "breakdown"),
                        ("level_ton__isnull", True),
                        ("material__isnull", True),
                        ("percent__isnull", True),
                        ("time__isnull", True),
                    ),
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "count"),
                        ("level_ton__isnull", True),
                        ("material__isnull", True),
                        ("percent__isnull", False),
                        ("time__isnull", True),
                    ),
                    models.Q(
                        ("hours__isnull", True),
                        ("kind", "unusual"),
                        ("level_ton__isnull", True),
                        ("material__isnull", True),
                        ("percent__isnull", True),
                        ("time__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="alerts_rule_complete",
                violation_error_message="A rule has what its kind needs, and nothing else.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("level_ton__isnull", True),
                    models.Q(("level_ton__gte", Decimal("0.001")), ("level_ton__lte", Decimal("999999.999"))),
                    _connector="OR",
                ),
                name="alerts_rule_level_range",
                violation_error_message="A level is more than 0 and at most 999,999.999 tons.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hours__isnull", True), models.Q(("hours__gte", 1), ("hours__lte", 336)), _connector="OR"
                ),
                name="alerts_rule_hours_range",
                violation_error_message="Hours are between 1 and 336, which are 14 days.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percent__isnull", True),
                    models.Q(("percent__gte", 1), ("percent__lte", 200)),
                    _connector="OR",
                ),
                name="alerts_rule_percent_range",
                violation_error_message="A percentage is between 1 and 200.",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["site", "-began_at"], name="alerts_alert_of_site"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["rule"], name="alerts_alert_of_rule"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["ended_at"], name="alerts_alert_ended"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("rule", "subject"),
                name="alerts_alert_open_once",
                violation_error_message="This alert is open already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at", None), ("ended_at__gte", models.F("began_at")), _connector="OR"
                ),
                name="alerts_alert_ends_after_it_began",
                violation_error_message="An alert ends after it began.",
            ),
        ),
        migrations.AddIndex(
            model_name="scheduledemail",
            index=models.Index(fields=["next_at"], name="alerts_todayemail_next"),
        ),
        migrations.AddConstraint(
            model_name="scheduledemail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("site__isnull", False)),
                fields=("person", "site", "frequency"),
                name="alerts_todayemail_site_once",
                violation_error_message="You get this e-mail already: remove that one first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledemail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("analysis__isnull", True), ("site__isnull", True)),
                fields=("person", "frequency"),
                name="alerts_todayemail_all_once",
                violation_error_message="You get this e-mail already: remove that one first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledemail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("analysis__isnull", False)),
                fields=("person", "analysis", "frequency"),
                name="alerts_todayemail_analysis_once",
                violation_error_message="You get this e-mail already: remove that one first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledemail",
            constraint=models.CheckConstraint(
                condition=models.Q(("site__isnull", True), ("analysis__isnull", True), _connector="OR"),
                name="alerts_todayemail_one_subject",
                violation_error_message="An e-mail is of Today or of an analysis.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledemail",
            constraint=models.CheckConstraint(
                condition=models.Q(("frequency__in", ["daily", "weekly", "monthly"])),
                name="alerts_todayemail_frequency",
                violation_error_message="An e-mail comes each day, each Monday or each month.",
            ),
        ),
        migrations.AddIndex(
            model_name="email",
            index=models.Index(
                condition=models.Q(("status__in", ("pending", "processing"))),
                fields=["status", "lease_until"],
                name="alerts_email_active",
            ),
        ),
        migrations.AddIndex(
            model_name="email",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False)),
                fields=["next_try_at"],
                name="alerts_email_retry",
            ),
        ),
        migrations.AddIndex(
            model_name="email",
            index=models.Index(fields=["finished_at"], name="alerts_email_ended"),
        ),
        migrations.AddConstraint(
            model_name="email",
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
                name="alerts_email_lease_paired",
                violation_error_message="A job has a worker exactly while it has a lease.",
            ),
        ),
        migrations.AddConstraint(
            model_name="email",
            constraint=models.UniqueConstraint(
                condition=models.Q(("scheduled__isnull", False)),
                fields=("scheduled", "due_at"),
                name="alerts_email_once",
                violation_error_message="This e-mail has been made already.",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status__in", ("pending", "processing"))),
                fields=["status", "lease_until"],
                name="alerts_delivery_active",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False)),
                fields=["next_try_at"],
                name="alerts_delivery_retry",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["finished_at"], name="alerts_delivery_ended"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["webhook", "-id"], name="alerts_delivery_of_webhook"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
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
                name="alerts_delivery_lease_paired",
                violation_error_message="A job has a worker exactly while it has a lease.",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("alert__isnull", False)),
                fields=("webhook", "alert", "event"),
                name="alerts_delivery_once",
                violation_error_message="This event has been sent to this webhook already.",
            ),
        ),
    ]
