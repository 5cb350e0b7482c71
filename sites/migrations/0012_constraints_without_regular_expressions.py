"""Constraints that SQLite can check without Django."""

from itertools import combinations

from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

WEEKDAYS = tuple("".join(days) for count in range(1, 8) for days in combinations("1234567", count))


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0011_invitations_are_withdrawn"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="earliersettings",
            name="sites_earliersettings_working_weekdays",
        ),
        migrations.RemoveConstraint(
            model_name="site",
            name="sites_site_code_form",
        ),
        migrations.RemoveConstraint(
            model_name="site",
            name="sites_site_working_weekdays",
        ),
        migrations.AddConstraint(
            model_name="earliersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(working_weekdays__in=WEEKDAYS),
                name="sites_earliersettings_working_weekdays",
                violation_error_message="A site works on at least one day of the week.",
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(working_weekdays__in=WEEKDAYS),
                name="sites_site_working_weekdays",
                violation_error_message="A site works on at least one day of the week.",
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    Exact(
                        models.Func(
                            models.F("code"),
                            models.Value("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"),
                            function="RTRIM",
                        ),
                        models.Value(""),
                    ),
                    GreaterThanOrEqual(Length("code"), models.Value(3)),
                    LessThanOrEqual(Length("code"), models.Value(20)),
                ),
                name="sites_site_code_form",
                violation_error_message="A site's code has 3 to 20 capitals, digits or hyphens.",
            ),
        ),
    ]
