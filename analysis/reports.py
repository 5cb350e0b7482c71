"""Analyses outside of their page: as files, and as cards of the dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from analysis.models import SavedAnalysis
from analysis.page import COMPARISONS, AnalysisPage
from analysis.table import AnalysisRow, ComparedTo
from core.numbers import rounded
from records.columns import NumberColumn, RatioColumn, Raw, TextColumn
from records.reports import Report, ReportQuery
from sites.models import User
from sites.scope import PARAMETER, Scope, SiteNotVisible, scope_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Rows of a card of the dashboard.
CARD_ROWS = 5
# Parameters that a file has as its sites and dates, or that concern the page alone.
NOT_KEPT = frozenset({PARAMETER, "from", "to", "period", "view"})
# The name of the reports among those of the exports.
REPORT = "analysis"


class AnalysisSource:
    """The analyses as reports that can be exported."""

    label: "StrPromise" = _("Analysis")

    def query_of(self, request: HttpRequest) -> ReportQuery:
        return query_of(AnalysisPage.of(request))

    def labels_of(self, query: ReportQuery) -> list[tuple[str, str]]:
        # No records are read for the labels of the filters.
        return facts_of(_page_of(query, user=User()))

    def report_of(self, query: ReportQuery, *, user: User) -> Report:
        page = _page_of(query, user=user)
        title, labels = str(page.measure.label), self.labels_of(query)
        columns = _columns(page)
        if page.table is None:
            sentence = _now("These dates have more periods than a table can show.")
            return Report(title, columns, [], sentence, labels)
        if page.table.is_empty:
            return Report(title, columns, [], _now("Nothing was recorded for this."), labels)
        rows = [_cells(page, columns, row) for row in (*page.table.rows, page.table.total)]
        return Report(title, columns, rows, "", labels)


ANALYSIS = AnalysisSource()


def query_of(page: AnalysisPage) -> ReportQuery:
    """Return what the report of a page is of."""
    kept = {name: value for name, value in page.state.items() if name not in NOT_KEPT}
    return ReportQuery(page.scope.sites, page.dates.first, page.dates.last, kept)


def facts_of(page: AnalysisPage) -> list[tuple[str, str]]:
    """Return the label and the value of each thing that was chosen, besides sites and dates."""
    facts = [(_now("Figure"), str(page.measure.label)), (_now("By"), str(page.rows_by.label))]
    if page.measure.formula:
        facts.append((_now("Calculated as"), str(page.measure.formula)))
    if page.columns_by is not None:
        facts.append((_now("And by"), str(page.columns_by.label)))
    if page.comparison is not ComparedTo.NONE:
        facts.append((_now("Compared with"), str(COMPARISONS[page.comparison])))
    return facts + page.filter_labels


def _page_of(query: ReportQuery, *, user: User) -> AnalysisPage:
    """Return the page of a report's query."""
    site = query.sites[0] if len(query.sites) == 1 else None
    dates = {"from": query.first.isoformat(), "to": query.last.isoformat()}
    return AnalysisPage(
        user=user, scope=Scope(site=site, choices=query.sites), query={**query.parameters, **dates}
    )


def _columns(page: AnalysisPage) -> list[TextColumn | NumberColumn]:
    """Return the columns of a file: the name of the row, its figures, and what they are compared with."""
    measure, label = page.measure, str(page.rows_by.label)
    columns: list[TextColumn | NumberColumn] = [TextColumn(name="row", label=label)]
    headings = page.table.headings if page.table is not None else []
    columns += [measure.file_column(heading) for heading in headings]
    columns.append(measure.file_column(_now("All") if headings else str(measure.label)))
    if page.compares:
        before, change = page.comparison_headings
        columns.append(measure.file_column(before))
        columns.append(RatioColumn(name="change", label=change, unit="%"))
    return columns


def _cells(page: AnalysisPage, columns: list[TextColumn | NumberColumn], row: AnalysisRow) -> tuple[Raw, ...]:
    figures: list[Decimal | None] = [*row.values, row.value]
    if page.compares:
        assert row.change is not None
        figures += [row.change.exact_before, row.change.exact_percent]
    cells = [
        None if figure is None else rounded(Fraction(figure), column.decimals)
        for column, figure in zip(columns[1:], figures, strict=True)
        if isinstance(column, NumberColumn)
    ]
    return (row.label, *cells)


@dataclass(frozen=True)
class AnalysisCard:
    """A saved analysis on the dashboard."""

    saved: SavedAnalysis
    page: AnalysisPage

    @property
    def rows(self) -> list[AnalysisRow]:
        return newest_rows(self.page, CARD_ROWS)

    @property
    def rows_left_out(self) -> int:
        return len(self.page.table.rows) - len(self.rows) if self.page.table is not None else 0

    @property
    def drawing(self) -> SafeString:
        return self.page.drawing_named(f"analysis-{self.saved.pk}")


def newest_rows(page: AnalysisPage, most: int) -> list[AnalysisRow]:
    """Return the first rows; of periods in their own order the last ones, which are the newest."""
    if page.table is None:
        return []
    return page.table.rows[-most:] if page.rows_by.is_period and not page.sort else page.table.rows[:most]


def pinned_analyses(user: User, scope: Scope) -> list[AnalysisCard]:
    """Return what the user has put on the dashboard and is about its site, or about all sites."""
    saved = SavedAnalysis.objects.for_user(user).filter(pinned_by=user).distinct()
    found = [(each, saved_page(each, user)) for each in saved]
    return [
        AnalysisCard(each, page) for each, page in found if page is not None and page.scope.code == scope.code
    ]


def saved_page(saved: SavedAnalysis, user: User) -> AnalysisPage | None:
    """Return a saved analysis as a user sees it; None where its site is not theirs."""
    query: Mapping[str, str] = QueryDict(saved.query).dict()
    try:
        scope = scope_of(user, query.get(PARAMETER, ""))
    except SiteNotVisible:
        return None
    return AnalysisPage(user=user, scope=scope, query=query)
