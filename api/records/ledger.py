"""The stock ledger: its rows are derived, so a request writes the stock count of a row."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from operator import attrgetter
from typing import cast, override

from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from pydantic import Field

from api.records.input import Values
from api.records.lists import ListQuery, Position
from api.records.output import (
    SITE,
    HeadSchema,
    Item,
    ItemColumn,
    Projection,
    SiteSummary,
    moment_column,
    name_of,
    nested_of,
    related_schema,
    response_schema,
    schema_name,
    tail_fields,
)
from api.records.views import Outcome, Records
from api.schemas import ResponseSchema
from inventory.ledger.snapshots import InventorySnapshot
from inventory.ledger.write import Place, row_on
from inventory.models import StockCount
from inventory.module import BOOK, STOCK_COUNTS
from inventory.rebuild import ChangedRow, changed_rows
from records.columns import DateColumn, TextColumn, TonsColumn
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Material, Site, User

DATE = DateColumn(name="date", label=_("Date"))
AMOUNTS = [
    TonsColumn(name=name, label="", unit=_("t"))
    for name in (
        "opening_ton",
        "produced_ton",
        "received_ton",
        "consumed_ton",
        "dispatched_ton",
        "used_ton",
        "disposed_ton",
        "adjustment_ton",
        "closing_ton",
        "counted_ton",
    )
]
NOTES = TextColumn(name="notes", label=_("Notes"))
# A row is deleted and created again as movements change; its place stays, so the place is its id.
PLACE_ID = re.compile(r"(?P<site>\d{1,18})-(?P<material>\d{1,18})-(?P<date>\d{8})\Z", re.ASCII)

LEDGER = Projection(
    [
        ItemColumn("row", "id"),
        ItemColumn("siteId", "site_id"),
        ItemColumn.of(DATE),
        ItemColumn("materialId", "material_id"),
        *map(ItemColumn.of, AMOUNTS),
        ItemColumn(
            BOOK.json_key, F("closing_ton") - F("adjustment_ton"), BOOK.to_json, attrgetter(BOOK.name)
        ),
    ],
    [nested_of(Material, "material"), SITE],
)
COUNTS = Projection(
    [
        ItemColumn("siteId", "site_id"),
        ItemColumn("materialId", "material_id"),
        ItemColumn.of(DATE),
        ItemColumn.of(NOTES),
        moment_column("created_at"),
        moment_column("updated_at"),
        ItemColumn("createdBy", name_of("created_by")),
        ItemColumn("updatedBy", name_of("updated_by")),
    ]
)
# What a row has in place of a count's columns where nothing was counted.
NO_COUNT: Item = {column.key: None for column in COUNTS.columns[3:]}
ROWS_PER_QUERY = 500


class LedgerRow(HeadSchema):
    id: str = Field(  # type: ignore[assignment]  # a row has no number
        description=_("Id of the row; the same when the row is deleted and created again.")
    )
    material_id: int = Field(description=_("Id of the material."))
    book_ton: float = Field(description=_("Closing without the stock count of the date, in t."))
    is_calculated: bool = Field(description=_("False on a day with a stock count."))
    notes: str | None = Field(description=_("Notes of the stock count."))


class Ledger(Records):
    """The ledger's rows for programs, and the stock counts behind them."""

    def __init__(self) -> None:
        super().__init__(cast("RecordModule[DailyRecord]", STOCK_COUNTS))

    @property
    @override
    def changeable(self) -> Iterable[str]:
        return ("counted_ton", "notes")

    @property
    @override
    def item_schema(self) -> type[ResponseSchema]:
        return response_schema(
            schema_name(self.module),
            InventorySnapshot,
            [DATE, *AMOUNTS],
            base=LedgerRow,
            **tail_fields(is_nullable=True),
            material=(related_schema(Material), ...),
            site=(SiteSummary, ...),
        )

    @override
    def page(self, user: User, query: ListQuery, site: Site) -> tuple[list[Item], Position | None]:
        rows = query.narrow(InventorySnapshot.objects.for_user(user).filter(site=site), site)
        if query.cursor is not None:
            rows = rows.filter(query.cursor.after)
        found = LEDGER.page(rows.order_by("-date", "-id"), query.limit + 1)
        page = found[: query.limit]
        last = Position.of(page[-1]["date"], page[-1]["row"]) if len(found) > query.limit else None
        return list(_with_counts(page)), last

    @override
    def changes(self, site: Site, *, since: int, limit: int) -> tuple[list[Item], int, bool]:
        until = Site.objects.values_list("change_number", flat=True).get(pk=site.pk)
        changed, has_more = _whole_changes(changed_rows(site, since=since, until=until), limit)
        return _items_of(changed, site), changed[-1].number if has_more else until, has_more

    @override
    def item(self, user: User, record_id: str) -> Item:
        rows = InventorySnapshot.objects.for_user(user).filter(**_place(record_id)._asdict())
        found = next(_with_counts(LEDGER.items(rows)), None)
        if found is None:
            raise Http404
        return found

    @override
    def find(self, user: User, record_id: str) -> DailyRecord | None:
        visible = StockCount.objects.for_user(user).select_related("site")
        return visible.filter(**_place(record_id)._asdict()).first()

    @override
    def response(self, outcome: Outcome, values: Values, *, status: HTTPStatus) -> HttpResponse:
        """Return the row of the count. A repeat after the count was deleted returns the row it would have."""
        count = outcome.record
        assert isinstance(count, StockCount)
        rows = InventorySnapshot.objects.filter(**count.place._asdict(), counted_ton__isnull=False)
        items = LEDGER.items(rows) or [LEDGER.item_of(_row_with(count))]
        return self.item_response(next(_with_counts(items)), outcome, values, status=status)


