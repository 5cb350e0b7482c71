from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("inventory", "0002_index_of_counts_by_day")]

    operations = [
        migrations.AddIndex(
            "historicalstockcount",
            models.Index(
                fields=["site", "date"], condition=models.Q(history_type="-"), name="inventory_counts_deleted"
            ),
        ),
    ]
