"""Backups made while people work, restored elsewhere and compared; daily ones; what is refused."""

import datetime as dt
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from core.backup import archive, tables
from core.backup.archive import Manifest
from core.backup.create import create_backup
from core.backup.encryption import BackupError
from deskops import backups
from deskops.models import BackupRun
from production.module import PRODUCTION
from received.module import RECEIVED
from records import operations
from records.choices import Source
from tests.factories import People, make_material, make_operation, make_people
from tests.files import kept_in
from tests.processes import database_url

AWKWARD = 'tab\tquote"back\\slash\\N\nline – ü'


@pytest.fixture
def _own_files(tmp_path: Path) -> Iterator[None]:
    with (
        kept_in(str(tmp_path / "exports"), storage="exports"),
        kept_in(str(tmp_path / "imports"), storage="imports"),
    ):
        yield


def make_some_work(people: People) -> dict[str, object]:
    """Make records, histories and a deletion; return the values of one more record."""
    values: dict[str, object] = {
        "date": "2026-03-02",
        "material": make_material(tons_per_load="12.5").pk,
        "qty_ton": "7.125",
        "remarks": AWKWARD,
    }
    for _ in range(3):
        last = receive(people, values)
    operations.delete(module=RECEIVED, record_id=last, version=1, by=people.alice, source=Source.PAGE)
    produced = {"date": "2026-03-02", "material": values["material"], "operation": make_operation().pk}
    operations.create(
        module=PRODUCTION,
        values={**produced, "qty_ton": "1.25"},
        site=people.site,
        by=people.alice,
        source=Source.PAGE,
    )
    return values


def receive(people: People, values: dict[str, object]) -> int:
    made = operations.create(
        module=RECEIVED,
        values=values,
        site=people.site,
        by=people.alice,
        source=Source.PAGE,
        # The same line twice is asked about.
        confirmed=True,
    )
    return made.record.pk


@contextmanager
def somebody_writing(people: People, values: dict[str, object]) -> Iterator[None]:
    """Go on entering records in another thread; leave once the first and the last are written."""
    stop, wrote = threading.Event(), threading.Event()

    def write() -> None:
        try:
            while not stop.is_set():
                receive(people, values)
                wrote.set()
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    assert wrote.wait(60)
    try:
        yield
    finally:
        stop.set()
        writer.join()


