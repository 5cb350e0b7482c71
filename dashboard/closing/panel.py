"""The closing of a site's day: its state, what it lacks, what a manager checks, and its history."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.db.prepared import Parameter, PreparedQuery
from dashboard.addresses import records_address
from dashboard.closing.month import MonthNotice, State, notices_of_day
from records.choices import DayStatus
from records.closing.changes import DayChanges, RecordWithWarnings, changes_since, records_with_warnings
from records.closing.completeness import DayContents, ModuleOfDay
from records.closing.figures import (
    FigureDifference,
    ShownLine,
    differences,
    figures_from_json,
    figures_of_day,
    shown_lines,
)
from records.closing.workflow import missing_modules_message
from records.models import DailyRecord, NothingToday, SiteDay
from records.pages.table import may_write
from records.registry import modules
from sites.history import distinct_names
from sites.models import Site
from sites.scope import manages

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


_day = PreparedQuery(
    lambda: SiteDay.objects.select_related("submitted_by", "approved_by", "reopened_by").filter(
        site_id=Parameter("site", models.BigIntegerField()), date=Parameter("date", models.DateField())
    )
)


# --- The panel


@dataclass(frozen=True)
class LatestAction:
    """The latest submission, approval or reopening of a day, as a sentence."""

    description: str
    at: dt.datetime
    reason: str = ""
    # Overruled by a later reopening.
    is_undone: bool = False
    # The approval that is in force, marked on days that were reopened before it.
    is_in_force: bool = False


def latest_actions(day: SiteDay) -> list[LatestAction]:
    """Return the last submission, approval and reopening of a day, in the order of time."""
    actions = []
    is_approved, is_reopened = day.status == DayStatus.APPROVED, day.status == DayStatus.REOPENED
    if day.submitted_at is not None:
        text = _("Submitted by %(person)s") % {"person": day.submitted_by}
        actions.append(LatestAction(text, day.submitted_at, is_undone=is_reopened))
    if day.approved_at is not None:
        text = _("Approved by %(person)s") % {"person": day.approved_by}
        is_in_force = is_approved and day.reopened_at is not None
        actions.append(
            LatestAction(text, day.approved_at, is_undone=not is_approved, is_in_force=is_in_force)
        )
    if day.reopened_at is not None:
        text = _("Reopened by %(person)s") % {"person": day.reopened_by}
        actions.append(LatestAction(text, day.reopened_at, day.reopen_reason))
    # At equal times, what a reopening overruled comes before it.
    return sorted(actions, key=lambda action: (action.at, not action.is_undone, not action.reason))


@dataclass(frozen=True)
class Rejection:
    """Why an action on a day was rejected, and what was typed."""

    message: str
    # The form it is about: the slug of a module, or the action.
    about: str = ""
    typed: str = ""


@dataclass(frozen=True)
class ModuleRow:
    """A module in the list of what was entered."""

    part: ModuleOfDay
    href: str
    # Whether an open working day still lacks it.
    is_missing: bool
    rejection: Rejection | None = None

    @property
    def name(self) -> "Text":
        return self.part.module.label_plural

    @property
    def count(self) -> str:
        number = len(self.part.records)
        return ngettext("%(number)d record", "%(number)d records", number) % {"number": number}

    @property
    def typed(self) -> str:
        return self.rejection.typed if self.rejection is not None else ""


@dataclass(frozen=True)
class ClosingPanel:
    """What the template `_closing.html` shows of a day; the site comes with the role of the person."""

    site: Site
    date: dt.date
    rejection: Rejection | None = None
    # The day's records by module, where they have been read.
    records: Mapping[str, Sequence[DailyRecord]] | None = None

    @cached_property
    def day(self) -> SiteDay | None:
        return _day.first(site=self.site.pk, date=self.date)

    @cached_property
    def contents(self) -> DayContents:
        return DayContents.of(self.site, self.date, self.records)

    @cached_property
    def state(self) -> State:
        return State.of_status(self.day.status if self.day is not None else DayStatus.OPEN)

    @property
    def is_closed(self) -> bool:
        return self.day is not None and self.day.is_closed

    @property
    def is_submitted(self) -> bool:
        """Return whether the day waits for approval."""
        return self.state is State.SUBMITTED

    @property
    def is_late(self) -> bool:
        return self.day is not None and self.day.is_late

    @cached_property
    def is_working_day(self) -> bool:
        return self.site.is_working_day(self.date)

    @cached_property
    def has_begun(self) -> bool:
        return self.date <= self.site.today()

    @property
    def cut_off(self) -> dt.datetime:
        return self.site.cut_off_of(self.date)

    @property
    def is_overdue(self) -> bool:
        return timezone.now() > self.cut_off

    @property
    def latest_actions(self) -> list[LatestAction]:
        return latest_actions(self.day) if self.day is not None else []

    # --- What was entered

    @cached_property
    def modules(self) -> list[ModuleRow]:
        expects_records = self.is_working_day and not self.is_closed and self.has_begun
        return [
            ModuleRow(
                part,
                self._records_of(part.module.slug),
                is_missing=part.is_missing and expects_records,
                rejection=self.rejection
                if self.rejection is not None and self.rejection.about == part.module.slug
                else None,
            )
            for part in self.contents.modules
            # An optional module is listed only where it has records.
            if part.module.is_daily or part.records
        ]

    @property
    def missing(self) -> str:
        """Return the sentence about what an open working day lacks; empty where it lacks nothing."""
        return missing_modules_message(self.contents) if any(row.is_missing for row in self.modules) else ""

    def _records_of(self, slug: str) -> str:
        return records_address(f"{slug}:list", self.site.code, first=self.date, last=self.date)

    # --- What the person may do

    @cached_property
    def may_enter(self) -> bool:
        return may_write(self.site) and not self.is_closed and self.has_begun

    @property
    def may_approve(self) -> bool:
        return self.is_submitted and manages(self.site)

    @property
    def may_reopen(self) -> bool:
        return self.is_closed and manages(self.site)

    @property
    def message(self) -> str:
        """Return the message about the day itself, not about one of its modules."""
        if self.rejection is None or any(row.rejection for row in self.modules):
            return ""
        return self.rejection.message

    @property
    def reopen_typed(self) -> str:
        return self.rejection.typed if self.rejection is not None and self.rejection.about == "reopen" else ""

    @property
    def notices(self) -> list[MonthNotice]:
        """Return the notice about the working day before."""
        return notices_of_day(self.site, self.date)

    # --- What to check before approving

    @cached_property
    def changes(self) -> DayChanges:
        """Return the changes of records since the last approval, or else since the first submission."""
        kept = self.day.kept_versions if self.day is not None else None
        return DayChanges([], 0) if kept is None else changes_since(kept, self.contents)

    @property
    def changes_title(self) -> str:
        assert self.day is not None
        was_approved = self.day.approved_figures is not None
        return _("Changed since it was approved") if was_approved else _("Changed since it was submitted")

    @cached_property
    def warned(self) -> list[RecordWithWarnings]:
        return records_with_warnings(self.contents, self.records)

    @cached_property
    def differences(self) -> list[FigureDifference]:
        """Return the figures that differ from those approved."""
        if self.day is None or self.day.approved_figures is None:
            return []
        return differences(figures_from_json(self.day.approved_figures), figures_of_day(self.site, self.date))


def closing_panel(site: Site, date: dt.date, *, rejection: Rejection | None = None) -> dict[str, object]:
    """Return the context of the panel's template."""
    return {"closing": ClosingPanel(site, date, rejection)}


