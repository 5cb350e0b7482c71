from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0021_events_of_telematics_feeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalsite",
            name="issues_notes",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text=(
                    "Each dispatched load gets its delivery note once it is complete. Otherwise on demand."
                ),
                verbose_name="number delivery notes at once",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="issues_notes",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text=(
                    "Each dispatched load gets its delivery note once it is complete. Otherwise on demand."
                ),
                verbose_name="number delivery notes at once",
            ),
        ),
    ]
