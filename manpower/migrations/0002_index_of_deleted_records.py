from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted is looked up by site and date; the history's own indexes are by record."""

    dependencies = [("manpower", "0001_roles_and_manpower_logs")]

    operations = [
        migrations.AddIndex(
            "historicalmanpowerlog",
            models.Index(
                fields=["site", "date"], condition=models.Q(history_type="-"), name="manpower_deleted"
            ),
        ),
    ]
