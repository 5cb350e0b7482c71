import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deskops", "0001_backup_runs")]

    operations = [
        migrations.CreateModel(
            name="Machine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("files_at", models.CharField(max_length=500, verbose_name="files")),
                (
                    "seen_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="last seen"),
                ),
            ],
            options={
                "verbose_name": "machine",
                "verbose_name_plural": "machines",
                "constraints": [
                    models.UniqueConstraint(fields=("name", "files_at"), name="deskops_machine_unique")
                ],
            },
        ),
    ]
