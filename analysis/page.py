"""The page of an analysis; its state is the address."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import forms
from django.forms import BoundField
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from analysis.dimensions import DIMENSIONS, SHIFT, Dimension
from analysis.measures import OUTPUT_NAME, Measure, measures
from analysis.models import SavedAnalysis
from analysis.table import (
    MOST_OF_ALL_ROWS,
    MOST_ROWS,
    AnalysisTable,
    ComparedTo,
    Question,
    TooManyPeriods,
    filtered_records,
)
from charts.chart import Chart, Mark, Series
from charts.levels import Level, LevelChart
from charts.panel import panel
from records.pages.dates import DateRange, Link, RangeForm, today_in
from sites.models import User
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Parts that a chart can tell apart.
MOST_SERIES = 8
MOST_LEVELS = 20
# Shows the fields of the filter, which are closed at first.
FILTERS = "filters"
ALL_ROWS = "all"
SORTS = ("value", "-value", "name", "-name")


def _days(count: int, today: dt.date) -> DateRange:
    return DateRange(today - dt.timedelta(days=count - 1), today)


def _day_before(today: dt.date) -> DateRange:
    yesterday = today - dt.timedelta(days=1)
    return DateRange(yesterday, yesterday)


def _week_before(today: dt.date) -> DateRange:
    sunday = today - dt.timedelta(days=today.isoweekday())
    return DateRange(sunday - dt.timedelta(days=6), sunday)


def _month_before(today: dt.date) -> DateRange:
    last = today.replace(day=1) - dt.timedelta(days=1)
    return DateRange(last.replace(day=1), last)


@dataclass(frozen=True)
class PeriodPreset:
    """Dates as of today, under a name in the address, so that a saved analysis moves on with the days."""

    name: str
    label: "StrPromise"
    dates: DateRange


def presets(today: dt.date) -> list[PeriodPreset]:
    """Return the periods that one click chooses."""
    return [
        PeriodPreset("yesterday", _("Yesterday"), _day_before(today)),
        PeriodPreset("7", _("7 days"), _days(7, today)),
        PeriodPreset("last-week", _("Last week"), _week_before(today)),
        PeriodPreset("30", _("30 days"), _days(30, today)),
        PeriodPreset("90", _("90 days"), _days(90, today)),
        PeriodPreset("month", _("This month"), DateRange(today.replace(day=1), today)),
        PeriodPreset("last-month", _("Last month"), _month_before(today)),
        PeriodPreset("year", _("This year"), DateRange(today.replace(month=1, day=1), today)),
        PeriodPreset("365", _("365 days"), _days(365, today)),
    ]


COMPARISONS = {
    ComparedTo.NONE: _("Nothing"),
    ComparedTo.BEFORE: _("Period before"),
    ComparedTo.YEAR: _("Last year"),
    ComparedTo.TARGET: _("Target"),
}


class AnalysisForm(forms.Form):
    """What is analysed: a missing or wrong value is replaced by a default."""

    measure = forms.ChoiceField(label=_("Figure"), required=False)
    rows = forms.ChoiceField(label=_("By"), required=False)
    columns = forms.ChoiceField(label=_("And by"), required=False)
    compare = forms.ChoiceField(
        label=_("Compared with"),
        required=False,
        choices=[(each.value, label) for each, label in COMPARISONS.items()],
    )

    def __init__(self, values: Mapping[str, str], *, offered: Mapping[str, Dimension]) -> None:
        super().__init__(values)
        if values["measure"] != OUTPUT_NAME:
            compare = self.fields["compare"]
            assert isinstance(compare, forms.ChoiceField)
            compare.choices = [
                (each.value, label) for each, label in COMPARISONS.items() if each is not ComparedTo.TARGET
            ]
        for name, choices in (
            ("measure", [(each.name, each.label) for each in measures().values()]),
            ("rows", [(name, each.label) for name, each in offered.items()]),
            ("columns", [("", _("Nothing else")), *((name, each.label) for name, each in offered.items())]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.fields["measure"].widget.attrs["data-submit-on-change"] = ""


class AnalysisPage:
    """An analysis of some sites for a user as the query of its address says."""

    def __init__(self, *, user: User, scope: Scope, query: Mapping[str, str]) -> None:
        self.user = user
        self.scope = scope
        self.query = query
        self._today = today_in(self.scope)
        self.range_form = RangeForm(self.query)

    @classmethod
    def of(cls, request: HttpRequest) -> "AnalysisPage":
        """Return the page of a request."""
        assert isinstance(request.user, User)
        return cls(user=request.user, scope=page_scope(request), query=request.GET)

    @cached_property
    def measure(self) -> Measure:
        offered = measures()
        return offered.get(self.query.get("measure", ""), next(iter(offered.values())))

    @cached_property
    def _offered(self) -> dict[str, Dimension]:
        return {name: each for name, each in DIMENSIONS.items() if each.applies_to(self.measure)}

    @cached_property
    def rows_by(self) -> Dimension:
        default = self._offered.get("material") or self._offered["month"]
        return self._offered.get(self.query.get("rows", ""), default)

    @cached_property
    def columns_by(self) -> Dimension | None:
        chosen = self._offered.get(self.query.get("columns", ""))
        return None if chosen is self.rows_by else chosen

    @cached_property
    def comparison(self) -> ComparedTo:
        chosen = self.query.get("compare", "")
        if chosen == ComparedTo.TARGET and self.measure.name != OUTPUT_NAME:
            return ComparedTo.NONE
        return ComparedTo(chosen) if chosen in set(ComparedTo) else ComparedTo.NONE

    @cached_property
    def preset(self) -> PeriodPreset | None:
        chosen = self.query.get("period", "")
        return next((each for each in presets(self._today) if each.name == chosen), None)

    @cached_property
    def dates(self) -> DateRange:
        return self.preset.dates if self.preset is not None else self.range_form.chosen(self._today)

    @property
    def sort(self) -> str:
        chosen = self.query.get("sort", "")
        return chosen if chosen in SORTS else ""

    @property
    def has_all_rows(self) -> bool:
        """Return whether the rows beyond the usual number are shown, and not summed as "Other"."""
        return ALL_ROWS in self.query

    @property
    def all_rows_query(self) -> str:
        return self._with(**{ALL_ROWS: "1"})

    @property
    def is_chart(self) -> bool:
        return self.query.get("view") == "chart"

    # The form

    @cached_property
    def form(self) -> AnalysisForm:
        chosen = {
            "measure": self.measure.name,
            "rows": self.rows_by.name,
            "columns": self.columns_by.name if self.columns_by is not None else "",
            "compare": self.comparison.value,
        }
        return AnalysisForm(chosen, offered=self._offered)

    @cached_property
    def filter_fields(self) -> list[BoundField]:
        """Return the fields of the lists' filter that all of the measure's modules have."""
        question = self._question(filters={})
        filters = [
            module.filter(
                self.query,
                records=filtered_records(question, module, self.user),
                sites=self.scope.sites,
            )
            for module in self.measure.modules
        ]
        first, *others = (each.form for each in filters)
        left_out = {"who", "q", *(name for amount in self.measure.amounts for name, _value in amount.filters)}
        if self.measure.mixes_shifts or self.measure.compares_shifts:
            left_out.add(SHIFT)
        return [
            field
            for field in first
            if field.name not in left_out and all(field.name in form.fields for form in others)
        ]

    @property
    def filter_labels(self) -> list[tuple[str, str]]:
        """Return the label and the value of each filter in use."""
        labels = []
        for field in self.filter_fields:
            if field.name in self.filters:
                value = field.field.clean(self.filters[field.name])
                choices = dict(getattr(field.field, "choices", ())) if isinstance(value, str) else {}
                labels.append((str(field.label), str(choices.get(value, value))))
        return labels

    @cached_property
    def filters(self) -> dict[str, str]:
        return {
            field.name: self.query[field.name]
            for field in self.filter_fields
            if self.query.get(field.name) and not field.errors
        }

    @property
    def shows_filters(self) -> bool:
        return bool(self.filters) or FILTERS in self.query

    @property
    def filters_query(self) -> str:
        return urlencode({**self.state, FILTERS: "1"})

    # The answer

    def _question(self, filters: Mapping[str, str]) -> Question:
        return Question(
            measure=self.measure,
            rows=self.rows_by,
            columns=self.columns_by,
            sites=self.scope.sites,
            scope_code=self.scope.code,
            dates=self.dates,
            comparison=self.comparison,
            filters=filters,
        )

    @cached_property
    def table(self) -> AnalysisTable | None:
        """Return the table; None where the dates have too many periods."""
        most = MOST_OF_ALL_ROWS if self.has_all_rows else MOST_ROWS
        table = AnalysisTable(self._question(self.filters), user=self.user, sort=self.sort, most_rows=most)
        try:
            assert table.rows is not None
        except TooManyPeriods:
            return None
        return table

    @property
    def compares(self) -> bool:
        if self.compares_with_target:
            return self.table is not None and self.table.question.has_targets
        return self.comparison is not ComparedTo.NONE and self.columns_by is None

    @property
    def compares_with_target(self) -> bool:
        return self.comparison is ComparedTo.TARGET

    @property
    def comparison_headings(self) -> tuple[str, str]:
        """Return the headings of what the figures are compared with, and of the difference."""
        if self.compares_with_target:
            return _now("Target"), _now("Of the target")
        return _now("Before"), _now("Change")

    @property
    def earlier_dates(self) -> DateRange:
        return self._question({}).earlier_dates

    @property
    def drawing(self) -> SafeString:
        """Return the chart of the table, with its legend and its own table."""
        return self.drawing_named("analysis")

    def drawing_named(self, name: str) -> SafeString:
        """Return the chart with a name that the page does not have yet."""
        assert self.table is not None
        rows = self.table.rows
        title, unit = str(self.measure.label), str(self.measure.unit)
        corner = str(self.rows_by.label)
        if self.columns_by is None and not self.rows_by.is_period:
            levels = [Level(row.label, row.value) for row in rows if row.value is not None]
            return panel(
                LevelChart(
                    name, title, unit, corner, levels, decimals=self.measure.decimals, most=MOST_LEVELS
                )
            )
        series = [
            Series(label, [row.values[number] for row in rows], mark=self._mark)
            for number, label in enumerate(self.table.headings[:MOST_SERIES])
        ] or [Series(title, [row.value for row in rows], mark=self._mark)]
        if self.compares and self.compares_with_target:
            targets = [row.change.exact_before if row.change is not None else None for row in rows]
            series.append(Series(_now("Target"), targets, mark=Mark.LINE))
        positions = [row.label for row in rows]
        return panel(Chart(name, title, unit, corner, positions, series, decimals=self.measure.decimals))

    @property
    def _mark(self) -> Mark:
        if not self.measure.is_sum:
            return Mark.LINE if self.rows_by.is_ordered else Mark.BAR
        return Mark.STACKED_BAR

    @property
    def series_left_out(self) -> int:
        """Return how many columns the drawing leaves out, since it could not tell them apart."""
        return max(0, len(self.table.headings) - MOST_SERIES) if self.table is not None else 0

    # Addresses

    @property
    def state(self) -> dict[str, str]:
        """Return the parameters of this page."""
        period = {"period": self.preset.name} if self.preset is not None else self._chosen_dates
        return {
            SITE_PARAMETER: self.scope.code,
            **{name: str(value) for name, value in self.form.data.items() if value},
            **period,
            **self.filters,
            **({"sort": self.sort} if self.sort else {}),
            **({ALL_ROWS: "1"} if self.has_all_rows else {}),
            **({"view": "chart"} if self.is_chart else {}),
        }

    @property
    def _chosen_dates(self) -> dict[str, str]:
        return {"from": self.dates.first.isoformat(), "to": self.dates.last.isoformat()}

    @property
    def address_query(self) -> str:
        return urlencode(self.state)

    def _with(self, *without: str, **changed: str) -> str:
        kept = {name: value for name, value in self.state.items() if name not in without}
        return urlencode({**kept, **changed})

    @property
    def preset_links(self) -> list[Link]:
        offered = presets(self._today)
        current = self.preset or next((each for each in offered if each.dates == self.dates), None)
        return [
            Link(
                each.label,
                self._with("from", "to", period=each.name),
                is_current=each == current,
            )
            for each in offered
        ]

    @property
    def view_links(self) -> list[Link]:
        return [
            Link(_("Table"), self._with("view"), is_current=not self.is_chart),
            Link(_("Chart"), self._with(view="chart"), is_current=self.is_chart),
        ]

    @property
    def sort_by_name(self) -> str:
        return self._with(sort="-name" if self.sort == "name" else "name")

    @property
    def sort_by_value(self) -> str:
        return self._with(sort="value" if self.sort == "-value" else "-value")

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return the parameters that the form keeps without fields for them."""
        return [(name, self.state[name]) for name in (SITE_PARAMETER, "sort", "view") if name in self.state]

    @cached_property
    def saved(self) -> list[SavedAnalysis]:
        """Return the user's own analyses, and those shared with the user's sites."""
        return list(
            SavedAnalysis.objects.for_user(self.user)
            .with_pinned(self.user)
            .select_related("owner", "shared_with")
            .distinct()
        )
