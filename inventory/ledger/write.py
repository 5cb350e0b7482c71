"""Keep the stock ledger equal to the records, inside the transaction that changes them.

A single change costs two or three statements, however long the history: its own row, and one update that
carries the difference to every later row up to the next count. Many changes at once recompute each touched
material from the first touched day to the last, write the rows with one upsert, and carry each material on
from there in one update. Both are called with the site's row locked, so that nothing else moves the ledger of
the site meanwhile.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, DateField, Exists, F, OuterRef, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from core.db.fields import NO_TONS, TonsField
from core.db.prepared import Parameter, PreparedQuery, PreparedWrite, insert_rows
from inventory.ledger.snapshots import Flow, InventorySnapshot, SnapshotQuerySet
from sites.models import Material

# The amounts of a row.
AMOUNTS = ["opening_ton", *Flow, "adjustment_ton", "closing_ton", "counted_ton"]
# Up to this many touched rows are moved one by one; from there on, together.
FEW = 4


class MaterialAtSite(NamedTuple):
    """A material at a site."""

    site_id: int
    material_id: int


class Place(NamedTuple):
    """A row of the ledger: a material at a site on a date."""

    site_id: int
    material_id: int
    date: dt.date

    @property
    def line(self) -> MaterialAtSite:
        return MaterialAtSite(self.site_id, self.material_id)

    @property
    def day_after(self) -> "Place":
        return self._replace(date=self.date + dt.timedelta(days=1))


class Shortfall(NamedTuple):
    """A material whose stock is below zero on a date, and lower than before, by what was just written."""

    material: str
    date: dt.date
    closing_ton: Decimal
    is_refused: bool


type Movements = Mapping[Flow, Decimal]
# The columns of a row that a shortfall is made of, and what was counted.
type BelowRow = tuple[str, dt.date, Decimal, bool, Decimal | None]
BELOW = ("material__name", "date", "closing_ton", "site__refuses_negative_stock", "counted_ton")


def move(moves: Mapping[Place, Movements]) -> list[Shortfall]:
    """Add these tons (negative to remove them again) to the ledger; return the days that it makes worse."""
    if len(moves) > FEW:
        _move_many(moves)
        suspects = set(moves)
    else:
        suspects = {place for place, flows in moves.items() if _move_one(place, flows)}
    lowered = {place.line for place in suspects if _effect(moves[place]) < 0}
    effects: dict[MaterialAtSite, dict[dt.date, Decimal]] = {line: {} for line in lowered}
    for place, flows in moves.items():
        if place.line in effects:
            effects[place.line][place.date] = _effect(flows)
    return _shortfalls(effects)


def count(counts: Mapping[Place, Decimal | None]) -> list[Shortfall]:
    """Set what was counted at the end of dates, or remove counts and let the flow through again.

    Returns the days that it makes worse: a low count lowers every row after it, up to the next count.
    """
    counts_of: dict[MaterialAtSite, dict[dt.date, Decimal | None]] = defaultdict(dict)
    for place, counted_ton in counts.items():
        counts_of[place.line][place.date] = counted_ton
    found = [_count_line(line, counts_of[line]) for line in sorted(counts_of)]
    return [shortfall for shortfall in found if shortfall is not None]


def _count_line(line: MaterialAtSite, counts: Mapping[dt.date, Decimal | None]) -> Shortfall | None:
    """Set and remove counts of a line; return the first day that they make worse."""
    first = min(counts)
    # A single count changes all days up to the next one alike; several do not.
    before = _closings(line, first) if len(counts) > 1 else {}
    for date, counted_ton in sorted(counts.items()):
        place = Place(*line, date)
        row = row_on(place)
        row.counted_ton = counted_ton
        carried = _settle_row(row)
    if len(counts) > 1:
        return _first_lower(first, before, _closings(line, first))
    # The counted day itself is never below zero.
    lowered = first if counted_ton is None else place.day_after.date
    return _first_worse(line, {lowered: carried})


def next_count(place: Place) -> dt.date | None:
    """Return the date of the first count on or after a place: nothing earlier flows past it."""
    counted = InventorySnapshot.objects.of(*place.line).filter(
        date__gte=place.date, counted_ton__isnull=False
    )
    return counted.order_by("date").values_list("date", flat=True).first()


def row_on(place: Place) -> InventorySnapshot:
    """Return the ledger's row of a place; where nothing moved that day, a new one that carries stock on."""
    latest = _latest_row.first(site=place.site_id, material=place.material_id, date=place.date)
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
    """Add these tons to one row and carry them on; return whether stock may be below zero now."""
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
            _change_and_carry.run(**later, **amounts)
        else:
            _change_row.run(row=row.pk, **amounts)
        return carried
    if not row.is_empty:
        insert_rows(InventorySnapshot, [row])
    elif not row._state.adding:
        row.delete()
    if moves_later:
        _carry.run(**later)
    return carried


