"""Where the files are: a storage of Django's, under names that nobody guesses and no address leads to."""

import secrets

from django.core.files.storage import Storage, storages


def export_files() -> Storage:
    """Return the storage of the exports, as `settings.STORAGES` names it."""
    return storages["exports"]


def new_name(extension: str) -> str:
    """Return a name that was never there before."""
    return f"{secrets.token_hex(32)}.{extension}"


def discard(name: str) -> None:
    """Delete a file, where there is one."""
    if name:
        export_files().delete(name)
