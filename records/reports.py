"""Reports: tables of figures that an app calculates and the exports write to a file.

The exports find an app's reports by `settings.EXPORT_REPORTS`, so that neither imports the other.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from records.columns import Column, Raw
from sites.models import Site, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


class ReportQuery(NamedTuple):
    """What a report is of. Whether the user may read the sites is checked elsewhere."""

    sites: tuple[Site, ...]
    first: dt.date
    last: dt.date
    # The other parameters of the page's address.
    parameters: Mapping[str, str]


class Report(NamedTuple):
    """A table of figures; its last row is the total."""

    title: str
    columns: Sequence[Column]
    # Cells as the database has them, such as kilograms.
    rows: Sequence[tuple[Raw, ...]]
    # Why there are no rows, where there are none.
    empty_text: str
    # The label and the value of each thing that the cover of the file says about it.
    facts: Sequence[tuple[str, str]]


class ReportSource(Protocol):
    """Makes the reports of a page."""

    label: "Text"

    def query_of(self, request: HttpRequest) -> ReportQuery:
        """Return what the report of a page's address is of. Raises Http404 for a site that is not visible."""

    def labels_of(self, query: ReportQuery) -> list[tuple[str, str]]:
        """Return the label and the value of each parameter. No records are read."""

    def report_of(self, query: ReportQuery, *, user: User) -> Report:
        """Return the report for a user, who sees its sites."""


def report_source(name: str) -> ReportSource | None:
    """Return the source of the reports with this name; None where there is none."""
    path = settings.EXPORT_REPORTS.get(name)
    if path is None:
        return None
    source: ReportSource = import_string(path)
    return source
