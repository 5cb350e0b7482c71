"""`manage.py restore FILE`: a backup into an empty place, with the proof that all of it is there."""

import argparse
from pathlib import Path
from typing import override

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from core.backup.archive import Manifest, check
from core.backup.encryption import BackupError
from core.backup.restore import restore_backup
from deskops.backups import key_from, stored_files


class Command(BaseCommand):
    help = "Restore a backup into an empty database and empty storages, and check every table and file."

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument(
            "--key-file",
            default=settings.BACKUP_KEY_FILE,
            help="decrypt with the key in this file (default: BACKUP_KEY_FILE)",
        )
        parser.add_argument(
            "--only-check", action="store_true", help="read the backup and say what it holds; write nothing"
        )

    @override
    def handle(self, *, file: Path, key_file: str, only_check: bool, **options: object) -> None:
        try:
            key = key_from(key_file)
            if only_check:
                self.stdout.write(f"The backup is whole: {_summary(check(file, key=key))}")
                return
            manifest = restore_backup(
                file, version=settings.VERSION, storages=stored_files(), key=key, progress=self.stdout.write
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        call_command("createcachetable", verbosity=0)
        self.stdout.write("Comparing the stock ledger with the records ...")
        # Ends with 1 and the differences where there are any.
        call_command("verify_inventory", stdout=self.stdout)
        self.stdout.write(f"Restored: {_summary(manifest)} Everybody signs in again.")


def _summary(manifest: Manifest) -> str:
    return (
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables and {len(manifest.files):,} files"
        f" of version {manifest.version}, made at {manifest.made_at}."
    )
