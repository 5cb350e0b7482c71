"""The period of the charts: some days up to the date of the page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from django.utils.translation import gettext as _

from records.pages.dates import ONE_DAY
from records.periods import PERIODS, days_until

DAYS_PARAMETER = "days"
DEFAULT_DAYS = 30
# Longer periods are shown by the week.
MAX_DAILY = 100

type ByDay[V: (int, Decimal)] = Mapping[dt.date, V]


@dataclass(frozen=True)
class Period:
    """A number of operating dates, up to and including the last."""

    last: dt.date
    days: int

    @property
    def first(self) -> dt.date:
        return self.last - (self.days - 1) * ONE_DAY

    @cached_property
    def dates(self) -> tuple[dt.date, ...]:
        """Return every date, oldest first."""
        return days_until(self.last, count=self.days)

    @property
    def is_weekly(self) -> bool:
        return self.days > MAX_DAILY

    @cached_property
    def positions(self) -> tuple[dt.date, ...]:
        """Return the positions of the values: every date, or the first date of each week in the period."""
        return tuple(part[0] for part in self._parts)

    @property
    def corner(self) -> str:
        """Return the heading of the positions."""
        return _("Week from") if self.is_weekly else _("Date")

    @property
    def tons_each(self) -> str:
        """Return the unit of sums of tons."""
        return _("t a week") if self.is_weekly else _("t a day")

    def sums(self, amounts: ByDay[Decimal]) -> list[Decimal]:
        """Return the sum at each position; 0 without amounts."""
        return [sum((amounts[date] for date in part if date in amounts), Decimal(0)) for part in self._parts]

    def known_sums(self, amounts: ByDay[Decimal]) -> list[Decimal | None]:
        """Return the sum at each position; `None` where no date has an amount."""
        return [
            sum(known, Decimal(0)) if (known := [amounts[date] for date in part if date in amounts]) else None
            for part in self._parts
        ]

    def ends[V](self, values: Sequence[V]) -> list[V]:
        """Return the value of the last date of each position; `values` has one for each date."""
        return [values[(part[-1] - self.first).days] for part in self._parts]

    @cached_property
    def _parts(self) -> list[tuple[dt.date, ...]]:
        """Return the dates of each position."""
        if not self.is_weekly:
            return [(date,) for date in self.dates]
        weeks = groupby(self.dates, key=lambda date: date.isocalendar()[:2])
        return [tuple(dates) for _week, dates in weeks]


def requested_days(text: str) -> int:
    """Return the requested length of the period; the default where it is not one of those offered."""
    return next((days for days in PERIODS if str(days) == text), DEFAULT_DAYS)
