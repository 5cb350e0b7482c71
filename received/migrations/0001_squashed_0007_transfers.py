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
        ("received", "0001_received_material"),
        ("received", "0002_index_of_deleted_records"),
        ("received", "0003_index_of_deletions_by_change"),
        ("received", "0004_moisture"),
        ("received", "0005_loads"),
        ("received", "0006_ticket_numbers"),
        ("received", "0007_transfers"),
    ]

    dependencies = [
        ("parties", "0001_parties_vehicles_and_weighbridges"),
        ("records", "0006_line_templates"),
        ("sites", "0018_residue_that_leaves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalReceivedMaterial",
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
                                Decimal("0.000"), message="Tons must be more than 0 and at most 999,999.999."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="Tons must be more than 0 and at most 999,999.999.",
                            ),
                        ],
                        verbose_name="tons",
                    ),
                ),
                ("loads", models.PositiveIntegerField(blank=True, null=True, verbose_name="loads")),
                (
                    "tons_per_load",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="load_kg",
                        editable=False,
                        null=True,
                        verbose_name="tons per load",
                    ),
                ),
                (
                    "is_estimated",
                    models.BooleanField(default=False, editable=False, verbose_name="estimated from loads"),
                ),
                ("time_in", models.DateTimeField(blank=True, null=True, verbose_name="time in")),
                ("time", models.DateTimeField(blank=True, null=True, verbose_name="time")),
                (
                    "ticket_no",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=30, verbose_name="ticket number"
                    ),
                ),
                (
                    "order_reference",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=50, verbose_name="order reference"
                    ),
                ),
                (
                    "gross_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="gross_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="gross",
                    ),
                ),
                (
                    "tare_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="tare_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="tare",
                    ),
                ),
                (
                    "tare_source",
                    models.CharField(
                        blank=True,
                        choices=[("weighed", "Weighed"), ("stored", "Stored"), ("manual", "Typed")],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="tare source",
                    ),
                ),
                (
                    "mass_method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("weighed", "Weighed"),
                            ("deemed", "Deemed by a factor"),
                            ("estimated", "Estimated"),
                            ("survey", "Survey"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="mass method",
                    ),
                ),
                (
                    "load_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("complete", "Complete"),
                            ("cancelled", "Cancelled"),
                            ("rejected", "Rejected"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="state of the load",
                    ),
                ),
                (
                    "load_reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why the load was cancelled or rejected.",
                        max_length=200,
                        verbose_name="reason",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=100, verbose_name="source")),
                ("vehicle_ref", models.CharField(blank=True, max_length=50, verbose_name="vehicle")),
                (
                    "moisture_percent",
                    core.db.fields.PercentField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), "Moisture must be between 0 and 100 percent."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(100), "Moisture must be between 0 and 100 percent."
                            ),
                        ],
                        verbose_name="moisture",
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="The supplier's delivery note.",
                        max_length=50,
                        verbose_name="reference",
                    ),
                ),
                (
                    "sent_id",
                    models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="transfer"),
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
                    "carrier",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                        verbose_name="carrier",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.container",
                        verbose_name="container",
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
                    "party",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                        verbose_name="party",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                        verbose_name="project",
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
                    "vehicle",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.vehicle",
                        verbose_name="registered vehicle",
                    ),
                ),
                (
                    "weighbridge",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.weighbridge",
                        verbose_name="weighbridge",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical received material",
                "verbose_name_plural": "historical received material",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "date"],
                        name="received_deleted",
                    ),
                    models.Index(
                        condition=models.Q(("history_type", "-")),
                        fields=["site", "change_number"],
                        name="received_deletions",
                    ),
                ],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="ReceivedMaterial",
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
                                Decimal("0.000"), message="Tons must be more than 0 and at most 999,999.999."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal("999999.999"),
                                message="Tons must be more than 0 and at most 999,999.999.",
                            ),
                        ],
                        verbose_name="tons",
                    ),
                ),
                ("loads", models.PositiveIntegerField(blank=True, null=True, verbose_name="loads")),
                (
                    "tons_per_load",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="load_kg",
                        editable=False,
                        null=True,
                        verbose_name="tons per load",
                    ),
                ),
                (
                    "is_estimated",
                    models.BooleanField(default=False, editable=False, verbose_name="estimated from loads"),
                ),
                ("time_in", models.DateTimeField(blank=True, null=True, verbose_name="time in")),
                ("time", models.DateTimeField(blank=True, null=True, verbose_name="time")),
                (
                    "ticket_no",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=30, verbose_name="ticket number"
                    ),
                ),
                (
                    "order_reference",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=50, verbose_name="order reference"
                    ),
                ),
                (
                    "gross_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="gross_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="gross",
                    ),
                ),
                (
                    "tare_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="tare_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="tare",
                    ),
                ),
                (
                    "tare_source",
                    models.CharField(
                        blank=True,
                        choices=[("weighed", "Weighed"), ("stored", "Stored"), ("manual", "Typed")],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="tare source",
                    ),
                ),
                (
                    "mass_method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("weighed", "Weighed"),
                            ("deemed", "Deemed by a factor"),
                            ("estimated", "Estimated"),
                            ("survey", "Survey"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="mass method",
                    ),
                ),
                (
                    "load_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("complete", "Complete"),
                            ("cancelled", "Cancelled"),
                            ("rejected", "Rejected"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="state of the load",
                    ),
                ),
                (
                    "load_reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why the load was cancelled or rejected.",
                        max_length=200,
                        verbose_name="reason",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=100, verbose_name="source")),
                ("vehicle_ref", models.CharField(blank=True, max_length=50, verbose_name="vehicle")),
                (
                    "moisture_percent",
                    core.db.fields.PercentField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), "Moisture must be between 0 and 100 percent."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(100), "Moisture must be between 0 and 100 percent."
                            ),
                        ],
                        verbose_name="moisture",
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="The supplier's delivery note.",
                        max_length=50,
                        verbose_name="reference",
                    ),
                ),
                (
                    "sent_id",
                    models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="transfer"),
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
                    "carrier",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(app_label)s_carried",
                        to="parties.party",
                        verbose_name="carrier",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="parties.container",
                        verbose_name="container",
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
                    "party",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="parties.party",
                        verbose_name="party",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(app_label)s_of_project",
                        to="parties.party",
                        verbose_name="project",
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
                    "vehicle",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="parties.vehicle",
                        verbose_name="registered vehicle",
                    ),
                ),
                (
                    "weighbridge",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="parties.weighbridge",
                        verbose_name="weighbridge",
                    ),
                ),
            ],
            options={
                "verbose_name": "received material",
                "verbose_name_plural": "received material",
                "ordering": ("-date", "-id"),
                "get_latest_by": ("date", "id"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["site", "change_number"], name="receivedmaterial_change"),
                    models.Index(
                        condition=models.Q(("batch__isnull", False)),
                        fields=["batch"],
                        name="receivedmaterial_batch",
                    ),
                    models.Index(
                        fields=["site", "date", "id"],
                        include=("qty_ton", "material"),
                        name="received_site_date",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("import_key", ""), _negated=True),
                        fields=("import_key",),
                        name="received_receivedmaterial_import_key_unique",
                        violation_error_message="This row of the file has been imported before.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("load_state__in", ("cancelled", "rejected")), ("qty_ton", Decimal("0.000"))
                            ),
                            models.Q(
                                models.Q(("load_state__in", ("cancelled", "rejected")), _negated=True),
                                ("qty_ton__gte", Decimal("0.001")),
                                ("qty_ton__lte", Decimal("999999.999")),
                            ),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_qty_range",
                        violation_error_message="Tons must be more than 0 and at most 999,999.999.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("loads__isnull", True),
                            models.Q(("loads__gte", 1), ("loads__lte", 9999)),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_loads_range",
                        violation_error_message="Loads must be between 1 and 9,999.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_estimated", False), ("tons_per_load__isnull", True)),
                            models.Q(
                                ("is_estimated", True),
                                ("loads__isnull", False),
                                ("tons_per_load__gt", Decimal("0.000")),
                            ),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_estimate_whole",
                        violation_error_message="Estimated tons are kept with their loads and tons per load.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("gross_ton__isnull", True), ("tare_ton__isnull", True)),
                            ("load_state__in", ("cancelled", "rejected")),
                            models.Q(
                                ("gross_ton__isnull", False),
                                ("load_state", "complete"),
                                ("mass_method", "weighed"),
                                (
                                    "qty_ton",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("gross_ton"), "-", models.F("tare_ton")
                                    ),
                                ),
                                ("tare_ton__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_net",
                        violation_error_message="Tons are the gross less the tare.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("tare_source", ""), ("tare_ton__isnull", True)),
                            models.Q(
                                ("tare_ton__isnull", False), models.Q(("tare_source", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_tare_source",
                        violation_error_message="A tare has a source.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("load_reason", ""),
                                ("load_state", ""),
                                ("ticket_no", ""),
                                ("time__isnull", True),
                            ),
                            models.Q(("load_reason", ""), ("load_state", "complete")),
                            models.Q(
                                ("load_state__in", ("cancelled", "rejected")),
                                models.Q(("load_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_load_state",
                        violation_error_message="A load is cancelled or rejected with a reason.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("ticket_no", ""), _negated=True), ("weighbridge__isnull", False)
                        ),
                        fields=("site", "weighbridge", "ticket_no"),
                        name="received_ticket_unique",
                        violation_error_message="This ticket number is that of another load.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("ticket_no", ""), _negated=True), ("weighbridge__isnull", True)
                        ),
                        fields=("site", "ticket_no"),
                        name="received_site_ticket_unique",
                        violation_error_message="This ticket number is that of another load.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("moisture_percent__isnull", True),
                            ("moisture_percent__range", (Decimal(0), Decimal(100))),
                            _connector="OR",
                        ),
                        name="received_receivedmaterial_moisture_range",
                        violation_error_message="Moisture must be between 0 and 100 percent.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("sent_id__isnull", False),
                            models.Q(("load_state__in", ("cancelled", "rejected")), _negated=True),
                        ),
                        fields=("sent_id",),
                        name="received_transfer_unique",
                        violation_error_message="This transfer was received already.",
                    ),
                ],
            },
        ),
    ]
