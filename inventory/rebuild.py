"""Compute the ledger from the records, to verify what is stored and to rebuild it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum

from core.db.fields import NO_TONS
from inventory.ledger.write import AMOUNTS, Line, write_rows
from inventory.models import InventorySnapshot, StockCount, StockMovement
from records import registry
from sites.models import Site

type Rows = dict[dt.date, InventorySnapshot]


@dataclass(frozen=True)
class Difference:
    """A row of the ledger that is not what the records say; None where there is, or should be, no row."""

    line: Line
    date: dt.date
    stored: InventorySnapshot | None
    expected: InventorySnapshot | None

    def __str__(self) -> str:
        place = f"site {self.line.site_id} material {self.line.material_id} {self.date}"
        if self.stored is None:
            return f"{place}: missing, should be {_shown_amounts(self.expected)}"
        if self.expected is None:
            return f"{place}: should not be there, is {_shown_amounts(self.stored)}"
        return f"{place}: is {_shown_amounts(self.stored)}, should be {_shown_amounts(self.expected)}"


def _shown_amounts(row: InventorySnapshot | None) -> str:
    return " ".join(f"{column.removesuffix('_ton')}={getattr(row, column)}" for column in AMOUNTS)


def verify(sites: list[Site]) -> Iterator[Difference]:
    """Compare the ledger of these sites with their records, a line at a time."""
    for line in _lines(sites):
        with _locked(line.site_id):
            stored, expected = _stored(line), _expected(line)
        yield from _differences(line, stored, expected)


def rebuild(sites: list[Site]) -> Iterator[Difference]:
    """Write what the records say and yield what was wrong; rows keep their ids.

    Each line is one short transaction under the site's lock, so that people can go on working.
    """
    for line in _lines(sites):
        with _locked(line.site_id):
            stored, expected = _stored(line), _expected(line)
            wrong = list(_differences(line, stored, expected))
            if wrong:
                _correct(wrong)
                # Readers that hold the old figures must see that they are old.
                Site.objects.filter(pk=line.site_id).update(change_number=F("change_number") + 1)
        yield from wrong


def _correct(wrong: list[Difference]) -> None:
    surplus = [row.stored.pk for row in wrong if row.stored is not None and row.expected is None]
    InventorySnapshot.objects.filter(pk__in=surplus).delete()
    write_rows(row.expected for row in wrong if row.expected is not None)


@contextmanager
def _locked(site_id: int) -> Iterator[None]:
    with transaction.atomic():
        Site.objects.select_for_update(no_key=True).get(pk=site_id)
        yield


def _lines(sites: list[Site]) -> Iterator[Line]:
    """Yield the lines that have a row of the ledger, or a record that should have one."""
    keepers: list[type[InventorySnapshot | StockCount | StockMovement]] = [
        InventorySnapshot,
        StockCount,
        *_stock_movements(),
    ]
    for site in sites:
        materials: set[int] = set()
        for keeper in keepers:
            there = keeper._default_manager.filter(site_id=site.pk).order_by()
            materials.update(there.values_list("material_id", flat=True).distinct())
        for material_id in sorted(materials):
            yield Line(site.pk, material_id)


def _stock_movements() -> list[type[StockMovement]]:
    """Return the modules' models whose records move stock."""
    return [module.model for module in registry.modules() if issubclass(module.model, StockMovement)]


def _stored(line: Line) -> Rows:
    return {row.date: row for row in InventorySnapshot.objects.of(*line)}


def _expected(line: Line) -> Rows:
    """Return the line's rows as the records have them."""
    rows: Rows = {}

    def row_on(date: dt.date) -> InventorySnapshot:
        if date not in rows:
            rows[date] = InventorySnapshot(site_id=line.site_id, material_id=line.material_id, date=date)
        return rows[date]

    for model in _stock_movements():
        records = model._default_manager.filter(site_id=line.site_id, material_id=line.material_id)
        for flow, condition in model.flows().items():
            moved = records.filter(condition).order_by().values_list("date").annotate(Sum("qty_ton"))
            for date, tons in moved:
                row_on(date).add(flow, tons)
    for count in StockCount.objects.filter(site_id=line.site_id, material_id=line.material_id):
        row_on(count.date).counted_ton = count.counted_ton
    opening = NO_TONS
    for date in sorted(rows):
        rows[date].close(opening)
        opening = rows[date].closing_ton
    return rows


def _differences(line: Line, stored: Rows, expected: Rows) -> Iterator[Difference]:
    for date in sorted(stored.keys() | expected.keys()):
        there, should = stored.get(date), expected.get(date)
        if there is None or should is None or _amounts(there) != _amounts(should):
            yield Difference(line, date, there, should)


def _amounts(row: InventorySnapshot) -> list[object]:
    return [getattr(row, column) for column in AMOUNTS]
