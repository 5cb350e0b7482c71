from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("inventory", "0001_stock_ledger_and_counts"),
        ("inventory", "0002_index_of_counts_by_day"),
        ("inventory", "0003_index_of_deleted_counts"),
        ("inventory", "0004_low_marks"),
        ("inventory", "0005_index_of_deletions_by_change"),
        ("inventory", "0006_name_history_indexes_by_app"),
        ("inventory", "0007_used_and_disposed_on_site"),
    ]

    dependencies = [
        ("records", "0001_site_days_submissions_and_batches"),
        ("sites", "0016_used_and_disposed_on_site"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalStockThreshold",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "low_ton",
                    core.db.fields.TonsField(
                        db_column="low_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"),
                                message="The low mark must be more than 0 and at most 999,999.999 tons.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="The low mark must be more than 0 and at most 999,999.999 tons.",
                            ),
                        ],
                        verbose_name="low below, tons",
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
                "verbose_name": "historical stock threshold",
                "verbose_name_plural": "historical stock thresholds",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalStockCount",
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
                    "counted_ton",
                    core.db.fields.TonsField(
                        db_column="counted_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.000"), message="A count is 0 or more."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"), message="A count is at most 999,999.999 tons."
                            ),
                        ],
                        verbose_name="counted tons",
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
                "verbose_name": "historical stock count",
                "verbose_name_plural": "historical stock counts",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "date"],
                        name="inventory_deleted",
                    ),
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "change_number"],
                        name="inventory_deletions",
                    ),
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="InventorySnapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                (
                    "opening_ton",
                    core.db.fields.TonsField(
                        db_column="opening_kg", default=Decimal("0.000"), verbose_name="opening"
                    ),
                ),
                (
                    "produced_ton",
                    core.db.fields.TonsField(
                        db_column="produced_kg", default=Decimal("0.000"), verbose_name="produced"
                    ),
                ),
                (
                    "received_ton",
                    core.db.fields.TonsField(
                        db_column="received_kg", default=Decimal("0.000"), verbose_name="received"
                    ),
                ),
                (
                    "consumed_ton",
                    core.db.fields.TonsField(
                        db_column="consumed_kg", default=Decimal("0.000"), verbose_name="consumed"
                    ),
                ),
                (
                    "dispatched_ton",
                    core.db.fields.TonsField(
                        db_column="dispatched_kg", default=Decimal("0.000"), verbose_name="dispatched"
                    ),
                ),
                (
                    "used_ton",
                    core.db.fields.TonsField(
                        db_column="used_kg",
                        db_default=Decimal("0.000"),
                        default=Decimal("0.000"),
                        verbose_name="used on site",
                    ),
                ),
                (
                    "disposed_ton",
                    core.db.fields.TonsField(
                        db_column="disposed_kg",
                        db_default=Decimal("0.000"),
                        default=Decimal("0.000"),
                        verbose_name="disposed on site",
                    ),
                ),
                (
                    "adjustment_ton",
                    core.db.fields.TonsField(
                        db_column="adjustment_kg", default=Decimal("0.000"), verbose_name="adjustment"
                    ),
                ),
                (
                    "closing_ton",
                    core.db.fields.TonsField(
                        db_column="closing_kg", default=Decimal("0.000"), verbose_name="closing"
                    ),
                ),
                (
                    "counted_ton",
                    core.db.fields.TonsField(
                        blank=True, db_column="counted_kg", null=True, verbose_name="counted"
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
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "inventory snapshot",
                "verbose_name_plural": "inventory snapshots",
                "ordering": ("-date", "material"),
                "indexes": [
                    models.Index(
                        fields=["site", "date"],
                        include=(
                            "material",
                            "produced_ton",
                            "received_ton",
                            "consumed_ton",
                            "dispatched_ton",
                            "used_ton",
                            "disposed_ton",
                            "adjustment_ton",
                        ),
                        name="snapshot_site_date",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "material", "date"),
                        name="inventory_snapshot_unique",
                        violation_error_message="This material has this day in the ledger already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "closing_ton",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        django.db.models.expressions.CombinedExpression(
                                                            models.F("opening_ton"),
                                                            "+",
                                                            models.F("produced_ton"),
                                                        ),
                                                        "+",
                                                        models.F("received_ton"),
                                                    ),
                                                    "-",
                                                    models.F("consumed_ton"),
                                                ),
                                                "-",
                                                models.F("dispatched_ton"),
                                            ),
                                            "-",
                                            models.F("used_ton"),
                                        ),
                                        "-",
                                        models.F("disposed_ton"),
                                    ),
                                    "+",
                                    models.F("adjustment_ton"),
                                ),
                            )
                        ),
                        name="inventory_snapshot_equation",
                        violation_error_message="A ledger row closes with what it opened with and what moved.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("adjustment_ton", Decimal("0.000")), ("counted_ton__isnull", True)),
                            models.Q(
                                ("closing_ton", models.F("counted_ton")), ("counted_ton__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="inventory_snapshot_closes_as_counted",
                        violation_error_message="A counted day closes with its count; only a count adjusts.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockCount",
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
                    "counted_ton",
                    core.db.fields.TonsField(
                        db_column="counted_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.000"), message="A count is 0 or more."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"), message="A count is at most 999,999.999 tons."
                            ),
                        ],
                        verbose_name="counted tons",
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
                "verbose_name": "stock count",
                "verbose_name_plural": "stock counts",
                "ordering": ("-date", "-id"),
                "get_latest_by": ("date", "id"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["site", "change_number"], name="stockcount_change"),
                    models.Index(
                        condition=models.Q(("batch__isnull", False)),
                        fields=["batch"],
                        name="stockcount_batch",
                    ),
                    models.Index(fields=["site", "date", "id"], name="stockcount_site_date"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("import_key", ""), _negated=True),
                        fields=("import_key",),
                        name="inventory_stockcount_import_key_unique",
                        violation_error_message="This row of the file has been imported before.",
                    ),
                    models.UniqueConstraint(
                        fields=("site", "material", "date"),
                        name="inventory_stockcount_unique",
                        violation_error_message="This material was counted on this date already: edit that count.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("counted_ton__gte", Decimal("0.000")),
                            ("counted_ton__lte", Decimal("999999.999")),
                        ),
                        name="inventory_stockcount_range",
                        violation_error_message="A count is 0 or more and at most 999,999.999 tons.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockThreshold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "low_ton",
                    core.db.fields.TonsField(
                        db_column="low_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"),
                                message="The low mark must be more than 0 and at most 999,999.999 tons.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="The low mark must be more than 0 and at most 999,999.999 tons.",
                            ),
                        ],
                        verbose_name="low below, tons",
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
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
                "verbose_name": "stock threshold",
                "verbose_name_plural": "stock thresholds",
                "ordering": ("site", "material"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "material"),
                        name="inventory_stockthreshold_unique",
                        violation_error_message="This material has a low mark at this site already: edit that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low_ton__gte", Decimal("0.001")), ("low_ton__lte", Decimal("999999.999"))
                        ),
                        name="inventory_stockthreshold_range",
                        violation_error_message="The low mark must be more than 0 and at most 999,999.999 tons.",
                    ),
                ],
            },
        ),
    ]
