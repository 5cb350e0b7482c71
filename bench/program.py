"""Measures on the database that DATABASE_URL names; started by `python -m bench`, once for each database."""

import argparse
import time

import django

django.setup()

from django.conf import settings  # noqa: E402  # the settings come first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import translation  # noqa: E402

from bench import api, reading, writing  # noqa: E402
from bench.charting import measured_charts  # noqa: E402
from bench.filling import Filled, fill, settle  # noqa: E402
from bench.measuring import Report  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", type=int, required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--only-api", action="store_true")
    options = parser.parse_args()
    # As the middleware does for each request.
    translation.activate(settings.LANGUAGE_CODE)
    report = Report("PostgreSQL" if connection.vendor == "postgresql" else "SQLite")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    if options.only_api:
        api.measure(report, _filled(report, options.small))
    else:
        _at_both_sizes(report, options.small, options.records)


def _filled(report: Report, records: int) -> Filled:
    began = time.perf_counter()
    filled = fill(records)
    settle(filled)
    report.write(
        f"--- {filled.records:,} records of {len(filled.sites)} sites and {filled.days:,} days,"
        f" filled in {time.perf_counter() - began:.0f} s"
    )
    return filled


def _at_both_sizes(report: Report, small: int, large: int) -> None:
    figures, of_charts = [], []
    # The same size twice would be filled once and compared with itself.
    for records in dict.fromkeys((small, large)):
        filled = _filled(report, records)
        figures.append(reading.cards(report, filled))
        of_charts.append(measured_charts(report, filled))
        reading.dashboard(report, filled)
        reading.long_list(report, filled)
        writing.one_record(report, filled)
        api.measure(report, filled)
    report.write(f"how the one statement for the four cards goes about it:\n{reading.plan_of_cards(filled)}")
    if len(figures) == 1:
        return
    report.at_most(
        f"four cards, {large:,} records against {small:,}",
        value=figures[1].mine / figures[0].mine,
        most=1.3,
        detail=f"the floor itself {figures[1].floor / figures[0].floor:.2f} ×",
    )
    for name, at_small in of_charts[0].items():
        report.at_most(
            f"chart of a year, {large:,} records against {small:,}: {name}",
            value=of_charts[1][name].mine / at_small.mine,
            most=1.3,
            detail=f"the floor itself {of_charts[1][name].floor / at_small.floor:.2f} ×",
        )


if __name__ == "__main__":
    main()
