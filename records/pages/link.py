"""A choice that one press makes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


@dataclass(frozen=True)
class Link:
    """A press that changes what a page shows, and whether that is how it is now."""

    label: "Text"
    # What the page's address says then.
    query: str
    is_current: bool
