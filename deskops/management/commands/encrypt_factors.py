"""`manage.py encrypt_factors`: encrypt the secrets of second factors with the key of now."""

from typing import override

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from sites.accounts.encryption import encrypt_factors


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors with the first of MFA_ENCRYPTION_KEYS (or SECRET_KEY)."

    @override
    def handle(self, **_options: object) -> None:
        try:
            count = encrypt_factors()
        except InvalidToken as error:
            raise CommandError(
                "The key of a second factor is missing. Add it to MFA_ENCRYPTION_KEYS or SECRET_KEY_FALLBACKS"
                " after the one of now."
            ) from error
        self.stdout.write(f"{count} second factors were encrypted again; the others already had this key.")