def _move_many(moves: Mapping[Place, Movements]) -> None:
    touched: dict[MaterialAtSite, dict[dt.date, Movements]] = defaultdict(dict)
    for place, flows in moves.items():
        touched[place.line][place.date] = flows
    lines_of_site: dict[int, list[MaterialAtSite]] = defaultdict(list)
    for line in touched:
        lines_of_site[line.site_id].append(line)
    for site_id, lines in lines_of_site.items():
        _move_lines(site_id, {line: touched[line] for line in lines})


def _move_lines(site_id: int, touched: Mapping[MaterialAtSite, Mapping[dt.date, Movements]]) -> None:
    """Walk each line from the first touched day to the last, and carry it on from there in one statement."""
    first = min(min(days) for days in touched.values())
    last = max(max(days) for days in touched.values())
    material_ids = [line.material_id for line in touched]
    rows = _rows_between(site_id, material_ids, first, last)
    openings = _closings_before(site_id, material_ids, first)
    changed: list[InventorySnapshot] = []
    carried: dict[MaterialAtSite, Decimal] = {}
    for line, days in touched.items():
        stored = rows[line.material_id]
        opening = openings.get(line.material_id, NO_TONS)
        before = stored[max(stored)].closing_ton if stored else opening
        changed += _recompute(line, stored, days, opening)
        carried[line] = stored[max(stored)].closing_ton - before
    write_rows(changed)
    for line, tons in carried.items():
        if tons:
            _carry.run(site=site_id, material=line.material_id, date=last, carried=tons)


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
    line: MaterialAtSite,
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


def _shortfalls(effects: Mapping[MaterialAtSite, Mapping[dt.date, Decimal]]) -> list[Shortfall]:
    """Return, for each line, the first day that these effects on stock, already written, made worse."""
    found = (_first_worse(line, by_date) for line, by_date in effects.items())
    return [shortfall for shortfall in found if shortfall is not None]


def _first_worse(line: MaterialAtSite, effects: Mapping[dt.date, Decimal]) -> Shortfall | None:
    """Return the first day that closes below zero and lower than before these effects, in tons by date.

    An effect flows on until the next count; effects add up on the way. A day without a row closes as the row
    before it.
    """
    *earlier, last = sorted(effects)
    change = NO_TONS
    if earlier:
        rows = {row[1]: row for row in _rows_from(line, earlier[0]).filter(date__lt=last).values_list(*BELOW)}
        latest = None
        for date in sorted({*rows, *earlier}):
            latest = rows.get(date, latest)
            is_counted = date in rows and rows[date][-1] is not None
            change = NO_TONS if is_counted else change + effects.get(date, NO_TONS)
            if latest is not None and latest[2] < NO_TONS and change < NO_TONS:
                return _shortfall(latest, date)
    if change + effects[last] >= NO_TONS:
        return None
    until = _date_of_next_count(InventorySnapshot.objects.of(*line).filter(date__gte=last))
    below = _rows_from(line, last).filter(date__lt=until, closing_ton__lt=NO_TONS)
    first = below.values_list(*BELOW).first()
    return None if first is None else _shortfall(first, max(first[1], last))


def _rows_from(line: MaterialAtSite, date: dt.date) -> SnapshotQuerySet:
    """Return a line's rows from the one by which this date closes, in the order of dates."""
    rows = InventorySnapshot.objects.of(*line)
    latest = Subquery(rows.filter(date__lte=date).order_by("-date").values("date")[:1])
    return rows.filter(date__gte=Coalesce(latest, Value(date))).order_by("date")


