"""How the demo's days were closed: most in time and approved, a few late, one reopened, some forgotten."""

import copy
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from deskops.demo.days import MISSED, SitePlan
from records.choices import DayStatus
from records.closing.completeness import DayContents, entered_modules
from records.closing.figures import figures_of_day, figures_to_json
from records.models import NothingToday, SiteDay
from records.registry import modules
from sites.models import Site, User, working_days

EVENING, NEXT_MORNING, APPROVAL = dt.time(18, 20), dt.time(7, 45), dt.time(8, 30)
# Every so many days the clerk goes home first and submits the next morning.
LATE_EVERY = 17
# Reading a hundred days of a site takes a while: older ones are closed without what is kept of them.
RECENT_DAYS = 40
# Counted back over the working days before today: what nobody has approved yet.
UNAPPROVED = 1
REOPENED_AGO, FORGOTTEN_AGO = 4, 6
REOPENED_AT, FORGOTTEN_AT, UNSUBMITTED_AT = "YARD-NORTH", "YARD-EAST", "QUARRY-1"
WHY_REOPENED = "A delivery note turned up in a driver's cab"
WHY_NOTHING = "No work of this kind that day"


@dataclass
class DayBook:
    """The days of a site as they are in the end, and each step on the way for their history."""

    site: Site
    clerk: User
    manager: User
    days: list[SiteDay] = field(default_factory=list)
    steps: list[SiteDay] = field(default_factory=list)
    nothing: list[NothingToday] = field(default_factory=list)

    def submit(self, date: dt.date, *, lacking: Iterable[str], is_late: bool) -> SiteDay:
        """Submit a day in its evening, or the next morning, stating the modules without records."""
        day = SiteDay(site=self.site, date=date, is_late=is_late, status=DayStatus.SUBMITTED)
        if self._is_recent(date):
            day.kept_versions = DayContents.of(self.site, date).versions
        day.submitted_by = self.clerk
        day.submitted_at = self._at(date, NEXT_MORNING if is_late else EVENING, later=is_late)
        self.days.append(day)
        for slug in lacking:
            statement = NothingToday(site=self.site, date=date, module=slug, reason=WHY_NOTHING)
            statement.noted_by, statement.noted_at = self.clerk, day.submitted_at
            self.nothing.append(statement)
        self._keep(day, self.clerk, day.submitted_at)
        return day

    def approve(self, day: SiteDay) -> None:
        """Approve a day the next morning, with its figures."""
        day.status = DayStatus.APPROVED
        day.approved_by, day.approved_at = self.manager, self._at(day.date, APPROVAL, later=True)
        if self._is_recent(day.date):
            day.approved_figures = figures_to_json(figures_of_day(self.site, day.date))
        self._keep(day, self.manager, day.approved_at)

    def reopen(self, day: SiteDay) -> None:
        """Open an approved day again, a day after it was."""
        day.status, day.reopen_reason = DayStatus.REOPENED, WHY_REOPENED
        assert day.approved_at is not None
        day.reopened_by, day.reopened_at = self.manager, day.approved_at + dt.timedelta(hours=26)
        self._keep(day, self.manager, day.reopened_at)

    def write(self) -> None:
        """Write it all down."""
        steps_of: dict[dt.date, list[SiteDay]] = {}
        for step in self.steps:
            steps_of.setdefault(step.date, []).append(step)
        for day in SiteDay.objects.bulk_create(self.days):
            for step in steps_of[day.date]:
                step.pk = day.pk
        SiteDay.history.bulk_history_create([steps[0] for steps in steps_of.values()])
        later = [step for steps in steps_of.values() for step in steps[1:]]
        SiteDay.history.bulk_history_create(later, update=True)
        for statement in self.nothing:
            statement._history_user = statement.noted_by  # type: ignore[attr-defined]  # read by simple-history
            statement._history_date = statement.noted_at  # type: ignore[attr-defined]  # the same
            statement.save()

    def _is_recent(self, date: dt.date) -> bool:
        return date > self.site.today() - dt.timedelta(days=RECENT_DAYS)

    def _at(self, date: dt.date, time: dt.time, *, later: bool) -> dt.datetime:
        day = date + dt.timedelta(days=1) if later else date
        return dt.datetime.combine(day, time, tzinfo=self.site.zone)

    def _keep(self, day: SiteDay, by: User, at: dt.datetime) -> None:
        step = copy.copy(day)
        step._history_user, step._history_date = by, at  # type: ignore[attr-defined]  # read by simple-history
        self.steps.append(step)


def close_days(site: Site, plan: SitePlan, *, clerk: User, manager: User) -> None:
    """Close the working days before today as they are closed where people are people."""
    book = DayBook(site, clerk, manager)
    last = plan.today - dt.timedelta(days=1)
    worked = sorted(working_days([site], first=plan.first, last=last)[site.pk], reverse=True)
    entered = entered_modules([site], first=plan.first, last=last)
    daily = {module.slug for module in modules() if module.is_daily}
    for ago, date in enumerate(worked):
        is_forgotten = site.code == FORGOTTEN_AT and ago == FORGOTTEN_AGO
        is_unsubmitted = site.code == UNSUBMITTED_AT and ago == 0
        if is_forgotten or is_unsubmitted or (date - plan.first).days in MISSED:
            continue
        lacking = daily - entered.get((site.pk, date), frozenset())
        day = book.submit(date, lacking=sorted(lacking), is_late=ago % LATE_EVERY == LATE_EVERY - 1)
        if ago >= UNAPPROVED:
            book.approve(day)
        if site.code == REOPENED_AT and ago == REOPENED_AGO:
            book.reopen(day)
    book.write()
