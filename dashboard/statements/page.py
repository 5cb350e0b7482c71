"""The page of statements."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _now

from dashboard.statements.mass_balance import MASS_BALANCE
from dashboard.statements.recall import RECALL
from dashboard.statements.recovery import RECOVERY
from dashboard.statements.statement import Statement, StatementRow, StatementSource
from records.columns import Column, CountColumn, RatioColumn, Raw, TonsColumn
from records.pages.dates import ONE_DAY, PagePeriod
from sites.models import Site
from sites.scope import PARAMETER, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SOURCES: Mapping[str, StatementSource] = {source.name: source for source in (MASS_BALANCE, RECOVERY, RECALL)}


class StatementForm(forms.Form):
    """The material or the project of a statement, by its id."""

    def __init__(self, values: QueryDict, source: StatementSource, sites: Sequence[Site]) -> None:
        super().__init__(values, auto_id="statement_%s")
        choices = [("", _now("Choose")), *source.choices(sites)]
        self.fields[source.parameter] = forms.ChoiceField(
            label=source.parameter_label, choices=choices, required=False
        )


class PageCell(NamedTuple):
    """A cell as a person reads it."""

    column: Column
    text: str
    href: str


class StatementPage:
    """A statement as its address says."""

    def __init__(self, request: HttpRequest, name: str) -> None:
        """Raises Http404 for another name."""
        if name not in SOURCES:
            raise Http404
        self.source = SOURCES[name]
        self.scope = page_scope(request)
        self.query = self.source.query_of(request)
        self.period = PagePeriod(request, self.scope)
        self._values = request.GET

    @property
    def links(self) -> list[tuple[str, "StrPromise", bool]]:
        """Return the address, the label and whether it is shown of each statement."""
        scope = urlencode({PARAMETER: self.scope.code})
        return [
            (f"{reverse('dashboard:statement', args=[name])}?{scope}", source.label, source is self.source)
            for name, source in SOURCES.items()
        ]

    @property
    def is_monthly(self) -> bool:
        return self.source is MASS_BALANCE

    @property
    def month(self) -> str:
        return f"{self.query.first:%Y-%m}"

    def _month_query(self, date: dt.date) -> str:
        return urlencode({PARAMETER: self.scope.code, "month": f"{date:%Y-%m}"})

    @property
    def before_query(self) -> str:
        return self._month_query(self.query.first - ONE_DAY)

    @property
    def after_query(self) -> str:
        return self._month_query(self.query.last + ONE_DAY)

    @property
    def address_query(self) -> str:
        """Return the query of this page, which is also that of its file."""
        if self.is_monthly:
            return self._month_query(self.query.first)
        dates = {"from": self.query.first.isoformat(), "to": self.query.last.isoformat()}
        return urlencode({PARAMETER: self.scope.code, **dates, **self.query.parameters})

    @cached_property
    def form(self) -> StatementForm | None:
        """Return the form of what the statement is of, besides sites and dates."""
        return StatementForm(self._values, self.source, self.scope.sites) if self.source.parameter else None

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return what the statement is of and what it says about itself."""
        return [*self.source.labels_of(self.query), *self.statement.facts]

    @cached_property
    def statement(self) -> Statement:
        return self.source.statement_of(self.query)

    def _cells(self, row: StatementRow) -> Sequence[PageCell]:
        columns = self.statement.columns
        return [
            PageCell(column, _text(column, cell.raw), cell.href)
            for column, cell in zip(columns, row.cells, strict=True)
        ]

    @property
    def rows(self) -> list[Sequence[PageCell]]:
        return [self._cells(row) for row in self.statement.rows if not row.is_total]

    @property
    def total(self) -> Sequence[PageCell]:
        """Return the last row, the total."""
        return self._cells(self.statement.rows[-1])


def _text(column: Column, raw: Raw) -> str:
    """Return a stored value as a person reads it."""
    if raw is None:
        return ""
    if isinstance(column, (TonsColumn, CountColumn, RatioColumn)):
        assert isinstance(raw, int)
        return column.format(column.from_stored(raw))
    return column.format(raw)
