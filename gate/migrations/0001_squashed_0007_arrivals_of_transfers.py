from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("gate", "0001_open_loads"),
        ("gate", "0002_delivery_notes"),
        ("gate", "0003_weighings"),
        ("gate", "0004_open_loads_edited"),
        ("gate", "0005_files_of_loads"),
        ("gate", "0006_versions_of_delivery_notes"),
        ("gate", "0007_arrivals_of_transfers"),
    ]

    dependencies = [
        ("parties", "0001_parties_vehicles_and_weighbridges"),
        ("sites", "0015_device_resets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeliveryNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("record_id", models.BigIntegerField(db_index=True, verbose_name="dispatch")),
                (
                    "record_version",
                    models.PositiveIntegerField(
                        db_default=0, default=0, verbose_name="version of the dispatch"
                    ),
                ),
                ("content", models.JSONField(verbose_name="content")),
                ("token", models.CharField(max_length=32, unique=True, verbose_name="token")),
                (
                    "issued_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued at"),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued by",
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
                "verbose_name": "delivery note",
                "verbose_name_plural": "delivery notes",
                "ordering": ("-issued_at",),
                "constraints": [
                    models.UniqueConstraint(fields=("site", "number"), name="gate_deliverynote_number_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="LoadFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("open_load_id", models.BigIntegerField(blank=True, db_index=True, null=True)),
                ("module", models.CharField(max_length=40, verbose_name="module")),
                ("record_id", models.BigIntegerField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("photo", "Photo"), ("document", "Document"), ("signature", "Signature")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="file")),
                ("content_type", models.CharField(max_length=40, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("storage_name", models.CharField(max_length=100)),
                ("thumbnail_name", models.CharField(blank=True, max_length=100)),
                (
                    "uploaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="uploaded at"),
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
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a load",
                "verbose_name_plural": "files of loads",
                "ordering": ("id",),
                "indexes": [models.Index(fields=["module", "record_id"], name="gate_loadfile_record")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("open_load_id__isnull", False), ("record_id__isnull", True)),
                            models.Q(("open_load_id__isnull", True), ("record_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="gate_loadfile_of_one",
                        violation_error_message="A file is of a lorry on site or of a record.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenLoad",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("module", models.CharField(max_length=40, verbose_name="module")),
                ("time_in", models.DateTimeField(default=django.utils.timezone.now, verbose_name="time in")),
                (
                    "first_ton",
                    core.db.fields.TonsField(
                        db_column="first_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="first weighing",
                    ),
                ),
                (
                    "order_reference",
                    models.CharField(blank=True, max_length=50, verbose_name="order reference"),
                ),
                ("reference", models.CharField(blank=True, max_length=50, verbose_name="delivery note")),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="notes")),
                (
                    "key",
                    models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
                ),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "sent_id",
                    models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="transfer"),
                ),
                (
                    "explanation",
                    models.CharField(blank=True, max_length=200, verbose_name="why it is still on site"),
                ),
                (
                    "carrier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                        verbose_name="carrier",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_loads",
                        to="parties.container",
                        verbose_name="container",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "explained_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="explained by",
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_loads",
                        to="sites.material",
                        verbose_name="material",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_loads",
                        to="sites.operation",
                        verbose_name="operation",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_loads",
                        to="parties.party",
                        verbose_name="party",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                        verbose_name="project",
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
                (
                    "vehicle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_loads",
                        to="parties.vehicle",
                        verbose_name="vehicle",
                    ),
                ),
                (
                    "weighbridge",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_loads",
                        to="parties.weighbridge",
                        verbose_name="weighbridge",
                    ),
                ),
            ],
            options={
                "verbose_name": "open load",
                "verbose_name_plural": "open loads",
                "ordering": ("time_in", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "vehicle"),
                        name="gate_openload_vehicle_unique",
                        violation_error_message="This vehicle is on site already: weigh it out first.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("site", "key"),
                        name="gate_openload_key_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("explained_by__isnull", True), ("explanation", "")),
                            models.Q(
                                models.Q(("explanation", ""), _negated=True), ("explained_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="gate_openload_explained_paired",
                        violation_error_message="An explanation is kept with who gave it.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Weighing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                (
                    "weight_ton",
                    core.db.fields.TonsField(
                        db_column="weight_kg",
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="weight",
                    ),
                ),
                ("measured_at", models.DateTimeField(verbose_name="measured at")),
                (
                    "received_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at"),
                ),
                (
                    "weighbridge",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.weighbridge",
                        verbose_name="weighbridge",
                    ),
                ),
            ],
            options={
                "verbose_name": "weighing",
                "verbose_name_plural": "weighings",
                "ordering": ("-measured_at", "-id"),
                "indexes": [models.Index(fields=["weighbridge", "measured_at"], name="gate_weighing_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("weighbridge", "key"),
                        name="gate_weighing_key_unique",
                        violation_error_message="This key was used for another weighing.",
                    )
                ],
            },
        ),
    ]
