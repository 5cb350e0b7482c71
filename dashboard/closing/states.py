"""How far a day is, in a word, a mark and a colour."""

from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from records.choices import DayStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class State(Enum):
    """What a site's day is on the board and on its own page: name, mark and words."""

    APPROVED = ("approved", "✓✓", _("Approved"))
    SUBMITTED = ("submitted", "✓", _("Submitted"))
    REOPENED = ("reopened", "↺", _("Reopened"))
    # Entered at least in part, but not submitted.
    OPEN = ("open", "…", _("Open"))
    # A working day that is over, and of which nothing is there.
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
        """Return the look of the word on its badge."""
        looks = {State.APPROVED: "success", State.SUBMITTED: "success", State.REOPENED: "warning"}
        return f"badge--{looks[self]}" if self in looks else ""

    @classmethod
    def of_status(cls, status: str) -> "State":
        """Return the state of a day by what is kept of it alone."""
        return {
            DayStatus.APPROVED.value: cls.APPROVED,
            DayStatus.SUBMITTED.value: cls.SUBMITTED,
            DayStatus.REOPENED.value: cls.REOPENED,
        }.get(status, cls.OPEN)
