"""The release as an administrator installs it: built, installed without a network, upgraded and used."""

import contextlib
import datetime as dt
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes import free_port
from tests.release.portal import Portal

PROJECT = Path(__file__).resolve().parents[2]
OLD_DATABASE = Path(__file__).parent / "deskops-0.1.0.sql"
PASSWORD = "a long password"

pytestmark = pytest.mark.release


def environment(**variables: str) -> dict[str, str]:
    """Return an environment that says nothing of the tests' own portal."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}


def without_network() -> list[str]:
    """Return the start of a command line that closes the network, where this machine can."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which("unshare") and subprocess.run([*command, "true"], check=False).returncode == 0:
            return command
    return []


def run(*command: str | Path, **variables: str) -> str:
    """Run a program and return what it prints. Raises AssertionError with all of it where it fails."""
    finished = subprocess.run(
        command,
        env=environment(**variables),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the release with libraries for the Python of the tests."""
    output = tmp_path_factory.mktemp("dist")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run(
        [sys.executable, PROJECT / "scripts" / "release.py", "--output", output, "--pythons", version],
        check=True,
    )
    return output / f"deskops-{settings.VERSION}.tar.gz"


@dataclass(frozen=True)
class Installed:
    """An installed release."""

    unpacked: Path
    home: Path
    seconds: float


@pytest.fixture(scope="module")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Unpack the release and install it without a network into an empty directory."""
    place = tmp_path_factory.mktemp("unpacked")
    home = tmp_path_factory.mktemp("opt") / "deskops"
    unpacked = place / f"deskops-{settings.VERSION}"
    began = time.monotonic()
    run("tar", "xzf", archive, "-C", place)
    run(*without_network(), unpacked / "install", home, PYTHON=sys.executable)
    return Installed(unpacked, home, time.monotonic() - began)


@pytest.fixture
def unpacked(installed: Installed) -> Path:
    return installed.unpacked


@pytest.fixture
def home(installed: Installed) -> Path:
    return installed.home


@contextlib.contextmanager
def serving(home: Path, **variables: str) -> Iterator[Portal]:
    """Run the installed portal until the block ends."""
    port = str(free_port())
    server = subprocess.Popen(
        [home / "bin" / "deskops", "serve"],
        env=environment(PORT=port, HTTPS="false", WEB_WORKERS="1", **variables),
        cwd="/",
    )
    try:
        portal = Portal(f"http://127.0.0.1:{port}")
        portal.wait()
        yield portal
    finally:
        server.terminate()
        server.wait(timeout=60)


def enter_load(portal: Portal, *, site: str, tons: str) -> None:
    """Save a load received today as a clerk does on the page for a new one."""
    path = f"/received/new/?site={site}"
    [material, *_] = re.findall(r'<option value="(\d+)"', portal.get(path).split('name="material"')[1])
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    portal.submit(path, having="qty_ton", date=today, material=material, qty_ton=tons, confirmed="1")


def loads_in(database: Path) -> list[int]:
    """Return the kilograms of each load received, as the database keeps them."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [
            kg for (kg,) in connection.execute("SELECT qty_kg FROM received_receivedmaterial ORDER BY id")
        ]


class TestArchive:
    def test_holds_the_code_static_files_and_pinned_libraries_and_no_tests(self, unpacked: Path) -> None:
        wheels = {path.name.split("-")[0].lower() for path in (unpacked / "wheels").glob("*.whl")}

        assert {"django", "granian", "psycopg"} <= wheels
        assert (unpacked / "staticfiles" / "staticfiles.json").is_file()
        assert "--hash=sha256:" in (unpacked / "requirements.txt").read_text("utf-8")
        assert not (unpacked / "tests").exists()

    def test_comes_with_its_checksum(self, archive: Path) -> None:
        assert run("sh", "-c", f"cd {archive.parent} && sha256sum --check {archive.name}.sha256")


class TestInstall:
    def test_writes_a_configuration_that_others_cannot_read(self, home: Path) -> None:
        assert (home / "deskops.env").stat().st_mode & 0o777 == 0o600
        assert (home / "var").stat().st_mode & 0o777 == 0o700

    def test_uses_no_library_of_another_python(self, home: Path) -> None:
        found = run(
            home / "current" / ".venv" / "bin" / "python",
            "-c",
            "import django, pathlib; print(pathlib.Path(django.__file__).resolve())",
        )

        assert found.startswith(str(home.resolve() / "releases" / settings.VERSION / ".venv"))

    def test_says_which_version_it_is(self, home: Path) -> None:
        assert run(home / "bin" / "deskops", "version") == f"{settings.VERSION}\n"

    def test_puts_a_newer_release_beside_the_last_and_keeps_its_configuration(
        self, home: Path, unpacked: Path, tmp_path: Path
    ) -> None:
        newer = tmp_path / "deskops-99.0.0"
        shutil.copytree(unpacked, newer)
        project = newer / "pyproject.toml"
        project.write_text(re.sub(r'(?m)^version = ".*"$', 'version = "99.0.0"', project.read_text("utf-8")))
        configuration = (home / "deskops.env").read_text("utf-8")

        run(*without_network(), newer / "install", home, PYTHON=sys.executable)

        assert run(home / "bin" / "deskops", "version") == "99.0.0\n"
        assert (home / "deskops.env").read_text("utf-8") == configuration
        # The way back that docs/deploy.md describes.
        run("ln", "-sfn", f"releases/{settings.VERSION}", home / "current")
        assert run(home / "bin" / "deskops", "version") == f"{settings.VERSION}\n"


class TestFirstDay:
    def test_goes_from_the_archive_to_a_saved_record(self, installed: Installed) -> None:
        home = installed.home
        deskops = home / "bin" / "deskops"
        began = time.monotonic()
        run(deskops, "upgrade")
        run(
            *(deskops, "manage", "createsuperuser", "--no-input", "--email", "ada@example.com"),
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
            DJANGO_SUPERUSER_NAME="Ada Klein",
        )

        with serving(home) as portal:
            portal.sign_in(email="ada@example.com", password=PASSWORD)
            portal.submit(
                "/admin/sites/site/add/",
                having="code",
                code="YARD-NORTH",
                name="North yard",
                timezone="UTC",
                working_weekdays=["1", "2", "3", "4", "5"],
            )
            enter_load(portal, site="YARD-NORTH", tons="12.5")
            seconds = installed.seconds + time.monotonic() - began
            ready = portal.json("/readyz")
            page = portal.get("/received/?site=YARD-NORTH")

        print(
            f"From the archive to a saved record: {seconds:.0f} s, "
            f"{installed.seconds:.0f} s of them to unpack and install"
        )
        database = home / "var" / "deskops.sqlite3"
        assert loads_in(database) == [12_500]
        assert "12.5" in page
        assert ready["version"] == settings.VERSION
        assert ready["status"] == "ok"
        assert {path.stat().st_mode & 0o777 for path in (home / "var").glob("deskops.sqlite3*")} == {0o600}


class TestUpgrade:
    def test_keeps_what_an_older_release_wrote(self, home: Path, tmp_path: Path) -> None:
        database = tmp_path / "deskops.sqlite3"
        with contextlib.closing(sqlite3.connect(database)) as connection:
            # A constraint of the schema uses a function that Django defines.
            connection.create_function("REGEXP", 2, lambda pattern, text: bool(re.search(pattern, text)))
            connection.executescript(OLD_DATABASE.read_text("utf-8"))
        url = f"sqlite:///{database}"
        deskops = home / "bin" / "deskops"

        run(deskops, "upgrade", DATABASE_URL=url)

        assert loads_in(database) == [100_000, 50_500, 7_250]
        run(deskops, "manage", "verify_inventory", DATABASE_URL=url)
        with serving(home, DATABASE_URL=url) as portal:
            portal.sign_in(email="clerk@example.com", password=PASSWORD)
            enter_load(portal, site="YARD-NORTH", tons="1")
        assert loads_in(database) == [100_000, 50_500, 7_250, 1_000]
        run(deskops, "manage", "verify_inventory", DATABASE_URL=url)
