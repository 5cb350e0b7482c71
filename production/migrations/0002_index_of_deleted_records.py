from django.db import migrations


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("production", "0001_production_records")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX production_deleted ON production_historicalproduction (site_id, date) WHERE history_type = '-'",
            "DROP INDEX production_deleted",
        ),
    ]
