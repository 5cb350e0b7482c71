"""Whether the machines that run the portal share its files."""

import datetime as dt
import socket
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from core.backup.create import stored_names
from deskops.hosts import announce, hosts_alive, what_is_not_shared
from deskops.models import Host
from tests.files import kept_in


def announce_as(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    with (
        kept_in(str(folder / "exports"), storage="exports"),
        kept_in(str(folder / "imports"), storage="imports"),
    ):
        announce()


@pytest.mark.django_db
class TestAnnounce:
    def test_twice_is_one_machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        announce_as("north", tmp_path, monkeypatch)
        announce_as("north", tmp_path, monkeypatch)

        assert [host.name for host in hosts_alive()] == ["north"]
        assert what_is_not_shared(hosts_alive()) == ""

    def test_leaves_folders_closed_to_others_on_the_machine(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        announce_as("north", tmp_path, monkeypatch)

        assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("exports", "imports")} == {0o700}

    def test_finds_machines_that_share_a_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = tmp_path / "there"
        (tmp_path / "here").symlink_to(shared)
        shared.mkdir()

        announce_as("north", shared, monkeypatch)
        announce_as("south", tmp_path / "here", monkeypatch)

        assert len(hosts_alive()) == 2
        assert what_is_not_shared(hosts_alive()) == ""

    def test_logs_an_error_while_machines_have_folders_of_their_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        announce_as("north", tmp_path / "north", monkeypatch)

        announce_as("south", tmp_path / "south", monkeypatch)

        assert "do not share its files: north, south." in what_is_not_shared(hosts_alive())
        assert "files_not_shared" in caplog.text

    def test_forgets_a_machine_that_is_silent(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        announce_as("north", tmp_path / "north", monkeypatch)
        Host.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=4))

        announce_as("south", tmp_path / "south", monkeypatch)

        assert [host.name for host in hosts_alive()] == ["south"]

    def test_marks_a_folder_without_adding_a_file_to_backups(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        announce_as("north", tmp_path, monkeypatch)

        with kept_in(str(tmp_path / "exports"), storage="exports"):
            storages["exports"].save("a-file", ContentFile(b"x"))
            assert stored_names(storages["exports"]) == ["a-file"]
