"""How far each day of a month is at each site, by the site's working calendar."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from dashboard.closing.states import State
from records.choices import DayStatus
from records.closing.completeness import entered_modules
from records.models import DailyRecord, SiteDay
from records.module import RecordModule
from records.pages.dates import ONE_DAY
from records.periods import each_day
from records.registry import modules
from sites.dates import EARLIEST, LATEST
from sites.models import Site, working_days

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a site's day."""

    status: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a site."""

    date: dt.date
    state: State
    is_late: bool
    is_today: bool
    # Whether the day counts: it was worked, and its time to be submitted is over or it is submitted.
    is_due: bool
    # What a day that is not closed still lacks.
    lacking: tuple[RecordModule[DailyRecord], ...] = ()

    @property
    def is_closed(self) -> bool:
        return self.state in (State.APPROVED, State.SUBMITTED)


@dataclass(frozen=True)
class SiteMonth:
    """A site's days from the first to the last of those asked for."""

    site: Site
    cells: tuple[Cell, ...]

    @cached_property
    def due(self) -> int:
        return sum(cell.is_due for cell in self.cells)

    @cached_property
    def closed(self) -> int:
        return sum(cell.is_due and cell.is_closed for cell in self.cells)

    @property
    def percent(self) -> Decimal | None:
        """Return how many percent of the days that are due are submitted; None where none is due."""
        return HUNDRED * self.closed / self.due if self.due else None

    @property
    def unsubmitted(self) -> list[Cell]:
        """Return the days that are due and not submitted, oldest first."""
        return [cell for cell in self.cells if cell.is_due and not cell.is_closed]

    @property
    def waiting(self) -> int:
        """Return how many days wait to be approved."""
        return sum(cell.state is State.SUBMITTED for cell in self.cells)


@dataclass(frozen=True)
class Month:
    """The month that the board is about."""

    first: dt.date
    today: dt.date

    @classmethod
    def asked(cls, text: str, *, sites: Sequence[Site]) -> "Month":
        """Return the month of `?month=YYYY-MM`; without one, or with one that is none, the one that runs."""
        today = max((site.today() for site in sites), default=timezone.now().date())
        try:
            first = dt.date.fromisoformat(f"{text}-01")
        except ValueError:
            first = today.replace(day=1)
        return cls(first if EARLIEST <= first <= LATEST else today.replace(day=1), today)

    @property
    def last(self) -> dt.date:
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def dates(self) -> list[dt.date]:
        return list(each_day(self.first, self.last))

    @property
    def before(self) -> dt.date | None:
        return (self.first - ONE_DAY).replace(day=1) if self.first > EARLIEST else None

    @property
    def after(self) -> dt.date | None:
        """Return the next month, if it has begun."""
        return self.last + ONE_DAY if self.last < self.today else None


def site_months(
    sites: Sequence[Site], *, first: dt.date, last: dt.date, with_lacking: bool = True
) -> list[SiteMonth]:
    """Return each site's days. Five queries, whatever the number of sites; three without what they lack."""
    if not sites:
        return []
    now = timezone.now()
    kept = _kept_days(sites, first=first, last=last)
    worked = working_days(sites, first=first, last=last)
    since = _since(sites)
    entered = entered_modules(sites, first=first, last=last) if with_lacking else {}
    daily = tuple(module for module in modules() if module.is_daily)
    months = []
    for site in sites:
        day = _DayOfSite(site, worked[site.pk], since[site.pk], now, daily, knows_entries=with_lacking)
        cells = (
            day.cell(date, kept.get((site.pk, date)), entered.get((site.pk, date), frozenset()))
            for date in each_day(first, last)
        )
        months.append(SiteMonth(site, tuple(cells)))
    return months


@dataclass(frozen=True)
class _DayOfSite:
    """Judges the days of one site."""

    site: Site
    worked: frozenset[dt.date]
    since: dt.date
    now: dt.datetime
    daily: tuple[RecordModule[DailyRecord], ...]
    knows_entries: bool

    @cached_property
    def today(self) -> dt.date:
        return self.site.operating_date(self.now)

    def cell(self, date: dt.date, kept: Kept | None, entered: frozenset[str]) -> Cell:
        works = date in self.worked and date >= self.since
        # A cut-off lies less than two days after its date began; only then is the clock asked.
        is_over = date < self.today - 2 * ONE_DAY or (date <= self.today and self._is_past_cut_off(date))
        state = self._state(date, kept, entered, works=works, is_over=is_over)
        is_closed = state in (State.APPROVED, State.SUBMITTED)
        asks = works and date <= self.today and not is_closed
        return Cell(
            date=date,
            state=state,
            is_late=kept is not None and kept.is_late,
            is_today=date == self.today,
            is_due=works and (is_closed or is_over),
            lacking=tuple(module for module in self.daily if module.slug not in entered)
            if asks and self.knows_entries
            else (),
        )

    def _state(
        self, date: dt.date, kept: Kept | None, entered: frozenset[str], *, works: bool, is_over: bool
    ) -> State:
        if kept is not None and kept.status != DayStatus.OPEN:
            return State.of_status(kept.status)
        if not works and not entered:
            return State.NOT_WORKED
        if date > self.today:
            return State.AHEAD
        if works and is_over:
            return State.MISSING if entered or not self.knows_entries else State.EMPTY
        return State.OPEN

    def _is_past_cut_off(self, date: dt.date) -> bool:
        return self.now > self.site.cut_off_of(date)


def _kept_days(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> Mapping[tuple[int, dt.date], Kept]:
    days = SiteDay.objects.filter(site__in=sites, date__gte=first, date__lte=last).order_by()
    lines = days.values_list("site_id", "date", "status", "is_late")
    return {(site_id, date): Kept(status, is_late) for site_id, date, status, is_late in lines}


def _since(sites: Sequence[Site]) -> dict[int, dt.date]:
    """Return from when on days are asked for: since the site was made, or from its first closed day on.

    A day long ago that was submitted by mistake asks for nothing any more once it is reopened.
    """
    closed = SiteDay.objects.closed().filter(site=OuterRef("pk")).order_by("date").values("date")[:1]
    chosen = Site.objects.filter(pk__in=[site.pk for site in sites]).order_by()
    first_days = dict(chosen.annotate(first_closed=Subquery(closed)).values_list("pk", "first_closed"))
    return {
        site.pk: min(filter(None, (site.operating_date(site.created_at), first_days[site.pk])))
        for site in sites
    }
