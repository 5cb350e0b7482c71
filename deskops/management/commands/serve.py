"""`manage.py serve`: the web server and the worker, started and stopped as one."""

import argparse
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import override

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# What a worker may take to finish its job once it was told to stop.
PATIENCE_SECONDS = 15


class Command(BaseCommand):
    help = "Serve the portal and do its background jobs, until Ctrl-C."

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--host", default=settings.HOST, help="address to listen on (default: %(default)s)"
        )
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="port to listen on (default: %(default)s)"
        )

    @override
    def handle(self, *, host: str, port: int, **options: object) -> None:
        refuse_taken_port(host, port)
        stopping = threading.Event()

        def stop(_signum: int, _frame: FrameType | None) -> None:
            stopping.set()

        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, stop)
        children = {"web server": start(web_server(host, port)), "worker": start(worker())}
        try:
            self.watch(children, stopping, host=host, port=port)
        finally:
            stop_all(list(children.values()))
        self.stdout.write("Stopped.")

    def watch(
        self,
        children: dict[str, subprocess.Popen[bytes]],
        stopping: threading.Event,
        *,
        host: str,
        port: int,
    ) -> None:
        """Wait until told to stop; announce the address as soon as it answers.

        Raises CommandError if a child ends by itself.
        """
        announced = False
        while not stopping.wait(0.2):
            for name, child in children.items():
                if child.poll() is not None:
                    raise CommandError(f"The {name} ended by itself (exit status {child.returncode}).")
            if not announced and answers(host, port):
                announced = True
                self.stdout.write(f"DeskOps is at http://{shown(host)}:{port}/ (Ctrl-C stops it)")


def web_server(host: str, port: int) -> list[str]:
    """Return the command line of granian serving the portal over WSGI."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
        "deskops.wsgi:application",
    ]


def worker() -> list[str]:
    """Return the command line of the worker."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"]


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, so that Ctrl-C reaches it through us, once."""
    return subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603  # ours


def stop_all(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask every child to stop, wait for all, and end those that do not."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError if somebody listens there already."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # A connection that ended a moment ago does not make the port a taken one.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(
            f"Port {port} on {host} cannot be had ({error.strerror}). "
            "Choose another with PORT=, such as: make run PORT=8001"
        ) from error


def answers(host: str, port: int) -> bool:
    """Say whether somebody accepts connections there."""
    try:
        with socket.create_connection((reachable(host), port), timeout=1):
            return True
    except OSError:
        return False


def reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound


def shown(host: str) -> str:
    return "localhost" if reachable(host) in {"127.0.0.1", "::1"} else host
