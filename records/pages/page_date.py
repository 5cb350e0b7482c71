"""Which date a page is about, and where it stands in time."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import get_language

from records.pages.date_range import EARLIEST, LATEST
from sites.scope import Scope, page_scope

DATE_PARAMETER = "date"
# Said by a part of a page whose own address names no date.
FOLLOWS = "follows"
# Said by a part of a page that tells of a day which is not over.
RUNS = "runs"
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """An operating date as seen from some sites now.

    Sites in different zones are not on the same date: the first of them begin a date while others still
    work on the one before.
    """

    date: dt.date
    # The least and the greatest operating date of the sites now.
    begun_everywhere: dt.date
    begun_somewhere: dt.date
    # The page's address names no date, so the page moves on when the day does.
    follows: bool
    # What stands around this part says that the day runs.
    ran: bool

    @property
    def is_outdated(self) -> bool:
        """Say whether the page around a part should be about another day by now, or tells of it wrongly."""
        return (self.follows and not self.is_default) or (self.ran and not self.is_running)

    @property
    def is_running(self) -> bool:
        """Say whether the date has begun somewhere and is not over everywhere."""
        return self.begun_everywhere <= self.date <= self.begun_somewhere

    @property
    def is_ahead(self) -> bool:
        """Say whether the date has begun nowhere yet."""
        return self.date > self.begun_somewhere

    @property
    def is_default(self) -> bool:
        """Say whether this is the date that is shown where none is asked for."""
        return self.date == self.begun_everywhere

    @property
    def before(self) -> dt.date | None:
        return self.date - ONE_DAY if self.date > EARLIEST else None

    @property
    def after(self) -> dt.date | None:
        """Return the next date, if it has begun anywhere."""
        return self.date + ONE_DAY if self.date < self.begun_somewhere else None


def day_of(request: HttpRequest) -> Day:
    """Return the day of `?date=`; without one, or with one that is none, the day that runs.

    For several sites that is the latest date that has begun at all of them: no site's work of the moment is
    missing from it, while the very latest date would be empty until the last site has got there.
    """
    scope = page_scope(request)
    asked = _parsed(request.GET.get(DATE_PARAMETER, ""))
    dates = _dates_now(scope)
    default = min(dates)
    return Day(
        date=asked or default,
        begun_everywhere=default,
        begun_somewhere=max(dates),
        follows=asked is None or FOLLOWS in request.GET,
        ran=RUNS in request.GET,
    )


def shown_date(date: dt.date, form: str) -> str:
    """Return a date as a person reads it; a page shows the same few of them again and again."""
    return _shown(date, form, get_language())


@lru_cache(maxsize=512)
def _shown(date: dt.date, form: str, _language: str | None) -> str:
    return date_format(date, form)


def _dates_now(scope: Scope) -> list[dt.date]:
    return [site.today() for site in scope.sites] or [timezone.now().date()]


def _parsed(text: str) -> dt.date | None:
    try:
        date = parse_date(text.strip())
    except ValueError:
        return None
    return date if date is not None and EARLIEST <= date <= LATEST else None
