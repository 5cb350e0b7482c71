"""The completeness of a month: the state of each day at each site, by the site's working calendar."""

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.db.prepared import PreparedQuery
from core.numbers import HUNDRED
from records.choices import DayStatus
from records.closing.completeness import entered_modules
from records.models import DailyRecord, SiteDay
from records.module import RecordModule
from records.pages.dates import ONE_DAY, shown_date
from records.pages.table import may_write
from records.registry import modules
from sites.dates import EARLIEST, LATEST, each_day
from sites.models import Site, working_days
from sites.models.sites import FIRST, LAST, SITES
from sites.scope import manages, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text
    from django.utils.functional import _StrPromise as StrPromise

LATE_MARK = "\N{ASTERISK}"
# Clerks get no notice of days before; the month shows them.
CLERK_DAYS = 7
# So many sites are named one by one.
MAX_NAMED = 5


class State(Enum):
    """The state of a day in the month and on its own page: name, mark and label."""

    APPROVED = ("approved", "✓✓", gettext_lazy("Approved"))
    SUBMITTED = ("submitted", "✓", gettext_lazy("Submitted"))
    REOPENED = ("reopened", "↺", gettext_lazy("Reopened"))
    # Entered at least in part, but not submitted.
    OPEN = ("open", "…", gettext_lazy("Open"))
    # A working day that is over and has no records.
    EMPTY = ("empty", "✕", gettext_lazy("Nothing entered"))
    MISSING = ("missing", "!", gettext_lazy("Not submitted"))
    NOT_WORKED = ("not-worked", "·", gettext_lazy("Not worked"))
    AHEAD = ("ahead", "", gettext_lazy("Not yet"))

    def __init__(self, slug: str, mark: str, label: "StrPromise") -> None:
        self.slug = slug
        self.mark = mark
        self.label = label

    @property
    def badge(self) -> str:
        """Return the CSS class of its badge."""
        classes = {State.APPROVED: "success", State.SUBMITTED: "success", State.REOPENED: "warning"}
        return f"badge--{classes[self]}" if self in classes else ""

    @classmethod
    def of_status(cls, status: str) -> "State":
        """Return the state of a day by its stored status alone."""
        return next((state for state in cls if state.slug == status), cls.OPEN)


