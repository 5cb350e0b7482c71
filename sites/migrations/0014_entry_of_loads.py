from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0013_security_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalsite",
            name="dispatch_as",
            field=models.CharField(
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
        migrations.AddField(
            model_name="historicalsite",
            name="received_as",
            field=models.CharField(
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
        migrations.AddField(
            model_name="historicalsite",
            name="refuses_over_gross",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Otherwise a gross above the vehicle's largest is warned about and can be saved.",
                verbose_name="refuse overweight lorries",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="dispatch_as",
            field=models.CharField(
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
        migrations.AddField(
            model_name="site",
            name="received_as",
            field=models.CharField(
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
        migrations.AddField(
            model_name="site",
            name="refuses_over_gross",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Otherwise a gross above the vehicle's largest is warned about and can be saved.",
                verbose_name="refuse overweight lorries",
            ),
        ),
    ]
