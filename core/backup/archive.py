"""The file of a backup: a tar archive, compressed, encrypted if there is a key.

Members, in this order: `tables/NAME` (as many members of that name as it takes, each of whole lines),
`files/STORAGE/NAME`, and `manifest.json`, which says what the others must be. Unless it is encrypted, any tar
opens it.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from pydantic import BaseModel, ValidationError

from core.backup.encryption import CHUNK_BYTES, MAGIC, BackupError, DecryptingReader, EncryptingWriter

MANIFEST = "manifest.json"
TABLES = "tables/"
FILES = "files/"
FORMAT = 1
DAMAGED = "The backup is damaged or incomplete. Use another one."


class TablePart(BaseModel):
    """A table as the backup holds it."""

    columns: list[str]
    rows: int
    sha256: str
    # The highest id that was ever given out, also to rows that are gone; 0 where ids are not numbered.
    last_id: int


class FilePart(BaseModel):
    """A stored file, named by its storage and its name there."""

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds."""

    format: int
    version: str
    # In UTC, ISO 8601.
    made_at: str
    # "sqlite" or "postgresql".
    database: str
    # App and name of each migration that the database had.
    migrations: list[tuple[str, str]]
    tables: dict[str, TablePart]
    files: dict[str, FilePart]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables.values())


class Member(NamedTuple):
    """One part of the archive while it is read."""

    name: str
    content: IO[bytes]


class ArchiveWriter:
    """Adds parts to an archive that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, content: bytes) -> None:
        self.add_stream(name, len(content), io.BytesIO(content))

    def add_stream(self, name: str, size: int, content: IO[bytes]) -> None:
        """Add exactly `size` bytes. Raises OSError if there are fewer."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, content)


@contextmanager
def written_archive(path: Path, *, key: bytes | None) -> Iterator[ArchiveWriter]:
    """Write an archive that appears at `path` once it is complete, readable by its owner alone.

    Raises BackupError where there is a file already or none can be written.
    """
    if path.exists():
        raise BackupError(f"{path} is there already. Name a new file.")
    partial = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with ExitStack() as stack:
                below = file if key is None else stack.enter_context(EncryptingWriter(file, key))
                packed = gzip.GzipFile(fileobj=below, filename="", mode="wb", compresslevel=1)
                stack.enter_context(packed)
                yield ArchiveWriter(stack.enter_context(tarfile.open(fileobj=packed, mode="w|")))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise BackupError(f"The backup cannot be written to {path}: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def read_archive(path: Path, *, key: bytes | None) -> Iterator[Iterator[Member]]:
    """Yield the parts of an archive, each to be read before the next.

    Raises BackupError for no file, a missing or a wrong key, and a damaged file, also while a part is read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"The backup {path} cannot be read: {error.strerror}.") from error
    with file:
        try:
            with (
                gzip.GzipFile(fileobj=_decrypted(file, key=key), mode="rb") as packed,
                tarfile.open(fileobj=packed, mode="r|") as tar,
            ):
                yield _members(tar)
                # Up to the checksum of the whole.
                while packed.read(CHUNK_BYTES):
                    pass
        except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError) as error:
            raise BackupError(DAMAGED) from error


def _decrypted(file: io.BufferedReader, *, key: bytes | None) -> io.BufferedReader:
    if not file.peek(len(MAGIC)).startswith(MAGIC):
        return file
    if key is None:
        raise BackupError("The backup is encrypted. Name its key with --key-file.")
    return io.BufferedReader(DecryptingReader(file, key), CHUNK_BYTES)


def _members(tar: tarfile.TarFile) -> Iterator[Member]:
    for entry in tar:
        content = tar.extractfile(entry)
        if content is not None:
            yield Member(entry.name, content)


def check(path: Path, *, key: bytes | None) -> Manifest:
    """Read a whole archive and return what it holds.

    Raises BackupError unless each part is what the manifest says, and none is missing.
    """
    hashes: dict[str, hashlib._Hash] = {}
    lines: dict[str, int] = {}
    written = ""
    with read_archive(path, key=key) as members:
        for member in members:
            if member.name == MANIFEST:
                written = member.content.read().decode()
                continue
            fingerprint = hashes.setdefault(member.name, hashlib.sha256())
            while block := member.content.read(CHUNK_BYTES):
                fingerprint.update(block)
                lines[member.name] = lines.get(member.name, 0) + block.count(b"\n")
    manifest = _read_manifest(written)
    expected = {f"{TABLES}{name}": part.sha256 for name, part in manifest.tables.items()}
    expected |= {f"{FILES}{name}": part.sha256 for name, part in manifest.files.items()}
    # A table without rows has no members.
    nothing = hashlib.sha256().hexdigest()
    found = dict.fromkeys(expected, nothing) | {name: value.hexdigest() for name, value in hashes.items()}
    rows = {name: lines.get(f"{TABLES}{name}", 0) for name in manifest.tables}
    if found != expected or rows != {name: part.rows for name, part in manifest.tables.items()}:
        raise BackupError(DAMAGED)
    return manifest


def _read_manifest(written: str) -> Manifest:
    try:
        manifest = Manifest.model_validate(json.loads(written))
    except (ValueError, ValidationError) as error:
        raise BackupError(DAMAGED) from error
    return manifest
