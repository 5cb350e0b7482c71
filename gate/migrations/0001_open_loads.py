from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0001_parties_vehicles_and_weighbridges"),
        ("sites", "0014_entry_of_loads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
    ]
