"""Secrets of second factors are stored encrypted, with keys that are not in the database.

The first key of MFA_ENCRYPTION_KEYS encrypts and all of them decrypt, and so do SECRET_KEY and its fallbacks:
without MFA_ENCRYPTION_KEYS the secret key encrypts, and a key that is set later takes over by itself.
"""

import base64
import hashlib
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils import timezone

# What this module encrypted begins so; a secret that earlier releases stored as it is does not.
PREFIX = "encrypted:"
# What an authenticator's data holds of secrets: those of an app, and what recovery codes are computed from.
SECRETS = ("secret", "seed")


def _ciphers() -> list[Fernet]:
    texts = [*settings.MFA_ENCRYPTION_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [hashlib.sha256(b"deskops second factors\n" + text.encode()).digest() for text in texts]
    return [Fernet(base64.urlsafe_b64encode(key)) for key in keys]


def encrypt(text: str) -> str:
    return PREFIX + _ciphers()[0].encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Return the secret. Raises InvalidToken where its key is no longer among the settings."""
    if not stored.startswith(PREFIX):
        return stored
    return MultiFernet(_ciphers()).decrypt(stored.removeprefix(PREFIX).encode()).decode()


def encrypt_again(stored: str) -> str:
    """Return a secret encrypted with the first key; as it is where its key is missing."""
    if _is_current(stored):
        return stored
    try:
        return encrypt(decrypt(stored))
    except InvalidToken:
        return stored


def _is_current(stored: str) -> bool:
    """Return whether the first key encrypted this."""
    if not stored.startswith(PREFIX):
        return False
    try:
        _ciphers()[0].decrypt(stored.removeprefix(PREFIX).encode())
    except InvalidToken:
        return False
    return True


@transaction.atomic
def encrypt_factors() -> int:
    """Encrypt the secrets of all factors with the first key, and return how many were not.

    Raises InvalidToken where the key of one is missing.
    """
    return _change_secrets(lambda stored: stored if _is_current(stored) else encrypt(decrypt(stored)))


@transaction.atomic
def decrypt_factors() -> int:
    """Store the secrets of all factors unencrypted, as earlier releases do, and return how many were not.

    Raises InvalidToken where the key of one is missing.
    """
    return _change_secrets(decrypt)


def _change_secrets(change: Callable[[str], str]) -> int:
    """Store what `change` makes of each secret, and return how many factors that changed."""
    changed = 0
    factors = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for factor in factors.select_for_update():
        old = {name: factor.data[name] for name in SECRETS if name in factor.data}
        new = {name: change(stored) for name, stored in old.items()}
        if new != old:
            factor.data |= new
            factor.save(update_fields=["data"])
            changed += 1
    return changed


def encrypt_factors_nightly() -> None:
    """Encrypt what earlier releases or earlier keys left, in the hour of the backup.

    Not at once after an upgrade: a web server of the last release may still run, and could not read them.
    """
    if timezone.now().hour == settings.BACKUP_HOUR:
        encrypt_factors()
