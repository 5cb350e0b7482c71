"""The figures of the dashboard for sites on a date, with the days before, read as seldom as can be.

As domain words define them: tons made to be sold, that came in, that went out, that are there; hours that
machines ran; people at work.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from core.db.fields import NO_TONS
from equipment.figures import NO_HOURS, machine_hours_by_day
from inventory.figures import NO_CHANGE, changes_by_day, current_stock, stock_trend
from inventory.ledger.snapshots import StockChange
from manpower.figures import headcount_by_day
from production.figures import output_by_day
from records.periods import days_until
from sites.models import Site

TREND_DAYS = 14


@dataclass(frozen=True)
class DayFigures:
    """The figures of a date and of the days before it, each read once and only when asked for.

    Together they cost five queries, whatever the number of sites, materials and years.
    """

    sites: Sequence[Site]
    date: dt.date

    @cached_property
    def dates(self) -> tuple[dt.date, ...]:
        """Return the date and the ones before it, oldest first."""
        return days_until(self.date, count=TREND_DAYS)

    @cached_property
    def production(self) -> tuple[Decimal, ...]:
        """Return the tons made to be sold on each date."""
        made = output_by_day(self.sites, first=self.dates[0], last=self.date)
        return tuple(made.get(date, NO_TONS) for date in self.dates)

    @cached_property
    def received(self) -> tuple[Decimal, ...]:
        """Return the tons that came in on each date."""
        return self._each(lambda change: change.received_ton)

    @cached_property
    def dispatched(self) -> tuple[Decimal, ...]:
        """Return the tons that left on each date."""
        return self._each(lambda change: change.dispatched_ton)

    @cached_property
    def stock(self) -> tuple[Decimal, ...]:
        """Return the tons in stock at the end of each date."""
        closing = current_stock(self.sites, date=self.date)
        return stock_trend(closing, dates=self.dates, changes=self._changes)

    @cached_property
    def machine_hours(self) -> tuple[Decimal, ...]:
        """Return the hours that machines ran on each date, an hour of one unit being one."""
        ran = machine_hours_by_day(self.sites, first=self.dates[0], last=self.date)
        return tuple(ran.get(date, NO_HOURS) for date in self.dates)

    @cached_property
    def headcount(self) -> tuple[Decimal, ...]:
        """Return the people at work on each date, counted in each of their shifts."""
        worked = headcount_by_day(self.sites, first=self.dates[0], last=self.date)
        return tuple(Decimal(worked.get(date, 0)) for date in self.dates)

    @cached_property
    def _changes(self) -> dict[dt.date, StockChange]:
        return changes_by_day(self.sites, first=self.dates[0], last=self.date)

    def _each(self, tons: Callable[[StockChange], Decimal]) -> tuple[Decimal, ...]:
        return tuple(tons(self._changes.get(date, NO_CHANGE)) for date in self.dates)