@contextmanager
def empty_database(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a new database of the same kind."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored.sqlite3'}"
        return
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(database_url())._replace(path=f"/{name}").geturl()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def tables_at(url: str) -> Iterator[tables.Tables]:
    there = connection.copy()
    path = urlsplit(url).path
    there.settings_dict["NAME"] = path if connection.vendor == "sqlite" else path.removeprefix("/")
    there.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    try:
        yield tables.tables_of(there)
    finally:
        there.close()


def restore(backup: Path, url: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Restore with a process of its own, as on another machine."""
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(backup)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "VAR_DIR": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )


def fingerprints(of: tables.Tables, manifest: Manifest) -> dict[str, tuple[int, str]]:
    """Return rows and SHA-256 of each table of a backup, as they are in a database."""
    found = {}
    for name, part in manifest.tables.items():
        lines = b"".join(of.blocks(name, part.columns))
        found[name] = (lines.count(b"\n"), hashlib.sha256(lines).hexdigest())
    return found


def repacked(backup: Path, to: Path, *, version: str, without: Collection[str]) -> None:
    """Write the backup as an older version would have, before the app of these tables was there."""
    with archive.read_archive(backup, key=None) as members, archive.written_archive(to, key=None) as older:
        for member in members:
            content = member.content.read()
            if member.name == archive.MANIFEST:
                manifest = Manifest.model_validate_json(content)
                manifest.version = version
                manifest.migrations = [key for key in manifest.migrations if key[0] != "deskops"]
                for table in without:
                    del manifest.tables[table]
                content = manifest.model_dump_json().encode()
            if member.name.removeprefix("tables/") in without:
                continue
            older.add(member.name, content)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_files")
class TestDrill:
    def test_restores_every_table_and_file_of_one_moment_while_somebody_writes(self, tmp_path: Path) -> None:
        people = make_people()
        values = make_some_work(people)
        storages["exports"].save("a-file", ContentFile(b"\x00\xff" * 1000))
        backup, place = tmp_path / "one.backup", tmp_path / "elsewhere"
        with somebody_writing(people, values):
            manifest = create_backup(backup, version=settings.VERSION, storages=backups.stored_files())

        with empty_database(tmp_path) as url:
            restored = restore(backup, url, place)

            assert restored.returncode == 0, restored.stderr
            assert f"Restored: {manifest.rows:,} rows" in restored.stdout
            with tables_at(url) as there:
                expected = {name: (part.rows, part.sha256) for name, part in manifest.tables.items()}
                assert fingerprints(there, manifest) == expected
                assert {name: there.last_id(name) for name in manifest.tables} == {
                    name: part.last_id for name, part in manifest.tables.items()
                }
            rows = {name: part.rows for name, part in manifest.tables.items()}
            # One moment: each record was written with its history. One more was deleted.
            assert rows["received_historicalreceivedmaterial"] == rows["received_receivedmaterial"] + 2
            assert (place / "exports" / "a-file").read_bytes() == b"\x00\xff" * 1000

    def test_restores_an_older_versions_backup_and_migrates_it(self, tmp_path: Path) -> None:
        make_some_work(make_people())
        now, older = tmp_path / "now.backup", tmp_path / "older.backup"
        create_backup(now, version=settings.VERSION, storages=backups.stored_files())
        repacked(now, older, version="0.0.9", without=("deskops_backuprun", "deskops_machine"))

        with empty_database(tmp_path) as url:
            restored = restore(older, url, tmp_path / "elsewhere")

            assert restored.returncode == 0, restored.stderr
            with tables_at(url) as there:
                assert "deskops_backuprun" in there.names()
                assert there.count("received_receivedmaterial") == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_files")
class TestBackup:
    def test_keeps_every_table_but_sessions_migrations_and_the_cache(self, tmp_path: Path) -> None:
        manifest = create_backup(tmp_path / "one.backup", version=settings.VERSION, storages={})

        left_out = set(connection.introspection.table_names()) - set(manifest.tables)
        sessions = {"django_session", "usersessions_usersession"}
        assert left_out == sessions | {"django_migrations", "deskops_cache"}

    def test_leaves_out_tables_that_are_not_of_the_portal(self, tmp_path: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE of_another_program (n INTEGER)")
        try:
            manifest = create_backup(tmp_path / "one.backup", version=settings.VERSION, storages={})
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE of_another_program")

        assert "of_another_program" not in manifest.tables

    def test_is_made_and_checked_by_commands(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        key = tmp_path / "key"
        key.write_text("k" * 44)
        backup = tmp_path / "one.backup"

        call_command("backup", str(backup), key_file=str(key))
        call_command("restore", str(backup), key_file=str(key), only_check=True)

        printed = capsys.readouterr().out
        assert "rows of" in printed
        assert ", encrypted." in printed
        assert "The backup is whole" in printed
        last = BackupRun.objects.latest_finished()
        assert last is not None
        assert (last.path, last.due_at) == (str(backup), None)
        assert last.size == backup.stat().st_size

    def test_that_cannot_be_written_is_stated_in_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("backup", str(tmp_path / "no" / "folder"))

        assert not BackupRun.objects.exists()

    def test_of_a_newer_version_is_refused(self, tmp_path: Path) -> None:
        create_backup(tmp_path / "one.backup", version="99.0", storages={})

        with pytest.raises(CommandError, match=r"of version 99\.0, which is newer than this one"):
            call_command("restore", str(tmp_path / "one.backup"))

    def test_is_not_restored_over_what_is_there(self, tmp_path: Path) -> None:
        people = make_people()
        create_backup(tmp_path / "one.backup", version=settings.VERSION, storages={})

        with pytest.raises(CommandError, match="The database holds tables already"):
            call_command("restore", str(tmp_path / "one.backup"))

        people.ada.refresh_from_db()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_files")
class TestDailyBackup:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, settings: Settings) -> None:
        self.folder = tmp_path / "backups"
        settings.BACKUP_DIR = str(self.folder)
        settings.BACKUP_KEEP_DAYS = 3

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def test_is_made_once_a_day(self) -> None:
        backups.back_up_daily()
        backups.back_up_daily()

        (name,) = self.names()
        assert name == timezone.now().strftime(backups.NAME)[:17] + name[17:]
        assert BackupRun.objects.finished().count() == 1

    def test_is_made_by_nobody_where_no_folder_is_set(self, settings: Settings) -> None:
        settings.BACKUP_DIR = ""

        backups.back_up_daily()

        assert not BackupRun.objects.exists()

    def test_is_left_to_the_machine_that_claimed_it(self) -> None:
        self.claimed(minutes_ago=5)

        backups.back_up_daily()

        assert not self.folder.exists()

    def test_is_made_by_another_machine_when_the_first_died(self) -> None:
        claimed = self.claimed(minutes_ago=61)

        backups.back_up_daily()

        claimed.refresh_from_db()
        assert claimed.finished_at is not None
        assert claimed.machine != "another"
        assert len(self.names()) == 1

    def test_deletes_those_that_are_too_old_and_leaves_other_files(self) -> None:
        self.folder.mkdir()
        now = timezone.now()
        for days in (2, 4):
            (self.folder / (now - dt.timedelta(days=days)).strftime(backups.NAME)).touch()
        (self.folder / ((now - dt.timedelta(days=1)).strftime(backups.NAME) + ".part")).touch()
        (self.folder / "deskops-before-the-move.backup").touch()

        backups.back_up_daily()

        kept = (now - dt.timedelta(days=2)).strftime(backups.NAME)
        assert len(self.names()) == 3
        assert {kept, "deskops-before-the-move.backup"} < set(self.names())

    def test_that_fails_deletes_no_older_one(self, settings: Settings) -> None:
        self.folder.mkdir()
        old = self.folder / "deskops-20200101-010000.backup"
        old.touch()
        settings.BACKUP_KEY_FILE = str(self.folder / "no-key")

        with pytest.raises(BackupError, match=r"key file .* cannot be read"):
            backups.back_up_daily()

        assert old.exists()
        assert BackupRun.objects.latest_finished() is None

    def claimed(self, *, minutes_ago: int) -> BackupRun:
        now = timezone.now()
        return BackupRun.objects.create(
            due_at=backups.last_due(now),
            started_at=now - dt.timedelta(minutes=minutes_ago),
            machine="another",
            path="elsewhere",
        )
