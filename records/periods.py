"""Figures over days: every day of a period, and how much one figure differs from another."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

HUNDRED = Decimal(100)
# So many days at one press.
PERIODS = (7, 30, 90, 365)


def days_until(last: dt.date, *, count: int) -> tuple[dt.date, ...]:
    """Return `count` dates, oldest first, ending with the last one."""
    return tuple(last - dt.timedelta(days=ago) for ago in range(count - 1, -1, -1))


def each_day(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the dates of a period, both ends included."""
    for number in range((last - first).days + 1):
        yield first + dt.timedelta(days=number)


def change_percent(*, now: Decimal, before: Decimal) -> Decimal:
    """Return by how many percent a figure differs from the one before it.

    `(now − before) / |before| × 100`; from nothing to something is +100, from nothing to nothing or below 0.
    """
    if before:
        return (now - before) / abs(before) * HUNDRED
    return HUNDRED if now > 0 else Decimal(0)
