"""Records as rows of a list, and pagination by key: page 2,000 costs as much as page 1."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import escape

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.db.prepared import PreparedQuery
from records.columns import Column
from records.models import DailyRecord, RecordQuerySet, SiteDay
from records.module import RecordModule
from sites.models import Role, Site
from sites.models.sites import FIRST, LAST, SITES

PAGE_SIZE = 50
SPECIAL = re.compile(r"[&<>\"']")
PLACE = re.compile(r"\{(\w+)\}")
INDENTATION = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class RecordsPage[R: DailyRecord]:
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
) -> RecordsPage[R]:
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


def _page[R: DailyRecord](shown: list[R], *, has_newer: bool, has_older: bool) -> RecordsPage[R]:
    if not shown:
        return RecordsPage([])
    return RecordsPage(
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


# The beginning of the tag of a message that offers to undo what it reports.
UNDO_TAG = "undo:"


# The patterns of this process, by template, language and kind: no cache is as fast for several in each page.
_patterns: dict[tuple[object, ...], str] = {}
MOST_PATTERNS = 1000


def row_pattern(template: str, kind: Sequence[object], context: Mapping[str, object]) -> str:
    """Return a row as its template renders it, with names in braces for what each record fills in.

    A template takes microseconds for each variable, so it renders a row once for each language and kind, not
    once for each record.
    """
    key = (template, get_language(), *kind)
    pattern = _patterns.get(key)
    if pattern is None or settings.DEBUG:
        # Without the indentation, which would be repeated in each row.
        pattern = INDENTATION.sub("\n", render_to_string(template, dict(context))).strip()
        if len(_patterns) >= MOST_PATTERNS:
            _patterns.clear()
        _patterns[key] = pattern
    return pattern


def filled(pattern: str, values: Mapping[str, str]) -> SafeString:
    """Return a pattern with these values, escaped as by `format_html`, which takes five times as long."""
    # Few rows have any character to escape.
    if SPECIAL.search("\n".join([text for text in values.values() if not isinstance(text, SafeString)])):
        values = {
            name: text if isinstance(text, SafeString) else escape(text) for name, text in values.items()
        }
    parts = list(_parts(pattern))
    parts[1::2] = [values[name] for name in parts[1::2]]
    return SafeString("".join(parts))


@lru_cache(maxsize=512)
def _parts(pattern: str) -> list[str]:
    """Return the texts of a pattern, and between them the names in braces."""
    return PLACE.split(pattern)


@dataclass(frozen=True)
class ListRow[R: DailyRecord]:
    """A record and whether it can be changed."""

    module: RecordModule[R]
    record: R
    is_editable: bool
    is_closed: bool = False
    shows_site: bool = False
    is_new: bool = False
    # The query of the list, to which every page of the record links back.
    query: str = ""
    # How each value is written in the summary of a record; empty for those that it leaves out.
    words: tuple[str, ...] = ()

    @property
    def pk(self) -> str:
        """Return the id as a text, which a template writes without formatting it as a number."""
        return str(self.record.pk)

    @cached_property
    def texts(self) -> list[str]:
        """Return the record's values under the columns of the list, as people read them."""
        return [column.text_of(self.record) for column in self.module.list_columns]

    @cached_property
    def summary(self) -> str:
        """Return the record in one line: date, what, how much."""
        return " · ".join(
            words.format(text) for words, text in zip(self.words, self.texts, strict=True) if text and words
        )

    @property
    def html(self) -> SafeString:
        """Return the row of the list."""
        return rendered([self])

    @property
    def removal_html(self) -> SafeString:
        """Return the row such that htmx removes it from the page."""
        return rendered([self], is_removed=True)

    @property
    def kind(self) -> tuple[object, ...]:
        """Return what the row's pattern depends on."""
        return (self.module.slug, self.is_editable, self.is_closed, self.shows_site, self.is_new)

    def with_addresses(self, pattern: str) -> str:
        """Return the pattern with the addresses of the list's records, which differ by their ids alone."""
        for page in ("edit", "delete", "history"):
            address = self._with_query(path_with_id(f"{self.module.slug}:{page}", "{pk}"))
            pattern = pattern.replace(f"{{{page}_url}}", address)
        return pattern

    def fill(self, pattern: str) -> SafeString:
        """Return the row: its pattern with the values of the record."""
        values = {
            f"cell_{column.name}": self._cell(column, text)
            for column, text in zip(self.module.list_columns, self.texts, strict=True)
        }
        return filled(
            pattern,
            {
                **values,
                "pk": self.pk,
                "version": str(self.record.version),
                "summary": self.summary,
                "site": self.record.site.code if self.shows_site else "",
                "by": str(self.record.updated_by),
            },
        )

    def _cell(self, column: Column, text: str) -> str:
        mark = self.record.mark_of(column.name)
        key = getattr(self.record, f"{column.name}_id") if column.page else None
        if not mark and key is None:
            return text
        pattern = row_pattern("records/_cell.html", (bool(mark), key is not None), {"mark": mark, "key": key})
        href = self._with_query(path_with_id(column.page, key)) if key is not None else ""
        return filled(pattern, {"text": text, "mark": str(mark), "href": href})

    @cached_property
    def edit_url(self) -> SafeString:
        return self._address("edit")

    @cached_property
    def delete_url(self) -> SafeString:
        return self._address("delete")

    @property
    def history_url(self) -> SafeString:
        return self._address("history")

    @property
    def restore_url(self) -> str:
        """Return the address at which a deleted record is restored as it was last."""
        path = reverse(f"{self.module.slug}:restore", args=[self.record.pk])
        return f"{path}?version={self.record.version}&{self.query}"

    @property
    def selection_value(self) -> str:
        """Return what a selected row sends: the record and its version."""
        return f"{self.record.pk}.{self.record.version}"

    def _address(self, page: str) -> SafeString:
        return self._with_query(path_with_id(f"{self.module.slug}:{page}", self.record.pk))

    def _with_query(self, path: str) -> SafeString:
        # Paths are ours, with an id; the query holds what the user sent.
        return SafeString(f"{path}?{_escaped(self.query)}" if self.query else path)


