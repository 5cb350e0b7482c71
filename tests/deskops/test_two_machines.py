"""Two web servers and two workers on one PostgreSQL and one storage; the database or Redis queues jobs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.deskops.served_portal import PATIENCE_SECONDS, PROJECT, Portal, served_portal, start
from tests.deskops.test_serve import worker_of
from tests.processes import free_port

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="SQLite is for one machine"
    ),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found through /proc"),
]
IMPORTS, ROWS = 3, 20
# Uploads files, waits for their checks, imports what the previews show, and waits for that.
IMPORT = f"""
import time
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from imports import actions
from imports.models import Upload
from imports.uploads import create_upload
from received.models import ReceivedMaterial
from sites.models import Material, Site, User
admin, site = User.objects.get(is_superuser=True), Site.objects.get(code="YARD-NORTH")

def wait_for(status):
    deadline = time.monotonic() + {PATIENCE_SECONDS}
    while (found := set(Upload.objects.values_list("status", flat=True))) != {{status}}:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)

code = Material.objects.get().code
for number in range({IMPORTS}):
    lines = [f"2026-04-0{{number + 1}},{{code}},{{row + 1}}" for row in range({ROWS})]
    content = "\\r\\n".join(["date,material,qty_ton", *lines]).encode()
    upload = create_upload(file=SimpleUploadedFile(f"{{number}}.csv", content), by=admin)
    actions.set_up(upload=upload, by=admin, module="received", sites=[site])
wait_for("checked")
for upload in Upload.objects.all():
    actions.start_import(upload=upload, by=admin, digest=upload.digest, skip_rejected=False)
