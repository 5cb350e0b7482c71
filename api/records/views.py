"""The routes of a record module: the same for each of them, and for one that is added."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from api.auth import reader, writer
from api.errors import refusal_of
from api.pagination import Position, cursor_at
from api.records.changes import changes_of
from api.records.filters import ListQuery, filters_of, read_list_query, require_no_query
from api.records.input import Shape
from api.records.names import item_key, list_key
from api.records.output import Item, projection_of
from api.records.values import record_number, visible_site, writer_at
from api.request_body import STALE, read_object, submission_key, version_asked_for
from api.responses import etag_of, item_answer, json_answer
from records import operations
from records.choices import Source
from records.errors import EditConflict, Refused
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule
from sites.models import Site, User


class Records:
    """A module's records, listed and changed by programs."""

    def __init__(self, module: RecordModule[DailyRecord]) -> None:
        self.module = module
        self.item_key, self.list_key = item_key(module), list_key(module)
        self.new_shape = Shape(module, has_site=True)
        self.shape = Shape(module, has_site=False)
        self.projection = projection_of(module)
        self.filters = filters_of(self.shape.fields)

    def listed(self, request: HttpRequest) -> HttpResponse:
        """Answer a page of a site's records, or what changed there."""
        query = read_list_query(request, self.filters, of=self.module.slug)
        site = visible_site(reader(request), query.site)
        if query.since is not None:
            return self._changed(query, site, query.since)
        records = query.narrow(self._visible(reader(request)).filter(site=site), site)
        if query.position is not None:
            records = records.filter(query.position.after)
        items = self.projection.page(records.order_by("-date", "-id"), query.limit + 1)
        return json_answer(
            {self.list_key: items[: query.limit], "nextCursor": self._next(items, query.limit, site)}
        )

    def created(self, request: HttpRequest) -> HttpResponse:
        """Make a record, once for each key."""
        outcome = self._made(request)
        location = f"{request.path}/{outcome.record.pk}"
        return self._told(outcome, status=HTTPStatus.CREATED, location=location)

    def read(self, request: HttpRequest, record_id: str) -> HttpResponse:
        """Answer one record."""
        item = self._item(reader(request), record_number(record_id))
        if item is None:
            raise Http404
        return item_answer(self.item_key, item)

    def changed(self, request: HttpRequest, record_id: str) -> HttpResponse:
        """Change the fields that are sent."""
        body = read_object(request)
        user, number = reader(request), record_number(record_id)
        record = self._visible(user).select_related("site").filter(pk=number).first()
        values = self.shape.values_for(body, record)
        by = writer(request)
        version = self._version(request, user, number) if "If-Match" in request.headers else None
        with self._refusals():
            outcome = operations.update(
                module=self.module,
                record_id=number,
                values=values,
                by=by,
                source=Source.API,
                version=version,
                confirmed=True,
            )
            if version == STALE:
                # It changes nothing, which the operation lets pass; the caller still means another state.
                raise EditConflict(outcome.record)
        return self._told(outcome)

    def deleted(self, request: HttpRequest, record_id: str) -> HttpResponse:
        """Delete a record; its history stays."""
        number = record_number(record_id)
        version = self._version(request, reader(request), number)
        by = writer(request)
        with self._refusals():
            operations.delete(
                module=self.module,
                record_id=number,
                by=by,
                source=Source.API,
                version=version,
                confirmed=True,
            )
        return HttpResponse(status=HTTPStatus.NO_CONTENT)

    def _made(self, request: HttpRequest) -> operations.Outcome[DailyRecord]:
        key = submission_key(request)
        site, values = self.new_shape.values_for_new(read_object(request), by=reader(request))
        by = writer_at(request, site)
        with self._refusals():
            return operations.create(
                module=self.module,
                values=values,
                site=site,
                by=by,
                source=Source.API,
                key=key,
                confirmed=True,
            )

    def _visible(self, user: User) -> RecordQuerySet[DailyRecord]:
        visible: RecordQuerySet[DailyRecord] = self.module.model._default_manager.for_user(user)  # type: ignore[attr-defined]
        return visible

    def _item(self, user: User, number: int) -> Item | None:
        return next(iter(self.projection.items(self._visible(user).filter(pk=number))), None)

    def _version(self, request: HttpRequest, user: User, number: int) -> int | None:
        """Return the version that the caller means to change. Raises Http404 for what is not theirs."""
        item = self._item(user, number)
        if item is None:
            raise Http404
        return version_asked_for(request, etag=etag_of(item), version=int(str(item["version"])))

    def _changed(self, query: ListQuery, site: Site, since: int) -> HttpResponse:
        items, until, has_more = changes_of(
            self.module, self.projection, site=site, since=since, limit=query.limit
        )
        return json_answer(
            {self.list_key: items, "nextCursor": None, "changedUntil": until, "hasMore": has_more}
        )

    def _next(self, items: list[Item], limit: int, site: Site) -> str | None:
        if len(items) <= limit:
            return None
        last = items[limit - 1]
        return cursor_at(Position.of(last["date"], last["id"]), of=self.module.slug, site=site)

    def _told(
        self,
        outcome: operations.Outcome[DailyRecord],
        *,
        status: HTTPStatus = HTTPStatus.OK,
        location: str = "",
    ) -> HttpResponse:
        """Answer the record as the operation left it, whatever has become of it since."""
        record = outcome.record
        if outcome.is_repeat:
            # Of the past only its columns are kept: what they name is read with them.
            kept = self.module.model.history.filter(id=record.pk, version=record.version)
            item = self.projection.items(kept)[0]
        else:
            item = self.projection.item_of(record)
        return item_answer(
            self.item_key, item, status=status, location=location, warnings=list(outcome.warnings)
        )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Put an operation's refusal into the names of a body."""
        try:
            yield
        except Refused as refused:
            raise refusal_of(
                refused, keys=self.new_shape.keys, identity=self.module.model.identity
            ) from refused


def routes_of(records: Records, slug: str) -> Router:
    """Return the routes to what answers for a module."""
    router = Router(tags=[slug])

    def listed(request: HttpRequest) -> HttpResponse:
        return records.listed(request)

    def created(request: HttpRequest) -> HttpResponse:
        require_no_query(request)
        return records.created(request)

    def read(request: HttpRequest, record_id: str) -> HttpResponse:
        require_no_query(request)
        return records.read(request, record_id)

    def changed(request: HttpRequest, record_id: str) -> HttpResponse:
        require_no_query(request)
        return records.changed(request, record_id)

    def deleted(request: HttpRequest, record_id: str) -> HttpResponse:
        require_no_query(request)
        return records.deleted(request, record_id)

    for method, path, view in (
        ("GET", "", listed),
        ("POST", "", created),
        ("GET", "/{record_id}", read),
        ("PATCH", "/{record_id}", changed),
        ("DELETE", "/{record_id}", deleted),
    ):
        router.add_api_operation(
            path,
            [method],
            view,
            operation_id=f"{slug}_{view.__name__}",
            url_name=f"{slug}{'_item' * bool(path)}",
        )
    return router
