"""Which rows of the stock ledger changed since a change number of their site.

The ledger is derived, so its rows carry no number: a row changed when a record moved its material on its date
or before. Records, and the history of those that are no more or were elsewhere, say when that was.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Max

from inventory.ledger.snapshots import InventorySnapshot
from inventory.models import StockCount, StockMovement
from records.models import Departure
from records.registry import modules
from sites.models import Site

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
