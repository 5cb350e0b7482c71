from django.db import migrations


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("manpower", "0001_roles_and_manpower_logs")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX manpower_deleted ON manpower_historicalmanpowerlog (site_id, date) WHERE history_type = '-'",
            "DROP INDEX manpower_deleted",
        ),
    ]
