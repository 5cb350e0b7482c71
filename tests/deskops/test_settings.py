import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

SETTINGS = settings.BASE_DIR / "deskops" / "settings.py"
# Set by the suite alone.
NOT_FOR_PEOPLE = {"TESTING"}


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}",
            "EMAIL_URL": "smtp+tls://mail.example.com:587",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


class TestStart:
    @pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
    def test_stops_where_a_secret_or_the_hosts_are_missing(self, tmp_path: Path, missing: str) -> None:
        complete = {
            "SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnop",
            "ALLOWED_HOSTS": "portal.example.com",
        }
        del complete[missing]

        stopped = start(tmp_path, **complete)

        assert stopped.returncode != 0
        assert f"Set the {missing} environment variable" in stopped.stderr

    @pytest.mark.parametrize("missing", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
    def test_stops_where_the_companys_sign_in_is_half_set_up(self, tmp_path: Path, missing: str) -> None:
        complete = {
            "SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnop",
            "ALLOWED_HOSTS": "portal.example.com",
            "OIDC_SERVER_URL": "https://id.example.com",
            "OIDC_CLIENT_ID": "portal",
            "OIDC_CLIENT_SECRET": "shared",
        }
        del complete[missing]

        stopped = start(tmp_path, **complete)

        assert stopped.returncode != 0
        assert f"Set the {missing} environment variable" in stopped.stderr

    def test_is_checked_in_the_names_of_our_variables(self, tmp_path: Path) -> None:
        checked = start(
            tmp_path,
            SECRET_KEY="short",
            ALLOWED_HOSTS="*",
            HTTPS="false",
            DEBUG="true",
            EMAIL_URL="consolemail://",
        )

        assert checked.returncode != 0
        for name in ("HTTPS is", "SECRET_KEY is", "ALLOWED_HOSTS names", "DEBUG is", "EMAIL_URL names"):
            assert name in checked.stderr
        assert "SECURE_" not in checked.stderr
        assert "_COOKIE_" not in checked.stderr

    def test_reads_what_make_run_wrote_and_lets_the_environment_win(self, tmp_path: Path) -> None:
        file = tmp_path / "deskops.env"
        file.write_text("SECRET_KEY=from-the-file\nALLOWED_HOSTS=localhost\nPORT=1111\nHOST=127.0.0.2\n")

        printed = subprocess.run(
            [
                *(sys.executable, "-c"),
                "import deskops.settings as s; print(s.SECRET_KEY, s.HOST, s.PORT)",
            ],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], "ENV_FILE": str(file), "PORT": "2222"},
            capture_output=True,
            text=True,
            check=True,
        )

        assert printed.stdout == "from-the-file 127.0.0.2 2222\n"


class TestPortalUrl:
    @pytest.mark.parametrize(
        ("hosts", "environment", "url"),
        [
            ("localhost,127.0.0.1,portal.example.com", {}, "https://portal.example.com"),
            (".example.com,other.example.com", {}, "https://example.com"),
            ("localhost,127.0.0.1", {"HTTPS": "false", "PORT": "8001"}, "http://localhost:8001"),
            ("localhost", {"PORTAL_URL": "https://portal.example.com/"}, "https://portal.example.com"),
        ],
    )
    def test_is_the_first_host_that_is_not_the_machine_itself(
        self, hosts: str, environment: dict[str, str], url: str
    ) -> None:
        printed = subprocess.run(
            [sys.executable, "-c", "import deskops.settings as s; print(s.PORTAL_URL)"],
            cwd=settings.BASE_DIR,
            env={
                "PATH": os.environ["PATH"],
                "ENV_FILE": os.devnull,
                "SECRET_KEY": "x",
                "ALLOWED_HOSTS": hosts,
                **environment,
            },
            capture_output=True,
            text=True,
            check=True,
        )

        assert printed.stdout == f"{url}\n"


class TestReadme:
    def test_tells_of_every_variable_that_the_settings_read(self) -> None:
        read = set(re.findall(r"""env(?:iron)?\.\w+\(\s*"([A-Z_]+)""", SETTINGS.read_text("utf-8")))
        shown = set(re.findall(r"`([A-Z_]+)`", (settings.BASE_DIR / "README.md").read_text("utf-8")))

        assert len(read) > 15
        assert not read - shown - NOT_FOR_PEOPLE


class TestConnections:
    def test_stay_open_on_sqlite_and_are_left_to_the_pool_on_postgresql(self) -> None:
        kept_for = connection.settings_dict["CONN_MAX_AGE"]

        assert kept_for == (None if connection.vendor == "sqlite" else 0)
