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
        ("production", "0001_production_records"),
        ("production", "0002_index_of_deleted_records"),
        ("production", "0003_targets"),
        ("production", "0004_index_of_deletions_by_change"),
        ("production", "0005_parts_of_approved_tons"),
    ]

    dependencies = [
        ("records", "0005_approved_figures_by_id"),
        ("sites", "0010_decimal_mark_is_known"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalTarget",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "tons_per_day",
                    core.db.fields.TonsField(
                        db_column="kg_per_day",
                        help_text="0 ends the target before.",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.000"),
                                "A target is at least 0 and at most 999,999.999 tons; 0 ends the one before.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                "A target is at least 0 and at most 999,999.999 tons; 0 ends the one before.",
                            ),
                        ],
                        verbose_name="tons per working day",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
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
                        help_text="Empty for all that the whole site makes to be sold.",
                        limit_choices_to={"is_final": True},
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
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical target",
                "verbose_name_plural": "historical targets",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalProduction",
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
                    "qty_ton",
                    core.db.fields.TonsField(
                        db_column="qty_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="Tons must be more than 0 and at most 999,999.999."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="Tons must be more than 0 and at most 999,999.999.",
                            ),
                        ],
                        verbose_name="tons",
                    ),
                ),
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
                    "operation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sites.operation",
                        verbose_name="operation",
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
            ],
            options={
                "verbose_name": "historical production record",
                "verbose_name_plural": "historical production",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "date"],
                        name="production_deleted",
                    ),
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "change_number"],
                        name="production_deletions",
                    ),
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Production",
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
                    "qty_ton",
                    core.db.fields.TonsField(
                        db_column="qty_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="Tons must be more than 0 and at most 999,999.999."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="Tons must be more than 0 and at most 999,999.999.",
                            ),
                        ],
                        verbose_name="tons",
                    ),
                ),
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
                    "material",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="sites.material",
                        verbose_name="material",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="sites.operation",
                        verbose_name="operation",
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
            ],
            options={
                "verbose_name": "production record",
                "verbose_name_plural": "production",
                "ordering": ("-date", "-id"),
                "get_latest_by": ("date", "id"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["site", "change_number"], name="production_change"),
                    models.Index(
                        condition=models.Q(("batch__isnull", False)),
                        fields=["batch"],
                        name="production_batch",
                    ),
                    models.Index(
                        fields=["site", "date", "id"],
                        include=("qty_ton", "material", "operation"),
                        name="production_site_date",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("import_key", ""), _negated=True),
                        fields=("import_key",),
                        name="production_production_import_key_unique",
                        violation_error_message="This row of the file has been imported before.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("qty_ton__gte", Decimal("0.001")), ("qty_ton__lte", Decimal("999999.999"))
                        ),
                        name="production_production_qty_range",
                        violation_error_message="Tons must be more than 0 and at most 999,999.999.",
                    ),
                    models.UniqueConstraint(
                        fields=("site", "date", "shift", "material", "operation"),
                        name="production_production_unique",
                        violation_error_message="This material has a record for this date, shift and operation already: edit that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shift__in", ["", "morning", "afternoon", "night"])),
                        name="production_production_shift_known",
                        violation_error_message="A shift is morning, afternoon, night or the whole day.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tons_per_day",
                    core.db.fields.TonsField(
                        db_column="kg_per_day",
                        help_text="0 ends the target before.",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.000"),
                                "A target is at least 0 and at most 999,999.999 tons; 0 ends the one before.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                "A target is at least 0 and at most 999,999.999 tons; 0 ends the one before.",
                            ),
                        ],
                        verbose_name="tons per working day",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "material",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for all that the whole site makes to be sold.",
                        limit_choices_to={"is_final": True},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="targets",
                        to="sites.material",
                        verbose_name="material",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "target",
                "verbose_name_plural": "targets",
                "ordering": ("site", "material", "-valid_from"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "material", "valid_from"),
                        name="production_target_unique",
                        violation_error_message="This material has a target from this date on already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("material__isnull", True)),
                        fields=("site", "valid_from"),
                        name="production_target_of_site_unique",
                        violation_error_message="The whole site has a target from this date on already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tons_per_day__gte", Decimal("0.000")),
                            ("tons_per_day__lte", Decimal("999999.999")),
                        ),
                        name="production_target_range",
                        violation_error_message="A target is at least 0 and at most 999,999.999 tons; 0 ends the one before.",
                    ),
                ],
            },
        ),
    ]
