"""Corrections of all rows with the same problem."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0003_uploads_are_jobs")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="rules",
            field=models.JSONField(
                blank=True, db_default=models.Value([], models.JSONField()), default=list, editable=False
            ),
        ),
    ]
