"""A measure divided by one or two dimensions, each figure with its records and the one before."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, StrEnum, auto
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from analysis.dimensions import SHIFT, Dimension, Key, PeriodDimension, Slice
from analysis.measures import Amount, Measure
from core.numbers import HUNDRED, change_percent
from production.targets import due_each_day, plans_of
from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule
from records.pages.dates import DateRange
from records.registry import module
from records.templatetags.figures import percent
from sites.models import Site, User, working_days
from sites.scope import PARAMETER as SITE_PARAMETER

# Rows and columns beyond these are summed as "Other", and periods are not listed at all.
MOST_ROWS = 50
MOST_OF_ALL_ROWS = 1000
MOST_COLUMNS = 12
MOST_PERIODS = 400


class OtherKey(Enum):
    """The row or column of what is left out."""

    OTHER = auto()


OTHER = OtherKey.OTHER

type Place = tuple[Key | None, Key | None]
# A row or column as it is shown; None is the total of all.
type Shown = Key | OtherKey | None


class ComparedTo(StrEnum):
    """What a figure is compared with."""

    NONE = ""
    BEFORE = "before"
    YEAR = "year"
    TARGET = "target"


class TooManyPeriods(Exception):  # noqa: N818  # what is wrong with the request
    """The dates have more periods than a table can show."""


@dataclass(frozen=True)
class Question:
    """The question of the page: a measure, how it is divided, and of which records."""

    measure: Measure
    rows: Dimension
    columns: Dimension | None
    sites: tuple[Site, ...]
    scope_code: str
    dates: DateRange
    comparison: ComparedTo = ComparedTo.NONE
    # The parameters of the lists' filter that all of the measure's modules have.
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def earlier_dates(self) -> DateRange:
        """Return the dates that the figures are compared with."""
        first, last = self.dates.first, self.dates.last
        if self.comparison is ComparedTo.YEAR:
            return DateRange(_year_before(first), _year_before(last))
        before = first - dt.timedelta(days=1)
        return DateRange(before - (last - first), before)

    @property
    def has_targets(self) -> bool:
        """Return whether the figures are compared with targets, which are those of the output."""
        return self.comparison is ComparedTo.TARGET and self.columns is None and not self.filters

    @property
    def target_until(self) -> dt.date:
        """Return the last day whose target counts: what is due later has not been missed."""
        today = max((site.today() for site in self.sites), default=self.dates.last)
        return min(self.dates.last, today)

    @cached_property
    def all_have_targets(self) -> bool:
        """Return whether each of the sites has a target within the dates. One query."""
        plans = plans_of(self.sites, first=self.dates.first, last=self.target_until).of_sites
        # A target of 0 has ended the one before.
        return all(
            any(tons for steps in plans[site.pk].values() for _since, tons in steps) for site in self.sites
        )


def _year_before(date: dt.date) -> dt.date:
    """Return the same date of the year before; of 29 February the 28th."""
    try:
        return date.replace(year=date.year - 1)
    except ValueError:
        return date.replace(year=date.year - 1, day=28)


class Sums:
    """The sums of a figure's records: of what is alike, and of the measure's second amount."""

    __slots__ = ("amounts", "per")

    def __init__(self) -> None:
        self.amounts: dict[object, Decimal] = defaultdict(Decimal)
        self.per = Decimal(0)

    def add(self, other: "Sums") -> None:
        for key, amount in other.amounts.items():
            self.amounts[key] += amount
        self.per += other.per

    def value(self, measure: Measure) -> Decimal | None:
        """Return the figure; None where nothing was recorded, or what was recorded cannot be added up."""
        if measure.per is not None:
            return sum(self.amounts.values()) / self.per * measure.factor if self.per else None
        return next(iter(self.amounts.values())) if len(self.amounts) == 1 else None


class AnalysisFigure(NamedTuple):
    """A figure as a person reads it, and the list of its records; a list that does not exist is empty."""

    text: str
    href: str = ""
    # The heading of its column, which a phone shows next to it.
    label: str = ""


class AnalysisChange(NamedTuple):
    """What a figure is compared with, and the difference or the part in percent: as texts, and exactly."""

    before: str = ""
    percent: str = ""
    exact_before: Decimal | None = None
    exact_percent: Decimal | None = None


class AnalysisRow(NamedTuple):
    label: str
    figures: list[AnalysisFigure]
    total: AnalysisFigure
    change: AnalysisChange | None
    # The exact figures, for the drawing.
    values: list[Decimal | None]
    value: Decimal | None
    # Of "Other", which leads to the table with all rows.
    is_other: bool


class AnalysisTable:
    """The answer: rows, columns and totals."""

    def __init__(self, question: Question, *, user: User, sort: str = "", most_rows: int = MOST_ROWS) -> None:
        self.question = question
        self.measure = question.measure
        self._user = user
        self._sort = sort
        self._most_rows = most_rows

    @cached_property
    def headings(self) -> list[str]:
        """Return the headings of the columns; an empty list without a second dimension."""
        return [label for _key, label in self._columns]

    @cached_property
    def rows(self) -> list[AnalysisRow]:
        return [self._row(key, label) for key, label in self._rows]

    @cached_property
    def total(self) -> AnalysisRow:
        return self._row(None, _("Total"))

    @property
    def is_empty(self) -> bool:
        return not self._sums

    @cached_property
    def has_mixed_shifts(self) -> bool:
        """Return whether a figure of a shift would leave out what was recorded for the whole day."""
        return _mixes_shifts(self.question, self._sums)

    # Sums

    @cached_property
    def _sums(self) -> dict[Place, Sums]:
        sums = _sums_of(self.question, self._user)
        # A row with a target is shown without a record, too, and one with records to compare with.
        compared = {row for row, _column in self._earlier} if not self.question.rows.is_period else set()
        for key in {*self._targets, *compared}:
            if key is not None:
                sums.setdefault((key, None), Sums())
        return sums

    @cached_property
    def _targets(self) -> dict[Key | None, Decimal]:
        return targets_of(self.question) if self.question.has_targets else {}

    @cached_property
    def _earlier(self) -> dict[Place, Sums]:
        is_earlier = self.question.comparison in (ComparedTo.BEFORE, ComparedTo.YEAR)
        if not is_earlier or self.question.columns is not None:
            return {}
        return _sums_of(replace(self.question, dates=self.question.earlier_dates), self._user)

    @cached_property
    def _folded(self) -> dict[tuple[Shown, Shown], Sums]:
        """Return the sums of every row and column that is shown, of "Other", and of the totals under None."""
        folded: dict[tuple[Shown, Shown], Sums] = defaultdict(Sums)
        rows = {key for key, _label in self._rows}
        columns = {key for key, _label in self._columns}
        for (row, column), sums in self._sums.items():
            shown_row: Shown = row if row in rows else OTHER
            shown_column: Shown = column if column in columns else OTHER
            for place in {(shown_row, shown_column), (shown_row, None), (None, shown_column), (None, None)}:
                folded[place].add(sums)
        return folded

    def _by(self, position: int) -> dict[Key, Sums]:
        """Return the sums of each row (0) or column (1)."""
        found: dict[Key, Sums] = defaultdict(Sums)
        for place, sums in self._sums.items():
            key = place[position]
            if key is not None:
                found[key].add(sums)
        return found

    # Rows and columns

    @cached_property
    def _rows(self) -> list[tuple[Shown, str]]:
        return self._shown(self.question.rows, self._by(0), most=self._most_rows, sort=self._sort)

    @cached_property
    def _columns(self) -> list[tuple[Shown, str]]:
        if self.question.columns is None:
            return []
        return self._shown(self.question.columns, self._by(1), most=MOST_COLUMNS, sort="")

    def _shown(
        self, dimension: Dimension, sums: Mapping[Key, Sums], *, most: int, sort: str
    ) -> list[tuple[Shown, str]]:
        labels = dimension.labels(set(sums), self.question.sites)
        keys: list[Key] = list(labels)
        if dimension.is_period:
            if len(keys) > (MOST_COLUMNS * 3 if most == MOST_COLUMNS else MOST_PERIODS):
                raise TooManyPeriods
            most = len(keys)
        if sort in {"value", "-value"} or (not sort and not dimension.is_ordered):
            keys.sort(key=lambda key: self._rank(sums[key]), reverse=sort != "value")
        elif sort in {"name", "-name"}:
            keys.sort(key=lambda key: labels[key].casefold(), reverse=sort == "-name")
        shown: list[tuple[Shown, str]] = [(key, labels[key]) for key in keys[:most]]
        left_out = len(keys) - len(shown)
        if left_out:
            shown.append((OTHER, _("Other (%(number)d)") % {"number": left_out}))
        return shown

    def _rank(self, sums: Sums) -> tuple[bool, Decimal]:
        """Return the place of a figure in order; one that does not exist is below all others."""
        value = sums.value(self.measure)
        return (value is not None, value or Decimal(0))

    # Figures

    def _row(self, key: Shown, label: str) -> AnalysisRow:
        columns = [column for column, _label in self._columns]
        values = [self._value(key, column) for column in columns]
        figures = [
            AnalysisFigure(
                self.measure.text(value), self._href(key, column) if value is not None else "", heading
            )
            for value, (column, heading) in zip(values, self._columns, strict=True)
        ]
        value = self._value(key, None)
        total = AnalysisFigure(
            self.measure.text(value), self._href(key, None) if value is not None else "", _("All")
        )
        return AnalysisRow(
            label, figures, total, self._change(key, value), values, value, is_other=key is OTHER
        )

    def _value(self, row: Shown, column: Shown) -> Decimal | None:
        sums = self._folded.get((row, column))
        if sums is None or (self.has_mixed_shifts and _is_of_shift(self.question, row, column)):
            return None
        return sums.value(self.measure)

    def _href(self, row: Shown, column: Shown) -> str:
        """Return the list of a figure's records; empty for a ratio, and for what is left out."""
        question = self.question
        if isinstance(row, OtherKey) or isinstance(column, OtherKey) or self.measure.per is not None:
            return ""
        slices = [] if row is None else [question.rows.narrow(row)]
        if column is not None and question.columns is not None:
            slices.append(question.columns.narrow(column))
        return _list_of(question, slices)

    def _change(self, key: Shown, now: Decimal | None) -> AnalysisChange | None:
        question = self.question
        if question.comparison is ComparedTo.NONE or question.columns is not None:
            return None
        if question.comparison is ComparedTo.TARGET:
            return self._part_of_target(key, now)
        # The dates of one period are never those of the other.
        if key is not None and question.rows.is_period:
            return AnalysisChange()
        found, shown = Sums(), {row for row, _label in self._rows}
        for (row, _column), sums in self._earlier.items():
            if key is None or row == key or (key is OTHER and row not in shown):
                found.add(sums)
        is_mixed = _is_of_shift(question, key, None) and _mixes_shifts(question, self._earlier)
        before = None if is_mixed else found.value(self.measure)
        if now is None and self.measure.is_sum:
            now = Decimal(0)
        if before is None or now is None:
            return AnalysisChange(self.measure.text(before), exact_before=before)
        change = change_percent(now=now, before=before)
        sign = "+" if change > 0 else ""
        return AnalysisChange(self.measure.text(before), sign + percent(change), before, change)

    def _part_of_target(self, key: Shown, now: Decimal | None) -> AnalysisChange:
        """Return the target, and the part of it that was made."""
        target = None if isinstance(key, OtherKey) else self._targets.get(key)
        if target is None:
            return AnalysisChange(self.measure.text(None))
        if not self.question.all_have_targets and key is None:
            return AnalysisChange(self.measure.text(target), exact_before=target)
        part = (now or Decimal(0)) / target * HUNDRED
        return AnalysisChange(self.measure.text(target), percent(part), target, part)


