"""`manage.py encrypt_factors`: encrypt the secrets of second factors with the key of now, or undo it."""

import argparse
from typing import override

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from sites.accounts.encryption import decrypt_factors, encrypt_factors


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors with the first of MFA_ENCRYPTION_KEYS (or SECRET_KEY)."

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--undo",
            action="store_true",
            help="store them unencrypted, before a rollback to a release that cannot read encrypted ones",
        )

    @override
    def handle(self, *, undo: bool, **_options: object) -> None:
        try:
            count = decrypt_factors() if undo else encrypt_factors()
        except InvalidToken as error:
            raise CommandError(
                "The key of a second factor is missing. Add it to MFA_ENCRYPTION_KEYS or SECRET_KEY_FALLBACKS"
                " after the one of now."
            ) from error
        if undo:
            self.stdout.write(f"{count} second factors were decrypted; the others were not encrypted.")
        else:
            self.stdout.write(
                f"{count} second factors were encrypted again; the others already had this key."
            )
