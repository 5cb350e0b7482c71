"""The server as `make run` starts it, in processes of its own, on a database of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import free_port

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180
# In one process: each takes seconds to begin.
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Prepare a portal beside the one of the tests."""
    place = tmp_path_factory.mktemp("served")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "deskops.settings",
        "DATABASE_URL": f"sqlite:///{place / 'portal.sqlite3'}",
        "WEB_WORKERS": "2",
        "METRICS_TOKEN": "a token",
        "PORT": str(free_port()),
    }
    subprocess.run([sys.executable, "-c", PREPARE], cwd=PROJECT, env=environment, check=True)
    return environment


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run `manage.py serve` until it announces its address."""
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(f"DeskOps is at http://localhost:{environment['PORT']}/")
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
        server.communicate(timeout=PATIENCE_SECONDS)


def health(environment: dict[str, str]) -> dict[str, str]:
    """Ask /healthz until the worker has been seen."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{environment['PORT']}/healthz", timeout=10
            ) as answer:
                found: dict[str, str] = json.load(answer)["checks"]
                return found
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def counted(environment: dict[str, str]) -> int:
    """Return how often /livez was answered, as /metrics says."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{environment['PORT']}/metrics", headers={"Authorization": "Bearer a token"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
    found = re.search(r'^deskops_responses_total{status="200",view="livez"} (\d+)', text, re.MULTILINE)
    return int(found[1]) if found else 0


def children_of(process: int) -> dict[int, str]:
    """Return the command lines of a process's children by their ids."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return {
        int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ").strip()
        for child in children
    }


def worker_of(process: int) -> int | None:
    """Return the id of the worker among a process's children; None while there is none."""
    commands = children_of(process).items()
    return next((child for child, command in commands if command.endswith("manage.py work")), None)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the children are found through /proc")
class TestServe:
    def test_serves_web_and_worker_and_stops_both_on_ctrl_c(self, environment: dict[str, str]) -> None:
        with serving(environment) as server:
            found = health(environment)
            children = children_of(server.pid)

            server.send_signal(signal.SIGINT)
            output, _ = server.communicate(timeout=PATIENCE_SECONDS)

        assert found == {"database": "ok", "migrations": "ok", "worker": "ok"}
        assert len(children) == 2
        assert output.endswith("Stopped.\n")
        assert server.returncode == 0
        assert not [child for child in children if Path(f"/proc/{child}").exists()]

    def test_adds_up_what_all_web_processes_counted(self, environment: dict[str, str]) -> None:
        with serving(environment):
            for _ in range(20):
                urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}/livez", timeout=10).close()
            counts = {counted(environment) for _ in range(4)}

        # The server itself looks whether it answers, until it does.
        assert len(counts) == 1, counts
        assert counts.pop() > 20

    def test_stops_soon_when_stopped_before_it_serves(self, environment: dict[str, str]) -> None:
        server = subprocess.Popen([sys.executable, "manage.py", "serve"], cwd=PROJECT, env=environment)
        while not (children := children_of(server.pid)):
            assert server.poll() is None
            time.sleep(0.05)

        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)

        assert server.returncode == 0
        assert not [child for child in children if Path(f"/proc/{child}").exists()]

    def test_a_taken_port_gets_a_sentence(self, environment: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])

            refused = subprocess.run(
                [sys.executable, "manage.py", "serve"],
                cwd=PROJECT,
                env={**environment, "PORT": port},
                capture_output=True,
                text=True,
                check=False,
            )

        assert refused.returncode == 1
        assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)." in refused.stderr
        assert "Traceback" not in refused.stderr
