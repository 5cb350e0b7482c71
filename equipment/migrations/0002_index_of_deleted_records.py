from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("equipment", "0001_machines_and_their_logs")]

    operations = [
        migrations.AddIndex(
            "historicalequipmentlog",
            models.Index(
                fields=["site", "date"], condition=models.Q(history_type="-"), name="equipment_deleted"
            ),
        ),
    ]
