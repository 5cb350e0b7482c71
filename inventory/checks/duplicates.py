"""Warn of a record that is the same as another of its site and day, or as another row of a file."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.db.fields import TonsField
from core.db.prepared import Parameter, PreparedQuery
from inventory.models import LoadedMovement
from records.models import DailyRecord
from records.warnings import Rule

type Values = tuple[object, ...]


def same_line[M: LoadedMovement](model: type[M], *compared: str, unless: str = "") -> Rule[M]:
    """Return the rule that no other record of the site, day, material and tons has the same values.

    `unless` is one of the compared columns: a record that fills it in is left to the rule about that column.
    """
    lines = PreparedQuery[M, tuple[int, *tuple[object, ...]]](
        lambda: (
            model._default_manager.filter(
                site_id=Parameter("site", BigIntegerField()),
                date=Parameter("date", DateField()),
                material_id=Parameter("material", BigIntegerField()),
                qty_ton=Parameter("qty_ton", TonsField()),
            )
            .exclude(pk=Parameter("own", BigIntegerField()))
            .order_by("id")
            .values_list("pk", *compared)
        )
    )

    def warning(record: M) -> str:
        if unless and getattr(record, unless):
            return ""
        wanted = [_folded(getattr(record, name)) for name in compared]
        candidates = lines.all(
            site=record.site_id,
            date=record.date,
            material=record.material_id,
            qty_ton=record.qty_ton,
            own=record.pk or 0,
        )
        same = next((pk for pk, *typed in candidates if [*map(_folded, typed)] == wanted), None)
        return "" if same is None else record_warnings({same})[same]

    def record_warnings(keys: set[int]) -> Mapping[int, str]:
        records = model._default_manager.select_related("site", "created_by").filter(pk__in=keys)
        return {record.pk: _same_record(record) for record in records}

    columns = ("material_id", "qty_ton", *compared)

    def key(values: Values) -> Values | None:
        is_exempt = unless and values[columns.index(unless)]
        return None if is_exempt else tuple(_folded(value) for value in values)

    return Rule(
        fields=("date", "material", "qty_ton", *(name.removesuffix("_id") for name in compared)),
        warning=warning,
        row_checker=lambda: DuplicateChecker(
            model, columns, key=key, record_warnings=record_warnings, line_warning=_same_line_of_file
        ),
    )


def _folded(value: object) -> object:
    # Compared in Python: SQLite folds the case of A to Z only.
    return value.casefold() if isinstance(value, str) else value


def _same_record(record: LoadedMovement) -> str:
    return _("The same line is there already: %(who)s entered it on %(when)s.") % {
        "who": record.created_by,
        "when": date_format(localtime(record.created_at, record.site.zone), "j M Y, H:i"),
    }


def _same_line_of_file(_record: LoadedMovement, line: int) -> str:
    return _("The same line is there already: line %(line)d of the same file.") % {"line": line}


@dataclass(frozen=True)
class _First:
    """The first with some values: an existing record, or else a line of the file."""

    record_id: int = 0
    line: int = 0


@dataclass
class _Day:
    """The values of a site's day so far, and the first that had them."""

    date: dt.date
    first: dict[Hashable, _First]


class DuplicateChecker[R: DailyRecord]:
    """Check the rows of a file against the records of their site and day, and against the rows before.

    Each day that has rows is read once, and only the day of the current row is kept.
    """

    def __init__(
        self,
        model: type[R],
        columns: Sequence[str],
        *,
        # The values that two duplicates have in common; None for a row that is never one.
        key: Callable[[Values], Hashable | None],
        # The warnings about existing records, by their ids.
        record_warnings: Callable[[set[int]], Mapping[int, str]],
        # The warning about an earlier line of the file.
        line_warning: Callable[[R, int], str],
    ) -> None:
        self._model = model
        self._columns = columns
        self._key = key
        self._record_warnings = record_warnings
        self._line_warning = line_warning
        self._days: dict[int, _Day] = {}

    def __call__(self, records: Sequence[R], lines: Sequence[int], /) -> list[str]:
        """Return the warning of each record; the records are in the order of sites, dates and lines."""
        found = [
            first
            for site_id, rows in groupby(zip(records, lines, strict=True), key=lambda row: row[0].site_id)
            for first in self._check(site_id, list(rows))
        ]
        record_ids = {first.record_id for first in found if first is not None and first.record_id}
        warnings = self._record_warnings(record_ids) if record_ids else {}
        return [
            ""
            if first is None
            else self._line_warning(record, first.line)
            if first.line
            # Empty for a record that has been deleted since.
            else warnings.get(first.record_id, "")
            for record, first in zip(records, found, strict=True)
        ]

    def _check(self, site_id: int, rows: Sequence[tuple[R, int]]) -> Iterator[_First | None]:
        existing = self._existing(site_id, [record.date for record, _line in rows])
        upcoming = next(existing, None)
        for record, line in rows:
            day = self._day(site_id, record.date)
            while upcoming is not None and upcoming[1] <= record.date:
                if (known := self._key(upcoming[2:])) is not None:
                    day.first.setdefault(known, _First(record_id=upcoming[0]))
                upcoming = next(existing, None)
            key = self._key(tuple(getattr(record, name) for name in self._columns))
            yield None if key is None else day.first.get(key)
            if key is not None:
                day.first.setdefault(key, _First(line=line))

    def _existing(
        self, site_id: int, dates: Sequence[dt.date]
    ) -> Iterator[tuple[int, dt.date, *tuple[object, ...]]]:
        """Yield the records of days that were not read yet, in the order of dates."""
        last = self._days.get(site_id)
        unread = {date for date in dates if last is None or date > last.date}
        # A site that is still to be created has a negative id, and no records.
        if site_id < 0 or not unread:
            return
        found = self._model._default_manager.filter(site_id=site_id, date__in=unread)
        yield from found.order_by("date", "id").values_list("pk", "date", *self._columns).iterator()

    def _day(self, site_id: int, date: dt.date) -> _Day:
        day = self._days.get(site_id)
        if day is None or day.date != date:
            day = self._days[site_id] = _Day(date, {})
        return day
