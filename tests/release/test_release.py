"""The release as an administrator installs it: built, installed without a network, upgraded and used."""

import contextlib
import datetime as dt
import re
import shutil
import sqlite3
import sys
import time
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.processes import free_port
from tests.release.installation import (
    PASSWORD,
    Installed,
    cpu_seconds,
    process,
    run,
    schema_of,
    serving,
    without_network,
    write_old_database,
)
from tests.release.portal import Portal

pytestmark = pytest.mark.release


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
    def test_holds_the_code_static_files_and_pinned_libraries_and_no_tests(
        self, installed: Installed
    ) -> None:
        unpacked = installed.unpacked
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

    def test_puts_a_newer_release_next_to_the_last_and_keeps_its_configuration(
        self, installed: Installed, tmp_path: Path
    ) -> None:
        home = installed.home
        newer = tmp_path / "deskops-99.0.0"
        shutil.copytree(installed.unpacked, newer)
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
        began, cpu_before = time.monotonic(), cpu_seconds()
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

        # The server has ended, so that its processor time counts, from its start to its end.
        cpu = installed.cpu_seconds + cpu_seconds() - cpu_before
        print(f"From the archive to a saved record: {seconds:.0f} s, {cpu:.0f} s of processor time")
        database = home / "var" / "deskops.sqlite3"
        assert loads_in(database) == [12_500]
        assert "12.5" in page
        assert ready["version"] == settings.VERSION
        assert ready["status"] == "ok"
        assert {path.stat().st_mode & 0o777 for path in (home / "var").glob("deskops.sqlite3*")} == {0o600}


class TestUpgrade:
    def test_keeps_what_an_older_release_wrote_in_the_tables_of_a_new_one(
        self, home: Path, tmp_path: Path
    ) -> None:
        database, new = tmp_path / "deskops.sqlite3", tmp_path / "new.sqlite3"
        url = write_old_database(database)
        deskops = home / "bin" / "deskops"

        run(deskops, "upgrade", DATABASE_URL=url)
        run(deskops, "upgrade", DATABASE_URL=f"sqlite:///{new}")

        assert schema_of(database) == schema_of(new)
        assert loads_in(database) == [100_000, 50_500, 7_250]
        run(deskops, "manage", "verify_inventory", DATABASE_URL=url)
        with serving(home, DATABASE_URL=url) as portal:
            portal.sign_in(email="clerk@example.com", password=PASSWORD)
            enter_load(portal, site="YARD-NORTH", tons="1")
        assert loads_in(database) == [100_000, 50_500, 7_250, 1_000]
        run(deskops, "manage", "verify_inventory", DATABASE_URL=url)


class TestCompose:
    def test_its_services_start_as_plain_processes(self, home: Path, tmp_path: Path) -> None:
        services = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text("utf-8"))["services"]
        port = str(free_port())
        variables = {
            name: re.sub(r"\$\{DOMAIN[^}]*\}", "localhost", value)
            for name, value in services["portal"]["environment"].items()
        }
        # What other containers offer is left to the machine itself.
        variables |= {
            "DATABASE_URL": write_old_database(tmp_path / "deskops.sqlite3"),
            "EMAIL_URL": "consolemail://",
            "SECRET_KEY": "k" * 50,
            "PORT": port,
            "VAR_DIR": str(tmp_path),
            "WEB_WORKERS": "1",
        }
        for name in ("CACHE_URL", "STORAGE_URL", "BACKUP_DIR"):
            variables.pop(name, None)

        run(home / "bin" / "deskops", *services["upgrade"]["command"], **variables)
        with (
            process(home, *services["portal"]["command"], **variables),
            process(home, *services["worker"]["command"], **variables),
        ):
            portal = Portal(f"http://localhost:{port}")
            portal.wait()
            run(*health_check(home), **variables)
            page = portal.get("/livez")

        assert page == '{"status": "ok"}'


def health_check(home: Path) -> list[str]:
    """Return the command line of the Containerfile's health check, for where the release is installed."""
    found = re.search(
        r'CMD \[("/opt/deskops/\.venv.*)\]', (settings.BASE_DIR / "Containerfile").read_text("utf-8")
    )
    assert found is not None
    return [
        part.replace("/opt/deskops", str(home / "current")) for part in re.findall(r'"([^"]+)"', found[1])
    ]
