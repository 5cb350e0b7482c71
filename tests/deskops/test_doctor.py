"""What `manage.py doctor` says, and what the administration's first page says of backups."""

import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from deskops.management.commands import doctor
from deskops.management.commands.doctor import examine
from deskops.models import BackupRun, Host
from deskops.monitoring import health
from tests.factories import make_user
from tests.files import kept_in

GOOD_KEY = "k" * 25 + "0123456789abcdefghijklmnop"


@pytest.fixture
def portal(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a portal with which nothing is wrong, and return its folder."""
    settings.HTTPS = True
    settings.SECRET_KEY = GOOD_KEY
    settings.ALLOWED_HOSTS = ["portal.example.com"]
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {}}}
    settings.VAR_DIR = tmp_path
    settings.ENV_FILE = str(tmp_path / "deskops.env")
    Path(settings.ENV_FILE).touch(mode=0o600)
    monkeypatch.setattr(doctor, "_secret_files", lambda: iter([Path(settings.ENV_FILE)]))
    monkeypatch.setattr(doctor, "migrations_are_applied", lambda: True)
    health.worker_seen()
    made_backup(hours_ago=3)
    return tmp_path


def made_backup(*, hours_ago: int) -> None:
    then = timezone.now() - dt.timedelta(hours=hours_ago)
    BackupRun.objects.create(started_at=then, finished_at=then, machine="box", path="/backups/one.backup")


def wrong(tmp_path: Path) -> dict[str, str]:
    with (
        kept_in(str(tmp_path / "exports"), storage="exports"),
        kept_in(str(tmp_path / "imports"), storage="imports"),
    ):
        return {finding.name: finding.sentence for finding in examine() if not finding.is_ok}


@pytest.mark.django_db
class TestDoctor:
    def test_finds_nothing_wrong_with_a_portal_that_is_set_up(self, portal: Path) -> None:
        assert wrong(portal) == {}

    def test_prints_a_line_for_each_thing_and_fails_when_one_is_wrong(
        self, portal: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.HTTPS = False

        with pytest.raises(SystemExit) as stopped:
            call_command("doctor", no_color=True)

        lines = capsys.readouterr().out.splitlines()
        assert stopped.value.code == 1
        assert "ok    cache: It keeps what it is given." in lines
        assert [line for line in lines if line.startswith("WRONG settings: HTTPS is false")]

    def test_names_a_worker_that_does_not_run(self, portal: Path) -> None:
        cache.delete(health.WORKER_SEEN)

        assert "Start: manage.py work" in wrong(portal)["worker"]

    def test_names_machines_that_do_not_share_their_files(self, portal: Path) -> None:
        Host.objects.create(name="north", files_at="1")
        Host.objects.create(name="south", files_at="2")

        assert "do not share its files: north, south. " in wrong(portal)["machines"]
        assert "Set the same STORAGE_URL on all of them" in wrong(portal)["machines"]

    def test_names_migrations_that_are_not_applied(
        self, portal: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doctor, "migrations_are_applied", lambda: False)

        assert wrong(portal) == {"migrations": "Some are not applied. Run: manage.py migrate"}

    def test_names_a_backup_that_is_old(self, portal: Path) -> None:
        BackupRun.objects.all().delete()
        made_backup(hours_ago=49)

        sentence = wrong(portal)["backup"].replace("\xa0", " ")
        assert sentence.startswith("The last is 2 days, 1 hour old (/backups/one.backup on box).")
        assert "Set BACKUP_DIR" in sentence

    def test_says_that_there_is_no_backup(self, portal: Path, settings: Settings) -> None:
        BackupRun.objects.all().delete()
        settings.BACKUP_DIR = str(portal)

        assert wrong(portal)["backup"].startswith("There is none yet. The worker's log says why")

    def test_names_a_storage_that_cannot_be_written(self, portal: Path) -> None:
        (portal / "exports").write_text("a file where the folder should be")

        assert "exports" in wrong(portal)["storage"]

    def test_names_a_disk_that_is_full(self, portal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=1000))

        (sentence,) = wrong(portal).values()
        assert sentence.replace("\xa0", " ").startswith("1000 bytes are free. Free some")

    def test_names_a_file_of_secrets_that_others_can_read(self, portal: Path) -> None:
        file = portal / "deskops.env"
        file.chmod(0o640)

        assert wrong(portal)["file modes"].endswith(f"Run: chmod 600 {file}")

    def test_names_what_cannot_be_looked_at(self, portal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_args: object, **_kwargs: object) -> None:
            raise ConnectionRefusedError("no cache here")

        monkeypatch.setattr(cache, "set", refuse)

        assert wrong(portal)["cache"] == "ConnectionRefusedError: no cache here"


@pytest.mark.django_db
class TestAdministration:
    def page(self) -> str:
        client = Client()
        client.force_login(make_user(is_superuser=True))
        return client.get("/admin/").content.decode().replace("\xa0", " ")

    def test_says_how_old_the_last_backup_is(self) -> None:
        made_backup(hours_ago=3)

        assert '<p class="note">Last backup 3 hours ago.</p>' in self.page()

    def test_says_that_there_is_none_and_how_to_get_one(self) -> None:
        page = self.page()

        assert "No backup yet. Set BACKUP_DIR on the server to make one each day." in page
        assert 'class="errornote"' in page
