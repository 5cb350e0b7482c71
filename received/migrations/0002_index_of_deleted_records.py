from django.db import migrations


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("received", "0001_received_material")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX received_deleted ON received_historicalreceivedmaterial (site_id, date) WHERE history_type = '-'",
            "DROP INDEX received_deleted",
        ),
    ]
