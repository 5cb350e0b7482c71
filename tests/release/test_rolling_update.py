"""A web server of the last release next to one of this version, as during a rolling update."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.deskops.served_portal import PREPARE, empty_database
from tests.factories import PASSWORD
from tests.processes import free_port
from tests.release.portal import Portal

ADDRESS_OF_MONA = """
import django
django.setup()
from sites.models import User
print(User.objects.get(name="Mona").email)
"""
pytestmark = [
    pytest.mark.release,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite serves one portal at a time"),
]
__all__ = ["connection"]  # for the condition above


def last_release() -> str:
    """Return the commit that gave the last release its section in the change log."""
    section = f"## [{settings.VERSION}] - "
    command = ["git", "log", "-1", "--format=%H", "-S", section, "--", "CHANGELOG.md"]
    found = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    return found.stdout.strip()


@pytest.fixture
def last_code(tmp_path: Path) -> Path:
    """Return the code of the last release."""
    commit = last_release()
    if not commit:
        pytest.skip("The history of the repository is not here.")
    folder = tmp_path / "last"
    folder.mkdir()
    packed = subprocess.run(
        ["git", "archive", commit], cwd=settings.BASE_DIR, capture_output=True, check=True
    )
    subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
    return folder


def run(code: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run Python in a version's code and return what it prints."""
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=code, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@contextlib.contextmanager
def web_server(code: Path, environment: dict[str, str]) -> Iterator[Portal]:
    """Serve a version's pages and API, without its worker."""
    port = str(free_port())
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", port, "deskops.wsgi:application"],
        cwd=code,
        env=environment,
    )
    portal = Portal(f"http://127.0.0.1:{port}")
    try:
        portal.wait()
        yield portal
    finally:
        server.terminate()
        server.wait(timeout=60)


def call(
    portal: Portal, method: str, path: str, token: str, *, body: object = None, key: str = ""
) -> tuple[int, int, str]:
    """Call the API; return the status, the calls that are left in this minute, and the response."""
    line = http.client.HTTPConnection(portal.address.removeprefix("http://"), timeout=60)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        **({"Idempotency-Key": key} if key else {}),
    }
    line.request(method, path, None if body is None else json.dumps(body), headers)
    response = line.getresponse()
    text = response.read().decode()
    line.close()
    return response.status, int(response.headers["RateLimit-Remaining"]), text


def test_both_serve_the_same_sessions_limits_and_records(last_code: Path, tmp_path: Path) -> None:
    with empty_database(tmp_path) as database:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "deskops.settings",
            "DATABASE_URL": database,
            "VAR_DIR": str(tmp_path),
            "WEB_WORKERS": "1",
        }
        run(last_code, environment, "manage.py", "migrate", "--verbosity", "0")
        run(last_code, environment, "manage.py", "createcachetable")
        with web_server(last_code, environment) as old:
            # The last release serves while the database is upgraded, and afterwards.
            run(settings.BASE_DIR, environment, "manage.py", "upgrade")
            known = json.loads(run(settings.BASE_DIR, environment, "-c", PREPARE).splitlines()[-1])
            with web_server(settings.BASE_DIR, environment) as new:
                email = run(settings.BASE_DIR, environment, "-c", ADDRESS_OF_MONA).strip()
                check_sessions(old, new, email)
                check_records(old, new, known)
        run(settings.BASE_DIR, environment, "manage.py", "verify_inventory")


def check_sessions(old: Portal, new: Portal, email: str) -> None:
    """Sign in at each version and go on at the other."""
    for first, second in ((old, new), (new, old)):
        browser = Portal(first.address)
        browser.sign_in(email=email, password=PASSWORD)
        browser.address = second.address

        assert "Mona" in browser.get("/account/")


def check_records(old: Portal, new: Portal, known: dict[str, object]) -> None:
    """Save records at both versions in turn: each counts once, and so does each call."""
    token, sites = str(known["token"]), known["sites"]
    assert isinstance(sites, list)
    body = {"siteId": sites[0], "date": "2026-03-02", "materialId": known["material"], "qtyTon": "1"}
    lefts = []
    for number in range(6):
        portal = (old, new)[number % 2]
        # The same key at both is the same record.
        status, left, text = call(
            portal, "POST", "/api/received", token, body=body, key=f"record {number // 2}"
        )
        assert status == 201, text
        lefts.append(left)

    responses = [
        json.loads(call(each, "GET", f"/api/received?siteId={sites[0]}", token)[2]) for each in (old, new)
    ]
    counted = [len(value) for found in responses for value in found.values() if isinstance(value, list)]

    assert counted == [3, 3]
    # Each pair is a call at either version; a minute may end within one of them.
    assert any(lefts[place + 1] == lefts[place] - 1 for place in (0, 2, 4)), lefts
