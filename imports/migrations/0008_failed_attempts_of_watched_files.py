"""How often a file of a watched place failed with an unexpected error."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0007_large_files_are_read_by_a_worker")]

    operations = [
        migrations.AddField(
            model_name="watchedfile",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="failed attempts"),
        ),
    ]
