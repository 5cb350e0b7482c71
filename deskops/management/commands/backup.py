"""`manage.py backup FILE`: the database and the stored files in one file, while people go on working."""

import argparse
from pathlib import Path
from typing import override

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from core.backup.encryption import BackupError
from deskops.backups import back_up, key_from


class Command(BaseCommand):
    help = "Write the database and the stored files into one new file, while people go on working."

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file to create")
        parser.add_argument(
            "--key-file",
            default=settings.BACKUP_KEY_FILE,
            help="encrypt with the key in this file (default: BACKUP_KEY_FILE)",
        )

    @override
    def handle(self, *, file: Path, key_file: str, **options: object) -> None:
        try:
            manifest = back_up(file, key=key_from(key_file))
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{file}: {manifest.rows:,} rows of {len(manifest.tables)} tables and {len(manifest.files):,}"
            f" files, {filesizeformat(file.stat().st_size)}, {'' if key_file else 'not '}encrypted."
        )
