from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("received", "0001_received_material")]

    operations = [
        migrations.AddIndex(
            "historicalreceivedmaterial",
            models.Index(
                fields=["site", "date"], condition=models.Q(history_type="-"), name="received_deleted"
            ),
        ),
    ]
