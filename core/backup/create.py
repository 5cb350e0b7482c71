"""Make a backup: one state of the database, the stored files, and a manifest of both."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.core.files.storage import Storage
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from core.backup.archive import (
    FILES,
    FORMAT,
    MANIFEST,
    TABLES,
    ArchiveWriter,
    FilePart,
    Manifest,
    TablePart,
    written_archive,
)
from core.backup.encryption import CHUNK_BYTES
from core.backup.tables import Tables, snapshot, tables_of


def create_backup(
    path: Path, *, version: str, storages: Mapping[str, Storage], key: bytes | None = None
) -> Manifest:
    """Write a backup to a new file while others go on working, and return what it holds.

    Raises BackupError where the file cannot be written.
    """
    made_at = timezone.now().isoformat(timespec="seconds")
    with written_archive(path, key=key) as archive, snapshot() as database:
        manifest = Manifest(
            format=FORMAT,
            version=version,
            made_at=made_at,
            database=database.vendor,
            migrations=_migrations(database),
            tables=_add_tables(archive, tables_of(database)),
            files=_add_files(archive, storages),
        )
        archive.add(MANIFEST, manifest.model_dump_json(indent=1).encode())
    return manifest


def _migrations(database: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    return sorted(MigrationRecorder(database).applied_migrations())


def _add_tables(archive: ArchiveWriter, tables: Tables) -> dict[str, TablePart]:
    parts = {}
    for name in tables.names():
        columns = tables.columns(name)
        fingerprint = hashlib.sha256()
        rows = 0
        for block in tables.blocks(name, columns):
            fingerprint.update(block)
            rows += block.count(b"\n")
            archive.add(f"{TABLES}{name}", block)
        parts[name] = TablePart(
            columns=columns, rows=rows, sha256=fingerprint.hexdigest(), last_id=tables.last_id(name)
        )
    return parts


def stored_names(storage: Storage) -> list[str]:
    """Return the names of all files of a storage; it has no folders."""
    try:
        _folders, files = storage.listdir("")
    except FileNotFoundError:
        # The folder is made with the first file.
        return []
    return sorted(files)


def _add_files(archive: ArchiveWriter, storages: Mapping[str, Storage]) -> dict[str, FilePart]:
    """Add every stored file. They never change, they only come and go."""
    parts = {}
    for alias, storage in storages.items():
        for name in stored_names(storage):
            try:
                file = storage.open(name)
            except FileNotFoundError:
                # It had its time and was deleted meanwhile.
                continue
            with file, tempfile.TemporaryFile() as copy:
                # Copied first: an archive must know the size before the first byte.
                fingerprint = hashlib.sha256()
                while block := file.read(CHUNK_BYTES):
                    fingerprint.update(block)
                    copy.write(block)
                size = copy.tell()
                copy.seek(0)
                archive.add_stream(f"{FILES}{alias}/{name}", size, copy)
            parts[f"{alias}/{name}"] = FilePart(size=size, sha256=fingerprint.hexdigest())
    return parts
