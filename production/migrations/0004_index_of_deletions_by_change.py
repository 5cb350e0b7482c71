from django.db import migrations, models


class Migration(migrations.Migration):
    """Who follows a site's changes asks for its deletions in the order of their change numbers."""

    dependencies = [("production", "0003_targets")]

    operations = [
        migrations.AddIndex(
            "historicalproduction",
            models.Index(
                fields=["site", "change_number"],
                condition=models.Q(history_type="-"),
                name="production_deletions",
            ),
        ),
    ]
