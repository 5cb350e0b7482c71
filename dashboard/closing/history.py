"""The history of a site's day: its submissions, approvals and reopenings, and "nothing today"."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from dashboard.closing.states import State
from records.choices import DayStatus
from records.closing.figures import ShownLine, figures_from_json, shown_lines
from records.models import NothingToday, SiteDay
from records.registry import modules
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


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
    # At equal times, what a reopening overruled comes before it.
    return sorted(
        _latest_actions(day), key=lambda action: (action.at, not action.is_undone, not action.reason)
    )


def _latest_actions(day: SiteDay) -> Iterator[LatestAction]:
    if day.submitted_at is not None:
        yield LatestAction(
            _("Submitted by %(person)s") % {"person": day.submitted_by},
            day.submitted_at,
            is_undone=day.status == DayStatus.REOPENED,
        )
    if day.approved_at is not None:
        is_approved = day.status == DayStatus.APPROVED
        yield LatestAction(
            _("Approved by %(person)s") % {"person": day.approved_by},
            day.approved_at,
            is_undone=not is_approved,
            is_in_force=is_approved and day.reopened_at is not None,
        )
    if day.reopened_at is not None:
        description = _("Reopened by %(person)s") % {"person": day.reopened_by}
        yield LatestAction(description, day.reopened_at, day.reopen_reason)


@dataclass(frozen=True)
class HistoryEntry:
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


def history_of(site: Site, date: dt.date) -> list[HistoryEntry]:
    """Return the actions on a day, newest first. Two queries."""
    found = [*_of_the_day(site, date), *_of_nothing_today(site, date)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _of_the_day(site: Site, date: dt.date) -> Iterator[HistoryEntry]:
    rows = SiteDay.history.filter(site=site, date=date).select_related("history_user")
    actions = [row for row in rows.order_by("history_id") if row.status != DayStatus.OPEN]
    reopened = [number for number, row in enumerate(actions) if row.status == DayStatus.REOPENED]
    last_reopened = max(reopened, default=-1)
    for number, row in enumerate(actions):
        state = State.of_status(row.status)
        is_approved = row.status == DayStatus.APPROVED
        yield HistoryEntry(
            action=state.label,
            badge=state.badge,
            by=_name_of(row.history_user),
            at=row.history_date,
            reason=row.reopen_reason if row.status == DayStatus.REOPENED else "",
            is_late=row.is_late and row.status == DayStatus.SUBMITTED and row.reopened_at is None,
            figures=tuple(shown_lines(figures_from_json(row.approved_figures))) if is_approved else (),
            is_undone=number < last_reopened and row.status != DayStatus.REOPENED,
            is_in_force=is_approved and 0 <= last_reopened < number,
        )


def _of_nothing_today(site: Site, date: dt.date) -> Iterator[HistoryEntry]:
    names = {module.slug: module.label_plural for module in modules()}
    rows = NothingToday.history.filter(site=site, date=date).select_related("history_user")
    for row in rows.order_by("history_id"):
        is_removed = row.history_type == "-"
        sentence = _("%(module)s: “nothing” removed") if is_removed else _("%(module)s: nothing on this day")
        yield HistoryEntry(
            action=sentence % {"module": names.get(row.module, row.module)},
            badge="",
            by=_name_of(row.history_user),
            at=row.history_date,
            reason="" if is_removed else row.reason,
        )


def _name_of(person: object) -> str:
    return str(person or _("a deleted account"))
