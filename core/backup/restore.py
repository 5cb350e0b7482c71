"""Restore a backup into an empty place, and prove that all of it is there."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from core.backup.archive import (
    FILES,
    FORMAT,
    TABLES,
    Manifest,
    Member,
    check,
    read_archive,
)
from core.backup.create import stored_names
from core.backup.encryption import BackupError
from core.backup.tables import Tables, tables_of

# Called with a sentence as each step begins.
type Progress = Callable[[str], None]


def restore_backup(
    path: Path, *, version: str, storages: Mapping[str, Storage], key: bytes | None, progress: Progress
) -> Manifest:
    """Restore a backup, bring it to this version's migrations, and return what it held.

    Raises BackupError, before anything is written, for a damaged backup, one of a newer version, and a place
    that is not empty; afterwards if a table or a file is not what it was.
    """
    progress("Reading the backup ...")
    manifest = check(path, key=key)
    _require_known(manifest, version)
    _require_empty(storages)
    progress(f"Creating the tables of version {manifest.version} ...")
    _create_tables(manifest)
    tables = tables_of(connection)
    progress(f"Loading {manifest.rows:,} rows and {len(manifest.files):,} files ...")
    with transaction.atomic(), tables.without_references():
        _load(path, manifest, key=key, tables=tables, storages=storages)
    progress("Comparing every table and file with the backup ...")
    _compare(manifest, tables, storages)
    progress(f"Bringing the database to version {version} ...")
    call_command("migrate", verbosity=0)
    return manifest


def version_numbers(version: str) -> list[int]:
    """Return a version's numbers, for comparison; what is not a number counts as 0."""
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]


def _require_known(manifest: Manifest, version: str) -> None:
    """Raise BackupError if the backup has something that this version does not know."""
    known = MigrationExecutor(connection).loader.disk_migrations
    is_newer = version_numbers(manifest.version) > version_numbers(version)
    if manifest.format > FORMAT or is_newer or not set(manifest.migrations) <= set(known):
        raise BackupError(
            f"The backup is of version {manifest.version}, which is newer than this one ({version})."
            " Install that version or a later one and restore with it."
        )


def _require_empty(storages: Mapping[str, Storage]) -> None:
    if connection.introspection.table_names():
        raise BackupError(
            "The database holds tables already. Restore into a new, empty one: name it in DATABASE_URL,"
            " and do not run `migrate` first."
        )
    for alias, storage in storages.items():
        if stored_names(storage):
            raise BackupError(f"There are files of {alias} already. Restore into an empty place.")


def _create_tables(manifest: Manifest) -> None:
    """Run the migrations that the backup had, and no others."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    had = set(manifest.migrations)
    squashed = loader.replacements
    if all(had.issuperset(migration.replaces) for migration in squashed.values()):
        had.update(squashed)
        had.difference_update(*(migration.replaces for migration in squashed.values()))
    else:
        # Some of what a squashed migration replaces came after the backup.
        had.difference_update(squashed)
        loader = executor.loader = MigrationLoader(connection, replace_migrations=False)
    nodes = loader.graph.node_map
    # The last of each app leads to all before it.
    last = [
        (app, name)
        for app, name in sorted(had)
        if not any(child.key[0] == app and child.key in had for child in nodes[app, name].children)
    ]
    executor.migrate(last)


def _load(
    path: Path, manifest: Manifest, *, key: bytes | None, tables: Tables, storages: Mapping[str, Storage]
) -> None:
    # What migrations wrote into the new tables is in the backup too.
    tables.empty(manifest.tables)
    with read_archive(path, key=key) as members:
        for name, parts in groupby(members, key=lambda member: member.name):
            if name.startswith(TABLES):
                table = name.removeprefix(TABLES)
                tables.load(table, manifest.tables[table].columns, _blocks(parts))
            elif name.startswith(FILES):
                alias, _, stored_name = name.removeprefix(FILES).partition("/")
                for part in parts:
                    _store(storages[alias], stored_name, part.content)
    for table, kept in manifest.tables.items():
        tables.continue_after(table, kept.last_id)


def _blocks(parts: Iterator[Member]) -> Iterator[bytes]:
    """Yield the members of a table; each was written as whole lines."""
    for part in parts:
        yield part.content.read()


def _store(storage: Storage, name: str, content: IO[bytes]) -> None:
    # Two storages may be one bucket.
    if not storage.exists(name):
        storage.save(name, File(content, name))


def _compare(manifest: Manifest, tables: Tables, storages: Mapping[str, Storage]) -> None:
    """Raise BackupError unless all is there, read back from where it now is."""
    # Text of another database's values may differ while the values do not: numbers with and without zeros.
    is_same_database = manifest.database == connection.vendor
    for table, kept in manifest.tables.items():
        rows, fingerprint = 0, hashlib.sha256()
        for block in tables.blocks(table, kept.columns):
            rows += block.count(b"\n")
            fingerprint.update(block)
        if rows != kept.rows or (is_same_database and fingerprint.hexdigest() != kept.sha256):
            raise BackupError(
                f"The table {table} is not what the backup holds: {rows:,} rows of {kept.rows:,}."
            )
    for name, file in manifest.files.items():
        alias, _, stored_name = name.partition("/")
        with storages[alias].open(stored_name) as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != file.sha256:
                raise BackupError(f"The file {name} is not what the backup holds.")
