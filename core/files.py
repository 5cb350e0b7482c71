"""Files that only the portal reads: in a storage of the settings, under random names, without a URL."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol, runtime_checkable

import structlog
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

logger = structlog.get_logger(__name__)

BLOCK_SIZE = 256 * 1024


class StorageUnavailableError(Exception):
    """The storage does not answer, is full, or refuses; the same may succeed later."""

    @property
    def message(self) -> str:
        """Return the sentence for the person whose file it is."""
        return _(
            "The storage of the portal's files does not answer. Nothing was lost: try again in a few minutes."
            " If this message comes back, contact an admin."
        )


class FileElsewhereError(StorageUnavailableError):
    """The storage of this machine does not have the file."""

    @property
    def message(self) -> str:
        return _(
            "This file is not on this machine: it is on another one of the portal, or was deleted. Try again;"
            " if this message comes back, contact an admin: the machines need a shared storage."
        )


@runtime_checkable
class RemoteStorage(Protocol):
    """A storage on another machine, whose errors are those of this module."""

    # Where its files are, the same on all machines that share them.
    place: str

    def blocks_of(self, name: str, first: int, last: int | None, *, size: int | None) -> Iterator[bytes]:
        """Return the bytes of a file from the first to the last, fetching no others; see `PrivateFiles`."""

    def check(self) -> None:
        """Raise StorageUnavailableError where files cannot be kept."""


class PrivateFiles:
    """The files in one storage. Its methods raise StorageUnavailableError."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    @property
    def storage(self) -> Storage:
        return storages[self._alias]

    def save(self, name: str, file: "File[bytes]") -> str:
        """Store a file; return the name under which it is stored."""
        with storage_errors():
            return self.storage.save(name, file)

    def delete(self, name: str) -> None:
        """Delete a file where there is one; nothing for an empty name."""
        if name:
            with storage_errors():
                self.storage.delete(name)

    def discard(self, name: str) -> None:
        """Delete a file that nobody needs; leave it where the storage does not answer."""
        try:
            self.delete(name)
        except StorageUnavailableError:
            logger.warning("file_not_deleted", storage=self._alias, name=name, exc_info=True)

    def has(self, name: str) -> bool:
        """Return whether the storage of this machine has a file."""
        with storage_errors():
            return self.storage.exists(name)

    def blocks(
        self, name: str, first: int = 0, last: int | None = None, *, size: int | None = None
    ) -> Iterator[bytes]:
        """Return the bytes of a file from the first to the last, block by block.

        Raises FileElsewhereError at once, not with the first block, also for a file that does not have this
        size; StorageUnavailableError when it ends too early, so that nobody takes a part for the whole.
        """
        storage = self.storage
        if isinstance(storage, RemoteStorage):
            return storage.blocks_of(name, first, last, size=size)
        with storage_errors():
            file = storage.open(name)
            found = file.size
        if size is not None and found != size:
            file.close()
            raise FileElsewhereError(name)
        return _read(file, first, (found if last is None else last + 1) - first)

    def read_into(self, name: str, target: BinaryIO) -> None:
        """Copy the whole of a file into an open one."""
        target.writelines(self.blocks(name))


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise the errors of this module for those of a storage on a disk."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileElsewhereError(str(error)) from error
    except OSError as error:
        raise StorageUnavailableError(str(error)) from error


def random_name(extension: str) -> str:
    """Return a name that nobody can guess."""
    return f"{secrets.token_hex(32)}.{extension}"


def _read(file: "File[bytes]", first: int, length: int) -> Iterator[bytes]:
    """Yield bytes of a file; close it in the end, also when the connection is closed."""
    with file, storage_errors():
        file.seek(first)
        while length > 0:
            block = file.read(min(BLOCK_SIZE, length))
            if not block:
                raise StorageUnavailableError(f"{file.name} ends {length} bytes too early.")
            length -= len(block)
            yield block
