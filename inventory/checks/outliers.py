"""What is usual for a material at a site: by how much its records differ from their middle, as a factor.

Tons of a material spread as factors do (half as much, twice as much), so what is judged is a ratio. Medians
are not moved by a few wrong records among those looked at. Whole kilograms and whole thousandths throughout:
see docs/decisions/0070-what-is-far-from-usual.md.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Self

from inventory.models import StockMovement

# Fewer records than this say nothing of what is usual.
FEWEST = 8
# How many usual factors, one upon the other, a record may be away from the middle.
REACH = 5
# However alike the records are, this many times as much is no surprise; a slipped decimal point is. A lorry
# may come nearly empty, but never carries much more than the others.
MORE, LESS = 4, 8
# What a factor is counted in.
ONE = 1000
# What a slip of the hand makes of a number: a lost or added zero, kilograms for tons.
SLIPS = (1000, 10, 100)
DIGITS_SHOWN = 2
# Decimals of a ton.
KILOGRAMS = 3


@dataclass(frozen=True)
class Usual:
    """The middle of some amounts, and by which factor half of them are away from it, in thousandths."""

    middle: int
    factor: int

    @classmethod
    def of(cls, amounts: Sequence[int]) -> Self | None:
        """Return what is usual among these amounts, each more than 0; None where they are too few to say."""
        if len(amounts) < FEWEST:
            return None
        middle = _median(amounts)
        return cls(middle, _median([_ratio(amount, middle) for amount in amounts]))

    @staticmethod
    def is_near(amounts: Sequence[int], amount: int) -> bool:
        """Say quickly that an amount is too near the middle of some to be far, however alike they are."""
        if len(amounts) < FEWEST:
            return True
        middle = _median(amounts)
        return amount <= MORE * middle and amount * LESS >= middle

    def is_far(self, amount: int) -> bool:
        """Say whether an amount is too far from the middle, up or down, to be taken for usual."""
        ratio = _ratio(amount, self.middle)
        least = MORE if amount > self.middle else LESS
        return ratio > least * ONE and ratio * ONE ** (REACH - 1) > self.factor**REACH

    @property
    def lowest(self) -> int:
        """Return about the least that is usual: eight or nine of ten records are above it."""
        return _rounded(self.middle * ONE**2 // self.factor**2)

    @property
    def highest(self) -> int:
        """Return about the most that is usual: eight or nine of ten records are below it."""
        return _rounded(self.middle * self.factor**2 // ONE**2)

    def meant(self, amount: int) -> int | None:
        """Return what may have been meant by an amount that is far: the same with its decimal point moved."""
        for slip in SLIPS:
            if amount > self.middle and amount % slip == 0 and self._is_likely(amount // slip):
                return amount // slip
            if amount < self.middle and self._is_likely(amount * slip):
                return amount * slip
        return None

    def _is_likely(self, amount: int) -> bool:
        return self.lowest <= amount <= self.highest


def kilograms_of(tons: Decimal) -> int:
    """Return tons in whole kilograms."""
    return int(tons.scaleb(KILOGRAMS))


def _median(amounts: Sequence[int]) -> int:
    """Return the middle one; of two, the lower, so that it is one of them."""
    return sorted(amounts)[(len(amounts) - 1) // 2]


def _ratio(one: int, other: int) -> int:
    """Return how many times the greater is the lesser, in thousandths."""
    return max(one, other) * ONE // min(one, other)


def _rounded(amount: int) -> int:
    """Return an amount with the digits that a person reads, rounded half-up."""
    unit: int = 10 ** max(0, len(str(amount)) - DIGITS_SHOWN)
    return (amount + unit // 2) // unit * unit


type Choices = tuple[int, ...]
type Latest = deque[tuple[dt.date, int]]


class BesideTheLatest[M: StockMovement]:
    """Judges rows by the latest records of their site that agree in some choices, and by the rows before.

    What is there is read once, from some days before the first row on; only the latest of it is kept.
    """

    def __init__(
        self,
        model: type[M],
        alike: Sequence[str],
        *,
        days: dt.timedelta,
        most: int,
        sentence: Callable[[Usual, M], str],
    ) -> None:
        self._model = model
        self._columns = [f"{name}_id" for name in alike]
        self._days = days
        self._most = most
        self._sentence = sentence
        self._latest: dict[tuple[int, Choices], Latest] = {}
        self._read_until: dict[int, dt.date] = {}

    def __call__(self, records: Sequence[M], _lines: Sequence[int], /) -> list[str]:
        """Return what is odd about each record, in their order, which is that of sites and dates."""
        return [
            sentence
            for site_id, rows in groupby(records, key=lambda record: record.site_id)
            for sentence in self._judged(site_id, list(rows))
        ]

    def _judged(self, site_id: int, rows: Sequence[M]) -> Iterator[str]:
        there = self._there(site_id, rows[0].date, rows[-1].date)
        upcoming = next(there, None)
        for record in rows:
            while upcoming is not None and upcoming[0] <= record.date:
                date, choices, tons = upcoming
                self._of(site_id, choices).append((date, kilograms_of(tons)))
                upcoming = next(there, None)
            latest = self._of(site_id, tuple(getattr(record, name) for name in self._columns))
            yield self._said(latest, record)
            latest.append((record.date, kilograms_of(record.qty_ton)))

    def _there(
        self, site_id: int, first: dt.date, last: dt.date
    ) -> Iterator[tuple[dt.date, Choices, Decimal]]:
        """Yield what is there up to a date and was not read yet, in the order of dates."""
        # At a site that is not there yet nothing is.
        after = self._read_until.get(site_id, first - self._days - dt.timedelta(days=1))
        if site_id < 0 or last <= after:
            return
        self._read_until[site_id] = last
        found = self._model._default_manager.filter(site_id=site_id, date__gt=after, date__lte=last)
        rows = found.order_by("date", "id").values_list("date", "qty_ton", *self._columns)
        for date, tons, *choices in rows.iterator():
            yield date, tuple(choices), tons

    def _of(self, site_id: int, choices: Choices) -> Latest:
        key = (site_id, choices)
        if key not in self._latest:
            self._latest[key] = deque(maxlen=self._most)
        return self._latest[key]

    def _said(self, latest: Latest, record: M) -> str:
        first = record.date - self._days
        amounts = [kilograms for date, kilograms in latest if date >= first]
        amount = kilograms_of(record.qty_ton)
        usual = None if Usual.is_near(amounts, amount) else Usual.of(amounts)
        return self._sentence(usual, record) if usual is not None and usual.is_far(amount) else ""
