from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("dispatch", "0001_dispatch_records")]

    operations = [
        migrations.AddIndex(
            "historicaldispatch",
            models.Index(
                fields=["site", "date"], condition=models.Q(history_type="-"), name="dispatch_deleted"
            ),
        ),
    ]
