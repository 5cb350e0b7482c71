from django.db import migrations, models


class Migration(migrations.Migration):
    """Who follows a site's changes asks for its deletions in the order of their change numbers."""

    dependencies = [("inventory", "0004_low_marks")]

    operations = [
        migrations.AddIndex(
            "historicalstockcount",
            models.Index(
                fields=["site", "change_number"],
                condition=models.Q(history_type="-"),
                name="inventory_counts_deletions",
            ),
        ),
    ]
