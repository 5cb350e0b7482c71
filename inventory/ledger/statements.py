"""What the ledger asks and writes for a single change, compiled once."""

import datetime as dt

from django.db.models import BigIntegerField, Case, DateField, Exists, F, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from core.db.fields import TonsField
from core.db.prepared import Parameter, PreparedQuery, PreparedWrite
from inventory.ledger.snapshots import Flow, InventorySnapshot, SnapshotQuerySet

AMOUNTS = ["opening_ton", *Flow, "adjustment_ton", "closing_ton", "counted_ton"]

ROW, SITE = Parameter("row", BigIntegerField()), Parameter("site", BigIntegerField())
MATERIAL, DATE = Parameter("material", BigIntegerField()), Parameter("date", DateField())
CARRIED = Parameter("carried", TonsField())


def date_of_next_count(rows: SnapshotQuerySet) -> Coalesce:
    """Return the first counted date among a line's rows, or the end of time, as an expression."""
    counted = rows.filter(counted_ton__isnull=False).order_by("date").values("date")[:1]
    return Coalesce(Subquery(counted), Value(dt.date.max))


def _later_rows() -> SnapshotQuerySet:
    return InventorySnapshot.objects.of(SITE, MATERIAL).filter(date__gt=DATE).order_by()


def _moved_rows() -> SnapshotQuerySet:
    """Return the later rows up to and into the next count: all that a change of a closing moves."""
    return _later_rows().filter(date__lte=date_of_next_count(_later_rows()))


def _latest_row() -> SnapshotQuerySet:
    uncounted = _moved_rows().filter(counted_ton__isnull=True)
    return (
        InventorySnapshot.objects.of(SITE, MATERIAL)
        .filter(date__lte=DATE)
        .annotate(  # type: ignore[no-redef]  # declared on the row, which may be new and not asked
            has_later=Exists(_later_rows()),
            lowest_later=Subquery(uncounted.order_by("closing_ton").values("closing_ton")[:1]),
        )
        .order_by("-date")[:1]
    )


# The line's last row on or before a date; whether there are later ones, and the least closing among those
# that move with it.
latest_row = PreparedQuery(_latest_row)

change_row = PreparedWrite(
    lambda: InventorySnapshot.objects.filter(pk=ROW),
    **{amount: Parameter(amount, TonsField()) for amount in AMOUNTS},
)


def _carried_on() -> dict[str, Combinable]:
    """Return what a later row's amounts become when the closing before them changes."""
    return {
        "opening_ton": F("opening_ton") + CARRIED,
        "closing_ton": Case(
            When(counted_ton__isnull=True, then=F("closing_ton") + CARRIED), default=F("closing_ton")
        ),
        "adjustment_ton": Case(
            When(counted_ton__isnull=False, then=F("adjustment_ton") - CARRIED), default=F("adjustment_ton")
        ),
    }


def _row_and_moved_rows() -> SnapshotQuerySet:
    onwards = InventorySnapshot.objects.of(SITE, MATERIAL).filter(date__gte=DATE).order_by()
    return onwards.filter(date__lte=date_of_next_count(_later_rows()))


# Carries a changed closing to every later row, up to and into the next count, in one statement.
carry = PreparedWrite(_moved_rows, **_carried_on())

# Changes a row and carries its closing on, in one statement.
change_and_carry = PreparedWrite(
    _row_and_moved_rows,
    **{
        amount: Case(
            When(date=DATE, then=Parameter(amount, TonsField())), default=_carried_on().get(amount, F(amount))
        )
        for amount in AMOUNTS
    },
)
