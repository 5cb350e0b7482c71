"""What the tests of the release do with an installed one: run its commands, serve it, give it old data."""

import contextlib
import os
import re
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.processes import free_port
from tests.release.portal import Portal

OLD_DATABASE = Path(__file__).parent / "deskops-0.1.0.sql"
# Of every account that the tests create or that the old database has.
PASSWORD = "a long password"


@dataclass(frozen=True)
class Installed:
    """An installed release, and how long it took."""

    unpacked: Path
    home: Path
    seconds: float
    cpu_seconds: float


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


def cpu_seconds() -> float:
    """Return the processor time of all programs that ended: other work does not lengthen it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def process(home: Path, *arguments: str, **variables: str) -> Iterator[None]:
    """Run a command of the installed release until the block ends."""
    running = subprocess.Popen([home / "bin" / "deskops", *arguments], env=environment(**variables), cwd="/")
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=60)


@contextlib.contextmanager
def serving(home: Path, **variables: str) -> Iterator[Portal]:
    """Run the installed portal until the block ends."""
    port = str(free_port())
    variables = {"HTTPS": "false", "WEB_WORKERS": "1", **variables}
    with process(home, "serve", PORT=port, **variables):
        portal = Portal(f"http://127.0.0.1:{port}")
        portal.wait()
        yield portal


def write_old_database(path: Path) -> str:
    """Write a database as version 0.1.0 left it and return its DATABASE_URL."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        # A constraint of the schema uses a function that Django defines.
        connection.create_function("REGEXP", 2, lambda pattern, text: bool(re.search(pattern, text)))
        connection.executescript(OLD_DATABASE.read_text("utf-8"))
    return f"sqlite:///{path}"


def schema_of(path: Path) -> dict[str, list[str]]:
    """Return the columns and conditions of each table and index of a SQLite file, sorted."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: sorted(part.strip(" ()") for part in sql.replace('"', "").split(",")) for name, sql in found
    }
