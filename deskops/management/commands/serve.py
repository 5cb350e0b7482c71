"""`manage.py serve`: the web server and the worker, started and stopped as one."""

import argparse
import contextlib
import ctypes
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import override

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

# Seconds that a worker has to finish its job, and the web server its answers, once they are stopped.
PATIENCE_SECONDS = 15


# A process that ended by itself is started again after 1, 2, 4 ... seconds, and after 1 again once it has run
# for a minute.
MOST_SECONDS_BETWEEN_STARTS = 30
STEADY_SECONDS = 60
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask Linux to stop this process when the one that started it ends, even if that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A process of ours. It leads a group of its own, so that Ctrl-C reaches it through us, once."""

    def __init__(self, name: str, command: list[str], **environment: str) -> None:
        self.name = name
        self._command = command
        self._environment = {**os.environ, **environment}
        self._delay = 1
        self._due: float | None = None
        self.start()

    def start(self) -> None:
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own command lines
            self._command,
            cwd=settings.BASE_DIR,
            env=self._environment,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  # it only makes a system call, and we have no threads
        )

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def keep_running(self) -> str:
        """Start the process again some time after it has ended; return what happened, or an empty text."""
        now = time.monotonic()
        if self.runs:
            return ""
        if self._due is None:
            self.signal_group(signal.SIGKILL)
            if now - self._started > STEADY_SECONDS:
                self._delay = 1
            self._due = now + self._delay
            status = self.process.returncode
            return (
                f"The {self.name} ended by itself (exit status {status}); it starts again in {self._delay} s."
            )
        if now >= self._due:
            self._due, self._delay = None, min(self._delay * 2, MOST_SECONDS_BETWEEN_STARTS)
            self.start()
        return ""

    def signal_group(self, signum: int) -> None:
        """Signal the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signum)


class Command(BaseCommand):
    help = "Serve the portal and do its background jobs, until Ctrl-C."
    # The worker runs them, and both processes load what they check anyway.
    requires_system_checks = []

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--host", default=settings.HOST, help="address to listen on (default: %(default)s)"
        )
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="port to listen on (default: %(default)s)"
        )
        parser.add_argument(
            "--no-worker", action="store_true", help="leave background jobs to a worker of its own"
        )

    @override
    def handle(self, *, host: str, port: int, no_worker: bool, **_options: object) -> None:
        refuse_taken_port(host, port)
        stopping = threading.Event()

        def stop(_signum: int, _frame: FrameType | None) -> None:
            stopping.set()

        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, stop)
        with only_portal_on_this_database(), tempfile.TemporaryDirectory(prefix="deskops-") as counters:
            # Where its processes keep what /metrics adds up.
            shared = {"PROMETHEUS_MULTIPROC_DIR": counters} if settings.METRICS_TOKEN else {}
            children = [Child("web server", web_command(host, port), **shared)]
            try:
                self.watch(children, stopping, host=host, port=port, with_worker=not no_worker)
            finally:
                stop_all(children)
        self.stdout.write("Stopped.")

    def watch(
        self, children: list[Child], stopping: threading.Event, *, host: str, port: int, with_worker: bool
    ) -> None:
        """Wait for a stop signal; start the worker and print the address as soon as the web server answers.

        Both at once would share the cores while they load, and keep the first page waiting. What ends by
        itself later is started again. Raises CommandError if the web server ends before it has answered.
        """
        announced = False
        while not stopping.wait(0.2):
            if announced:
                for child in children:
                    if event := child.keep_running():
                        self.stderr.write(event)
                continue
            if not children[0].runs:
                status = children[0].process.returncode
                raise CommandError(f"The web server ended by itself (exit status {status}).")
            if answers(host, port):
                announced = True
                if with_worker:
                    children.append(Child("worker", worker_command()))
                self.stdout.write(f"DeskOps is at http://{shown(host)}:{port}/ (Ctrl-C stops it)")
                # Not only at the end, if this goes to a file.
                self.stdout.flush()


@contextlib.contextmanager
def only_portal_on_this_database() -> Iterator[None]:
    """Hold the lock on an SQLite database that one portal at a time serves. Raises CommandError."""
    if connection.vendor != "sqlite":
        yield
        return
    database = Path(connection.settings_dict["NAME"])
    with database.with_suffix(".serving").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(
                f"Another portal is serving {database}. Stop it first, or give this one its own VAR_DIR."
            ) from error
        yield


def web_command(host: str, port: int) -> list[str]:
    """Return the command line of granian serving the portal over WSGI."""
    return [
        # Its warnings are that the threads outnumber the cores: most of them wait (FairShareMiddleware).
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(PATIENCE_SECONDS - 5)),
        "deskops.wsgi:application",
    ]


def worker_command() -> list[str]:
    """Return the command line of the worker."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"]


def stop_all(children: list[Child]) -> None:
    """Let every child finish what it does and stop; kill what has not stopped within `PATIENCE_SECONDS`."""
    web, *workers = children
    for worker in workers:
        if worker.runs:
            # Once: the second time it would leave its job unfinished.
            worker.process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(child.runs for child in children) and time.monotonic() < deadline:
        if web.runs:
            # Repeatedly: granian's processes forget a signal that comes while they load the portal.
            web.signal_group(signal.SIGTERM)
        for child in children:
            try:
                child.process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                continue
    for child in children:
        child.signal_group(signal.SIGKILL)
        child.process.wait()


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError if another program listens there already."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # A connection that ended a moment ago does not make the port a taken one.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(
            f"Port {port} on {host} cannot be used ({error.strerror}). "
            "Choose another with PORT=, such as: make run PORT=8001"
        ) from error


def answers(host: str, port: int) -> bool:
    """Return whether the portal answers there, with any status."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
    try:
        connection.request("HEAD", "/livez")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound


def shown(host: str) -> str:
    return "localhost" if reachable(host) in {"127.0.0.1", "::1"} else host
