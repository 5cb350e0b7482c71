"""The figures of a site's day: the totals of each module, and what it calculates for the day."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from records.columns import Column, CountColumn
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

RECORDS = CountColumn(name="records", label=_("Records"))


class FigureLine(NamedTuple):
    """Figures that belong together: the totals of a module, or a row of what it calculates for the day.

    `of` is empty for totals, and identifies a row, for example by a material's code.
    """

    module: str
    of: str
    label: str
    figures: Mapping[str, Decimal]


class Difference(NamedTuple):
    """A figure as approved and now, as people read them."""

    what: "Text"
    figure: "Text"
    unit: "Text"
    approved: str
    now: str


class ShownLine(NamedTuple):
    """Figures as people read them, each with its label."""

    what: "Text"
    figures: list[tuple["Text", str]]


def figures_of_day(site: Site, date: dt.date) -> list[FigureLine]:
    """Return the figures of a day, exact. A query for each module, whatever the history."""
    return [line for module in modules() for line in _lines_of(module, site, date)]


def _lines_of(module: RecordModule[DailyRecord], site: Site, date: dt.date) -> Iterator[FigureLine]:
    sums = {column.name: Sum(column.expression) for column in module.totals}
    records = module.model._default_manager.filter(site=site, date=date).order_by()
    totals = records.aggregate(records=Count("pk"), **sums)
    if totals["records"]:
        figures = {name: Decimal(total) for name, total in totals.items() if total is not None}
        yield FigureLine(module.slug, "", "", figures)
    if module.day_ledger is not None:
        for row in module.day_ledger.rows(site, date):
            yield FigureLine(module.slug, *row)


def figures_to_json(lines: Iterable[FigureLine]) -> list[dict[str, object]]:
    """Return figures as JSON for storing with a day: decimals as texts, so that they stay exact."""
    return [
        {**line._asdict(), "figures": {name: str(amount) for name, amount in line.figures.items()}}
        for line in lines
    ]


def figures_from_json(stored: Iterable[Mapping[str, object]] | None) -> list[FigureLine]:
    """Return the figures that are stored with a day."""
    lines = []
    for line in stored or ():
        figures = line["figures"]
        assert isinstance(figures, dict)
        exact = {name: Decimal(amount) for name, amount in figures.items()}
        lines.append(FigureLine(str(line["module"]), str(line["of"]), str(line["label"]), exact))
    return lines


def differences(approved: Iterable[FigureLine], now: Iterable[FigureLine]) -> list[Difference]:
    """Return the figures that differ from the approved ones, including added and removed ones."""
    before = {(line.module, line.of): line for line in approved}
    after = {(line.module, line.of): line for line in now}
    found = []
    for key in {**after, **before}:
        old, new = before.get(key), after.get(key)
        line = new or old
        assert line is not None
        for column in _columns_of(line):
            was = old.figures.get(column.name) if old is not None else None
            is_now = new.figures.get(column.name) if new is not None else None
            if (was or 0) != (is_now or 0):
                found.append(
                    Difference(
                        _what(line), column.label, column.unit, _shown(column, was), _shown(column, is_now)
                    )
                )
    return found


def shown_lines(lines: Iterable[FigureLine]) -> list[ShownLine]:
    """Return figures as people read them."""
    return [
        ShownLine(
            _what(line),
            [
                (column.label, f"{_shown(column, line.figures[column.name])} {column.unit}".strip())
                for column in _columns_of(line)
                if line.figures.get(column.name)
            ],
        )
        for line in lines
    ]


def _columns_of(line: FigureLine) -> tuple[Column, ...]:
    module = next((module for module in modules() if module.slug == line.module), None)
    if module is None:
        return ()
    if line.of and module.day_ledger is not None:
        return module.day_ledger.columns
    return (RECORDS, *module.totals)


def _what(line: FigureLine) -> "Text":
    if line.of:
        return line.label
    return next(module.label_plural for module in modules() if module.slug == line.module)


def _shown(column: Column, amount: Decimal | None) -> str:
    return column.format(Decimal(0) if amount is None else amount)
