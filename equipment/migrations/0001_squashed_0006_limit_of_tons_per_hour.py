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
        ("equipment", "0001_machines_and_their_logs"),
        ("equipment", "0002_index_of_deleted_records"),
        ("equipment", "0003_index_of_deletions_by_change"),
        ("equipment", "0004_plain_texts"),
        ("equipment", "0005_serial_numbers_rates_and_fuel"),
        ("equipment", "0006_limit_of_tons_per_hour"),
    ]

    dependencies = [
        ("records", "0006_line_templates"),
        ("sites", "0022_delivery_notes_at_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalMachine",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("position", models.PositiveIntegerField(db_index=True, default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "code",
                    models.CharField(
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
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("crushing_screening", "Crushing & screening"),
                            ("earth_moving", "Earth moving"),
                            ("hauling", "Hauling"),
                            ("auxiliary", "Auxiliary"),
                        ],
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "in_maintenance",
                    models.BooleanField(
                        default=False,
                        help_text="It is offered last and marked as in maintenance.",
                        verbose_name="in maintenance",
                    ),
                ),
                (
                    "serial_number",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="As its maker's telematics names it: readings are matched by it.",
                        max_length=50,
                        verbose_name="serial number",
                    ),
                ),
                (
                    "tons_per_hour",
                    core.db.fields.TonsField(
                        blank=True,
                        help_text="What it usually makes. Tons lost by downtime follow from it; earlier records stay.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"),
                                message="Tons per hour must be more than 0 and at most 20,000, or left empty.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(20000),
                                message="Tons per hour must be more than 0 and at most 20,000, or left empty.",
                            ),
                        ],
                        verbose_name="tons per hour",
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
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical machine",
                "verbose_name_plural": "historical machines",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Machine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("position", models.PositiveIntegerField(db_index=True, default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "code",
                    models.CharField(
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
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("crushing_screening", "Crushing & screening"),
                            ("earth_moving", "Earth moving"),
                            ("hauling", "Hauling"),
                            ("auxiliary", "Auxiliary"),
                        ],
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "in_maintenance",
                    models.BooleanField(
                        default=False,
                        help_text="It is offered last and marked as in maintenance.",
                        verbose_name="in maintenance",
                    ),
                ),
                (
                    "serial_number",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="As its maker's telematics names it: readings are matched by it.",
                        max_length=50,
                        verbose_name="serial number",
                    ),
                ),
                (
                    "tons_per_hour",
                    core.db.fields.TonsField(
                        blank=True,
                        help_text="What it usually makes. Tons lost by downtime follow from it; earlier records stay.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"),
                                message="Tons per hour must be more than 0 and at most 20,000, or left empty.",
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(20000),
                                message="Tons per hour must be more than 0 and at most 20,000, or left empty.",
                            ),
                        ],
                        verbose_name="tons per hour",
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
                "verbose_name": "machine",
                "verbose_name_plural": "machines",
                "ordering": ("position", "code"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HistoricalEquipmentLog",
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
                    "count",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, message="The count of units is between 1 and 999."
                            ),
                            django.core.validators.MaxValueValidator(
                                999, message="The count of units is between 1 and 999."
                            ),
                        ],
                        verbose_name="units",
                    ),
                ),
                (
                    "hours",
                    core.db.fields.HoursField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), message="Hours are between 0 and 24 for each unit."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), message="Hours are between 0 and 24 for each unit."
                            ),
                        ],
                        verbose_name="hours run per unit",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("operational", "Operational"),
                            ("maintenance", "Maintenance"),
                            ("breakdown", "Breakdown"),
                            ("idle", "Idle"),
                        ],
                        default="operational",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "fuel",
                    core.db.fields.LitresField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), message="Fuel is between 0 and 50,000 litres."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(50000), message="Fuel is between 0 and 50,000 litres."
                            ),
                        ],
                        verbose_name="fuel",
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
                    "equipment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="equipment.machine",
                        verbose_name="machine",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical equipment log",
                "verbose_name_plural": "historical equipment",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="EquipmentLog",
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
                    "count",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, message="The count of units is between 1 and 999."
                            ),
                            django.core.validators.MaxValueValidator(
                                999, message="The count of units is between 1 and 999."
                            ),
                        ],
                        verbose_name="units",
                    ),
                ),
                (
                    "hours",
                    core.db.fields.HoursField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), message="Hours are between 0 and 24 for each unit."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), message="Hours are between 0 and 24 for each unit."
                            ),
                        ],
                        verbose_name="hours run per unit",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("operational", "Operational"),
                            ("maintenance", "Maintenance"),
                            ("breakdown", "Breakdown"),
                            ("idle", "Idle"),
                        ],
                        default="operational",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "fuel",
                    core.db.fields.LitresField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), message="Fuel is between 0 and 50,000 litres."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(50000), message="Fuel is between 0 and 50,000 litres."
                            ),
                        ],
                        verbose_name="fuel",
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
                    "equipment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="equipment.machine",
                        verbose_name="machine",
                    ),
                ),
            ],
            options={
                "verbose_name": "equipment log",
                "verbose_name_plural": "equipment",
                "ordering": ("-date", "-id"),
                "get_latest_by": ("date", "id"),
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.UniqueConstraint(
                fields=("site", "code"),
                name="equipment_machine_code_unique",
                violation_error_message="This site has a machine with this code already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("type__in", ["crushing_screening", "earth_moving", "hauling", "auxiliary"])
                ),
                name="equipment_machine_type_known",
                violation_error_message="Choose one of the types of machines.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True), models.Q(("serial_number", ""), _negated=True)),
                fields=("serial_number",),
                name="equipment_machine_serial_unique",
                violation_error_message="Another active machine has this serial number.",
            ),
        ),
        migrations.AddConstraint(
            model_name="machine",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tons_per_hour__isnull", True), ("tons_per_hour__gt", Decimal(0)), _connector="OR"
                ),
                name="equipment_machine_tons_per_hour_positive",
                violation_error_message="Tons per hour must be more than 0 and at most 20,000, or left empty.",
            ),
        ),
        migrations.AddIndex(
            model_name="historicalequipmentlog",
            index=models.Index(
                condition=models.Q(("history_type", "-")), fields=["site", "date"], name="equipment_deleted"
            ),
        ),
        migrations.AddIndex(
            model_name="historicalequipmentlog",
            index=models.Index(
                condition=models.Q(("history_type", "-")),
                fields=["site", "change_number"],
                name="equipment_deletions",
            ),
        ),
        migrations.AddIndex(
            model_name="equipmentlog",
            index=models.Index(fields=["site", "change_number"], name="equipmentlog_change"),
        ),
        migrations.AddIndex(
            model_name="equipmentlog",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch"], name="equipmentlog_batch"
            ),
        ),
        migrations.AddIndex(
            model_name="equipmentlog",
            index=models.Index(
                fields=["site", "date", "id"],
                include=("equipment", "shift", "count", "hours", "status"),
                name="equipment_site_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.UniqueConstraint(
                condition=models.Q(("import_key", ""), _negated=True),
                fields=("import_key",),
                name="equipment_equipmentlog_import_key_unique",
                violation_error_message="This row of the file has been imported before.",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.UniqueConstraint(
                fields=("equipment", "date", "shift", "site"),
                name="equipment_equipmentlog_unique",
                violation_error_message="This machine has a record for this date and shift already: edit that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(("shift__in", ["", "morning", "afternoon", "night"])),
                name="equipment_equipmentlog_shift_known",
                violation_error_message="A shift is morning, afternoon, night or the whole day.",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__gte", Decimal(0)), ("hours__lte", Decimal(24))),
                name="equipment_equipmentlog_hours_range",
                violation_error_message="Hours are between 0 and 24 for each unit.",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 1), ("count__lte", 999)),
                name="equipment_equipmentlog_count_range",
                violation_error_message="The count of units is between 1 and 999.",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["operational", "maintenance", "breakdown", "idle"])),
                name="equipment_equipmentlog_status_known",
                violation_error_message="A status is operational, maintenance, breakdown or idle.",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fuel__isnull", True),
                    models.Q(("fuel__gte", Decimal(0)), ("fuel__lte", Decimal(50000))),
                    _connector="OR",
                ),
                name="equipment_equipmentlog_fuel_range",
                violation_error_message="Fuel is between 0 and 50,000 litres.",
            ),
        ),
    ]
