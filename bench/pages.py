"""The pages that clerks use all day, each against a redirect that does no work; started by `python -m bench`.

The database that DATABASE_URL names gets the demo's three sites. Requests go through all middleware, in this
process, and responses are compressed as for a browser. Processor time is compared, not the time that passed.
"""

import argparse
import cProfile
import datetime as dt
import pstats
import time
from http import HTTPStatus
from io import StringIO

import django

django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.measuring import Report, against  # noqa: E402
from production.models import Production  # noqa: E402
from received.models import ReceivedMaterial  # noqa: E402
from records.models import SiteDay  # noqa: E402
from records.pages.table import PAGE_SIZE  # noqa: E402
from sites.models import Site, User  # noqa: E402

CLERK = "operator@demo.example"
SITE = "YARD-NORTH"


class Browser:
    """A signed-in person whose requests go straight to the portal, without a test client's own work."""

    def __init__(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        # As in a browser that has been on a page with a form before.
        self._requests = RequestFactory(
            headers={"cookie": f"{cookies}; csrftoken={'a' * 32}", "accept-encoding": "gzip"}
        )
        self._handler = WSGIHandler()

    def get(self, address: str) -> int:
        """Request a page and return its status."""
        response = self._handler.get_response(self._requests.get(address))
        # A streamed response would be read by nobody.
        assert isinstance(response, HttpResponse)
        return response.status_code


def addresses(site: Site, day: dt.date) -> dict[str, tuple[str, float]]:
    """Return what is measured: the address and the bar of each page."""
    dates = f"site={site.code}&from={day - dt.timedelta(days=60)}&to={day}"
    return {
        "empty page, signed in": (f"{reverse('shortcuts')}?site={site.code}", 3),
        f"list of {PAGE_SIZE} loads": (f"{reverse('received:list')}?{dates}", 10),
        f"list of {PAGE_SIZE} production records": (f"{reverse('production:list')}?{dates}", 10),
        "day sheet of a full day": (reverse("day:page", args=[site.code, day]), 12),
        "dashboard": (f"{reverse('dashboard:page')}?site={site.code}&date={day}", 7),
        "gate": (f"{reverse('gate:page')}?site={site.code}", 7.5),
        "stock": (f"{reverse('inventory:stock')}?site={site.code}&date={day}", 7),
    }


def full_open_day(site: Site) -> dt.date:
    """Return the day of the last weeks with the most records, opened again so that it takes changes."""
    first = site.today() - dt.timedelta(days=21)
    days = [first + dt.timedelta(days=number) for number in range(21)]
    counts = {
        day: ReceivedMaterial.objects.filter(site=site, date=day).count()
        + Production.objects.filter(site=site, date=day).count()
        for day in days
    }
    day = max(days, key=lambda day: counts[day])
    SiteDay.objects.filter(site=site, date__gte=first).delete()
    return day


def measure(report: Report, *, rounds: int, only: str = "", profile: int = 0) -> None:
    """Measure each page against the redirect, and print where the time goes if a profile is requested."""
    site = Site.objects.get(code=SITE)
    browser = Browser(User.objects.get(email=CLERK))
    redirect = reverse("admin:index")
    assert browser.get(redirect) == HTTPStatus.FOUND
    for name, (address, most) in addresses(site, full_open_day(site)).items():
        if only not in name:
            continue
        assert browser.get(address) == HTTPStatus.OK, address
        measured = against(
            lambda: browser.get(address),  # noqa: B023
            lambda: browser.get(redirect),
            rounds=rounds,
            clock=time.process_time,
        )
        report.at_most(
            f"{name}, processor time against a redirect",
            value=measured.fastest_ratio,
            most=most,
            detail=measured.words,
        )
        if profile:
            report.write(_profile(lambda: browser.get(address), lines=profile))  # noqa: B023


def _profile(work: object, *, lines: int) -> str:
    assert callable(work)
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(20):
        work()
    profiler.disable()
    text = StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("cumtime").print_stats(lines)
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", default="", help="only pages whose name contains this")
    parser.add_argument("--profile", type=int, default=0, help="lines of a profile of each page")
    parser.add_argument("--filled", action="store_true", help="the demo is in the database already")
    options = parser.parse_args()
    report = Report("PostgreSQL" if connection.vendor == "postgresql" else "SQLite")
    if not options.filled:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_demo", stdout=StringIO())
    measure(report, rounds=options.rounds, only=options.only, profile=options.profile)


if __name__ == "__main__":
    main()
