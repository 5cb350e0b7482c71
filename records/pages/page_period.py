"""Which dates a page is about that shows one thing day by day."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from records.pages.date_range import DateRange, RangeForm, today_in
from records.pages.link import Link
from records.periods import PERIODS
from sites.scope import PARAMETER, Scope

# A year and a day; more could not be read in one drawing.
MOST_DAYS = 366


class PagePeriod:
    """The dates that a page is about: those of the address, at most a year of them."""

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        self.code = scope.code
        self.form = RangeForm(request.GET)
        self._today = today_in(scope)
        asked = self.form.chosen(self._today)
        self.dates = DateRange(max(asked.first, asked.last - dt.timedelta(days=MOST_DAYS - 1)), asked.last)
        self.is_cut = self.dates != asked

    @property
    def query(self) -> str:
        """Return what the address says for these dates."""
        return self._query(self.dates)

    @property
    def links(self) -> Iterator[Link]:
        for days in PERIODS:
            dates = DateRange(self._today - dt.timedelta(days=days - 1), self._today)
            yield Link(
                label=_("%(days)d days") % {"days": days},
                query=self._query(dates),
                is_current=dates == self.dates,
            )

    def _query(self, dates: DateRange) -> str:
        return urlencode(
            {PARAMETER: self.code, "from": dates.first.isoformat(), "to": dates.last.isoformat()}
        )