def _is_of_shift(question: Question, row: Shown, column: Shown) -> bool:
    """Return whether a figure is of one shift."""
    of_row = row is not None and question.rows.name == SHIFT
    return of_row or (column is not None and question.columns is not None and question.columns.name == SHIFT)


def _mixes_shifts(question: Question, sums: Mapping[Place, Sums]) -> bool:
    """Return whether some records of a ratio of two modules are of the whole day, and others of a shift."""
    names = [question.rows.name, *([question.columns.name] if question.columns is not None else [])]
    if not question.measure.compares_shifts or SHIFT not in names:
        return False
    shifts = {place[names.index(SHIFT)] for place in sums}
    return Shift.WHOLE_DAY in shifts and len(shifts) > 1


def targets_of(question: Question) -> dict[Key | None, Decimal]:
    """Return the target of each row, and of the total under None: that of the working days up to today.

    Today's target counts too. Three queries. Rows without targets, such as those of operations, have none.
    """
    found: dict[Key | None, Decimal] = defaultdict(Decimal)
    first, last = question.dates.first, question.target_until
    if last < first:
        return {}
    plans = plans_of(question.sites, first=first, last=last)
    days = working_days(question.sites, first=first, last=last)
    for site in question.sites:
        plan = plans.of_sites[site.pk]
        for date, tons in due_each_day(plan, days[site.pk], first=first).items():
            found[None] += tons
            key = _row_of_day(question.rows, site, date)
            if key is not None:
                found[key] += tons
        if question.rows.name == "material":
            for material_id in plans.materials:
                due = due_each_day(plan, days[site.pk], first=first, material_id=material_id)
                if due:
                    found[material_id] += sum(due.values())
    return dict(found)


