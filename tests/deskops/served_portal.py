"""A portal in processes of its own, on a database of its own, as `manage.py serve` runs it."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg

from tests.processes import free_port

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180
PREPARE = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
from django.test import Client
from api.auth import make_token
from tests.factories import make_material, make_people
people = make_people()
client = Client()
client.force_login(people.mona)
print(json.dumps({
    "token": make_token(owner=people.ada, name="Faults")[1],
    "other_token": make_token(owner=people.ada, name="Somebody else")[1],
    "session": client.cookies["sessionid"].value,
    "sites": [people.site.pk, people.other_site.pk],
    "material": make_material().pk,
}))
"""


class Answer(NamedTuple):
    """The answer to a request, and the seconds that it took."""

    status: int
    body: dict[str, object]
    seconds: float
    retry_after: str | None


@dataclass
class Portal:
    """What the tests know of the served portal."""

    port: int
    environment: dict[str, str]
    token: str
    other_token: str
    session: str
    sites: list[int]
    material: int
    process: "subprocess.Popen[str] | None" = None

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def database_name(self) -> str:
        return urlsplit(self.database_url).path.lstrip("/")

    def request(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request with the token, or with the session where the path is a page's."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        started = time.monotonic()
        credentials = (
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            if path.startswith("/api")
            else {"Cookie": f"sessionid={self.session}"}
        )
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {**credentials, **(headers or {})})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        is_json = (response.headers.get("Content-Type") or "").startswith("application/json")
        return Answer(
            response.status,
            json.loads(text) if is_json and text else {},
            time.monotonic() - started,
            response.headers.get("Retry-After"),
        )

    def receive(self, site: int, *, key: str, **headers: str) -> Answer:
        """Create a record of received material."""
        body = {"siteId": site, "date": "2026-03-02", "materialId": self.material, "qtyTon": "1"}
        return self.request("POST", "/api/received", body, {"Idempotency-Key": key, **headers})

    def records_at(self, site: int) -> int:
        """Return how many records of received material a site has."""
        body = self.request("GET", f"/api/received?siteId={site}").body
        return next(len(value) for value in body.values() if isinstance(value, list))


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """Yield the address of a new database next to that of the tests: a file, or one on the same server."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        yield f"sqlite:///{folder / 'portal.sqlite3'}"
        return
    name = f"portal_{os.getpid()}_{free_port()}"
    server = urlsplit(address)._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield urlsplit(address)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def served_portal(folder: Path, **settings: str) -> Iterator[Portal]:
    """Serve a portal with two sites, an admin's token and a manager's session until the test is over."""
    with empty_database(folder) as database:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "deskops.settings",
            "DATABASE_URL": database,
            "VAR_DIR": str(folder),
            "WEB_WORKERS": "1",
            "PORT": str(free_port()),
            # As in production, also where the tests themselves need no pool.
            "DATABASE_POOL_SIZE": "10",
            **settings,
        }
        prepared = subprocess.run(
            [sys.executable, "-c", PREPARE],
            cwd=PROJECT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        portal = Portal(
            port=int(environment["PORT"]),
            environment=environment,
            **json.loads(prepared.stdout.splitlines()[-1]),
        )
        portal.process = start(environment)
        try:
            yield portal
        finally:
            portal.process.terminate()
            portal.process.communicate(timeout=PATIENCE_SECONDS)


def start(environment: dict[str, str], *, log: str = "log") -> "subprocess.Popen[str]":
    """Run `manage.py serve` until it announces its address."""
    with (Path(environment["VAR_DIR"]) / log).open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
    assert server.stdout is not None
    assert server.stdout.readline().startswith("DeskOps is at http://localhost:")
    return server