wait_for("done")
print(ReceivedMaterial.objects.filter(date__month=4).count())
"""


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run an empty Redis and yield its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed: scripts/ensure-redis")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


@pytest.fixture(scope="module", params=["database", "redis"])
def machines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Portal, Portal]]:
    """Serve one portal twice, each with a worker."""
    folder = tmp_path_factory.mktemp("machines")
    with pytest.MonkeyPatch.context() as environment, redis_server(folder) as address:
        if request.param == "redis":
            environment.setenv("TASKS_BACKEND", "django_tasks_rq.RQBackend")
            environment.setenv("CACHE_URL", address)
        with served_portal(folder) as first:
            # The other machine has the same folder, and a log of its own.
            second = replace(first, port=free_port())
            second.environment = {**first.environment, "PORT": str(second.port)}
            second.process = start(second.environment, log="other-log")
            try:
                yield first, second
            finally:
                second.process.terminate()
                second.process.communicate(timeout=PATIENCE_SECONDS)


def eventually[T](find: Callable[[], T | None], *, seconds: float = PATIENCE_SECONDS) -> T:
    deadline = time.monotonic() + seconds
    while (found := find()) is None:
        assert time.monotonic() < deadline
        # Within the API's limit of calls a minute.
        time.sleep(0.5)
    return found


def request_export(portal: Portal, *, day: int) -> int:
    body = {
        "siteId": portal.sites[0],
        "module": "received",
        "dateFrom": f"2026-03-{day:02}",
        "dateTo": "2026-03-31",
        "format": "csv",
    }
    answer = portal.request("POST", "/api/exports", body)
    assert answer.status == 201, answer
    job = answer.body["exportJob"]
    assert isinstance(job, dict)
    return int(job["id"])


def job_of(portal: Portal, number: int) -> dict[str, object]:
    job = portal.request("GET", f"/api/exports/{number}").body["exportJob"]
    assert isinstance(job, dict)
    return job


def ended(portal: Portal, number: int) -> dict[str, object] | None:
    job = job_of(portal, number)
    return None if job["status"] in {"pending", "processing"} else job


def all_ended(portal: Portal, numbers: list[int]) -> list[dict[str, object]]:
    return [eventually(partial(ended, portal, number)) for number in numbers]


def in_progress(portal: Portal, number: int) -> bool | None:
    return job_of(portal, number)["status"] == "processing" or None


@contextmanager
def locked_records(portal: Portal) -> Iterator[None]:
    """Keep everybody from reading records, so that a worker does not get on."""
    with psycopg.connect(portal.database_url) as other:
        other.execute("LOCK TABLE received_receivedmaterial IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def rows(portal: Portal, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(portal.database_url) as other:
        return other.execute(query.encode()).fetchall()


class TestTwoMachines:
    def test_make_each_export_once_and_both_hand_it_out(self, machines: tuple[Portal, Portal]) -> None:
        first, second = machines
        first.receive(first.sites[0], key="a load")
        numbers = []
        for day in range(1, 9):
            number = request_export((first, second)[day % 2], day=day)
            numbers.append(number)
            # A person may have five in progress.
            if day == 4:
                all_ended(first, numbers)

        jobs = all_ended(second, numbers)

        assert {job["status"] for job in jobs} == {"completed"}
        made = rows(first, "SELECT job_number, count(*) FROM exports_exportaudit GROUP BY 1")
        assert sorted(made) == [(number, 1) for number in sorted(numbers)]
        assert rows(first, "SELECT DISTINCT attempts FROM exports_exportjob") == [(1,)]
        for number in numbers:
            files = [portal.request("GET", f"/api/exports/{number}/download") for portal in machines]
            assert [file.status for file in files] == [200, 200]

    def test_import_each_row_once(self, machines: tuple[Portal, Portal]) -> None:
        first, _second = machines

        done = subprocess.run(
            [sys.executable, "-c", IMPORT],
            cwd=PROJECT,
            env=first.environment,
            check=False,
            capture_output=True,
            text=True,
        )

        assert done.returncode == 0, done.stderr
        assert int(done.stdout.split()[-1]) == IMPORTS * ROWS
        assert rows(first, "SELECT count(*), sum(rows_written) FROM records_batch") == [
            (IMPORTS, IMPORTS * ROWS)
        ]

    def test_cancel_an_export_in_progress_on_the_other_machine(self, machines: tuple[Portal, Portal]) -> None:
        first, second = machines
        with locked_records(first):
            number = request_export(first, day=10)
            eventually(lambda: in_progress(first, number))

            cancelled = second.request("DELETE", f"/api/exports/{number}")
            # Its worker is free within a second, although the table is still locked.
            freed = eventually(
                lambda: (
                    not rows(
                        first,
                        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%received_receivedmaterial%'"
                        " AND state = 'active' AND wait_event_type = 'Lock'",
                    )
                    or None
                ),
                seconds=10,
            )

        assert cancelled.status == 204
        assert freed
        assert job_of(first, number)["status"] == "cancelled"

    def test_take_up_the_export_of_a_worker_that_was_killed(self, machines: tuple[Portal, Portal]) -> None:
        first, second = machines
        with locked_records(first):
            number = request_export(second, day=11)
            eventually(lambda: in_progress(first, number))
            for portal in machines:
                assert portal.process is not None
                worker = worker_of(portal.process.pid)
                assert worker is not None
                os.kill(worker, signal.SIGKILL)
        killed_at = time.monotonic()

        job = eventually(lambda: ended(first, number))

        assert job["status"] == "completed"
        assert time.monotonic() - killed_at < 90
        assert (number, 2) in rows(first, "SELECT id, attempts FROM exports_exportjob")
        made = rows(first, "SELECT job_number, count(*) FROM exports_exportaudit GROUP BY 1")
        assert (number, 1) in made

    def test_are_seen_by_doctor_as_sharing_their_files(self, machines: tuple[Portal, Portal]) -> None:
        first, _second = machines

        assert rows(first, "SELECT count(DISTINCT files_at) FROM deskops_machine") == [(1,)]
        assert first.request("GET", "/healthz").status == 200
