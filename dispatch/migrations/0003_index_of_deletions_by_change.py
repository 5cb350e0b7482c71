from django.db import migrations


class Migration(migrations.Migration):
    """Who follows a site's changes asks for its deletions in the order of their change numbers."""

    dependencies = [("dispatch", "0002_index_of_deleted_records")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX dispatch_deletions ON dispatch_historicaldispatch (site_id, change_number) WHERE history_type = '-'",
            "DROP INDEX dispatch_deletions",
        ),
    ]
