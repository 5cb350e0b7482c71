"""Files that only the portal reads: in a storage of the settings, under random names, without a URL."""

import secrets
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from django.core.files import File
from django.core.files.storage import Storage, storages

BLOCK_SIZE = 256 * 1024


@runtime_checkable
class ReadsBlocks(Protocol):
    """A storage that fetches a part of a file without the rest."""

    def blocks_of(self, name: str, first: int, last: int) -> Iterator[bytes]: ...


class PrivateFiles:
    """The files in one storage."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    @property
    def storage(self) -> Storage:
        return storages[self._alias]

    def save(self, name: str, file: "File[bytes]") -> str:
        """Store a file; return the name under which it is stored."""
        return self.storage.save(name, file)

    def delete(self, name: str) -> None:
        """Delete a file where there is one; nothing for an empty name."""
        if name:
            self.storage.delete(name)

    def blocks(self, name: str, first: int, last: int) -> Iterator[bytes]:
        """Return the bytes of a file from the first to the last, block by block.

        Raises FileNotFoundError at once, not with the first block.
        """
        storage = self.storage
        if isinstance(storage, ReadsBlocks):
            return storage.blocks_of(name, first, last)
        return _read(storage.open(name), first, last - first + 1)


def random_name(extension: str) -> str:
    """Return a name that nobody can guess."""
    return f"{secrets.token_hex(32)}.{extension}"


def _read(file: "File[bytes]", first: int, length: int) -> Iterator[bytes]:
    """Yield bytes of a file; close it in the end, also when the connection is closed."""
    with file:
        file.seek(first)
        while length > 0 and (block := file.read(min(BLOCK_SIZE, length))):
            length -= len(block)
            yield block
