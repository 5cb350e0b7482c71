"""The days that the charts tell of: some range that ends with the date of the page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from django.utils.translation import gettext as _

from records.pages.dates import ONE_DAY
from records.periods import PERIODS, days_until

PARAMETER = "days"
DEFAULT = 30
# Longer ones are told by the week: a line of daily figures would be noise.
MOST_SINGLE_DAYS = 100

type ByDay[V: (int, Decimal)] = Mapping[dt.date, V]


@dataclass(frozen=True)
class Period:
    """As many operating dates as asked for, up to and including the last."""

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
        return self.days > MOST_SINGLE_DAYS

    @cached_property
    def positions(self) -> tuple[dt.date, ...]:
        """Return where values stand: every date, or of weeks the first date that is in the period."""
        return tuple(part[0] for part in self._parts)

    @property
    def corner(self) -> str:
        """Return what a position is."""
        return _("Week from") if self.is_weekly else _("Date")

    @property
    def tons_each(self) -> str:
        """Return what sums of tons are counted in."""
        return _("t a week") if self.is_weekly else _("t a day")

    def sums(self, amounts: ByDay[Decimal]) -> list[Decimal]:
        """Return the sum at each position; nothing adds up to zero."""
        return [sum((amounts[date] for date in part if date in amounts), Decimal(0)) for part in self._parts]

    def known_sums(self, amounts: ByDay[Decimal]) -> list[Decimal | None]:
        """Return the sum at each position; `None` where no date has an amount."""
        return [
            sum(known, Decimal(0)) if (known := [amounts[date] for date in part if date in amounts]) else None
            for part in self._parts
        ]

    def ends[V](self, values: Sequence[V]) -> list[V]:
        """Return of values for each date the one at the end of each position."""
        return [values[(part[-1] - self.first).days] for part in self._parts]

    @cached_property
    def _parts(self) -> list[tuple[dt.date, ...]]:
        """Return the dates of each position."""
        if not self.is_weekly:
            return [(date,) for date in self.dates]
        weeks = groupby(self.dates, key=lambda date: date.isocalendar()[:2])
        return [tuple(dates) for _week, dates in weeks]


def asked_days(text: str) -> int:
    """Return the length of the period that an address asks for; the usual one for what is none."""
    return next((days for days in PERIODS if str(days) == text), DEFAULT)
