"""The figures of a site's day: the totals of each module, and what it calculates for the day."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from records.columns import Column, CountColumn, PartColumn
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

RECORDS = CountColumn(name="records", label=_("Records"))


class FigureLine(NamedTuple):
    """Figures that belong together: the totals of a module, or a row of what it calculates for the day.

    `of` is the id of the master data that a row is about, and None for totals. An id, since codes and names
    can change. The label is the one that `of` had when the figures were calculated.
    """

    module: str
    of: int | None
    label: str
    figures: Mapping[str, Decimal]


class FigureDifference(NamedTuple):
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
    # Not under the names of the columns: a part of a total is summed from the column itself.
    sums = {f"sum_of_{column.name}": column.total for column in module.totals}
    records = module.model._default_manager.filter(site=site, date=date).order_by()
    totals = records.aggregate(sum_of_records=Count("pk"), **sums)
    if totals["sum_of_records"]:
        figures = {name.removeprefix("sum_of_"): Decimal(total or 0) for name, total in totals.items()}
        yield FigureLine(module.slug, None, "", figures)
    if module.day_ledger is not None:
        for row, ledger in module.day_ledger.rows(site, date):
            yield FigureLine(module.slug, row.pk, str(row), ledger)


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
        of, figures = line["of"], line["figures"]
        assert of is None or isinstance(of, int)
        assert isinstance(figures, dict)
        exact = {name: Decimal(amount) for name, amount in figures.items()}
        lines.append(FigureLine(str(line["module"]), of, str(line["label"]), exact))
    return lines


def differences(approved: Iterable[FigureLine], now: Iterable[FigureLine]) -> list[FigureDifference]:
    """Return the figures that differ from the approved ones, including added and removed rows.

    A figure that was not stored, because its column is newer than the approval, is not compared.
    """
    before = {(line.module, line.of): line for line in approved}
    after = {(line.module, line.of): line for line in now}
    names = _present_names(line for key, line in before.items() if key not in after)
    found = []
    for key in {**after, **before}:
        old, new = before.get(key), after.get(key)
        line = old or new
        assert line is not None
        for column in _columns_of(line):
            if old is not None and column.name not in old.figures:
                continue
            was = old.figures[column.name] if old is not None else Decimal(0)
            is_now = _amount(new, column) if new is not None else Decimal(0)
            # Zero loads are also those of several materials, which are not added up.
            if was != is_now and not (column.alike_by and 0 in {was, is_now}):
                found.append(
                    FigureDifference(
                        _what(line, names),
                        column.label,
                        column.unit,
                        column.format(was),
                        column.format(is_now),
                    )
                )
    return found


def shown_lines(lines: Sequence[FigureLine]) -> list[ShownLine]:
    """Return figures as people read them, with the names of today."""
    names = _present_names(lines)
    return [
        ShownLine(
            _what(line, names),
            [
                (column.label, f"{column.format(line.figures[column.name])} {column.unit}".strip())
                for column in _columns_of(line)
                if line.figures.get(column.name)
            ],
        )
        for line in lines
    ]


def _present_names(lines: Iterable[FigureLine]) -> dict[tuple[str, int | None], str]:
    """Return the names that the rows' master data has now. One query for each module that has rows."""
    ids: dict[str, set[int]] = {}
    for line in lines:
        if line.of is not None:
            ids.setdefault(line.module, set()).add(line.of)
    return {
        (module.slug, row.pk): str(row)
        for module in modules()
        if module.day_ledger is not None and module.slug in ids
        for row in module.day_ledger.of._default_manager.filter(pk__in=ids[module.slug])
    }


def _columns_of(line: FigureLine) -> tuple[Column, ...]:
    module = _module_of(line.module)
    if module is None:
        return ()
    if line.of is not None and module.day_ledger is not None:
        return module.day_ledger.columns
    columns = [RECORDS, *module.totals]
    # A day whose tons were approved as one figure keeps it.
    summed = {column.name for column in module.totals}
    wholes = {part.of for part in _parts_of(module) if part.of in line.figures and part.of not in summed}
    divided = [column for column in module.list_columns if column.name in wholes]
    return (*(c for c in columns if not (isinstance(c, PartColumn) and c.of in wholes)), *divided)


def _module_of(slug: str) -> RecordModule[DailyRecord] | None:
    return next((module for module in modules() if module.slug == slug), None)


def _parts_of(module: RecordModule[DailyRecord] | None) -> list[PartColumn]:
    totals = module.totals if module is not None else ()
    return [column for column in totals if isinstance(column, PartColumn)]


def _amount(line: FigureLine, column: Column) -> Decimal:
    """Return a figure, or the sum of its parts where it is divided into parts by now."""
    if column.name in line.figures:
        return line.figures[column.name]
    parts = [part for part in _parts_of(_module_of(line.module)) if part.of == column.name]
    return sum((line.figures.get(part.name, Decimal(0)) for part in parts), Decimal(0))


def _what(line: FigureLine, names: Mapping[tuple[str, int | None], str]) -> "Text":
    if line.of is not None:
        return names.get((line.module, line.of), line.label)
    return next(module.label_plural for module in modules() if module.slug == line.module)
