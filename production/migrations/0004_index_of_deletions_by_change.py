from django.db import migrations


class Migration(migrations.Migration):
    """Who follows a site's changes asks for its deletions in the order of their change numbers."""

    dependencies = [("production", "0003_targets")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX production_deletions ON production_historicalproduction (site_id, change_number) WHERE history_type = '-'",
            "DROP INDEX production_deletions",
        ),
    ]
