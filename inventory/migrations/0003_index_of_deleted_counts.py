from django.db import migrations


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("inventory", "0002_index_of_counts_by_day")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX inventory_counts_deleted ON inventory_historicalstockcount (site_id, date) WHERE history_type = '-'",
            "DROP INDEX inventory_counts_deleted",
        ),
    ]
