"""What is said twice in a file, or there and in a file: found day by day, asking once for many rows."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from records.models import DailyRecord

type Values = tuple[object, ...]


@dataclass(frozen=True)
class _Earlier:
    """What says the same: a record that is there, or else a line of the file."""

    record_id: int = 0
    line: int = 0


@dataclass
class _Day:
    """What was said of a site's day so far, the first of each."""

    date: dt.date
    first: dict[Hashable, _Earlier]


class BesideTheDay[R: DailyRecord]:
    """Judges rows by the records of their site's day that say the same, and by the rows before.

    Each day that has rows is read once, and only that of the row that is judged is kept.
    """

    def __init__(
        self,
        model: type[R],
        columns: Sequence[str],
        *,
        # What two of these have in common; None for one that is like no other.
        said: Callable[[Values], Hashable | None],
        # The sentences about records that are there, by their ids.
        of_records: Callable[[set[int]], Mapping[int, str]],
        # The sentence about a line of the file that said it first.
        of_line: Callable[[R, int], str],
    ) -> None:
        self._model = model
        self._columns = columns
        self._said = said
        self._of_records = of_records
        self._of_line = of_line
        self._days: dict[int, _Day] = {}

    def __call__(self, records: Sequence[R], lines: Sequence[int], /) -> list[str]:
        """Return what is odd about each record, in their order, which is that of sites, dates and lines."""
        found = [
            earlier
            for site_id, rows in groupby(zip(records, lines, strict=True), key=lambda row: row[0].site_id)
            for earlier in self._found(site_id, list(rows))
        ]
        there = {earlier.record_id for earlier in found if earlier is not None and earlier.record_id}
        told = self._of_records(there) if there else {}
        return [
            ""
            if earlier is None
            else self._of_line(record, earlier.line)
            if earlier.line
            # Deleted a moment ago, it is no longer there.
            else told.get(earlier.record_id, "")
            for record, earlier in zip(records, found, strict=True)
        ]

    def _found(self, site_id: int, rows: Sequence[tuple[R, int]]) -> Iterator[_Earlier | None]:
        there = self._there(site_id, [record.date for record, _line in rows])
        upcoming = next(there, None)
        for record, line in rows:
            day = self._day(site_id, record.date)
            while upcoming is not None and upcoming[1] <= record.date:
                if (known := self._said(upcoming[2:])) is not None:
                    day.first.setdefault(known, _Earlier(record_id=upcoming[0]))
                upcoming = next(there, None)
            said = self._said(tuple(getattr(record, name) for name in self._columns))
            yield None if said is None else day.first.get(said)
            if said is not None:
                day.first.setdefault(said, _Earlier(line=line))

    def _there(
        self, site_id: int, dates: Sequence[dt.date]
    ) -> Iterator[tuple[int, dt.date, *tuple[object, ...]]]:
        """Yield the records of days that were not read yet, in the order of dates."""
        last = self._days.get(site_id)
        unread = {date for date in dates if last is None or date > last.date}
        # At a site that is not there yet nothing is.
        if site_id < 0 or not unread:
            return
        found = self._model._default_manager.filter(site_id=site_id, date__in=unread)
        yield from found.order_by("date", "id").values_list("pk", "date", *self._columns).iterator()

    def _day(self, site_id: int, date: dt.date) -> _Day:
        day = self._days.get(site_id)
        if day is None or day.date != date:
            day = self._days[site_id] = _Day(date, {})
        return day
