"""Keep the stock ledger equal to the records, inside the transaction that changes them.

A single change costs two or three statements, however long the history: its own row, and one update that
carries the difference to every later row up to the next count. Many changes at once recompute each touched
material from the first touched day to the last, write the rows with one upsert, and carry each material on
from there in one update. Both are called with the site's row locked, so that nothing else moves the ledger of
the site meanwhile.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from core.db.fields import NO_TONS
from core.db.inserts import insert_rows
from inventory.ledger.snapshots import Flow, InventorySnapshot
from inventory.ledger.statements import (
    AMOUNTS,
    carry,
    change_and_carry,
    change_row,
    date_of_next_count,
    latest_row,
)
from sites.models import Material

# Up to this many touched rows are moved one by one; from there on, together.
FEW = 4


class Line(NamedTuple):
    """A material at a site."""

    site_id: int
    material_id: int


class Place(NamedTuple):
    """A row of the ledger: a material at a site on a date."""

    site_id: int
    material_id: int
    date: dt.date

    @property
    def line(self) -> Line:
        return Line(self.site_id, self.material_id)

    @property
    def day_after(self) -> "Place":
        return self._replace(date=self.date + dt.timedelta(days=1))


class Shortfall(NamedTuple):
    """A material whose stock is below zero on a date because of what was just written."""

    material: str
    date: dt.date
    closing_ton: Decimal
    is_refused: bool


type Movements = Mapping[Flow, Decimal]


def move(moves: Mapping[Place, Movements]) -> list[Shortfall]:
    """Add these tons (negative to take back) to the ledger; return what they bring below zero."""
    if len(moves) > FEW:
        _move_many(moves)
        suspects = set(moves)
    else:
        suspects = {place for place, flows in moves.items() if _move_one(place, flows)}
    return _shortfalls(place for place, flows in moves.items() if place in suspects and _effect(flows) < 0)


def count(counts: Mapping[Place, Decimal | None]) -> list[Shortfall]:
    """Set what was counted at the end of dates, or take counts away and let the flow through again.

    Returns what that brings below zero: a low count, for one, lowers every row after it up to the next count.
    """
    lowered = []
    for place, counted_ton in sorted(counts.items()):
        row = row_on(place)
        row.counted_ton = counted_ton
        if _settle_row(row) < 0:
            is_counted = counted_ton is not None
            lowered.append(place.day_after if is_counted else place)
    return _shortfalls(lowered)


def next_count(place: Place) -> dt.date | None:
    """Return the date of the first count on or after a place: nothing earlier flows past it."""
    counted = InventorySnapshot.objects.of(*place.line).filter(
        date__gte=place.date, counted_ton__isnull=False
    )
    return counted.order_by("date").values_list("date", flat=True).first()


def row_on(place: Place) -> InventorySnapshot:
    """Return the ledger's row of a place; where nothing moved that day, a new one that carries stock on."""
    latest = latest_row.first(site=place.site_id, material=place.material_id, date=place.date)
    if latest is not None and latest.date == place.date:
        return latest
    new = InventorySnapshot(site_id=place.site_id, material_id=place.material_id, date=place.date)
    if latest is not None:
        # A new row changes nothing for later ones until something moves.
        new.opening_ton = new.closing_ton = latest.closing_ton
        new.has_later, new.lowest_later = latest.has_later, latest.lowest_later
    return new


def _effect(flows: Movements) -> Decimal:
    return sum((flow.sign * tons for flow, tons in flows.items()), NO_TONS)


def _move_one(place: Place, flows: Movements) -> bool:
    """Add these tons to one row and carry them on; say whether stock may be below zero now."""
    row = row_on(place)
    for flow, tons in flows.items():
        row.add(flow, tons)
    carried = _settle_row(row)
    lowest = row.closing_ton if row.lowest_later is None else min(row.closing_ton, row.lowest_later + carried)
    return lowest < NO_TONS


def _settle_row(row: InventorySnapshot) -> Decimal:
    """Write a row whose movements or count changed and carry the change on; return what was carried."""
    closing_before = row.closing_ton
    row.close(row.opening_ton)
    # An emptied row is gone and what follows opens with what it opened with.
    carried = row.closing_ton - closing_before
    amounts = {amount: getattr(row, amount) for amount in AMOUNTS}
    later = {"site": row.site_id, "material": row.material_id, "date": row.date, "carried": carried}
    moves_later = bool(carried) and row.has_later
    if not row._state.adding and not row.is_empty:
        if moves_later:
            change_and_carry.run(**later, **amounts)
        else:
            change_row.run(row=row.pk, **amounts)
        return carried
    if not row.is_empty:
        insert_rows(InventorySnapshot, [row])
    elif not row._state.adding:
        row.delete()
    if moves_later:
        carry.run(**later)
    return carried