def _row_of_day(rows: Dimension, site: Site, date: dt.date) -> Key | None:
    """Return the row that a site's day is in; None where the rows divide the records of a day."""
    if isinstance(rows, PeriodDimension):
        return rows.start(date)
    if rows.name == "site":
        return site.pk
    return date.isoweekday() if rows.name == "weekday" else None


def _list_of(question: Question, slices: Iterable[Slice]) -> str:
    amount = question.measure.amount
    first, last, code = question.dates.first, question.dates.last, question.scope_code
    filters = {**question.filters}
    for part in slices:
        filters |= dict(part.filters)
        first = max(first, part.first or first)
        last = min(last, part.last or last)
        code = next((site.code for site in question.sites if site.pk == part.site_id), code)
    narrowed = {**filters, **dict(amount.filters)}
    query = {SITE_PARAMETER: code, "from": first.isoformat(), "to": last.isoformat(), **narrowed}
    return f"{reverse(f'{amount.module}:list')}?{urlencode(query)}"


def _sums_of(question: Question, user: User) -> dict[Place, Sums]:
    """Return the sums of each row and column. One query for each amount of the measure."""
    found: dict[Place, Sums] = defaultdict(Sums)
    measure = question.measure
    for row, column, alike, total in _lines(question, measure.amount, user):
        found[row, column].amounts[alike] += total
    for amount in measure.less:
        for row, column, alike, total in _lines(question, amount, user):
            found[row, column].amounts[alike] -= total
    if measure.per is not None:
        for row, column, _alike, total in _lines(question, measure.per, user):
            found[row, column].per += total
    return found


