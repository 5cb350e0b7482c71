"""The states of a site's day, each with a word, a mark and a colour."""

from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from records.choices import DayStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class State(Enum):
    """The state of a day in the month and on its own page: name, mark and label."""

    APPROVED = ("approved", "✓✓", _("Approved"))
    SUBMITTED = ("submitted", "✓", _("Submitted"))
    REOPENED = ("reopened", "↺", _("Reopened"))
    # Entered at least in part, but not submitted.
    OPEN = ("open", "…", _("Open"))
    # A working day that is over and has no records.
    EMPTY = ("empty", "✕", _("Nothing entered"))
    MISSING = ("missing", "!", _("Not submitted"))
    NOT_WORKED = ("not-worked", "·", _("Not worked"))
    AHEAD = ("ahead", "", _("Not yet"))

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
        return {
            DayStatus.APPROVED.value: cls.APPROVED,
            DayStatus.SUBMITTED.value: cls.SUBMITTED,
            DayStatus.REOPENED.value: cls.REOPENED,
        }.get(status, cls.OPEN)