def _move_many(moves: Mapping[Place, Movements]) -> None:
    touched: dict[Line, dict[dt.date, Movements]] = defaultdict(dict)
    for place, flows in moves.items():
        touched[place.line][place.date] = flows
    lines_of_site: dict[int, list[Line]] = defaultdict(list)
    for line in touched:
        lines_of_site[line.site_id].append(line)
    for site_id, lines in lines_of_site.items():
        _move_lines(site_id, {line: touched[line] for line in lines})


def _move_lines(site_id: int, touched: Mapping[Line, Mapping[dt.date, Movements]]) -> None:
    """Walk each line from the first touched day to the last, and carry it on from there in one statement."""
    first = min(min(days) for days in touched.values())
    last = max(max(days) for days in touched.values())
    material_ids = [line.material_id for line in touched]
    rows = _rows_between(site_id, material_ids, first, last)
    openings = _closings_before(site_id, material_ids, first)
    changed: list[InventorySnapshot] = []
    carried: dict[Line, Decimal] = {}
    for line, days in touched.items():
        stored = rows[line.material_id]
        opening = openings.get(line.material_id, NO_TONS)
        before = stored[max(stored)].closing_ton if stored else opening
        changed += _recompute(line, stored, days, opening)
        carried[line] = stored[max(stored)].closing_ton - before
    write_rows(changed)
    for line, tons in carried.items():
        if tons:
            carry.run(site=site_id, material=line.material_id, date=last, carried=tons)


def _rows_between(
    site_id: int, material_ids: list[int], first: dt.date, last: dt.date
) -> dict[int, dict[dt.date, InventorySnapshot]]:
    rows: dict[int, dict[dt.date, InventorySnapshot]] = defaultdict(dict)
    for row in InventorySnapshot.objects.filter(
        site_id=site_id, material_id__in=material_ids, date__gte=first, date__lte=last
    ).order_by("date"):
        rows[row.material_id][row.date] = row
    return rows


def _closings_before(site_id: int, material_ids: list[int], first: dt.date) -> dict[int, Decimal]:
    latest = InventorySnapshot.objects.filter(
        site_id=site_id, material_id=OuterRef("pk"), date__lt=first
    ).order_by("-date")
    closings = Material.objects.filter(pk__in=material_ids).annotate(
        closing=Subquery(latest.values("closing_ton")[:1])
    )
    return {pk: closing or NO_TONS for pk, closing in closings.values_list("pk", "closing")}


def _recompute(
    line: Line,
    rows: dict[dt.date, InventorySnapshot],
    moves: Mapping[dt.date, Movements],
    opening: Decimal,
) -> Iterable[InventorySnapshot]:
    """Apply the moves and walk the line from its first day; yield the rows that changed, emptied ones too."""
    for date, flows in moves.items():
        row = rows.get(date)
        if row is None:
            row = rows[date] = InventorySnapshot(
                site_id=line.site_id, material_id=line.material_id, date=date
            )
        for flow, tons in flows.items():
            row.add(flow, tons)
    for date in sorted(rows):
        row = rows[date]
        before = (row.opening_ton, row.closing_ton, row.adjustment_ton)
        row.close(opening)
        opening = row.closing_ton
        if date in moves or before != (row.opening_ton, row.closing_ton, row.adjustment_ton):
            yield row


def write_rows(rows: Iterable[InventorySnapshot]) -> None:
    """Write new and changed rows with one upsert, keeping their ids, and remove those that are empty."""
    kept: list[InventorySnapshot] = []
    emptied: list[InventorySnapshot] = []
    for row in rows:
        (emptied if row.is_empty else kept).append(row)
    if emptied:
        InventorySnapshot.objects.filter(pk__in=[row.pk for row in emptied]).delete()
    if kept:
        for row in kept:
            row.pk = None  # the conflict is on site, material and date; a stored row keeps its id
        InventorySnapshot.objects.bulk_create(
            kept,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["site", "material", "date"],
            update_fields=AMOUNTS,
        )


def _shortfalls(places: Iterable[Place]) -> list[Shortfall]:
    """Find, for each line, its first row below zero that one of these places can have brought there."""
    dates_of: dict[Line, list[dt.date]] = defaultdict(list)
    for place in places:
        dates_of[place.line].append(place.date)
    found = (_first_below(line, sorted(dates)) for line, dates in dates_of.items())
    return [shortfall for shortfall in found if shortfall is not None]


def _first_below(line: Line, dates: Sequence[dt.date]) -> Shortfall | None:
    """Look from each date on up to the next count: nothing flows past that."""
    looked_until = dt.date.min
    for date in dates:
        if date <= looked_until:
            continue
        onwards = InventorySnapshot.objects.of(*line).filter(date__gte=date)
        below = (
            onwards.filter(date__lte=date_of_next_count(onwards), closing_ton__lt=NO_TONS)
            .order_by("date")
            .values_list("material__name", "date", "closing_ton", "site__refuses_negative_stock")
            .first()
        )
        if below is not None:
            return Shortfall(*below)
        if date != dates[-1]:
            looked_until = next_count(Place(*line, date)) or dt.date.max
    return None
