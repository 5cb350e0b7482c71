from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0009_decimal_mark"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(("decimal_mark__in", (".", ","))),
                name="sites_site_decimal_mark",
                violation_error_message="The decimal mark is a point or a comma.",
            ),
        ),
    ]
