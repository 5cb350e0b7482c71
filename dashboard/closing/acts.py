"""What was done last to a site's day, and which of it still holds."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from records.choices import DayStatus
from records.models import SiteDay


@dataclass(frozen=True)
class Act:
    """One thing that was done, in words, and what that says today."""

    words: str
    at: dt.datetime
    reason: str = ""
    is_undone: bool = False
    # Said where a day was reopened, so that of two approvals it is plain which one holds.
    holds: bool = False


def acts_of(day: SiteDay) -> list[Act]:
    """Return the last submission, approval and reopening of a day, in the order in which they were."""
    # Of one moment, what a reopening undid came before it.
    return sorted(_acts(day), key=lambda act: (act.at, not act.is_undone, not act.reason))


def _acts(day: SiteDay) -> Iterator[Act]:
    if day.submitted_at is not None:
        yield Act(
            _("Submitted by %(person)s") % {"person": day.submitted_by},
            day.submitted_at,
            is_undone=day.status == DayStatus.REOPENED,
        )
    if day.approved_at is not None:
        is_approved = day.status == DayStatus.APPROVED
        yield Act(
            _("Approved by %(person)s") % {"person": day.approved_by},
            day.approved_at,
            is_undone=not is_approved,
            holds=is_approved and day.reopened_at is not None,
        )
    if day.reopened_at is not None:
        words = _("Reopened by %(person)s") % {"person": day.reopened_by}
        yield Act(words, day.reopened_at, day.reopen_reason)