def rendered[R: DailyRecord](rows: Iterable[ListRow[R]], *, is_removed: bool = False) -> SafeString:
    """Return rows of a list, for htmx such that it removes them if `is_removed`."""
    patterns: dict[tuple[object, ...], str] = {}
    html = []
    for row in rows:
        if row.kind not in patterns:
            context = {"row": row, "is_removed": is_removed}
            pattern = row_pattern("records/_row.html", (*row.kind, is_removed), context)
            patterns[row.kind] = row.with_addresses(pattern)
        html.append(row.fill(patterns[row.kind]))
    return SafeString("".join(html))


def _words(column: Column) -> str:
    """Return how a summary writes a value: with its unit, or with its label where a number has no unit."""
    if column.is_derived:
        return ""
    if column.css_class == "num" and not column.unit:
        return f"{column.label} {{}}"
    return f"{{}} {column.unit}".strip()


def path_with_id(url_name: str, number: int | str) -> str:
    """Return the path of a page whose only argument is an id; a list has three of them in each row."""
    before, after = _around_id(settings.ROOT_URLCONF, url_name)
    return f"{before}{number}{after}"


@lru_cache(maxsize=256)
def _escaped(query: str) -> SafeString:
    return SafeString(escape(query))


@lru_cache(maxsize=256)
def _around_id(_urlconf: str, url_name: str) -> tuple[str, str]:
    before, _id, after = reverse(url_name, args=[0]).rpartition("0")
    return before, after


def may_write(site: Site) -> bool:
    """Return whether the role annotated on a site allows entering and correcting records there."""
    return bool(site.role) and Role(site.role or "").covers(Role.OPERATOR) and site.is_active


def rows_of[R: DailyRecord](
    module: RecordModule[R],
    records: Iterable[R],
    *,
    sites: Iterable[Site],
    shows_site: bool = False,
    is_new: bool = False,
    query: str = "",
) -> list[ListRow[R]]:
    """Return records as rows; those of closed days cannot be changed."""
    records = list(records)
    writable = {site.pk for site in sites if may_write(site)}
    closed = _closed_days(records)
    words = tuple(map(_words, module.list_columns))
    return [
        ListRow(
            module=module,
            record=record,
            is_editable=record.site_id in writable and (record.site_id, record.date) not in closed,
            is_closed=(record.site_id, record.date) in closed,
            shows_site=shows_site,
            is_new=is_new,
            query=query,
            words=words,
        )
        for record in records
    ]


_closed = PreparedQuery[SiteDay, tuple[int, dt.date]](
    lambda: (
        SiteDay.objects.closed()
        .filter(site__in=SITES, date__gte=FIRST, date__lte=LAST)
        .order_by()
        .values_list("site_id", "date")
    )
)


def _closed_days[R: DailyRecord](records: list[R]) -> set[tuple[int, dt.date]]:
    if not records:
        return set()
    dates = [record.date for record in records]
    sites = list({record.site_id for record in records})
    return set(_closed.all(sites=sites, first=min(dates), last=max(dates)))
