"""What a statement is, the file of it, and what it says of days that are not approved.

Each is a table on a page, whose numbers lead to their records, and a file: `records/reports.py`.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from inventory.models import MASS_LABELS
from parties.models import Party
from records.choices import DayStatus
from records.closing.completeness import days_with_records
from records.columns import Column, CountColumn, Raw, TextColumn, TonsColumn
from records.filters import NO_TEXT
from records.models import SiteDay
from records.pages.dates import ONE_DAY, PagePeriod
from records.reports import Report, ReportQuery
from sites.models import Material, Site, User, working_days
from sites.scope import page_scope

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise as StrPromise

KILOGRAMS = 1000


class StatementCell(NamedTuple):
    """A cell: as it is stored, and the address of the records that it is made of."""

    raw: Raw
    href: str = ""


@dataclass(frozen=True)
class StatementRow:
    """A row of a statement; the last is the total."""

    cells: Sequence[StatementCell]
    is_total: bool = False


@dataclass(frozen=True)
class Statement:
    """A statement: what it says about itself, what it warns of, and its table."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[StatementRow]
    facts: Sequence[tuple[str, str]] = ()
    # Which days are not approved, in sentences; None where that does not matter.
    warnings: Sequence[str] | None = None
    empty_text: str = ""


class StatementSource(ABC):
    """What makes a statement from the address of its page, and the file of it."""

    name: ClassVar[str]
    label: "StrPromise"
    # What the page and the files say it is.
    description: "StrPromise"
    formats: ClassVar[Sequence[str]] = ("pdf", "xlsx", "csv")
    # The parameter of the address besides sites and dates, if there is one, and its label.
    parameter: ClassVar[str] = ""
    parameter_label: "StrPromise | str" = ""

    def query_of(self, request: HttpRequest) -> ReportQuery:
        scope = page_scope(request)
        dates = PagePeriod(request, scope).dates
        chosen = request.GET.get(self.parameter, "") if self.parameter else ""
        return ReportQuery(scope.sites, dates.first, dates.last, {self.parameter: chosen} if chosen else {})

    def labels_of(self, query: ReportQuery) -> list[tuple[str, str]]:
        chosen = self.chosen(query)
        return [] if chosen is None else [(str(self.parameter_label), f"{chosen.name} · {chosen.code}")]

    def report_of(self, query: ReportQuery, *, user: User) -> Report:
        del user
        statement = self.statement_of(query)
        rows = [tuple(cell.raw for cell in row.cells) for row in statement.rows]
        facts = [*self.labels_of(query), *statement.facts]
        if statement.warnings is not None:
            approval = " ".join(statement.warnings) or _now("All days are approved.")
            facts.append((_now("Approval"), approval))
        return Report(statement.title, statement.columns, rows, statement.empty_text, facts)

    def choices(self, sites: Sequence[Site]) -> list[tuple[str, str]]:
        """Return the values of the parameter with their labels."""
        del sites
        return []

    def chosen(self, query: ReportQuery) -> Material | Party | None:
        """Return what the parameter names; None where it names nothing that these sites have."""
        del query
        return None

    @abstractmethod
    def statement_of(self, query: ReportQuery) -> Statement:
        """Return the statement of these sites and dates."""


def kilograms(tons: Decimal | None) -> int | None:
    return None if tons is None else int(tons * KILOGRAMS)


def tons_column(name: str, label: "StrPromise | str") -> TonsColumn:
    return TonsColumn(name=name, label=label, unit=_("t"))


def method_columns(name: str, methods: Sequence[str], flow: "StrPromise | str" = "") -> list[Column]:
    """Return a column for the tons that became known by each method, of a flow where there are several."""
    words = _now("%(flow)s: %(method)s")
    return [
        tons_column(
            f"{name}_{method or 'unstated'}_ton",
            words % {"flow": flow, "method": MASS_LABELS[method]} if flow else MASS_LABELS[method],
        )
        for method in methods
    ]


def method_cells(methods: Sequence[str], tons: Mapping[str, Decimal], href: str = "") -> list[StatementCell]:
    """Return the cells under `method_columns`; `href` is the list of all of these records."""
    cells = []
    for method in methods:
        part = tons.get(method, NO_TONS)
        filtered = f"{href}&{urlencode({'mass_method': method or NO_TEXT})}" if href and part else ""
        cells.append(StatementCell(kilograms(part), filtered))
    return cells


def total_row(columns: Sequence[Column], rows: Sequence[StatementRow]) -> StatementRow:
    """Return the sum of each column of tons and counts, under a label."""
    cells = []
    for place, column in enumerate(columns):
        added = [row.cells[place].raw for row in rows if isinstance(row.cells[place].raw, int)]
        is_sum = isinstance(column, (TonsColumn, CountColumn)) and added
        cells.append(StatementCell(sum(map(int, added)) if is_sum else None))  # type: ignore[arg-type]  # whole numbers
    return StatementRow([StatementCell(_now("Total")), *cells[1:]], is_total=True)


# --- Days that are not approved


def unapproved_days(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[int, list[dt.date]]:
    """Return, by the id of each site, the days that nobody has approved or that were reopened.

    They are the days up to its own today with records, and the working days. A handful of queries, whatever
    the number of sites and modules.
    """
    done = SiteDay.objects.filter(
        site__in=sites, date__gte=first, date__lte=last, status=DayStatus.APPROVED
    ).values_list("site_id", "date")
    needed = days_with_records(sites, first=first, last=last)
    for site_id, dates in working_days(sites, first=first, last=last).items():
        needed |= {(site_id, date) for date in dates}
    days: dict[int, list[dt.date]] = {site.pk: [] for site in sites}
    for site_id, date in sorted(needed - set(done)):
        days[site_id].append(date)
    return {site.pk: [date for date in days[site.pk] if date <= site.today()] for site in sites}


def approval_notes(query: ReportQuery) -> list[str]:
    """Return what a statement over these dates has to say of days that are not approved."""
    days = unapproved_days(query.sites, first=query.first, last=query.last)
    words = _now("%(site)s: %(days)s not approved.")
    notes = [
        words % {"site": site.name, "days": shown_days(days[site.pk])}
        for site in query.sites
        if days[site.pk]
    ]
    if any(query.last >= site.today() for site in query.sites):
        notes.append(_now("The period is not over."))
    return notes


def shown_days(days: Sequence[dt.date]) -> str:
    """Return dates as a person reads them: those that follow each other as a range."""
    ranges: list[list[dt.date]] = []
    for day in days:
        if ranges and day - ranges[-1][-1] == ONE_DAY:
            ranges[-1].append(day)
        else:
            ranges.append([day])
    return ", ".join(_shown_range(found[0], found[-1]) for found in ranges)


def _shown_range(first: dt.date, last: dt.date) -> str:
    shown_last = date_format(last, "j M Y")
    if first == last:
        return shown_last
    return f"{date_format(first, 'j M' if first.year == last.year else 'j M Y')} – {shown_last}"


def site_columns(query: ReportQuery) -> list[Column]:
    """Return the column of the site, where there are several."""
    return [TextColumn(name="site", label=_("Site"))] if len(query.sites) > 1 else []


def site_cells(site: Site, query: ReportQuery) -> list[StatementCell]:
    return [StatementCell(site.name)] if len(query.sites) > 1 else []


def chosen_row[M: (Material, Party)](rows: "QuerySet[M]", key: str) -> M | None:
    """Return the row with this id, which an address names."""
    return rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