def _shortfall(row: BelowRow, date: dt.date) -> Shortfall:
    material, _date, closing_ton, is_refused, _counted_ton = row
    return Shortfall(material, date, closing_ton, is_refused)


def _closings(line: MaterialAtSite, first: dt.date) -> dict[dt.date, BelowRow]:
    """Return a line's rows from a date on, and the one by which that date closes."""
    return {max(row[1], first): row for row in _rows_from(line, first).values_list(*BELOW)}


def _first_lower(
    first: dt.date, before: Mapping[dt.date, BelowRow], after: Mapping[dt.date, BelowRow]
) -> Shortfall | None:
    """Return the first day that closes below zero and lower than before, from a date on."""
    was = NO_TONS
    latest = None
    for date in sorted({first, *before, *after}):
        was = before[date][2] if date in before else was
        latest = after.get(date, latest)
        if latest is not None and latest[2] < min(was, NO_TONS):
            return _shortfall(latest, date)
    return None


# --- The statements of a single change, compiled once

ROW, SITE = Parameter("row", BigIntegerField()), Parameter("site", BigIntegerField())
MATERIAL, DATE = Parameter("material", BigIntegerField()), Parameter("date", DateField())
CARRIED = Parameter("carried", TonsField())


def _date_of_next_count(rows: SnapshotQuerySet) -> Coalesce:
    """Return the first counted date among a line's rows, or the end of time, as an expression."""
    counted = rows.filter(counted_ton__isnull=False).order_by("date").values("date")[:1]
    return Coalesce(Subquery(counted), Value(dt.date.max))


def _later_rows() -> SnapshotQuerySet:
    return InventorySnapshot.objects.of(SITE, MATERIAL).filter(date__gt=DATE).order_by()


def _moved_rows() -> SnapshotQuerySet:
    """Return the later rows up to and into the next count: all that a change of a closing moves."""
    return _later_rows().filter(date__lte=_date_of_next_count(_later_rows()))


def _latest_rows() -> SnapshotQuerySet:
    uncounted = _moved_rows().filter(counted_ton__isnull=True)
    return (
        InventorySnapshot.objects.of(SITE, MATERIAL)
        .filter(date__lte=DATE)
        .annotate(  # type: ignore[no-redef]  # declared on the row, which may be a new one
            has_later=Exists(_later_rows()),
            lowest_later=Subquery(uncounted.order_by("closing_ton").values("closing_ton")[:1]),
        )
        .order_by("-date")[:1]
    )


# The line's last row on or before a date; whether there are later ones, and the least closing among those
# that move with it.
_latest_row = PreparedQuery(_latest_rows)

_change_row = PreparedWrite(
    lambda: InventorySnapshot.objects.filter(pk=ROW),
    **{amount: Parameter(amount, TonsField()) for amount in AMOUNTS},
)


def _carried_on() -> dict[str, Combinable]:
    """Return what a later row's amounts become when the closing before them changes."""
    return {
        "opening_ton": F("opening_ton") + CARRIED,
        "closing_ton": Case(
            When(counted_ton__isnull=True, then=F("closing_ton") + CARRIED), default=F("closing_ton")
        ),
        "adjustment_ton": Case(
            When(counted_ton__isnull=False, then=F("adjustment_ton") - CARRIED), default=F("adjustment_ton")
        ),
    }


def _row_and_moved_rows() -> SnapshotQuerySet:
    onwards = InventorySnapshot.objects.of(SITE, MATERIAL).filter(date__gte=DATE).order_by()
    return onwards.filter(date__lte=_date_of_next_count(_later_rows()))


# Carries a changed closing to every later row, up to and into the next count, in one statement.
_carry = PreparedWrite(_moved_rows, **_carried_on())

# Changes a row and carries its closing on, in one statement.
_change_and_carry = PreparedWrite(
    _row_and_moved_rows,
    **{
        amount: Case(
            When(date=DATE, then=Parameter(amount, TonsField())), default=_carried_on().get(amount, F(amount))
        )
        for amount in AMOUNTS
    },
)
