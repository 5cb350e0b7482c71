"""The axes of a drawing: scales from figures to places, and the figures and dates named at the edge."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from itertools import islice

from django.utils.formats import date_format
from django.utils.translation import get_language

# A step is one of these times a power of ten.
NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
MOST_DATES = 7
MOST_WORDS = 12

type Position = dt.date | str
type Tick = tuple[int, str]


def figure_ticks(low: float, high: float, *, most: int = 6) -> list[Decimal]:
    """Return round figures at equal steps that hold the range and zero, lowest first.

    `most`, at least 3, is how many there are at most. A range that is nothing but zero goes up to 1.
    """
    floor, ceiling = Decimal(repr(min(low, 0.0))), Decimal(repr(max(high, 0.0)))
    if floor == ceiling:
        ceiling = Decimal(1)
    power = Decimal(1).scaleb((ceiling - floor).adjusted() - 1)
    for step in (nice * power * tens for tens in (1, 10, 100) for nice in NICE):
        first = (floor / step).to_integral_value(ROUND_FLOOR)
        last = (ceiling / step).to_integral_value(ROUND_CEILING)
        if last - first < most:
            break
    return [step * number for number in range(int(first), int(last) + 1)]


def position_ticks(positions: Sequence[Position]) -> list[Tick]:
    """Return which positions are named at the edge, by their number, and how."""
    if all(isinstance(position, dt.date) for position in positions):
        return _date_ticks([position for position in positions if isinstance(position, dt.date)])
    step = -(-len(positions) // MOST_WORDS) or 1
    return [(number, str(positions[number])) for number in range(0, len(positions), step)]


def position_names(positions: Iterable[Position]) -> list[str]:
    """Return positions as their rows of the table name them."""
    language = get_language()
    return [
        _date_name(position, "D j M Y", language) if isinstance(position, dt.date) else position
        for position in positions
    ]


# From every date to one a year: named is the first date of each day, week, half of a month, ..., in the first
# way that leaves at least two and not too many.
_CHOICES: tuple[tuple[Callable[[dt.date], object], str], ...] = (
    (lambda date: date, "D"),
    (lambda date: date.isocalendar()[:2], "j M"),
    (lambda date: (date.year, date.month, date.day < 15), "j M"),
    (lambda date: (date.year, date.month), "M Y"),
    (lambda date: (date.year, (date.month - 1) // 3), "M Y"),
    (lambda date: date.year, "Y"),
)


def _date_ticks(dates: Sequence[dt.date]) -> list[Tick]:
    language = get_language()
    befores = [date - dt.timedelta(days=1) for date in dates[:1]] + list(dates[:-1])
    for part_of, form in _CHOICES:
        begins = (
            number
            for number, (before, date) in enumerate(zip(befores, dates, strict=True))
            if part_of(date) != part_of(before)
        )
        # One more than may be is enough to know that there are too many.
        chosen = list(islice(begins, MOST_DATES + 1))
        names = [_date_name(dates[number], form, language) for number in chosen]
        if min(2, len(dates)) <= len(names) <= MOST_DATES and len(set(names)) == len(names):
            return list(zip(chosen, names, strict=True))
    step = -(-len(dates) // (MOST_DATES - 2)) or 1
    return [(number, _date_name(dates[number], "j M Y", language)) for number in range(0, len(dates), step)]


@lru_cache(maxsize=4096)
def _date_name(date: dt.date, form: str, _language: str | None) -> str:
    """Return a date in one of Django's forms; drawings name the same few hundred again and again."""
    return date_format(date, form)


def scale(low: float, high: float, *, start: float, end: float) -> Callable[[float], float]:
    """Return a function from a range of figures to a range of places; the middle of it for an empty range."""
    # Halves, so that huge figures do not overflow.
    half, slope = low / 2, end - start
    if not (whole := high / 2 - half):
        return lambda _figure: (start + end) / 2
    return lambda figure: start + (figure / 2 - half) / whole * slope
