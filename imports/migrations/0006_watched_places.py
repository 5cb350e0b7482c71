"""Watched places, from which files are imported without being uploaded."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0005_mappings_of_known_headings"),
        ("sites", "0011_invitations_are_withdrawn"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WatchedPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("folder", "Folder"),
                            ("bucket", "S3 bucket"),
                            ("mailbox", "Mailbox (IMAP)"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        blank=True,
                        help_text="The folder below WATCH_DIR, the prefix in the bucket, or the mailbox's folder (INBOX).",
                        max_length=200,
                        verbose_name="path",
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=200, verbose_name="IMAP server")),
                ("port", models.PositiveIntegerField(default=993, verbose_name="port")),
                ("uses_tls", models.BooleanField(default=True, verbose_name="TLS")),
                ("username", models.CharField(blank=True, max_length=200, verbose_name="user name")),
                (
                    "secret",
                    models.SlugField(
                        blank=True,
                        help_text="NAME: the password is in the environment, in WATCH_PASSWORD_NAME.",
                        verbose_name="password",
                    ),
                ),
                (
                    "senders",
                    models.TextField(
                        blank=True,
                        help_text="Addresses, or domains such as @weighbridge.example, whose attachments are imported.",
                        verbose_name="senders",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "looked_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last looked at"
                    ),
                ),
                ("error", models.TextField(blank=True, editable=False, verbose_name="error")),
                ("seen", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        help_text="Files are imported with this user's rights.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="imported by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "watched place",
                "verbose_name_plural": "watched places",
                "ordering": ("name",),
            },
        ),
        migrations.AddField(
            model_name="upload",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="uploads",
                to="imports.watchedplace",
            ),
        ),
        migrations.CreateModel(
            name="WatchedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("name", models.CharField(max_length=255, verbose_name="file")),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="taken")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "notified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="managers notified"),
                ),
                (
                    "upload",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="watched_file",
                        to="imports.upload",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="imports.watchedplace",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a watched place",
                "verbose_name_plural": "files of watched places",
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(fields=("place", "sha256"), name="imports_watched_file_once")
                ],
            },
        ),
    ]
