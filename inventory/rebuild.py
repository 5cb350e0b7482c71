"""The ledger compared with the records: verified, rebuilt, and which rows changed since a change number."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Max, Sum

from core.db.fields import NO_TONS
from inventory.ledger.snapshots import InventorySnapshot
from inventory.ledger.write import AMOUNTS, MaterialAtSite, write_rows
from inventory.models import StockCount, StockMovement
from records.models import Departure
from records.registry import modules
from sites.models import Site

type Rows = dict[dt.date, InventorySnapshot]


@dataclass(frozen=True)
class Difference:
    """A row of the ledger that is not what the records say; None where there is, or should be, no row."""

    line: MaterialAtSite
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


def _lines(sites: list[Site]) -> Iterator[MaterialAtSite]:
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
            yield MaterialAtSite(site.pk, material_id)


def _stock_movements() -> list[type[StockMovement]]:
    """Return the modules' models whose records move stock."""
    return [module.model for module in modules() if issubclass(module.model, StockMovement)]


def _stored(line: MaterialAtSite) -> Rows:
    return {row.date: row for row in InventorySnapshot.objects.of(*line)}


def _expected(line: MaterialAtSite) -> Rows:
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


def _differences(line: MaterialAtSite, stored: Rows, expected: Rows) -> Iterator[Difference]:
    for date in sorted(stored.keys() | expected.keys()):
        there, should = stored.get(date), expected.get(date)
        if there is None or should is None or _amounts(there) != _amounts(should):
            yield Difference(line, date, there, should)


def _amounts(row: InventorySnapshot) -> list[object]:
    return [getattr(row, column) for column in AMOUNTS]


# --- Which rows changed
#
# The ledger is derived, so its rows carry no number: a row changed when a record moved its material on its
# date or before. Records, and the history of those that are no more or were elsewhere, say when that was.

IDS_PER_QUESTION = 500

type Touches = dict[tuple[int, dt.date], int]
type Movement = type[StockMovement | StockCount]


class ChangedRow(NamedTuple):
    """A row of the ledger and the number of the change that it shows; without an id the row is gone."""

    number: int
    material_id: int
    date: dt.date
    row_id: int | None


def changed_rows(site: Site, *, since: int, until: int) -> list[ChangedRow]:
    """Return the rows that may differ from what they were at a number, oldest change first.

    A change of the past is a change of every later row of its material. Costs what changed since, and the
    later days of it.
    """
    touched = _touches(site, since=since, until=until)
    by_material: dict[int, dict[dt.date, int]] = defaultdict(dict)
    for (material_id, date), number in touched.items():
        by_material[material_id][date] = number
    changed = [
        row for material_id, numbers in by_material.items() for row in _rows_from(site, material_id, numbers)
    ]
    return sorted(changed, key=lambda row: (row.number, row.date, row.material_id))


def _rows_from(site: Site, material_id: int, numbers: dict[dt.date, int]) -> Iterable[ChangedRow]:
    """Yield a material's rows from its first touched day on, each with the latest change that reached it."""
    rows = InventorySnapshot.objects.of(site.pk, material_id).filter(date__gte=min(numbers)).order_by()
    there = dict(rows.values_list("date", "pk"))
    number = 0
    for date in sorted({*there, *numbers}):
        number = max(number, numbers.get(date, 0))
        yield ChangedRow(number, material_id, date, there.get(date))


def _touches(site: Site, *, since: int, until: int) -> Touches:
    """Return the days of materials that records came to, were on or left, each with its latest change."""
    touched: Touches = {}
    for module in modules():
        if not issubclass(module.model, (StockMovement, StockCount)):
            continue
        _note(touched, _places_now(module.model, site, since, until))
        if since:
            # A first request has seen nothing that could have been deleted.
            _note(touched, _places_before(module.model, site, since, until))
    return touched


def _note(touched: Touches, places: Iterable[tuple[int, dt.date, int]]) -> None:
    for material_id, date, number in places:
        touched[material_id, date] = max(number, touched.get((material_id, date), 0))


def _places_now(model: Movement, site: Site, since: int, until: int) -> Iterable[tuple[int, dt.date, int]]:
    records = model._default_manager.filter(site=site, change_number__gt=since, change_number__lte=until)
    return records.order_by().values_list("material_id", "date").annotate(Max("change_number"))


def _places_before(model: Movement, site: Site, since: int, until: int) -> Iterable[tuple[int, dt.date, int]]:
    """Yield where records that were changed, deleted or moved away stood at this site."""
    span = {"change_number__gt": since, "change_number__lte": until}
    history = model.history
    changed = dict(
        model._default_manager.filter(site=site, version__gt=1, **span).values_list("pk", "change_number")
    )
    changed |= dict(history.filter(site=site, history_type="-", **span).values_list("id", "change_number"))
    left = Departure.objects.filter(site=site, model=model._meta.label_lower, **span)
    changed |= dict(left.values_list("record_id", "change_number"))
    keys = list(changed)
    for start in range(0, len(keys), IDS_PER_QUESTION):
        versions = history.filter(id__in=keys[start : start + IDS_PER_QUESTION], site=site)
        for record_id, material_id, date in versions.order_by().values_list("id", "material_id", "date"):
            yield material_id, date, changed[record_id]
