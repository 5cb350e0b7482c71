from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("sites", "0012_constraints_without_regular_expressions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Container",
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
                        verbose_name="stored tare, tons",
                    ),
                ),
                ("tared_on", models.DateField(blank=True, null=True, verbose_name="tare weighed on")),
                (
                    "tare_valid_until",
                    models.DateField(blank=True, null=True, verbose_name="tare valid until"),
                ),
            ],
            options={
                "verbose_name": "container",
                "verbose_name_plural": "containers",
                "ordering": ("position", "code"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("tare_ton__isnull", True),
                                ("tare_valid_until__isnull", True),
                                ("tared_on__isnull", True),
                            ),
                            models.Q(("tare_ton__isnull", False), ("tared_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="parties_container_tare_dated",
                        violation_error_message="A stored tare has the date on which it was weighed.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalContainer",
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
                        verbose_name="stored tare, tons",
                    ),
                ),
                ("tared_on", models.DateField(blank=True, null=True, verbose_name="tare weighed on")),
                (
                    "tare_valid_until",
                    models.DateField(blank=True, null=True, verbose_name="tare valid until"),
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
            ],
            options={
                "verbose_name": "historical container",
                "verbose_name_plural": "historical containers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalWeighbridge",
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
                        max_length=20,
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
                    "gives_numbers",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise each load comes with the number that another system gave it.",
                        verbose_name="the portal gives the ticket numbers",
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
                "verbose_name": "historical weighbridge",
                "verbose_name_plural": "historical weighbridges",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Party",
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
                ("is_customer", models.BooleanField(default=False, verbose_name="customer")),
                ("is_supplier", models.BooleanField(default=False, verbose_name="supplier")),
                ("is_carrier", models.BooleanField(default=False, verbose_name="carrier")),
                ("is_project", models.BooleanField(default=False, verbose_name="project or site of origin")),
                (
                    "is_disposal",
                    models.BooleanField(default=False, verbose_name="place of disposal or recovery"),
                ),
                ("address", models.TextField(blank=True, max_length=500, verbose_name="address")),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="parties.party",
                        verbose_name="merged into",
                    ),
                ),
                (
                    "sites",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None: every site uses it.",
                        related_name="+",
                        to="sites.site",
                        verbose_name="used at",
                    ),
                ),
            ],
            options={
                "verbose_name": "party",
                "verbose_name_plural": "parties",
                "ordering": ("position", "code"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "merged_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="merged at"),
                ),
                ("was_active", models.BooleanField(default=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                (
                    "merged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
                (
                    "into",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges",
                        to="parties.party",
                        verbose_name="into",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                        verbose_name="merged",
                    ),
                ),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ("-merged_at",),
            },
        ),
        migrations.CreateModel(
            name="HistoricalVehicle",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("position", models.PositiveIntegerField(db_index=True, default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
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
                        verbose_name="stored tare, tons",
                    ),
                ),
                ("tared_on", models.DateField(blank=True, null=True, verbose_name="tare weighed on")),
                (
                    "tare_valid_until",
                    models.DateField(blank=True, null=True, verbose_name="tare valid until"),
                ),
                ("name", models.CharField(max_length=50, verbose_name="plate")),
                ("code", models.CharField(db_index=True, editable=False, max_length=50, verbose_name="code")),
                (
                    "largest_gross_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="largest_gross_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="largest gross, tons",
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
                    "carrier",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        limit_choices_to={"is_carrier": True},
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                        verbose_name="carrier",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical vehicle",
                "verbose_name_plural": "historical vehicles",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalParty",
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
                ("is_customer", models.BooleanField(default=False, verbose_name="customer")),
                ("is_supplier", models.BooleanField(default=False, verbose_name="supplier")),
                ("is_carrier", models.BooleanField(default=False, verbose_name="carrier")),
                ("is_project", models.BooleanField(default=False, verbose_name="project or site of origin")),
                (
                    "is_disposal",
                    models.BooleanField(default=False, verbose_name="place of disposal or recovery"),
                ),
                ("address", models.TextField(blank=True, max_length=500, verbose_name="address")),
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
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                        verbose_name="merged into",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical party",
                "verbose_name_plural": "historical parties",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="PartyNumber",
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
                        help_text="Such as VAT, commercial register, EfbV.",
                        max_length=50,
                        verbose_name="kind",
                    ),
                ),
                ("number", models.CharField(max_length=50, verbose_name="number")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="numbers",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax or register number",
                "verbose_name_plural": "tax and register numbers",
                "ordering": ("kind", "number"),
            },
        ),
        migrations.CreateModel(
            name="Spelling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=100, unique=True)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spellings",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "spelling",
                "verbose_name_plural": "spellings",
            },
        ),
        migrations.CreateModel(
            name="Vehicle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(db_index=True, default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
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
                        verbose_name="stored tare, tons",
                    ),
                ),
                ("tared_on", models.DateField(blank=True, null=True, verbose_name="tare weighed on")),
                (
                    "tare_valid_until",
                    models.DateField(blank=True, null=True, verbose_name="tare valid until"),
                ),
                ("name", models.CharField(max_length=50, verbose_name="plate")),
                ("code", models.CharField(editable=False, max_length=50, unique=True, verbose_name="code")),
                (
                    "largest_gross_ton",
                    core.db.fields.TonsField(
                        blank=True,
                        db_column="largest_gross_kg",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.001"), message="A weight must be more than 0 and at most 200 tons."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(200), message="A weight must be more than 0 and at most 200 tons."
                            ),
                        ],
                        verbose_name="largest gross, tons",
                    ),
                ),
                (
                    "carrier",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"is_carrier": True},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vehicles",
                        to="parties.party",
                        verbose_name="carrier",
                    ),
                ),
            ],
            options={
                "verbose_name": "vehicle",
                "verbose_name_plural": "vehicles",
                "ordering": ("position", "code"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Weighbridge",
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
                        max_length=20,
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
                    "gives_numbers",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise each load comes with the number that another system gave it.",
                        verbose_name="the portal gives the ticket numbers",
                    ),
                ),
                (
                    "last_number",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="last ticket number"),
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
                "verbose_name": "weighbridge",
                "verbose_name_plural": "weighbridges",
                "ordering": ("position", "code"),
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into__isnull", True), ("is_active", False), _connector="OR"),
                name="parties_party_merged_inactive",
                violation_error_message="A merged party is inactive. Undo the merge to use it again.",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="parties_merge_undone_paired",
                violation_error_message="Who undid a merge and when are kept together.",
            ),
        ),
        migrations.AddConstraint(
            model_name="partynumber",
            constraint=models.UniqueConstraint(
                fields=("kind", "number"),
                name="parties_partynumber_unique",
                violation_error_message="Another party has this number.",
            ),
        ),
        migrations.AddConstraint(
            model_name="vehicle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("tare_ton__isnull", True),
                        ("tare_valid_until__isnull", True),
                        ("tared_on__isnull", True),
                    ),
                    models.Q(("tare_ton__isnull", False), ("tared_on__isnull", False)),
                    _connector="OR",
                ),
                name="parties_vehicle_tare_dated",
                violation_error_message="A stored tare has the date on which it was weighed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="vehicle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tare_ton__isnull", True),
                    ("largest_gross_ton__isnull", True),
                    ("tare_ton__lt", models.F("largest_gross_ton")),
                    _connector="OR",
                ),
                name="parties_vehicle_tare_below_gross",
                violation_error_message="The tare is less than the largest gross.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weighbridge",
            constraint=models.UniqueConstraint(
                fields=("site", "code"),
                name="parties_weighbridge_code_unique",
                violation_error_message="This site has a weighbridge with this code already.",
            ),
        ),
    ]
