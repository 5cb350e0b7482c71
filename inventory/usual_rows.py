"""What is odd about the tons of many rows: each is judged as if those before it had been entered by hand."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from inventory.models import StockMovement
from inventory.usual import Usual, kilograms_of

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
