"""Where the files are: a storage of Django's, under names that nobody guesses and no address leads to."""

import secrets
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from django.core.files import File
from django.core.files.storage import Storage, storages

BLOCK = 256 * 1024


@runtime_checkable
class ReadsParts(Protocol):
    """A storage that fetches a part of a file without the rest of it."""

    def blocks_of(self, name: str, first: int, last: int) -> Iterator[bytes]: ...


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


def stored_blocks(name: str, first: int, last: int) -> Iterator[bytes]:
    """Return the bytes of a file from the first to the last, block by block.

    Raises FileNotFoundError at once, not with the first block.
    """
    storage = export_files()
    if isinstance(storage, ReadsParts):
        return storage.blocks_of(name, first, last)
    return _read(storage.open(name), first, last - first + 1)


def _read(file: "File[bytes]", first: int, length: int) -> Iterator[bytes]:
    """Yield bytes of a file, and close it at their end or at that of the connection."""
    with file:
        file.seek(first)
        while length > 0 and (block := file.read(min(BLOCK, length))):
            length -= len(block)
            yield block
