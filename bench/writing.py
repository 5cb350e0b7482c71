"""Measure `operations.create` against a bare save of the same record."""

import datetime as dt
from decimal import Decimal
from itertools import count

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.filling import LAST_DAY, Filled
from bench.measuring import Report, against
from production.models import Production
from production.module import PRODUCTION
from records import operations
from records.choices import Shift, Source
from records.models import operation_writes
from sites.models import Material, Operation

TRANSACTION = ("BEGIN", "COMMIT")
# Entered for one of these last days, most records are carried on through the ledger to the days that follow.
DAYS = 30


def one_record(report: Report, filled: Filled) -> None:
    """Measure `operations.create` against `Model.save()` in a transaction, and count its statements."""
    site, clerk = filled.site, filled.clerk
    operation = Operation.objects.get(code="SEG-OP")
    materials = list(Material.objects.all())
    numbers, keys = count(), count()

    def values() -> dict[str, object]:
        number = next(numbers)
        return {
            "date": LAST_DAY - dt.timedelta(days=number % DAYS),
            "shift": Shift.values[number // DAYS % len(Shift)],
            "material": materials[number // DAYS // len(Shift) % len(materials)],
            "operation": operation,
            "qty_ton": Decimal("12.5"),
        }

    def through_operations() -> None:
        typed = values() | {"notes": ""}
        typed |= {name: getattr(typed[name], "pk") for name in ("material", "operation")}  # noqa: B009
        operations.create(
            module=PRODUCTION,
            values=typed,
            site=site,
            by=clerk,
            source=Source.PAGE,
            key=f"bench-{filled.records}-{next(keys)}",
            confirmed=True,
        )

    def bare() -> None:
        at = dt.datetime.now(dt.UTC)
        record = Production(
            site=site,
            **values(),
            change_number=1,
            entry_source=Source.PAGE,
            created_at=at,
            created_by=clerk,
            updated_at=at,
            updated_by=clerk,
        )
        record.skip_history_when_saving = True  # type: ignore[attr-defined]  # read by simple-history
        with transaction.atomic(), operation_writes():
            record.save()

    bare()  # takes today, which nothing follows yet
    with CaptureQueriesContext(connection) as captured:
        through_operations()
    statements = [query for query in captured if not query["sql"].startswith(TRANSACTION)]
    report.at_most("statements of a record", value=len(statements), most=12, unit="")
    measured = against(through_operations, bare, rounds=200)
    what = "operations.create against a bare save"
    if connection.vendor == "postgresql":
        report.at_most(what, value=measured.ratio, most=4, detail=measured.words)
    else:
        # SQLite's save waits for no disk, so that next to nothing is what this is measured against.
        report.write(f"{what:58} {measured.ratio:7.2f} ×  no target  {measured.words}")