# --- The history: submissions, approvals and reopenings, and "nothing today"


@dataclass(frozen=True)
class ClosingEntry:
    """One action in the history of a day."""

    action: "Text"
    badge: str
    by: str
    at: dt.datetime
    reason: str = ""
    is_late: bool = False
    figures: tuple[ShownLine, ...] = ()
    is_undone: bool = False
    is_in_force: bool = False


def history_of(site: Site, date: dt.date) -> list[ClosingEntry]:
    """Return the actions on a day, newest first. Three or four queries."""
    found = [*_of_the_day(site, date), *_of_nothing_today(site, date)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _of_the_day(site: Site, date: dt.date) -> Iterator[ClosingEntry]:
    rows = SiteDay.history.filter(site=site, date=date).select_related("history_user")
    actions = [row for row in rows.order_by("history_id") if row.status != DayStatus.OPEN]
    people = distinct_names(row.history_user for row in actions)
    reopened = [number for number, row in enumerate(actions) if row.status == DayStatus.REOPENED]
    last_reopened = max(reopened, default=-1)
    for number, row in enumerate(actions):
        state = State.of_status(row.status)
        is_approved = row.status == DayStatus.APPROVED
        yield ClosingEntry(
            action=state.label,
            badge=state.badge,
            by=people.get(row.history_user_id) or _("a deleted account"),
            at=row.history_date,
            reason=row.reopen_reason if row.status == DayStatus.REOPENED else "",
            is_late=row.is_late and row.status == DayStatus.SUBMITTED and row.reopened_at is None,
            figures=tuple(shown_lines(figures_from_json(row.approved_figures))) if is_approved else (),
            is_undone=number < last_reopened and row.status != DayStatus.REOPENED,
            is_in_force=is_approved and 0 <= last_reopened < number,
        )


def _of_nothing_today(site: Site, date: dt.date) -> Iterator[ClosingEntry]:
    names = {module.slug: module.label_plural for module in modules()}
    rows = (
        NothingToday.history.filter(site=site, date=date)
        .select_related("history_user")
        .order_by("history_id")
    )
    people = distinct_names(row.history_user for row in rows)
    for row in rows:
        is_removed = row.history_type == "-"
        sentence = _("%(module)s: “nothing” removed") if is_removed else _("%(module)s: nothing on this day")
        yield ClosingEntry(
            action=sentence % {"module": names.get(row.module, row.module)},
            badge="",
            by=people.get(row.history_user_id) or _("a deleted account"),
            at=row.history_date,
            reason="" if is_removed else row.reason,
        )
