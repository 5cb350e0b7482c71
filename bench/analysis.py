"""The analysis of a year of all sites, page by page; started by `python -m bench`.

What is filled is a company of 20 sites with so many records: those of a year count, the others are history.
Each third load received leaves again to one of 40 customers, so that the year has dispatched loads too.
"""

import argparse
import datetime as dt
import statistics
import time

import django

django.setup()

from django.conf import settings  # noqa: E402  # the settings come first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import translation  # noqa: E402

from bench.filling import LAST_DAY, Filled, fill, settle, statement  # noqa: E402
from bench.measuring import Report  # noqa: E402
from dispatch.models import Dispatch  # noqa: E402
from parties.models import Party  # noqa: E402
from received.models import ReceivedMaterial  # noqa: E402
from records.models import RecordQuerySet  # noqa: E402
from sites.models import Operation  # noqa: E402

CUSTOMERS = 40
ROUNDS = 5
FIRST_DAY = LAST_DAY - dt.timedelta(days=364)
# A measure, and how it is divided.
ANALYSES = (
    "measure=received&rows=material&columns=month",
    "measure=received&rows=day",
    "measure=received&rows=vehicle&columns=weekday",
    "measure=received&rows=site&columns=category&compare=before",
    "measure=output&rows=material&columns=month",
    "measure=dispatched&rows=customer",
    "measure=dispatched&rows=customer&columns=month",
    "measure=machine-hours&rows=machine",
    "measure=downtime&rows=machine&columns=reason",
    "measure=labour-hours&rows=role&columns=month",
    "measure=tons-per-labour-hour&rows=week",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    options = parser.parse_args()
    translation.activate(settings.LANGUAGE_CODE)
    report = Report("PostgreSQL" if connection.vendor == "postgresql" else "SQLite")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    filled = fill(options.records)
    settle(filled)
    _dispatch(filled)
    _report_size(report, filled)
    measure(report, filled)


def _dispatch(filled: Filled) -> None:
    """Dispatch each third received load to a customer. The ledger, which no analysis reads, leaves it out."""
    customers = [
        Party.objects.get_or_create(code=f"BENCH-{number:02}", defaults={"name": f"Customer {number}"})[0]
        for number in range(CUSTOMERS)
    ]
    Dispatch.objects.all()._raw_delete(connection.alias)
    values = {
        "operation": Operation.objects.earliest("pk").pk,
        "first_party": customers[0].pk,
        "customers": CUSTOMERS,
        "user": filled.clerk.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("fill_dispatch"), values)
        cursor.execute("VACUUM ANALYZE dispatch_dispatch" if connection.vendor == "postgresql" else "ANALYZE")


def _report_size(report: Report, filled: Filled) -> None:
    def of_year(records: "RecordQuerySet[ReceivedMaterial] | RecordQuerySet[Dispatch]") -> int:
        return records.between(FIRST_DAY, LAST_DAY).count()

    received, dispatched = of_year(ReceivedMaterial.objects.all()), of_year(Dispatch.objects.all())
    report.write(
        f"--- {filled.records:,} records of {len(filled.sites)} sites and {filled.days:,} days; of the year"
        f" {received:,} received and {dispatched:,} dispatched loads"
    )


def measure(report: Report, filled: Filled) -> None:
    """Measure the page of each analysis of the year and of all sites, as its reader waits for it."""
    client = Client()
    client.force_login(filled.admin)
    for query in ANALYSES:
        address = f"/analysis/?site=all&{query}&from={FIRST_DAY}&to={LAST_DAY}"
        took = []
        for _round in range(ROUNDS):
            began = time.perf_counter()
            answer = client.get(address)
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer
        report.at_most(
            query.replace("measure=", "").replace("&", " "),
            value=statistics.median(took),
            most=1,
            unit="s",
            detail=f"fastest {min(took):.2f} s",
        )


if __name__ == "__main__":
    main()
