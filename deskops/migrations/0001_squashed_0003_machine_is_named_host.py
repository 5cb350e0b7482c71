import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("deskops", "0001_backup_runs"),
        ("deskops", "0002_machines"),
        ("deskops", "0003_machine_is_named_host"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="BackupRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField(null=True, unique=True, verbose_name="due")),
                (
                    "started_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="started"),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("machine", models.CharField(max_length=255, verbose_name="machine")),
                ("path", models.TextField(verbose_name="file")),
                ("size", models.BigIntegerField(default=0, verbose_name="size")),
                ("rows", models.BigIntegerField(default=0, verbose_name="rows")),
            ],
            options={
                "verbose_name": "backup",
                "verbose_name_plural": "backups",
            },
        ),
        migrations.CreateModel(
            name="Host",
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
                "db_table": "deskops_machine",
                "constraints": [
                    models.UniqueConstraint(fields=("name", "files_at"), name="deskops_machine_unique")
                ],
            },
        ),
    ]
