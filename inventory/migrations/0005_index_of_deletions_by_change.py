from django.db import migrations


class Migration(migrations.Migration):
    """Who follows a site's changes asks for its deletions in the order of their change numbers."""

    dependencies = [("inventory", "0004_low_marks")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX inventory_counts_deletions ON inventory_historicalstockcount (site_id, change_number) WHERE history_type = '-'",
            "DROP INDEX inventory_counts_deletions",
        ),
    ]
