from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0003_index_of_deletions_by_change"),
        ("parties", "0001_parties_vehicles_and_weighbridges"),
        ("records", "0006_line_templates"),
        ("sites", "0014_entry_of_loads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="dispatch",
            name="dispatch_dispatch_qty_range",
        ),
        migrations.AddField(
            model_name="dispatch",
            name="carrier",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(app_label)s_carried",
                to="parties.party",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="container",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="parties.container",
                verbose_name="container",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="gross_ton",
            field=core.db.fields.TonsField(
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
        migrations.AddField(
            model_name="dispatch",
            name="load_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why the load was cancelled or rejected.",
                max_length=200,
                verbose_name="reason",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="load_state",
            field=models.CharField(
                blank=True,
                choices=[("complete", "Complete"), ("cancelled", "Cancelled"), ("rejected", "Rejected")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="state of the load",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="mass_method",
            field=models.CharField(
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
        migrations.AddField(
            model_name="dispatch",
            name="order_reference",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=50, verbose_name="order reference"
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="party",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="parties.party",
                verbose_name="party",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="project",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(app_label)s_of_project",
                to="parties.party",
                verbose_name="project",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="tare_source",
            field=models.CharField(
                blank=True,
                choices=[("weighed", "Weighed"), ("stored", "Stored"), ("manual", "Typed")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="tare source",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="tare_ton",
            field=core.db.fields.TonsField(
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
        migrations.AddField(
            model_name="dispatch",
            name="ticket_no",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=30, verbose_name="ticket number"
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="time",
            field=models.DateTimeField(blank=True, null=True, verbose_name="time"),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="time_in",
            field=models.DateTimeField(blank=True, null=True, verbose_name="time in"),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="vehicle",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="parties.vehicle",
                verbose_name="registered vehicle",
            ),
        ),
        migrations.AddField(
            model_name="dispatch",
            name="weighbridge",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="parties.weighbridge",
                verbose_name="weighbridge",
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="carrier",
            field=models.ForeignKey(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="container",
            field=models.ForeignKey(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="gross_ton",
            field=core.db.fields.TonsField(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="load_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why the load was cancelled or rejected.",
                max_length=200,
                verbose_name="reason",
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="load_state",
            field=models.CharField(
                blank=True,
                choices=[("complete", "Complete"), ("cancelled", "Cancelled"), ("rejected", "Rejected")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="state of the load",
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="mass_method",
            field=models.CharField(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="order_reference",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=50, verbose_name="order reference"
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="party",
            field=models.ForeignKey(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="project",
            field=models.ForeignKey(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="tare_source",
            field=models.CharField(
                blank=True,
                choices=[("weighed", "Weighed"), ("stored", "Stored"), ("manual", "Typed")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="tare source",
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="tare_ton",
            field=core.db.fields.TonsField(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="ticket_no",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=30, verbose_name="ticket number"
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="time",
            field=models.DateTimeField(blank=True, null=True, verbose_name="time"),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="time_in",
            field=models.DateTimeField(blank=True, null=True, verbose_name="time in"),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="vehicle",
            field=models.ForeignKey(
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
        migrations.AddField(
            model_name="historicaldispatch",
            name="weighbridge",
            field=models.ForeignKey(
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
        migrations.AlterField(
            model_name="dispatch",
            name="qty_ton",
            field=core.db.fields.TonsField(
                db_column="qty_kg",
                validators=[
                    django.core.validators.MinValueValidator(
                        Decimal("0.000"), message="Tons must be more than 0 and at most 999,999.999."
                    ),
                    django.core.validators.MaxValueValidator(
                        Decimal("999999.999"), message="Tons must be more than 0 and at most 999,999.999."
                    ),
                ],
                verbose_name="tons",
            ),
        ),
        migrations.AlterField(
            model_name="historicaldispatch",
            name="qty_ton",
            field=core.db.fields.TonsField(
                db_column="qty_kg",
                validators=[
                    django.core.validators.MinValueValidator(
                        Decimal("0.000"), message="Tons must be more than 0 and at most 999,999.999."
                    ),
                    django.core.validators.MaxValueValidator(
                        Decimal("999999.999"), message="Tons must be more than 0 and at most 999,999.999."
                    ),
                ],
                verbose_name="tons",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("load_state__in", ("cancelled", "rejected")), ("qty_ton", Decimal("0.000"))),
                    models.Q(
                        models.Q(("load_state__in", ("cancelled", "rejected")), _negated=True),
                        ("qty_ton__gte", Decimal("0.001")),
                        ("qty_ton__lte", Decimal("999999.999")),
                    ),
                    _connector="OR",
                ),
                name="dispatch_dispatch_qty_range",
                violation_error_message="Tons must be more than 0 and at most 999,999.999.",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.CheckConstraint(
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
                name="dispatch_dispatch_net",
                violation_error_message="Tons are the gross less the tare.",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tare_source", ""), ("tare_ton__isnull", True)),
                    models.Q(("tare_ton__isnull", False), models.Q(("tare_source", ""), _negated=True)),
                    _connector="OR",
                ),
                name="dispatch_dispatch_tare_source",
                violation_error_message="A tare has a source.",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("load_reason", ""), ("load_state", ""), ("ticket_no", ""), ("time__isnull", True)
                    ),
                    models.Q(("load_reason", ""), ("load_state", "complete")),
                    models.Q(
                        ("load_state__in", ("cancelled", "rejected")),
                        models.Q(("load_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="dispatch_dispatch_load_state",
                violation_error_message="A load is cancelled or rejected with a reason.",
            ),
        ),
    ]
