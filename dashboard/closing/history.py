"""What was done to a site's day: submitted, approved, reopened, and of what it was said there was nothing."""

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
class Entry:
    """One thing that was done."""

    act: "Text"
    badge: str
    by: str
    at: dt.datetime
    reason: str = ""
    is_late: bool = False
    figures: tuple[ShownLine, ...] = ()
    # What a later reopening left of a submission or an approval.
    is_undone: bool = False
    holds: bool = False


def entries_of(site: Site, date: dt.date) -> list[Entry]:
    """Return what was done to a day, newest first. Two queries."""
    found = [*_of_the_day(site, date), *_of_nothing(site, date)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _of_the_day(site: Site, date: dt.date) -> Iterator[Entry]:
    lines = SiteDay.history.filter(site=site, date=date).select_related("history_user")
    told = [line for line in lines.order_by("history_id") if line.status != DayStatus.OPEN]
    reopened = [number for number, line in enumerate(told) if line.status == DayStatus.REOPENED]
    last_reopened = max(reopened, default=-1)
    for number, line in enumerate(told):
        state = State.of_status(line.status)
        is_approved = line.status == DayStatus.APPROVED
        yield Entry(
            act=state.label,
            badge=state.badge,
            by=_who(line.history_user),
            at=line.history_date,
            reason=line.reopen_reason if line.status == DayStatus.REOPENED else "",
            is_late=line.is_late and line.status == DayStatus.SUBMITTED and line.reopened_at is None,
            figures=tuple(shown_lines(figures_from_json(line.approved_figures))) if is_approved else (),
            is_undone=number < last_reopened and line.status != DayStatus.REOPENED,
            holds=is_approved and 0 <= last_reopened < number,
        )


def _of_nothing(site: Site, date: dt.date) -> Iterator[Entry]:
    names = {module.slug: module.label_plural for module in modules()}
    lines = NothingToday.history.filter(site=site, date=date).select_related("history_user")
    for line in lines.order_by("history_id"):
        is_over = line.history_type == "-"
        words = _("%(module)s: no longer nothing") if is_over else _("%(module)s: nothing on this day")
        yield Entry(
            act=words % {"module": names.get(line.module, line.module)},
            badge="",
            by=_who(line.history_user),
            at=line.history_date,
            reason="" if is_over else line.reason,
        )


def _who(person: object) -> str:
    return str(person or _("somebody who is gone"))
