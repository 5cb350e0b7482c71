"""The addresses of the parts of the dashboard, and of the pages that they link to."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from records.pages.dates import DATE_PARAMETER, FOLLOWS, RUNS, Day
from sites.scope import PARAMETER as SITE_PARAMETER

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class RecordsLink:
    """A link to a list of records, or to a page about them."""

    label: "StrPromise | str"
    href: str


@lru_cache(maxsize=256)
def day_query(scope_code: str, date: dt.date | None, **more: object) -> str:
    """Return the query of a page for these sites on a date; None is the date that is running."""
    named = {} if date is None else {DATE_PARAMETER: date.isoformat()}
    return urlencode({SITE_PARAMETER: scope_code, **named, **more})


def fragment_query(scope_code: str, day: Day, **more: object) -> str:
    """Return the query of a part of a page; the part keeps to the date of the page around it."""
    flags = {name: 1 for name, is_set in ((FOLLOWS, day.follows), (RUNS, day.is_running)) if is_set}
    return day_query(scope_code, day.date, **more, **flags)


def records_address(
    url_name: str,
    scope_code: str,
    *filters: tuple[str, object],
    first: dt.date,
    last: dt.date,
) -> str:
    """Return a page about these dates; empty where its module is not part of this portal."""
    path = page_address(url_name)
    return f"{path}?{dates_query(scope_code, *filters, first=first, last=last)}" if path else ""


def day_address(url_name: str, scope_code: str, date: dt.date) -> str:
    """Return a page as it is on a date; empty where it is not part of this portal."""
    path = page_address(url_name)
    return f"{path}?{day_query(scope_code, date)}" if path else ""


def page_address(url_name: str, *arguments: object) -> str:
    """Return the path of a page; empty where its module is not part of this portal."""
    return _path_of(settings.ROOT_URLCONF, url_name, arguments)


@lru_cache(maxsize=256)
def dates_query(scope_code: str, *filters: tuple[str, object], first: dt.date, last: dt.date) -> str:
    """Return what the address of a page about these dates says."""
    dates = [("from", first.isoformat()), ("to", last.isoformat())]
    return urlencode([(SITE_PARAMETER, scope_code), *dates, *filters])


@lru_cache(maxsize=4096)
def _path_of(_urlconf: str, url_name: str, arguments: tuple[object, ...]) -> str:
    """Look a path up once: the dashboard names fifty, the same each minute."""
    try:
        return reverse(url_name, args=arguments)
    except NoReverseMatch:
        return ""
