from django.db import migrations


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("dispatch", "0001_dispatch_records")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX dispatch_deleted ON dispatch_historicaldispatch (site_id, date) WHERE history_type = '-'",
            "DROP INDEX dispatch_deleted",
        ),
    ]
