"""Pagination by key: page 2,000 costs as much as page 1, and new rows move nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404

from records.models import DailyRecord, RecordQuerySet
from sites.models import Site

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page[R: DailyRecord]:
    """A page of records, newest first, and the keys of the pages before and after it; empty for none."""

    records: list[R]
    newer: str = ""
    older: str = ""


def key_of(record: DailyRecord) -> str:
    """Return the key of a record in the address of a page."""
    return f"{record.date.isoformat()}.{record.pk}"


def page_of[R: DailyRecord](
    records: RecordQuerySet[R],
    *,
    sites: Sequence[Site],
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
) -> Page[R]:
    """Return the page after a key, before one, or the first, of the records of these sites.

    Raises Http404 for a key that is not ours.
    """
    if before:
        rows = _newer_than(records, *_read(before))
        found = list(_as_far_as_needed(rows, sites, size=size, older=False)[: size + 1])
        has_newer = len(found) > size
        shown = found[:size][::-1]
        return _page(shown, has_newer=has_newer, has_older=True)
    rows = _older_than(records, *_read(after)) if after else records
    found = list(_as_far_as_needed(rows.newest_first(), sites, size=size, older=True)[: size + 1])
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
    # The plain condition on the date lets an index be used.
    return records.filter(date__lte=date).filter(Q(date__lt=date) | Q(pk__lt=pk))


def _newer_than[R: DailyRecord](records: RecordQuerySet[R], date: dt.date, pk: int) -> RecordQuerySet[R]:
    rows = records.filter(date__gte=date).filter(Q(date__gt=date) | Q(pk__gt=pk))
    return rows.order_by("date", "id")


def _as_far_as_needed[R: DailyRecord](
    rows: RecordQuerySet[R], sites: Sequence[Site], *, size: int, older: bool
) -> RecordQuerySet[R]:
    """Leave out the dates that the page cannot reach.

    The index has the records of each site in order, but not those of several sites, so the database would
    sort all of them. For each site, a subquery finds the date by which it fills the page alone; the page
    cannot go beyond the nearest of these dates.
    """
    if len(sites) < 2:
        return rows
    filled_alone = Subquery(rows.filter(site=OuterRef("pk")).values("date")[size : size + 1])
    at = F("at").desc(nulls_last=True) if older else F("at").asc(nulls_last=True)
    nearest = Subquery(
        Site.objects.filter(pk__in=[site.pk for site in sites])
        .annotate(at=filled_alone)
        .order_by(at)
        .values("at")[:1]
    )
    if older:
        return rows.filter(date__gte=Coalesce(nearest, Value(dt.date.min)))
    return rows.filter(date__lte=Coalesce(nearest, Value(dt.date.max)))


def _read(key: str) -> tuple[dt.date, int]:
    date, _dot, pk = key.partition(".")
    try:
        return dt.date.fromisoformat(date), int(pk)
    except ValueError as error:
        raise Http404 from error
