"""Kill the web server of a served portal again and again while records are posted: `make chaos`.

    python -m bench.chaos [--kills 10]

On the database that DATABASE_URL names, else on SQLite. Exits with 1 where an acknowledged record is lost or
a record is there twice.
"""

import argparse
import contextlib
import http.client
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

import tests.environment  # noqa: F401  # what the portal of the tests is started with
from tests.deskops.served_portal import Portal, served_portal
from tests.deskops.test_serve import children_of

WRITERS = 4
# A web server that was killed is started again within a second and loads for some more.
PATIENCE_SECONDS = 120


class Writer(threading.Thread):
    """Posts records, each with a key of its own, and repeats a request until it is acknowledged."""

    def __init__(self, portal: Portal, number: int) -> None:
        super().__init__()
        self.portal = portal
        self.number = number
        self.acknowledged = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            key = f"writer {self.number}, record {self.acknowledged}"
            while not self.post(key):
                time.sleep(0.1)
            self.acknowledged += 1

    def post(self, key: str) -> bool:
        """Post a record and return whether it was acknowledged."""
        try:
            return self.portal.receive(self.portal.sites[0], key=key).status == http.HTTPStatus.CREATED
        except (OSError, http.client.HTTPException):
            return False


def web_process(serve: int) -> int:
    """Return the process that answers requests: the child of granian, which `serve` has started."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for child, command in children_of(serve).items():
            if "granian" in command and (workers := list(children_of(child))):
                return workers[-1]
        time.sleep(0.1)
    raise TimeoutError("The web server did not start again.")


def drive(folder: Path, *, kills: int) -> bool:
    """Kill the web server so often while four writers post; return whether each record is there once."""
    with served_portal(folder, API_RATE_PER_MINUTE="1000000") as portal:
        if portal.process is None:
            return False
        writers = [Writer(portal, number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(kills):
            acknowledged = sum(writer.acknowledged for writer in writers)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while (
                sum(writer.acknowledged for writer in writers) < acknowledged + 20
                and time.monotonic() < deadline
            ):
                time.sleep(0.05)
            os.kill(web_process(portal.process.pid), signal.SIGKILL)
        for writer in writers:
            writer.over.set()
        for writer in writers:
            writer.join()
        acknowledged = sum(writer.acknowledged for writer in writers)
        stored = count_records(portal.database_url)
    print(
        f"{kills} kills, {acknowledged} records acknowledged, {max(acknowledged - stored, 0)} lost,"
        f" {max(stored - acknowledged, 0)} doubled"
    )
    return acknowledged == stored


def count_records(database: str) -> int:
    """Return how many records of received material the database has."""
    statement = "SELECT count(*) FROM received_receivedmaterial"
    with contextlib.closing(
        psycopg.connect(database)
        if database.startswith("postgres")
        else sqlite3.connect(database.removeprefix("sqlite:///"))
    ) as connection:
        found = connection.execute(statement).fetchone()
    return int(found[0]) if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deskops-chaos-") as folder:
        return int(not drive(Path(folder), kills=options.kills))


if __name__ == "__main__":
    sys.exit(main())
