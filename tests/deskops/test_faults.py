"""Faults of the database under a served portal: locked, cut off, restarted, read-only."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests.deskops.served_portal import PATIENCE_SECONDS, PROJECT, Portal, served_portal
from tests.deskops.test_serve import children_of, worker_of

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found through /proc")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL's own fault")
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own fault")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with served_portal(tmp_path_factory.mktemp("faults")) as portal:
        yield portal


@contextmanager
def locked_site(portal: Portal) -> Iterator[None]:
    """Lock the first site in a transaction that does nothing; on SQLite, everything that is written."""
    if connection.vendor == "sqlite":
        path = portal.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    with psycopg.connect(portal.database_url) as other:
        other.execute("SELECT 1 FROM sites_site WHERE id = %s FOR UPDATE", [portal.sites[0]])
        yield
        other.rollback()


def eventually_answers(portal: Portal, path: str) -> list[int]:
    """Return the statuses of requests up to the first 200."""
    statuses: list[int] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not statuses or statuses[-1] != 200:
        statuses.append(portal.request("GET", path).status)
        assert time.monotonic() < deadline, statuses
    return statuses


class TestLockedSite:
    def test_writers_get_busy_within_five_seconds_and_everybody_else_goes_on(self, portal: Portal) -> None:
        site, other_site = portal.sites
        before = portal.records_at(site)

        with locked_site(portal), ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(portal.receive, site, key=f"locked-{number}") for number in range(8)]
            time.sleep(0.5)
            alive = portal.request("GET", "/livez")
            by_another = f"Bearer {portal.other_token}"
            elsewhere = (
                portal.receive(other_site, key="elsewhere", Authorization=by_another)
                if on_other_sites()
                else None
            )
            answers = [each.result() for each in waiting]

        assert {answer.status for answer in answers} == {503}
        assert {answer.body["code"] for answer in answers} == {"BUSY"}
        assert all(answer.retry_after for answer in answers)
        assert min(answer.seconds for answer in answers) < 6
        assert alive.status == 200
        assert elsewhere is None or elsewhere.status == 201
        assert portal.records_at(site) == before

    def test_the_same_request_succeeds_afterwards(self, portal: Portal) -> None:
        site = portal.sites[0]
        with locked_site(portal):
            refused = portal.receive(site, key="again")

        saved, repeated = portal.receive(site, key="again"), portal.receive(site, key="again")

        assert (refused.status, saved.status, repeated.status) == (503, 201, 201)
        assert saved.body == repeated.body


def on_other_sites() -> bool:
    """Return whether the lock of a site leaves the other sites alone: SQLite has one for all."""
    return connection.vendor == "postgresql"


@on_postgresql
class TestConnectionsCut:
    def test_the_next_requests_are_answered_and_the_worker_goes_on(self, portal: Portal) -> None:
        assert portal.process is not None
        worker = worker_of(portal.process.pid)
        with psycopg.connect(portal.database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        pages = [portal.request("GET", path) for path in ("/api/sites", "/dashboard/", "/received/") * 3]

        assert {page.status for page in pages} == {200}
        assert max(page.seconds for page in pages) < 10
        # The worker looks for jobs each second: by now it has noticed.
        time.sleep(3)
        assert worker_of(portal.process.pid) == worker


class TestReadOnlyDatabase:
    def test_pages_and_the_api_can_be_read_and_readiness_says_why(self, portal: Portal) -> None:
        with read_only(portal):
            answers = {
                path: portal.request("GET", path).status
                for path in ("/api/sites", "/api/openapi.json", "/dashboard/", "/received/")
            }
            ready = portal.request("GET", "/readyz")
            refused = portal.receive(portal.sites[0], key="read-only")

        assert set(answers.values()) == {200}, answers
        assert (ready.status, ready.body["status"]) == (200, "degraded")
        assert ready.body["checks"]["writes"] == "failing"  # type: ignore[index]  # the checks by name
        assert refused.status == 503
        assert eventually_answers(portal, "/api/sites")[-1] == 200
        assert portal.receive(portal.sites[0], key="read-only").status == 201


@contextmanager
def read_only(portal: Portal) -> Iterator[None]:
    """Let nothing be written to the database: PostgreSQL by its setting, SQLite by a lock that lasts."""
    if connection.vendor == "sqlite":
        with locked_site(portal):
            yield
        return
    server = urlsplit(portal.database_url)._replace(path="/postgres").geturl()
    setting = f'ALTER DATABASE "{portal.database_name}" SET default_transaction_read_only = '
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server, autocommit=True) as admin:
        for value in ("on", "off"):
            admin.execute(f"{setting}{value}".encode())
            admin.execute(cut, [portal.database_name])
            if value == "on":
                yield


def started_worker(process: int) -> int:
    """Return the id of the worker, which starts a moment after the web server."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (worker := worker_of(process)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return worker


@contextmanager
def unfinished_bodies(portal: Portal, head: bytes) -> Iterator[list[socket.socket]]:
    """Send more requests than the web server has threads, each with the first bytes of a body."""
    with ExitStack() as opened:
        clients = []
        for _ in range(60):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", portal.port), timeout=60))
            client.sendall(head + b"\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n4\r\na=bc\r\n")
            clients.append(client)
        yield clients


class TestSlowClients:
    @pytest.mark.parametrize(
        "head",
        [
            b"POST /accounts/login/ HTTP/1.1\r\nContent-Length: 1000",
            b"POST /api/received HTTP/1.1\r\nTransfer-Encoding: chunked",
        ],
    )
    def test_leave_threads_to_everybody_else(self, portal: Portal, head: bytes) -> None:
        with unfinished_bodies(portal, head) as clients:
            answer = portal.request("GET", "/livez")
            statuses = {clients[-1].recv(100).split()[1]}

        assert answer.status == 200
        assert answer.seconds < 10
        assert statuses == {b"503"}
        assert portal.receive(portal.sites[1], key=f"after {head!r}").status == 201

    def test_send_no_files_as_strangers(self, portal: Portal) -> None:
        head = b"POST /accounts/login/ HTTP/1.1\r\nCookie: sessionid=invented\r\nContent-Length: 2000000"
        with unfinished_bodies(portal, head) as clients:
            statuses = {client.recv(100).split()[1] for client in clients}

        # Some are more than anybody may send at once.
        assert b"413" in statuses
        assert statuses <= {b"413", b"429"}


class TestServe:
    def test_starts_a_killed_worker_again(self, portal: Portal) -> None:
        assert portal.process is not None
        worker = started_worker(portal.process.pid)

        os.kill(worker, signal.SIGKILL)

        deadline = time.monotonic() + PATIENCE_SECONDS
        while worker_of(portal.process.pid) in {worker, None}:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert portal.request("GET", "/livez").status == 200

    @on_sqlite
    def test_refuses_a_database_that_another_portal_serves(self, portal: Portal) -> None:
        second = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", "0"],
            cwd=PROJECT,
            env=portal.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

        assert second.returncode == 1
        assert "Another portal is serving" in second.stderr

    def test_takes_its_processes_with_it_when_it_is_killed(self, portal: Portal) -> None:
        assert portal.process is not None
        children = children_of(portal.process.pid)

        portal.process.kill()
        portal.process.wait()

        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < deadline, children
            time.sleep(0.1)