# --- The days of a month


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of a site."""

    date: dt.date
    state: State
    is_late: bool
    is_today: bool
    # Whether the day counts: it was a working day, and is submitted or past its cut-off.
    is_due: bool
    # The modules that a day which is not closed still lacks.
    missing: tuple[RecordModule[DailyRecord], ...] = ()

    @property
    def is_closed(self) -> bool:
        return self.state in (State.APPROVED, State.SUBMITTED)

    @property
    def mark(self) -> str:
        return self.state.mark + (LATE_MARK if self.is_late else "")

    @property
    def css_class(self) -> str:
        today = " is-today" if self.is_today else ""
        return f"is-{self.state.slug}{today} falls-on-{self.date.isoweekday()}"

    @property
    def description(self) -> str:
        """Return the meaning of the mark in words, with what the day lacks."""
        parts = [shown_date(self.date, "D j M"), str(self.state.label)]
        if self.is_late:
            parts.append(_("submitted late"))
        if self.missing and self.state is not State.EMPTY:
            names = get_text_list([str(module.label_plural) for module in self.missing], _("and"))
            parts.append(_("missing: %(modules)s") % {"modules": names})
        return ", ".join(parts)


@dataclass(frozen=True)
class SiteMonth:
    """The days of a site from the first to the last requested one."""

    site: Site
    cells: tuple[DayCell, ...]

    @cached_property
    def due(self) -> int:
        return sum(cell.is_due for cell in self.cells)

    @cached_property
    def closed(self) -> int:
        return sum(cell.is_due and cell.is_closed for cell in self.cells)

    @property
    def percent(self) -> Decimal | None:
        """Return the percentage of due days that are submitted; None without due days."""
        return HUNDRED * self.closed / self.due if self.due else None

    @property
    def waiting(self) -> int:
        """Return the number of days that wait for approval."""
        return sum(cell.state is State.SUBMITTED for cell in self.cells)


class MonthPage:
    """The page of a month, the one of `?month=YYYY-MM` or the current one: a row for each site."""

    def __init__(self, request: HttpRequest) -> None:
        self.sites = page_scope(request).choices
        # The latest date of the sites now.
        self.today = max((site.today() for site in self.sites), default=timezone.now().date())
        try:
            first = dt.date.fromisoformat(f"{request.GET.get('month', '')}-01")
        except ValueError:
            first = self.today
        self.first = (first if EARLIEST <= first <= LATEST else self.today).replace(day=1)
        self.last = self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

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

    @cached_property
    def rows(self) -> list[SiteMonth]:
        return site_months(self.sites, first=self.first, last=self.last)

    @property
    def due(self) -> int:
        return sum(row.due for row in self.rows)

    @property
    def closed(self) -> int:
        return sum(row.closed for row in self.rows)

    @property
    def waiting(self) -> int:
        return sum(row.waiting for row in self.rows)

    @property
    def day_path(self) -> str:
        """Return the path of the day pages, up to the code of a site."""
        return reverse("day:page", args=["CODE", dt.date.min]).partition("CODE")[0]

    @property
    def legend(self) -> "list[tuple[str, str, Text]]":
        """Return the marks with their meaning: the name of the state, the mark, the words."""
        marks: list[tuple[str, str, Text]] = [
            (state.slug, state.mark, state.label) for state in State if state.mark
        ]
        return [*marks, ("late", LATE_MARK, _("Submitted late"))]


def site_months(
    sites: Sequence[Site], *, first: dt.date, last: dt.date, with_missing: bool = True
) -> list[SiteMonth]:
    """Return the days of each site. Five queries, whatever the number of sites; three without `missing`."""
    if not sites:
        return []
    stored = {
        (site_id, date): (status, is_late)
        for site_id, date, status, is_late in _stored_days.all(
            sites=[site.pk for site in sites], first=first, last=last
        )
    }
    worked = working_days(sites, first=first, last=last)
    since = _since(sites, first)
    entered = entered_modules(sites, first=first, last=last) if with_missing else {}
    now = timezone.now()
    months = []
    for site in sites:
        today = site.operating_date(now)
        cells = []
        for date in each_day(first, last):
            status, is_late = stored.get((site.pk, date), (DayStatus.OPEN, False))
            works = date in worked[site.pk] and date >= since[site.pk]
            # The cut-off of a day is less than two days after the day began.
            is_over = date < today - 2 * ONE_DAY or (date <= today and now > site.cut_off_of(date))
            slugs = entered.get((site.pk, date), frozenset()) if with_missing else None
            cells.append(_day_cell(date, today, status, slugs, works=works, is_over=is_over, is_late=is_late))
        months.append(SiteMonth(site, tuple(cells)))
    return months


def _day_cell(
    date: dt.date,
    today: dt.date,
    status: str,
    slugs: frozenset[str] | None,
    *,
    works: bool,
    is_over: bool,
    is_late: bool,
) -> DayCell:
    """Return the cell of a day; `slugs` are the modules that have entries, None where that was not read."""
    is_closed = status in (DayStatus.APPROVED, DayStatus.SUBMITTED)
    if status != DayStatus.OPEN:
        state = State.of_status(status)
    elif not works and not slugs:
        state = State.NOT_WORKED
    elif date > today:
        state = State.AHEAD
    elif works and is_over:
        state = State.MISSING if slugs or slugs is None else State.EMPTY
    else:
        state = State.OPEN
    missing: tuple[RecordModule[DailyRecord], ...] = ()
    if slugs is not None and works and date <= today and not is_closed:
        missing = tuple(module for module in modules() if module.is_daily and module.slug not in slugs)
    return DayCell(date, state, is_late, date == today, works and (is_closed or is_over), missing)


_stored_days = PreparedQuery(
    lambda: (
        SiteDay.objects.filter(site__in=SITES, date__gte=FIRST, date__lte=LAST)
        .order_by()
        .values_list("site_id", "date", "status", "is_late")
    )
)


def _since(sites: Sequence[Site], first: dt.date) -> dict[int, dt.date]:
    """Return the date from which days are expected: when the site was created, or its first closed day.

    An old day that was submitted by mistake is no longer expected once it is reopened. One query, and none
    where each site was created before the first date.
    """
    since = {site.pk: site.operating_date(site.created_at) for site in sites}
    young = [site_id for site_id, date in since.items() if date > first]
    if young:
        closed = SiteDay.objects.closed().filter(site__in=young).order_by().values_list("site_id")
        for site_id, date in closed.annotate(Min("date")):
            since[site_id] = min(since[site_id], date)
    return since


# --- The notices about days that are over: for clerks which day, for managers how many days


@dataclass(frozen=True)
class MonthNotice:
    """A sentence with a link."""

    text: str
    href: str
    action: str


def notices_of(sites: Sequence[Site]) -> list[MonthNotice]:
    """Return the notices about a person's sites, which have the person's role. Three queries, or none."""
    managed = [site for site in sites if manages(site)]
    entered = [site for site in sites if may_write(site) and not manages(site)]
    today = max((site.today() for site in sites), default=timezone.now().date())
    first = min(today.replace(day=1), today - CLERK_DAYS * ONE_DAY)
    lines = site_months([*managed, *entered], first=first, last=today, with_missing=False)
    of_managers, of_clerks = lines[: len(managed)], lines[len(managed) :]
    notices = [notice for line in of_clerks for notice in _for_the_clerk(line, names_site=len(sites) > 1)]
    return [*notices[:MAX_NAMED], *_for_the_manager(of_managers, today.replace(day=1))]


def notices_of_day(site: Site, date: dt.date) -> list[MonthNotice]:
    """Return the notice about the working day before today, for clerks. Three queries, or none."""
    if date != site.today() or not may_write(site):
        return []
    lines = site_months([site], first=date - CLERK_DAYS * ONE_DAY, last=date, with_missing=False)
    return [notice for line in lines for notice in _for_the_clerk(line, names_site=False)]


def _for_the_clerk(line: SiteMonth, *, names_site: bool) -> Iterator[MonthNotice]:
    """Yield a notice when the last working day before today is not submitted."""
    site, today = line.site, line.site.today()
    past = [cell for cell in line.cells if cell.date < today and (cell.is_due or cell.is_closed)]
    if not past or past[-1].is_closed:
        return
    date = past[-1].date
    when = _("Yesterday") if date == today - ONE_DAY else shown_date(date, "l j F")
    text = _("%(when)s is not submitted.") % {"when": when}
    yield MonthNotice(
        text=f"{site.name}: {text}" if names_site else text,
        href=reverse("day:page", args=[site.code, date]),
        action=_("Open the day"),
    )


def _for_the_manager(lines: Sequence[SiteMonth], first: dt.date) -> Iterator[MonthNotice]:
    """Yield the number of days of this month that are not submitted, and that wait for approval."""
    cells = [cell for line in lines for cell in line.cells if cell.date >= first]
    missing = sum(cell.is_due and not cell.is_closed for cell in cells)
    waiting = sum(cell.state is State.SUBMITTED for cell in cells)
    not_submitted = ngettext(
        "%(count)d day of this month is not submitted.",
        "%(count)d days of this month are not submitted.",
        missing,
    )
    for_approval = ngettext("%(count)d waits for approval.", "%(count)d wait for approval.", waiting)
    sentences = [
        sentence % {"count": count}
        for sentence, count in ((not_submitted, missing), (for_approval, waiting))
        if count
    ]
    if sentences:
        yield MonthNotice(" ".join(sentences), reverse("dashboard:month"), _("Show them"))
