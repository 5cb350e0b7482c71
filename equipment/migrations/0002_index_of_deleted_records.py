from django.db import migrations


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("equipment", "0001_machines_and_their_logs")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX equipment_deleted ON equipment_historicalequipmentlog (site_id, date) WHERE history_type = '-'",
            "DROP INDEX equipment_deleted",
        ),
    ]
