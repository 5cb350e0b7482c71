"""Let one person make many heavy requests at once, and measure what somebody else waits for a trivial page.

    python -m bench.heavy [--seconds 30]

On the database that DATABASE_URL names, which must be empty, else on SQLite. The portal is prepared and
served as `make run` does.
"""

import argparse
import datetime as dt
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from bench.load import PREPARE, PROJECT, environment_of

AT_ONCE = 8
TRIVIAL = "/shortcuts/"
CSRF = "a" * 32


class Clerk(TypedDict):
    """Somebody who is signed in: the session, and their site."""

    session: str
    site: str
    site_id: int
    sheet: str


def send(port: int, clerk: Clerk, path: str, body: object = None) -> int:
    """Send a request, read the answer to its end, and return its status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {
        "Cookie": f"sessionid={clerk['session']}; csrftoken={CSRF}",
        "X-CSRFToken": CSRF,
        "Content-Type": "application/json",
    }
    try:
        content = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, content, headers)
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    if response.status == http.HTTPStatus.NOT_FOUND:
        raise LookupError(path)
    return response.status


def heavy_requests(clerk: Clerk, last: str) -> list[tuple[str, object]]:
    """Return lists of 1,000 records, a year of figures, and exports in each format."""
    site = clerk["site"]
    year = f"{int(last[:4]) - 1}{last[4:]}"
    # As many days as an operator may export at once.
    first = dt.date.fromisoformat(last) - dt.timedelta(days=30)
    export = {"siteId": clerk["site_id"], "module": "received", "dateFrom": str(first), "dateTo": last}
    return [
        (f"/api/received?siteId={clerk['site_id']}&limit=1000", None),
        (f"/received/?site={site}&from={year}&to={last}", None),
        (f"/dashboard/?site={site}&from={year}&to={last}", None),
        *(("/api/exports", export | {"format": each}) for each in ("xlsx", "csv", "pdf")),
        (f"/api/production?siteId={clerk['site_id']}&limit=1000", None),
        (f"/analysis/?site={site}&from={year}&to={last}", None),
    ]


@contextmanager
def heavy_person(port: int, clerk: Clerk) -> Iterator[Counter[int]]:
    """Send the heavy requests of a person, so many at once, until the end; yield the statuses so far."""
    statuses: Counter[int] = Counter()
    over = threading.Event()
    requests = heavy_requests(clerk, clerk["sheet"].rstrip("/").rpartition("/")[2])

    def go_on(number: int) -> None:
        while not over.is_set():
            path, body = requests[number % len(requests)]
            statuses[send(port, clerk, path, body)] += 1
            number += 1

    threads = [threading.Thread(target=go_on, args=[number]) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


def trivial_times(port: int, clerk: Clerk, seconds: int) -> list[float]:
    """Return what the trivial page took, in milliseconds, four times a second."""
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        assert send(port, clerk, TRIVIAL) == http.HTTPStatus.OK
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.25)
    return times


def print_times(name: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:<10} median {statistics.median(times):>6.0f} ms, p95 {p95:>6.0f} ms, {len(times)} requests")


def measure(folder: Path, seconds: int) -> None:
    """Serve the demo, and print the times of the trivial page before and during the heavy requests."""
    environment = environment_of(folder)
    manage = [sys.executable, "manage.py"]
    subprocess.run(  # noqa: S603  # our own program
        [*manage, "setup_demo"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    prepared = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PREPARE, "2"],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    heavy, other = json.loads(prepared.stdout.splitlines()[-1])
    server = subprocess.Popen(  # noqa: S603  # our own program
        [*manage, "serve"], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        if server.stdout is None or not server.stdout.readline():
            sys.exit("The portal did not start.")
        threading.Thread(target=server.stdout.read, daemon=True).start()
        port = int(environment["PORT"])
        # The first requests of each process load its code.
        trivial_times(port, other, 5)
        print_times("before", trivial_times(port, other, seconds))
        with heavy_person(port, heavy) as statuses:
            print_times("meanwhile", trivial_times(port, other, seconds))
        print(f"Answers to the heavy requests: {dict(sorted(statuses.items()))}")
        print(f"Load of the machine: {os.getloadavg()[0]:.1f}")
    finally:
        server.terminate()
        server.wait(timeout=60)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deskops-heavy-") as folder:
        measure(Path(folder), options.seconds)


if __name__ == "__main__":
    main()