def _place_id(site_id: object, material_id: object, date: object) -> str:
    """Return the id of a row; the date as JSON has it."""
    return f"{site_id}-{material_id}-{str(date).replace('-', '')}"


def _place(record_id: str) -> Place:
    """Return the place of an id. Raises Http404."""
    match = PLACE_ID.match(record_id)
    try:
        date = dt.datetime.strptime(match["date"] if match else "", "%Y%m%d").date()  # noqa: DTZ007  # a date
    except ValueError as error:
        raise Http404 from error
    assert match is not None
    return Place(int(match["site"]), int(match["material"]), date)


def _whole_changes(changed: list[ChangedRow], limit: int) -> tuple[list[ChangedRow], bool]:
    """Return at least `limit` rows, since the rows of one change are returned together."""
    if len(changed) <= limit:
        return changed, False
    last = changed[limit - 1].number
    page = [row for row in changed if row.number <= last]
    return page, len(page) < len(changed)


def _items_of(changed: list[ChangedRow], site: Site) -> list[Item]:
    """Return rows as they are now, and which of them are deleted."""
    existing: dict[object, Item] = {}
    keys = [row.row_id for row in changed if row.row_id is not None]
    for start in range(0, len(keys), ROWS_PER_QUERY):
        rows = LEDGER.items(InventorySnapshot.objects.filter(pk__in=keys[start : start + ROWS_PER_QUERY]))
        existing |= {item["id"]: item for item in _with_counts(rows)}
    ids = (_place_id(site.pk, row.material_id, row.date) for row in changed)
    return [existing.get(key, {"id": key, "deleted": True}) for key in ids]


def _with_counts(rows: list[Item]) -> Iterator[Item]:
    """Yield rows of the ledger as items: with their place as id, and with their stock count."""
    counted = {key: {**item, "isCalculated": False} for key, item in _counts_of(rows).items()}
    for row in rows:
        row.pop("row")
        key = _place_id(row["siteId"], row["materialId"], row["date"])
        count = counted.get(key, {**NO_COUNT, "isCalculated": row["countedTon"] is None})
        yield {"id": key, **row, **count}


def _counts_of(rows: list[Item]) -> dict[str, Item]:
    """Return the columns of these rows' stock counts, by the id of the row. At most one query."""
    counted = [row for row in rows if row["countedTon"] is not None]
    if not counted:
        return {}
    dates = [str(row["date"]) for row in counted]
    counts = StockCount.objects.filter(
        site_id__in={row["siteId"] for row in counted},
        material_id__in={row["materialId"] for row in counted},
        date__gte=min(dates),
        date__lte=max(dates),
    ).order_by()
    return {
        _place_id(item.pop("siteId"), item.pop("materialId"), item.pop("date")): item
        for item in COUNTS.items(counts)
    }


def _row_with(count: StockCount) -> InventorySnapshot:
    row = row_on(count.place)
    row.counted_ton = count.counted_ton
    row.close(row.opening_ton)
    return row
