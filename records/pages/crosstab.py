"""A cross table of totals: a row for each value of one column, across the values of another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models

from records.columns import Column
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule

if TYPE_CHECKING:
    from decimal import Decimal

    from django.utils.functional import _StrOrPromise as Text

type Sums = dict[str, Decimal | int]
type Key = object


@dataclass(frozen=True)
class Figure:
    """A formatted total."""

    column: Column
    text: str


@dataclass(frozen=True)
class CrossRow:
    """The totals of one row: for each column, and for all."""

    label: "Text"
    # None where nothing was recorded.
    cells: Sequence[list[Figure] | None]
    total: list[Figure]


@dataclass(frozen=True)
class CrossTotals:
    """The cross table."""

    down: Column
    across: Column
    headings: "Sequence[Text]"
    rows: Sequence[CrossRow]
    total: CrossRow


def cross_totals[R: DailyRecord](module: RecordModule[R], records: RecordQuerySet[R]) -> CrossTotals | None:
    """Return the module's totals by its two columns; None without such columns or without records.

    One query, and one for the names of master data.
    """
    if module.totals_by is None:
        return None
    down, across = module.totals_by
    sums = {f"sum_of_{column.name}": column.total for column in module.totals}
    grouped = records.order_by().values(down.name, across.name).annotate(**sums)
    found = {
        (line[down.name], line[across.name]): {
            column.name: line[f"sum_of_{column.name}"] for column in module.totals
        }
        for line in grouped
    }
    if not found:
        return None
    lines = _labels(module.model, down, {key for key, _other in found})
    heads = _labels(module.model, across, {key for _other, key in found})
    rows = [
        _row(module, label, heads, {key: found[line, key] for key in heads if (line, key) in found})
        for line, label in lines.items()
    ]
    totals = {
        key: _added(module, [found[line, key] for line in lines if (line, key) in found]) for key in heads
    }
    return CrossTotals(down, across, list(heads.values()), rows, _row(module, "", heads, totals))


def _row[R: DailyRecord](
    module: RecordModule[R], label: "Text", heads: "Mapping[Key, Text]", sums: Mapping[Key, Sums]
) -> CrossRow:
    return CrossRow(
        label=label,
        cells=[_figures(module, sums[key]) if key in sums else None for key in heads],
        total=_figures(module, _added(module, list(sums.values()))),
    )


def _figures[R: DailyRecord](module: RecordModule[R], sums: Sums) -> list[Figure]:
    return [Figure(column, column.format(sums[column.name])) for column in module.totals]


def _added[R: DailyRecord](module: RecordModule[R], several: Sequence[Sums]) -> Sums:
    added: Sums = defaultdict(int)
    for sums in several:
        for column in module.totals:
            added[column.name] += sums[column.name]
    return added


def _labels(model: type[DailyRecord], column: Column, keys: set[Key]) -> "dict[Key, Text]":
    """Return the values that occur with their labels, in the order of their choices."""
    field = model._meta.get_field(column.name)
    if isinstance(field, models.ForeignKey):
        named = field.related_model._default_manager.filter(pk__in=keys)
        return {row.pk: str(row) for row in named}
    assert isinstance(field, models.Field)
    return {value: label for value, label in field.flatchoices if value in keys}