def _lines(
    question: Question, amount: Amount, user: User
) -> Iterator[tuple[Key | None, Key | None, object, Decimal]]:
    slug, dates = amount.module, question.dates
    keys = {"analysis_row": question.rows.expression(slug)}
    if question.columns is not None:
        keys["analysis_column"] = question.columns.expression(slug)
    if amount.alike_by:
        keys["analysis_alike"] = F(amount.alike_by)
    lines = (
        filtered_records(question, module(amount.module), user)
        .filter(amount.condition())
        .order_by()
        .annotate(**keys)
        .values(*keys)
        .annotate(analysis_total=amount.expression(question.sites, dates.first, dates.last))
    )
    for line in lines:
        if line["analysis_total"] is not None:
            yield (
                line["analysis_row"],
                line.get("analysis_column"),
                line.get("analysis_alike"),
                Decimal(line["analysis_total"]) / amount.divisor,
            )


def filtered_records(
    question: Question, of: RecordModule[DailyRecord], user: User
) -> RecordQuerySet[DailyRecord]:
    """Return a module's records of the sites and dates, narrowed as its list would be."""
    records = of.model._default_manager.for_user(user)  # type: ignore[attr-defined]  # of records
    of_sites = records.filter(site__in=[site.pk for site in question.sites]).between(
        question.dates.first, question.dates.last
    )
    if not question.filters:
        return of_sites  # type: ignore[no-any-return]  # the same
    narrowed: RecordQuerySet[DailyRecord] = of.filter(
        question.filters, records=of_sites, sites=question.sites
    ).qs
    return narrowed
