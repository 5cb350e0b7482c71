from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0001_uploads_and_mappings"),
    ]

    operations = [
        migrations.AddField(
            model_name="problem",
            name="is_warning",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="problem",
            name="whole",
            field=models.TextField(blank=True, db_default=""),
        ),
    ]
