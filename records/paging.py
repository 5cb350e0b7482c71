"""Pages by key, not by count: page 2,000 costs what page 1 does, and new rows move nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404

from records.models import DailyRecord, RecordQuerySet

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page[R: DailyRecord]:
    """Some records, newest first, and the keys of the pages on either side; empty where there is none."""

    records: list[R]
    newer: str = ""
    older: str = ""


def key_of(record: DailyRecord) -> str:
    """Return where a record stands in a list, as an address carries it."""
    return f"{record.date.isoformat()}.{record.pk}"


def page_of[R: DailyRecord](
    records: RecordQuerySet[R], *, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page[R]:
    """Return the page after a key, before one, or the first. Raises Http404 for a key that is not ours."""
    if before:
        found = list(_newer_than(records, *_read(before))[: size + 1])
        has_newer = len(found) > size
        shown = found[:size][::-1]
        return _page(shown, has_newer=has_newer, has_older=True)
    rows = _older_than(records, *_read(after)) if after else records
    found = list(rows.newest_first()[: size + 1])
    return _page(found[:size], has_newer=bool(after), has_older=len(found) > size)


def _page[R: DailyRecord](shown: list[R], *, has_newer: bool, has_older: bool) -> Page[R]:
    if not shown:
        return Page([])
    return Page(
        shown,
        newer=key_of(shown[0]) if has_newer else "",
        older=key_of(shown[-1]) if has_older else "",
    )


def _older_than[R: DailyRecord](records: RecordQuerySet[R], date: dt.date, pk: int) -> RecordQuerySet[R]:
    # The plain bound on the date is what an index can begin at.
    return records.filter(date__lte=date).filter(Q(date__lt=date) | Q(pk__lt=pk))


def _newer_than[R: DailyRecord](records: RecordQuerySet[R], date: dt.date, pk: int) -> RecordQuerySet[R]:
    rows = records.filter(date__gte=date).filter(Q(date__gt=date) | Q(pk__gt=pk))
    return rows.order_by("date", "id")


def _read(key: str) -> tuple[dt.date, int]:
    date, _dot, pk = key.partition(".")
    try:
        return dt.date.fromisoformat(date), int(pk)
    except ValueError as error:
        raise Http404 from error
