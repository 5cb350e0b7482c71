import datetime
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import sites.models.operating_settings


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("sites", "0001_people_sites_and_master_data"),
        ("sites", "0002_call_admins_admins"),
        ("sites", "0003_working_calendar_and_count_tolerance"),
        ("sites", "0004_cut_off_and_reminders"),
        ("sites", "0005_how_far_back_entries_go"),
        ("sites", "0006_plain_texts"),
        ("sites", "0007_settings_with_a_date"),
        ("sites", "0008_access_valid_from"),
        ("sites", "0009_decimal_mark"),
        ("sites", "0010_decimal_mark_is_known"),
        ("sites", "0011_invitations_are_withdrawn"),
        ("sites", "0012_constraints_without_regular_expressions"),
        ("sites", "0013_security_events"),
        ("sites", "0014_entry_of_loads"),
        ("sites", "0015_device_resets"),
        ("sites", "0016_used_and_disposed_on_site"),
        ("sites", "0017_events_of_invitations_and_watched_places"),
        ("sites", "0018_residue_that_leaves"),
        ("sites", "0019_unread_alerts"),
        ("sites", "0020_events_of_webhooks"),
        ("sites", "0021_events_of_telematics_feeds"),
        ("sites", "0022_delivery_notes_at_once"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "email",
                    models.EmailField(
                        error_messages={"unique": "A person with this e-mail address exists already."},
                        max_length=254,
                        unique=True,
                        verbose_name="e-mail address",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Clear this instead of deleting a person.",
                        verbose_name="may sign in",
                    ),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="All sites, this administration, and invitations.",
                        verbose_name="admin",
                    ),
                ),
                (
                    "joined_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="joined"
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
                        default="system",
                        max_length=10,
                        verbose_name="appearance",
                    ),
                ),
                (
                    "wants_reminders",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="An e-mail when a day of one of your sites was not submitted in time.",
                        verbose_name="reminders by e-mail",
                    ),
                ),
                (
                    "access_valid_from",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Sessions and API tokens from before this time are no longer valid.",
                        null=True,
                        verbose_name="access valid from",
                    ),
                ),
                (
                    "device_resets",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        editable=False,
                        help_text="A browser that has seen fewer removes what it keeps for this person.",
                    ),
                ),
                (
                    "has_unread_alerts",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Lets most pages do without a query for the bell; the app of alerts keeps it.",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "ordering": ("email",),
            },
        ),
        migrations.CreateModel(
            name="HistoricalMaterial",
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
                    "category",
                    models.CharField(
                        choices=[
                            ("aggregates", "Aggregates"),
                            ("processed_base", "Processed base"),
                            ("fine", "Fine"),
                            ("specialty", "Specialty"),
                            ("raw_feed", "Raw feed"),
                            ("residue", "Residue"),
                        ],
                        max_length=20,
                        verbose_name="category",
                    ),
                ),
                (
                    "uom",
                    models.CharField(
                        choices=[("ton", "Ton"), ("load", "Load")],
                        default="ton",
                        max_length=10,
                        verbose_name="unit of measure",
                    ),
                ),
                ("is_final", models.BooleanField(default=False, verbose_name="product that can be sold")),
                (
                    "tons_per_load",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="Loads are turned into tons by this. A change of it rewrites nothing entered before.",
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.001"))],
                        verbose_name="tons per load",
                    ),
                ),
                (
                    "waste_code",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Where it is waste: its code, which loads of it that leave take over.",
                        max_length=20,
                        verbose_name="waste code",
                    ),
                ),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="notes")),
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
                "verbose_name": "historical material",
                "verbose_name_plural": "historical materials",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalOperation",
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
                    "stock_effect",
                    models.CharField(
                        choices=[
                            ("adds", "Adds to stock"),
                            ("removes", "Removes from stock"),
                            ("none", "Leaves stock alone"),
                        ],
                        max_length=10,
                        verbose_name="effect on stock",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("product", "Product"),
                            ("feed", "Feed used"),
                            ("residue", "Residue"),
                            ("used", "Used on site"),
                            ("disposed", "Disposed on site"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "made_by_loads",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Residue that leaves as it is made: a dispatched load with this operation makes the production record of its day. Nobody enters production with it.",
                        verbose_name="made by the loads that leave",
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
            ],
            options={
                "verbose_name": "historical operation",
                "verbose_name_plural": "historical operations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSite",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "timezone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        validators=[sites.models.operating_settings.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "day_starts_at",
                    models.TimeField(
                        default=datetime.time(0, 0),
                        help_text="A night shift that ends before this belongs to the day it began.",
                        verbose_name="day starts at",
                    ),
                ),
                (
                    "cut_off",
                    models.TimeField(
                        db_default=datetime.time(20, 0),
                        default=datetime.time(20, 0),
                        help_text="A day that is submitted later is late; its clerks are reminded then.",
                        verbose_name="day submitted by",
                    ),
                ),
                (
                    "cut_off_next_day",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="A time before the day starts is always the next morning's.",
                        verbose_name="that time is on the next day",
                    ),
                ),
                (
                    "working_weekdays",
                    sites.models.operating_settings.WeekdaysField(
                        db_default="123456", default="123456", verbose_name="working days"
                    ),
                ),
                (
                    "working_hours",
                    models.DecimalField(
                        db_default=Decimal(8),
                        decimal_places=2,
                        default=Decimal(8),
                        help_text="What a machine that is logged for the whole day could have run.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.01"), "A working day has more than 0 and at most 24 hours."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), "A working day has more than 0 and at most 24 hours."
                            ),
                        ],
                        verbose_name="working hours a day",
                    ),
                ),
                (
                    "valid_from",
                    models.DateField(
                        blank=True,
                        help_text="The operating date from which these settings hold. Empty: from the beginning.",
                        null=True,
                        verbose_name="valid from",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        db_index=True,
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z0-9-]{3,20}\\Z",
                                "A site's code has 3 to 20 capitals, digits or hyphens.",
                                code="site_code",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("location", models.CharField(blank=True, max_length=200, verbose_name="location")),
                (
                    "refuses_negative_stock",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise an entry that would make stock negative is warned about and can be saved.",
                        verbose_name="refuse negative stock",
                    ),
                ),
                (
                    "count_tolerance_percent",
                    models.DecimalField(
                        db_default=Decimal(5),
                        decimal_places=2,
                        default=Decimal(5),
                        help_text="A stock count that differs from the books by more than this needs a reason.",
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), "A tolerance is between 0 and 100 percent."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(100), "A tolerance is between 0 and 100 percent."
                            ),
                        ],
                        verbose_name="tolerance of stock counts, %",
                    ),
                ),
                (
                    "decimal_mark",
                    models.CharField(
                        blank=True,
                        choices=[(".", "Point: 12.5"), (",", "Comma: 12,5")],
                        db_default=".",
                        default="",
                        help_text="How people of the site write numbers. Left empty, as is usual in its time zone.",
                        max_length=1,
                        verbose_name="decimal mark",
                    ),
                ),
                (
                    "received_as",
                    models.CharField(
                        choices=[
                            ("both", "Daily lines and loads"),
                            ("lines", "Daily lines only"),
                            ("loads", "Loads only"),
                        ],
                        db_default="both",
                        default="both",
                        max_length=10,
                        verbose_name="received material is entered as",
                    ),
                ),
                (
                    "dispatch_as",
                    models.CharField(
                        choices=[
                            ("both", "Daily lines and loads"),
                            ("lines", "Daily lines only"),
                            ("loads", "Loads only"),
                        ],
                        db_default="both",
                        default="both",
                        max_length=10,
                        verbose_name="dispatch is entered as",
                    ),
                ),
                (
                    "refuses_over_gross",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Otherwise a gross above the vehicle's largest is warned about and can be saved.",
                        verbose_name="refuse overweight lorries",
                    ),
                ),
                (
                    "issues_notes",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Each dispatched load gets its delivery note once it is complete. Otherwise on demand.",
                        verbose_name="number delivery notes at once",
                    ),
                ),
                (
                    "entry_days_back",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        db_default=7,
                        default=7,
                        help_text="Older entries need a confirmation. Leave empty to allow any date.",
                        null=True,
                        validators=[
                            django.core.validators.MaxValueValidator(
                                366, "Enter a number of days between 0 and 366."
                            )
                        ],
                        verbose_name="days back that an entry may be",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
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
                "verbose_name": "historical site",
                "verbose_name_plural": "historical sites",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalUser",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "email",
                    models.EmailField(
                        db_index=True,
                        error_messages={"unique": "A person with this e-mail address exists already."},
                        max_length=254,
                        verbose_name="e-mail address",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Clear this instead of deleting a person.",
                        verbose_name="may sign in",
                    ),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="All sites, this administration, and invitations.",
                        verbose_name="admin",
                    ),
                ),
                (
                    "joined_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="joined"
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
                        default="system",
                        max_length=10,
                        verbose_name="appearance",
                    ),
                ),
                (
                    "wants_reminders",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="An e-mail when a day of one of your sites was not submitted in time.",
                        verbose_name="reminders by e-mail",
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
            ],
            options={
                "verbose_name": "historical person",
                "verbose_name_plural": "historical people",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Material",
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
                    "category",
                    models.CharField(
                        choices=[
                            ("aggregates", "Aggregates"),
                            ("processed_base", "Processed base"),
                            ("fine", "Fine"),
                            ("specialty", "Specialty"),
                            ("raw_feed", "Raw feed"),
                            ("residue", "Residue"),
                        ],
                        max_length=20,
                        verbose_name="category",
                    ),
                ),
                (
                    "uom",
                    models.CharField(
                        choices=[("ton", "Ton"), ("load", "Load")],
                        default="ton",
                        max_length=10,
                        verbose_name="unit of measure",
                    ),
                ),
                ("is_final", models.BooleanField(default=False, verbose_name="product that can be sold")),
                (
                    "tons_per_load",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="Loads are turned into tons by this. A change of it rewrites nothing entered before.",
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.001"))],
                        verbose_name="tons per load",
                    ),
                ),
                (
                    "waste_code",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Where it is waste: its code, which loads of it that leave take over.",
                        max_length=20,
                        verbose_name="waste code",
                    ),
                ),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="notes")),
            ],
            options={
                "verbose_name": "material",
                "verbose_name_plural": "materials",
                "ordering": ("position", "code"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tons_per_load__isnull", True), ("tons_per_load__gt", 0), _connector="OR"
                        ),
                        name="sites_material_tons_per_load_positive",
                        violation_error_message="Tons per load must be more than 0, or left empty.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Operation",
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
                    "stock_effect",
                    models.CharField(
                        choices=[
                            ("adds", "Adds to stock"),
                            ("removes", "Removes from stock"),
                            ("none", "Leaves stock alone"),
                        ],
                        max_length=10,
                        verbose_name="effect on stock",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("product", "Product"),
                            ("feed", "Feed used"),
                            ("residue", "Residue"),
                            ("used", "Used on site"),
                            ("disposed", "Disposed on site"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "made_by_loads",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Residue that leaves as it is made: a dispatched load with this operation makes the production record of its day. Nobody enters production with it.",
                        verbose_name="made by the loads that leave",
                    ),
                ),
            ],
            options={
                "verbose_name": "operation",
                "verbose_name_plural": "operations",
                "ordering": ("position", "code"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purpose__in", ("used", "disposed")), _negated=True),
                            ("stock_effect", "removes"),
                            _connector="OR",
                        ),
                        name="sites_operation_on_site_removes",
                        violation_error_message="What is used or disposed of on site is removed from stock.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("made_by_loads", False),
                            models.Q(("purpose", "residue"), ("stock_effect", "adds")),
                            _connector="OR",
                        ),
                        name="sites_operation_made_by_loads_is_residue",
                        violation_error_message="What loads make is residue and adds to stock, which they remove.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "timezone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        validators=[sites.models.operating_settings.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "day_starts_at",
                    models.TimeField(
                        default=datetime.time(0, 0),
                        help_text="A night shift that ends before this belongs to the day it began.",
                        verbose_name="day starts at",
                    ),
                ),
                (
                    "cut_off",
                    models.TimeField(
                        db_default=datetime.time(20, 0),
                        default=datetime.time(20, 0),
                        help_text="A day that is submitted later is late; its clerks are reminded then.",
                        verbose_name="day submitted by",
                    ),
                ),
                (
                    "cut_off_next_day",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="A time before the day starts is always the next morning's.",
                        verbose_name="that time is on the next day",
                    ),
                ),
                (
                    "working_weekdays",
                    sites.models.operating_settings.WeekdaysField(
                        db_default="123456", default="123456", verbose_name="working days"
                    ),
                ),
                (
                    "working_hours",
                    models.DecimalField(
                        db_default=Decimal(8),
                        decimal_places=2,
                        default=Decimal(8),
                        help_text="What a machine that is logged for the whole day could have run.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.01"), "A working day has more than 0 and at most 24 hours."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), "A working day has more than 0 and at most 24 hours."
                            ),
                        ],
                        verbose_name="working hours a day",
                    ),
                ),
                (
                    "valid_from",
                    models.DateField(
                        blank=True,
                        help_text="The operating date from which these settings hold. Empty: from the beginning.",
                        null=True,
                        verbose_name="valid from",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=20,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z0-9-]{3,20}\\Z",
                                "A site's code has 3 to 20 capitals, digits or hyphens.",
                                code="site_code",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("location", models.CharField(blank=True, max_length=200, verbose_name="location")),
                (
                    "refuses_negative_stock",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise an entry that would make stock negative is warned about and can be saved.",
                        verbose_name="refuse negative stock",
                    ),
                ),
                (
                    "count_tolerance_percent",
                    models.DecimalField(
                        db_default=Decimal(5),
                        decimal_places=2,
                        default=Decimal(5),
                        help_text="A stock count that differs from the books by more than this needs a reason.",
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal(0), "A tolerance is between 0 and 100 percent."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(100), "A tolerance is between 0 and 100 percent."
                            ),
                        ],
                        verbose_name="tolerance of stock counts, %",
                    ),
                ),
                (
                    "decimal_mark",
                    models.CharField(
                        blank=True,
                        choices=[(".", "Point: 12.5"), (",", "Comma: 12,5")],
                        db_default=".",
                        default="",
                        help_text="How people of the site write numbers. Left empty, as is usual in its time zone.",
                        max_length=1,
                        verbose_name="decimal mark",
                    ),
                ),
                (
                    "received_as",
                    models.CharField(
                        choices=[
                            ("both", "Daily lines and loads"),
                            ("lines", "Daily lines only"),
                            ("loads", "Loads only"),
                        ],
                        db_default="both",
                        default="both",
                        max_length=10,
                        verbose_name="received material is entered as",
                    ),
                ),
                (
                    "dispatch_as",
                    models.CharField(
                        choices=[
                            ("both", "Daily lines and loads"),
                            ("lines", "Daily lines only"),
                            ("loads", "Loads only"),
                        ],
                        db_default="both",
                        default="both",
                        max_length=10,
                        verbose_name="dispatch is entered as",
                    ),
                ),
                (
                    "refuses_over_gross",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Otherwise a gross above the vehicle's largest is warned about and can be saved.",
                        verbose_name="refuse overweight lorries",
                    ),
                ),
                (
                    "issues_notes",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Each dispatched load gets its delivery note once it is complete. Otherwise on demand.",
                        verbose_name="number delivery notes at once",
                    ),
                ),
                (
                    "entry_days_back",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        db_default=7,
                        default=7,
                        help_text="Older entries need a confirmation. Leave empty to allow any date.",
                        null=True,
                        validators=[
                            django.core.validators.MaxValueValidator(
                                366, "Enter a number of days between 0 and 366."
                            )
                        ],
                        verbose_name="days back that an entry may be",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "change_number",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="Goes up by one with every change of a record; the cursor of incremental readers.",
                    ),
                ),
            ],
            options={
                "verbose_name": "site",
                "verbose_name_plural": "sites",
                "ordering": ("name", "code"),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "working_weekdays__in",
                                (
                                    "1",
                                    "2",
                                    "3",
                                    "4",
                                    "5",
                                    "6",
                                    "7",
                                    "12",
                                    "13",
                                    "14",
                                    "15",
                                    "16",
                                    "17",
                                    "23",
                                    "24",
                                    "25",
                                    "26",
                                    "27",
                                    "34",
                                    "35",
                                    "36",
                                    "37",
                                    "45",
                                    "46",
                                    "47",
                                    "56",
                                    "57",
                                    "67",
                                    "123",
                                    "124",
                                    "125",
                                    "126",
                                    "127",
                                    "134",
                                    "135",
                                    "136",
                                    "137",
                                    "145",
                                    "146",
                                    "147",
                                    "156",
                                    "157",
                                    "167",
                                    "234",
                                    "235",
                                    "236",
                                    "237",
                                    "245",
                                    "246",
                                    "247",
                                    "256",
                                    "257",
                                    "267",
                                    "345",
                                    "346",
                                    "347",
                                    "356",
                                    "357",
                                    "367",
                                    "456",
                                    "457",
                                    "467",
                                    "567",
                                    "1234",
                                    "1235",
                                    "1236",
                                    "1237",
                                    "1245",
                                    "1246",
                                    "1247",
                                    "1256",
                                    "1257",
                                    "1267",
                                    "1345",
                                    "1346",
                                    "1347",
                                    "1356",
                                    "1357",
                                    "1367",
                                    "1456",
                                    "1457",
                                    "1467",
                                    "1567",
                                    "2345",
                                    "2346",
                                    "2347",
                                    "2356",
                                    "2357",
                                    "2367",
                                    "2456",
                                    "2457",
                                    "2467",
                                    "2567",
                                    "3456",
                                    "3457",
                                    "3467",
                                    "3567",
                                    "4567",
                                    "12345",
                                    "12346",
                                    "12347",
                                    "12356",
                                    "12357",
                                    "12367",
                                    "12456",
                                    "12457",
                                    "12467",
                                    "12567",
                                    "13456",
                                    "13457",
                                    "13467",
                                    "13567",
                                    "14567",
                                    "23456",
                                    "23457",
                                    "23467",
                                    "23567",
                                    "24567",
                                    "34567",
                                    "123456",
                                    "123457",
                                    "123467",
                                    "123567",
                                    "124567",
                                    "134567",
                                    "234567",
                                    "1234567",
                                ),
                            )
                        ),
                        name="sites_site_working_weekdays",
                        violation_error_message="A site works on at least one day of the week.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("working_hours__gt", 0), ("working_hours__lte", 24)),
                        name="sites_site_working_hours",
                        violation_error_message="A working day has more than 0 and at most 24 hours.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("code"),
                                    models.Value("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"),
                                    function="RTRIM",
                                ),
                                models.Value(""),
                            ),
                            django.db.models.lookups.GreaterThanOrEqual(
                                django.db.models.functions.text.Length("code"), models.Value(3)
                            ),
                            django.db.models.lookups.LessThanOrEqual(
                                django.db.models.functions.text.Length("code"), models.Value(20)
                            ),
                        ),
                        name="sites_site_code_form",
                        violation_error_message="A site's code has 3 to 20 capitals, digits or hyphens.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("count_tolerance_percent__gte", 0), ("count_tolerance_percent__lte", 100)
                        ),
                        name="sites_site_count_tolerance",
                        violation_error_message="A tolerance is between 0 and 100 percent.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("entry_days_back__isnull", True),
                            models.Q(("entry_days_back__gte", 0), ("entry_days_back__lte", 366)),
                            _connector="OR",
                        ),
                        name="sites_site_entry_days_back",
                        violation_error_message="Enter a number of days between 0 and 366.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decimal_mark__in", (".", ","))),
                        name="sites_site_decimal_mark",
                        violation_error_message="The decimal mark is a point or a comma.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalMembership",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("viewer", "Viewer"), ("operator", "Operator"), ("manager", "Manager")],
                        default="viewer",
                        max_length=10,
                        verbose_name="role",
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
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
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
                "verbose_name": "historical membership",
                "verbose_name_plural": "historical memberships",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalHoliday",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                ("date", models.DateField(verbose_name="date")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
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
                "verbose_name": "historical holiday",
                "verbose_name_plural": "historical holidays",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalEarlierSettings",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "timezone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        validators=[sites.models.operating_settings.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "day_starts_at",
                    models.TimeField(
                        default=datetime.time(0, 0),
                        help_text="A night shift that ends before this belongs to the day it began.",
                        verbose_name="day starts at",
                    ),
                ),
                (
                    "cut_off",
                    models.TimeField(
                        db_default=datetime.time(20, 0),
                        default=datetime.time(20, 0),
                        help_text="A day that is submitted later is late; its clerks are reminded then.",
                        verbose_name="day submitted by",
                    ),
                ),
                (
                    "cut_off_next_day",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="A time before the day starts is always the next morning's.",
                        verbose_name="that time is on the next day",
                    ),
                ),
                (
                    "working_weekdays",
                    sites.models.operating_settings.WeekdaysField(
                        db_default="123456", default="123456", verbose_name="working days"
                    ),
                ),
                (
                    "working_hours",
                    models.DecimalField(
                        db_default=Decimal(8),
                        decimal_places=2,
                        default=Decimal(8),
                        help_text="What a machine that is logged for the whole day could have run.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.01"), "A working day has more than 0 and at most 24 hours."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), "A working day has more than 0 and at most 24 hours."
                            ),
                        ],
                        verbose_name="working hours a day",
                    ),
                ),
                (
                    "valid_from",
                    models.DateField(
                        blank=True,
                        help_text="The operating date from which these settings hold. Empty: from the beginning.",
                        null=True,
                        verbose_name="valid from",
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
                "verbose_name": "historical earlier settings",
                "verbose_name_plural": "historical earlier settings",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name="user",
            name="last_site",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="sites.site",
            ),
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed_in", "signed in"),
                            ("sign_in_failed", "sign-in failed"),
                            ("locked_out", "locked out after too many tries"),
                            ("code_used", "recovery code used"),
                            ("codes_made", "recovery codes made"),
                            ("factor_added", "second factor added"),
                            ("factor_removed", "second factor removed"),
                            ("password_changed", "password changed"),
                            ("link_sent", "link to set a password sent"),
                            ("address_changed", "e-mail address changed"),
                            ("sessions_ended", "sessions ended"),
                            ("invited", "invited"),
                            ("withdrawn", "invitation withdrawn"),
                            ("watched_place", "watched place changed"),
                            ("webhook", "webhook changed"),
                            ("telematics_feed", "telematics feed changed"),
                            ("token_made", "API token made"),
                            ("token_revoked", "API token revoked"),
                            ("role_changed", "role changed"),
                            ("access_changed", "may sign in changed"),
                            ("exported", "export requested"),
                            ("devices_reset", "devices reset"),
                            ("data_exported", "own data exported"),
                            ("anonymised", "anonymised"),
                            ("impersonation", "tried to act as somebody else"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=200, verbose_name="detail")),
                (
                    "address_hash",
                    models.CharField(
                        blank=True,
                        help_text="A keyed hash: equal for the same address, which cannot be read from it.",
                        max_length=32,
                        verbose_name="network address",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="security_events",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "security event",
                "verbose_name_plural": "security events",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["at"], name="sites_security_event_at")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("viewer", "Viewer"), ("operator", "Operator"), ("manager", "Manager")],
                        default="viewer",
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "ordering": ("site", "user"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "site"),
                        name="sites_membership_unique",
                        violation_error_message="This person is a member of this site already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["viewer", "operator", "manager"])),
                        name="sites_membership_role_known",
                        violation_error_message="A role is viewer, operator or manager.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[("viewer", "Viewer"), ("operator", "Operator"), ("manager", "Manager")],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "as_admin",
                    models.BooleanField(
                        default=False,
                        help_text="Every site, this administration, and who may come in.",
                        verbose_name="as an admin",
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="invited"
                    ),
                ),
                ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="sent")),
                ("expires_at", models.DateTimeField(editable=False, verbose_name="open until")),
                ("accepted_at", models.DateTimeField(editable=False, null=True, verbose_name="accepted")),
                ("revoked_at", models.DateTimeField(editable=False, null=True, verbose_name="withdrawn")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="withdrawn by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ("-created_at", "-pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("as_admin", True), ("role", ""), ("site", None)),
                            models.Q(
                                ("as_admin", False),
                                ("role__in", ["viewer", "operator", "manager"]),
                                ("site__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="sites_invitation_site_with_role_or_admin",
                        violation_error_message="Invite to a site with a role, or as an admin with neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(("accepted_at__isnull", False), ("accepted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="sites_invitation_accepted_at_by",
                        violation_error_message="What was accepted was accepted by somebody.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at", None), ("revoked_by", None)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="sites_invitation_revoked_at_by",
                        violation_error_message="A withdrawn invitation was withdrawn by somebody.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None), _connector="OR"),
                        name="sites_invitation_accepted_or_revoked",
                        violation_error_message="An accepted invitation cannot be withdrawn.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("as_admin", False), ("revoked_at", None)),
                        fields=("email", "site"),
                        name="sites_invitation_open_once_per_site",
                        violation_error_message="This address is invited to this site already. Send it again instead.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("as_admin", True), ("revoked_at", None)),
                        fields=("email",),
                        name="sites_invitation_open_once_as_admin",
                        violation_error_message="This address is invited as an admin already. Send it again instead.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holidays",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday",
                "verbose_name_plural": "holidays",
                "ordering": ("date", "site"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "date"),
                        name="sites_holiday_unique",
                        violation_error_message="This date is a holiday of this site already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="sites_holiday_named",
                        violation_error_message="A holiday has a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EarlierSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "timezone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        validators=[sites.models.operating_settings.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "day_starts_at",
                    models.TimeField(
                        default=datetime.time(0, 0),
                        help_text="A night shift that ends before this belongs to the day it began.",
                        verbose_name="day starts at",
                    ),
                ),
                (
                    "cut_off",
                    models.TimeField(
                        db_default=datetime.time(20, 0),
                        default=datetime.time(20, 0),
                        help_text="A day that is submitted later is late; its clerks are reminded then.",
                        verbose_name="day submitted by",
                    ),
                ),
                (
                    "cut_off_next_day",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="A time before the day starts is always the next morning's.",
                        verbose_name="that time is on the next day",
                    ),
                ),
                (
                    "working_weekdays",
                    sites.models.operating_settings.WeekdaysField(
                        db_default="123456", default="123456", verbose_name="working days"
                    ),
                ),
                (
                    "working_hours",
                    models.DecimalField(
                        db_default=Decimal(8),
                        decimal_places=2,
                        default=Decimal(8),
                        help_text="What a machine that is logged for the whole day could have run.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(
                                Decimal("0.01"), "A working day has more than 0 and at most 24 hours."
                            ),
                            django.core.validators.MaxValueValidator(
                                Decimal(24), "A working day has more than 0 and at most 24 hours."
                            ),
                        ],
                        verbose_name="working hours a day",
                    ),
                ),
                (
                    "valid_from",
                    models.DateField(
                        blank=True,
                        help_text="The operating date from which these settings hold. Empty: from the beginning.",
                        null=True,
                        verbose_name="valid from",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="earlier_settings",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "earlier settings",
                "verbose_name_plural": "earlier settings",
                "ordering": ("site", models.OrderBy(models.F("valid_from"), nulls_first=True)),
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "working_weekdays__in",
                                (
                                    "1",
                                    "2",
                                    "3",
                                    "4",
                                    "5",
                                    "6",
                                    "7",
                                    "12",
                                    "13",
                                    "14",
                                    "15",
                                    "16",
                                    "17",
                                    "23",
                                    "24",
                                    "25",
                                    "26",
                                    "27",
                                    "34",
                                    "35",
                                    "36",
                                    "37",
                                    "45",
                                    "46",
                                    "47",
                                    "56",
                                    "57",
                                    "67",
                                    "123",
                                    "124",
                                    "125",
                                    "126",
                                    "127",
                                    "134",
                                    "135",
                                    "136",
                                    "137",
                                    "145",
                                    "146",
                                    "147",
                                    "156",
                                    "157",
                                    "167",
                                    "234",
                                    "235",
                                    "236",
                                    "237",
                                    "245",
                                    "246",
                                    "247",
                                    "256",
                                    "257",
                                    "267",
                                    "345",
                                    "346",
                                    "347",
                                    "356",
                                    "357",
                                    "367",
                                    "456",
                                    "457",
                                    "467",
                                    "567",
                                    "1234",
                                    "1235",
                                    "1236",
                                    "1237",
                                    "1245",
                                    "1246",
                                    "1247",
                                    "1256",
                                    "1257",
                                    "1267",
                                    "1345",
                                    "1346",
                                    "1347",
                                    "1356",
                                    "1357",
                                    "1367",
                                    "1456",
                                    "1457",
                                    "1467",
                                    "1567",
                                    "2345",
                                    "2346",
                                    "2347",
                                    "2356",
                                    "2357",
                                    "2367",
                                    "2456",
                                    "2457",
                                    "2467",
                                    "2567",
                                    "3456",
                                    "3457",
                                    "3467",
                                    "3567",
                                    "4567",
                                    "12345",
                                    "12346",
                                    "12347",
                                    "12356",
                                    "12357",
                                    "12367",
                                    "12456",
                                    "12457",
                                    "12467",
                                    "12567",
                                    "13456",
                                    "13457",
                                    "13467",
                                    "13567",
                                    "14567",
                                    "23456",
                                    "23457",
                                    "23467",
                                    "23567",
                                    "24567",
                                    "34567",
                                    "123456",
                                    "123457",
                                    "123467",
                                    "123567",
                                    "124567",
                                    "134567",
                                    "234567",
                                    "1234567",
                                ),
                            )
                        ),
                        name="sites_earliersettings_working_weekdays",
                        violation_error_message="A site works on at least one day of the week.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("working_hours__gt", 0), ("working_hours__lte", 24)),
                        name="sites_earliersettings_working_hours",
                        violation_error_message="A working day has more than 0 and at most 24 hours.",
                    ),
                    models.UniqueConstraint(
                        fields=("site", "valid_from"),
                        name="sites_earliersettings_unique",
                        violation_error_message="Other settings hold from this date already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_from__isnull", True)),
                        fields=("site",),
                        name="sites_earliersettings_first_unique",
                        violation_error_message="Other settings hold from the beginning already.",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                name="sites_user_email_lower_case",
                violation_error_message="An e-mail address is kept in lower case.",
            ),
        ),
    ]
