"""Let clerks work at a served portal and compare each page with a trivial one: `make load`.

    python -m bench.load --clerks 50 [--seconds 90]

DATABASE_URL names an empty PostgreSQL; without it, SQLite is used. The portal is prepared and served as
`make run` does. Exits with 1 where a response was wrong or a page took too long.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple, TypedDict

from tests.processes import free_port

PROJECT = Path(__file__).resolve().parent.parent
# Clerks begin one after the other; what they do meanwhile counts too.
CLERKS_A_SECOND = 5
MOST_TIMES_TRIVIAL = 6
TRIVIAL = "trivial page"
# A company with more clerks has more sites, each with loads of today before the clerks begin.
CLERKS_A_SITE = 3
LOADS_OF_TODAY = 20
PREPARE = """
import json, sys
import django
django.setup()
from io import StringIO
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from records import operations, registry
from records.choices import Source
from sites.models import Membership, Role, Site, User
number_of_clerks, clerks_a_site, loads = map(int, sys.argv[1:])
demo = list(Site.objects.order_by("code"))
more = [
    Site.objects.create(
        code=f"{like.code}-{number}",
        name=f"{like.name} {number}",
        timezone=like.timezone,
        day_starts_at=like.day_starts_at,
        working_hours=like.working_hours,
    )
    for number in range(len(demo), -(-number_of_clerks // clerks_a_site))
    for like in [demo[number % len(demo)]]
]
if more:
    call_command("load_master_data", site=[site.code for site in more], stdout=StringIO())
sites = demo + more
clerks = []
for number in range(number_of_clerks):
    site = sites[number % len(sites)]
    user = User.objects.create(email=f"clerk{number}@load.example", name=f"Clerk {number}")
    Membership.objects.create(user=user, site=site, role=Role.OPERATOR)
    client = Client()
    client.force_login(user)
    clerks.append({
        "session": client.cookies["sessionid"].value,
        "site": site.code,
        "site_id": site.pk,
        "sheet": reverse("day:page", args=[site.code, site.today()]),
    })
    for load in range(loads if len(demo) <= number < len(sites) else 0):
        operations.create(
            module=registry.module("received"),
            values={"date": str(site.today()), "material": "RAW-CONCRETE", "qty_ton": f"{12 + load / 4}"},
            site=site,
            by=user,
            source=Source.PAGE,
            confirmed=True,
        )
print(json.dumps(clerks))
"""


class PageTimes(TypedDict):
    """What locust says of the requests of one name."""

    name: str
    num_requests: int
    num_failures: int
    response_times: dict[str, int]


class Page(NamedTuple):
    """A page, its requests and failures, and its median and 95th percentile in milliseconds."""

    name: str
    requests: int
    failures: int
    median: float
    p95: float


def environment_of(folder: Path) -> dict[str, str]:
    """Return the environment of a portal of its own, as production has it but for TLS."""
    return {
        **os.environ,
        "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{folder / 'load.sqlite3'}"),
        "DJANGO_SETTINGS_MODULE": "deskops.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "a key for measuring that protects nothing and is long enough",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DEMO_PASSWORD": "for measuring only",
        "HTTPS": "false",
        "LOG_LEVEL": "ERROR",
        "PORT": str(free_port()),
        "VAR_DIR": str(folder),
    }


def measure(folder: Path, *, clerks: int, seconds: int) -> list[Page]:
    """Serve the demo to clerks for some seconds and return what each page took."""
    environment = environment_of(folder)
    manage = [sys.executable, "manage.py"]
    subprocess.run(  # noqa: S603  # our own program
        [*manage, "setup_demo"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    prepared = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PREPARE, *map(str, (clerks, CLERKS_A_SITE, LOADS_OF_TODAY))],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    (folder / "clerks.json").write_text(prepared.stdout.splitlines()[-1], encoding="utf-8")
    server = subprocess.Popen(  # noqa: S603  # our own program
        [*manage, "serve"], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        if server.stdout is None or not server.stdout.readline():
            sys.exit("The portal did not start.")
        # Nobody may wait for this program to read what the server prints.
        threading.Thread(target=server.stdout.read, daemon=True).start()
        measured = subprocess.run(  # noqa: S603  # our own program
            [
                *(sys.executable, "-m", "locust", "--locustfile", str(PROJECT / "bench" / "clerks.py")),
                *("--headless", "--json", "--users", str(clerks), "--spawn-rate", str(CLERKS_A_SECOND)),
                *("--run-time", f"{seconds}s", "--host", f"http://127.0.0.1:{environment['PORT']}"),
                # The first requests of each process load its code.
                *("--reset-stats", "--exit-code-on-error", "0", "--loglevel", "ERROR"),
            ],
            env={**environment, "CLERKS": str(folder / "clerks.json")},
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        server.terminate()
        server.wait(timeout=60)
    times: list[PageTimes] = json.loads(measured.stdout)
    if any(each["num_failures"] for each in times):
        # Its tables end with the errors.
        print(measured.stderr)
    return [summary(each) for each in times]


def summary(times: PageTimes) -> Page:
    """Return the median and the 95th percentile of a page; locust counts rounded response times."""
    counted = sorted((float(ms), number) for ms, number in times["response_times"].items())
    return Page(
        times["name"],
        times["num_requests"],
        times["num_failures"],
        percentile(counted, 0.5),
        percentile(counted, 0.95),
    )


def percentile(counted: list[tuple[float, int]], share: float) -> float:
    """Return the time that a share of all requests did not exceed."""
    left = share * sum(number for _ms, number in counted)
    for ms, number in counted:
        left -= number
        if left <= 0:
            return ms
    return 0


def print_and_judge(pages: list[Page]) -> bool:
    """Print what each page took against the trivial one; return whether all responses and times are right."""
    trivial = next((page.median for page in pages if page.name == TRIVIAL), 0)
    is_right = trivial > 0
    print(f"{'page':<16}{'requests':>9}{'wrong':>7}{'median':>10}{'p95':>10}{'p95 / trivial median':>22}")
    for page in sorted(pages):
        ratio = page.p95 / trivial if trivial else 0
        is_slow = ratio > MOST_TIMES_TRIVIAL
        is_right = is_right and not is_slow and not page.failures
        print(
            f"{page.name:<16}{page.requests:>9}{page.failures:>7}{page.median:>7.0f} ms{page.p95:>7.0f} ms"
            f"{ratio:>20.1f} ×{' missed' if is_slow else ''}"
        )
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"Target: 0 wrong, p95 ≤ {MOST_TIMES_TRIVIAL} × the trivial median. Load of the machine: {load}.")
    return is_right


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clerks", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=90)
    options = parser.parse_args()
    database = "PostgreSQL" if "DATABASE_URL" in os.environ else "SQLite"
    print(f"{options.clerks} clerks on {database} for {options.seconds} s", flush=True)
    with tempfile.TemporaryDirectory(prefix="deskops-load-") as folder:
        return int(not print_and_judge(measure(Path(folder), clerks=options.clerks, seconds=options.seconds)))


if __name__ == "__main__":
    raise SystemExit(main())
