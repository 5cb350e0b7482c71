"""The stock ledger: its rows are derived, so what is written is the stock count of a row."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from api.auth import reader, writer
from api.pagination import Position, cursor_at
from api.records.filters import ListQuery, filters_of, read_list_query
from api.records.input import Shape
from api.records.output import SITE, Item, ItemColumn, Projection, as_moment, column_of, name_of, nested_of
from api.records.values import visible_site
from api.records.views import Records
from api.request_body import STALE, read_object, version_asked_for
from api.responses import etag_of, item_answer, json_answer
from inventory.ledger_changes import ChangedRow, changed_rows
from inventory.ledger.snapshots import InventorySnapshot
from inventory.ledger.write import Place, row_on
from inventory.models import StockCount
from inventory.module import STOCK_COUNTS
from records import operations
from records.choices import Source
from records.errors import EditConflict
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Material, Site, User

AMOUNTS = (
    "opening_ton",
    "produced_ton",
    "received_ton",
    "consumed_ton",
    "dispatched_ton",
    "adjustment_ton",
    "closing_ton",
    "counted_ton",
)
# A row comes and goes with what moved; its place stays, so that is what it is known by.
PLACE_ID = re.compile(r"(?P<site>\d{1,18})-(?P<material>\d{1,18})-(?P<date>\d{8})\Z", re.ASCII)

LEDGER = Projection(
    [
        ItemColumn("row", "id"),
        ItemColumn("siteId", "site_id"),
        column_of(InventorySnapshot, "date"),
        ItemColumn("materialId", "material_id"),
        *(column_of(InventorySnapshot, name) for name in AMOUNTS),
    ],
    [nested_of(Material, "material"), SITE],
)
COUNTS = Projection(
    [
        ItemColumn("siteId", "site_id"),
        ItemColumn("materialId", "material_id"),
        column_of(StockCount, "date"),
        column_of(StockCount, "notes"),
        ItemColumn("createdAt", "created_at", as_moment),
        ItemColumn("updatedAt", "updated_at", as_moment),
        ItemColumn("createdBy", name_of("created_by")),
        ItemColumn("updatedBy", name_of("updated_by")),
    ]
)
# What a row has of a count, where nothing was counted.
UNCOUNTED: Item = {column.key: None for column in COUNTS.columns[3:]}
ROWS_PER_QUESTION = 500


def place_id(site_id: int, material_id: int, date: dt.date) -> str:
    """Return by what a row of the ledger is known."""
    return f"{site_id}-{material_id}-{date:%Y%m%d}"


def place_of(text: str) -> Place:
    """Return the place that an id names. Raises Http404."""
    named = PLACE_ID.match(text)
    try:
        date = dt.datetime.strptime(named["date"] if named else "", "%Y%m%d").date()  # noqa: DTZ007  # a date
    except ValueError as error:
        raise Http404 from error
    assert named is not None
    return Place(int(named["site"]), int(named["material"]), date)


class Ledger(Records):
    """The ledger's rows for programs, and the counts behind them."""

    def __init__(self) -> None:
        super().__init__(cast("RecordModule[DailyRecord]", STOCK_COUNTS))
        self.shape = Shape(self.module, has_site=False, names=("counted_ton", "notes"))
        self.filters = filters_of(self.new_shape.fields)

    def listed(self, request: HttpRequest) -> HttpResponse:
        """Answer a page of a site's ledger, or what changed in it."""
        query = read_list_query(request, self.filters, of=self.module.slug)
        site = visible_site(reader(request), query.site)
        if query.since is not None:
            return self._changed_rows(query, site, query.since)
        rows = query.narrow(self._rows(reader(request)).filter(site=site), site)
        if query.position is not None:
            rows = rows.filter(query.position.after)
        found = LEDGER.page(rows.order_by("-date", "-id"), query.limit + 1)
        shown = found[: query.limit]
        following = None
        if len(found) > query.limit:
            last = Position.of(shown[-1]["date"], shown[-1]["row"])
            following = cursor_at(last, of=self.module.slug, site=site)
        return json_answer({self.list_key: list(_told(shown)), "nextCursor": following})

    def created(self, request: HttpRequest) -> HttpResponse:
        """Record a stock count, once for each key; answer the day's row of the ledger."""
        return self._row_told(self._made(request), HTTPStatus.CREATED)

    def read(self, request: HttpRequest, record_id: str) -> HttpResponse:
        """Answer one row of the ledger."""
        item = self._row(reader(request), place_of(record_id))
        return item_answer(self.item_key, item)

    def changed(self, request: HttpRequest, record_id: str) -> HttpResponse:
        """Correct the count of a row."""
        body, place = read_object(request), place_of(record_id)
        count = self._count(reader(request), place)
        values = self.shape.values_for(body, count)
        assert count is not None
        by, version = writer(request), self._version_of(request, place, count)
        with self._refusals():
            outcome = operations.update(
                module=self.module,
                record_id=count.pk,
                values=values,
                by=by,
                source=Source.API,
                version=version,
                confirmed=True,
            )
            if version == STALE:
                raise EditConflict(outcome.record)
        return self._row_told(outcome, HTTPStatus.OK)

    def deleted(self, request: HttpRequest, record_id: str) -> HttpResponse:
        """Delete the count of a row: the flow goes through it again."""
        place = place_of(record_id)
        count = self._count(reader(request), place)
        if count is None:
            raise Http404
        by, version = writer(request), self._version_of(request, place, count)
        with self._refusals():
            operations.delete(
                module=self.module,
                record_id=count.pk,
                by=by,
                source=Source.API,
                version=version,
                confirmed=True,
            )
        return HttpResponse(status=HTTPStatus.NO_CONTENT)

    def _rows(self, user: User) -> QuerySet[InventorySnapshot]:
        return InventorySnapshot.objects.for_user(user)

    def _row(self, user: User, place: Place) -> Item:
        rows = self._rows(user).filter(**place._asdict())
        found = next(_told(LEDGER.items(rows)), None)
        if found is None:
            raise Http404
        return found

    def _count(self, user: User, place: Place) -> StockCount | None:
        visible = StockCount.objects.for_user(user).select_related("site")
        return visible.filter(**place._asdict()).first()

    def _version_of(self, request: HttpRequest, place: Place, count: StockCount) -> int | None:
        etag = etag_of(self._row(reader(request), place))
        return version_asked_for(request, etag=etag, version=count.version)

    def _row_told(self, outcome: operations.Outcome[DailyRecord], status: HTTPStatus) -> HttpResponse:
        """Answer the row as the count leaves it; one that is repeated after its end, as it would leave it."""
        count = outcome.record
        assert isinstance(count, StockCount)
        place = count.place
        rows = InventorySnapshot.objects.filter(**place._asdict(), counted_ton__isnull=False)
        found = LEDGER.items(rows) or [LEDGER.item_of(_counted_again(count))]
        item = next(_told(found))
        location = f"/api/{self.module.slug}/{item['id']}" if status == HTTPStatus.CREATED else ""
        return item_answer(
            self.item_key, item, status=status, location=location, warnings=list(outcome.warnings)
        )

    def _changed_rows(self, query: ListQuery, site: Site, since: int) -> HttpResponse:
        until = Site.objects.values_list("change_number", flat=True).get(pk=site.pk)
        changed = changed_rows(site, since=since, until=until)
        shown, has_more = _whole_changes(changed, query.limit)
        items = _items_of(shown, site)
        return json_answer(
            {
                self.list_key: items,
                "nextCursor": None,
                "changedUntil": shown[-1].number if has_more else until,
                "hasMore": has_more,
            }
        )


