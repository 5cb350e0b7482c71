from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("production", "0001_production_records")]

    operations = [
        migrations.AddIndex(
            "historicalproduction",
            models.Index(
                fields=["site", "date"], condition=models.Q(history_type="-"), name="production_deleted"
            ),
        ),
    ]
