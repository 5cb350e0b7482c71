from django.db import migrations, models


class Migration(migrations.Migration):
    """Who follows a site's changes asks for its deletions in the order of their change numbers."""

    dependencies = [("dispatch", "0002_index_of_deleted_records")]

    operations = [
        migrations.AddIndex(
            "historicaldispatch",
            models.Index(
                fields=["site", "change_number"],
                condition=models.Q(history_type="-"),
                name="dispatch_deletions",
            ),
        ),
    ]