def _whole_changes(changed: list[ChangedRow], limit: int) -> tuple[list[ChangedRow], bool]:
    """Return at least as many rows as asked for, since what one change moved is told together."""
    if len(changed) <= limit:
        return changed, False
    last = changed[limit - 1].number
    shown = [row for row in changed if row.number <= last]
    return shown, len(shown) < len(changed)


def _items_of(changed: list[ChangedRow], site: Site) -> list[Item]:
    """Return rows as they are now, and which of them are gone."""
    there: dict[object, Item] = {}
    keys = [row.row_id for row in changed if row.row_id is not None]
    for start in range(0, len(keys), ROWS_PER_QUESTION):
        rows = LEDGER.items(InventorySnapshot.objects.filter(pk__in=keys[start : start + ROWS_PER_QUESTION]))
        there |= {item["id"]: item for item in _told(rows)}
    ids = (place_id(site.pk, row.material_id, row.date) for row in changed)
    return [there.get(key, {"id": key, "deleted": True}) for key in ids]


def _told(rows: Iterable[Item]) -> Iterator[Item]:
    """Yield rows of the ledger as items: known by their place, and with the count behind them."""
    rows = list(rows)
    counted = {key: {**item, "isCalculated": False} for key, item in _counts_behind(rows).items()}
    for row in rows:
        date = dt.date.fromisoformat(str(row["date"]))
        row.pop("row")
        key = place_id(int(str(row["siteId"])), int(str(row["materialId"])), date)
        of_count = counted.get(key, {**UNCOUNTED, "isCalculated": row["countedTon"] is None})
        yield {"id": key, **row, **of_count}


def _counts_behind(rows: list[Item]) -> dict[str, Item]:
    """Return what was entered with the counts of these rows, under their places. One query, none without."""
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
        place_id(
            int(str(item.pop("siteId"))),
            int(str(item.pop("materialId"))),
            dt.date.fromisoformat(str(item.pop("date"))),
        ): item
        for item in COUNTS.items(counts)
    }


def _counted_again(count: StockCount) -> InventorySnapshot:
    row = row_on(count.place)
    row.counted_ton = count.counted_ton
    row.close(row.opening_ton)
    return row
