"""The routes of a record module, the same for each of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Path, Query, Router
from pydantic import Field

from api.auth import require_writer, require_writer_at, user_of, visible_site
from api.records.input import RecordInput, Values, has_moment, moment_warnings
from api.records.lists import ListQuery, Position, changes_of, list_query, make_cursor
from api.records.output import (
    Deleted,
    Item,
    columns_of,
    item_key,
    item_schema,
    list_key,
    projection_of,
    schema_name,
)
from api.responses import ApiError, Detail, api_error_of, etag_of, json_response, record_response
from api.schemas import (
    CREATED,
    ID,
    NO_CONTENT,
    OK,
    READ_ERRORS,
    STALE,
    WRITE_ERRORS,
    IdempotencyKey,
    JsonSchema,
    ResponseSchema,
    header_extra,
    make_schema,
    matched_version,
    row_id,
)
from records import operations
from records.choices import Source
from records.errors import EditConflict, Refused
from records.models import DailyRecord, RecordQuerySet
from records.module import RecordModule
from sites.models import Site, User

type Outcome = operations.Outcome[DailyRecord]
RecordId = Annotated[str, Path(description=_("Id of the record."))]
IfMatch = Annotated[
    str | None, Header(None, alias="If-Match", description=_("The ETag of the state to change."))
]
ETAG = {"ETag": _("Identifies this state of the record; send it back as If-Match.")}


class Records:
    """A module's records for programs."""

    def __init__(self, module: RecordModule[DailyRecord]) -> None:
        self.module = module
        self.item_key, self.list_key = item_key(module), list_key(module)
        self.input = RecordInput(module, is_new=True, form_errors=self._new_form_errors)
        self.change_input = RecordInput(
            module, is_new=False, form_errors=self._change_form_errors, names=self.changeable
        )
        self.query = list_query(
            f"{schema_name(module)}Query", of=module.slug, columns=columns_of(module).values()
        )
        self.projection = projection_of(module)

    @property
    def changeable(self) -> Iterable[str]:
        """Return the form's fields that can be changed; all where it is empty."""
        return ()

    @property
    def item_schema(self) -> type[ResponseSchema]:
        return item_schema(self.module)

    def page(self, user: User, query: ListQuery, site: Site) -> tuple[list[Item], Position | None]:
        """Return the items of a page, and the position of its last where more follow."""
        records = query.narrow(self._visible(user).filter(site=site), site)
        if query.cursor is not None:
            records = records.filter(query.cursor.after)
        items = self.projection.page(records.order_by("-date", "-id"), query.limit + 1)
        if len(items) <= query.limit:
            return items, None
        items.pop()
        return items, Position.of(items[-1]["date"], items[-1]["id"])

    def changes(self, site: Site, *, since: int, limit: int) -> tuple[list[Item], int, bool]:
        """Return what changed at a site, up to which change number, and whether more did."""
        return changes_of(self.module, self.projection, site=site, since=since, limit=limit)

    def item(self, user: User, record_id: str) -> Item:
        """Return a record as an item. Raises Http404."""
        records = self._visible(user).filter(pk=row_id(record_id))
        found = self.projection.items(records)
        if not found:
            raise Http404
        return found[0]

    def find(self, user: User, record_id: str) -> DailyRecord | None:
        """Return the record behind an id, where the user has access to it."""
        return self._visible(user).select_related("site").filter(pk=row_id(record_id)).first()

    def response(self, outcome: Outcome, values: Values, *, status: HTTPStatus) -> HttpResponse:
        """Return a record as the operation left it, even if it was changed since."""
        record = outcome.record
        if outcome.is_repeat:
            # The history keeps the record's own columns; related rows are read as they are now.
            past = self.module.model.history.filter(id=record.pk, version=record.version)
            item = self.projection.items(past)[0]
        else:
            item = self.projection.item_of(record)
        return self.item_response(item, outcome, values, status=status)

    def item_response(
        self, item: Item, outcome: Outcome, values: Values, *, status: HTTPStatus
    ) -> HttpResponse:
        """Return an item with its warnings, and with its address where it is new."""
        location = f"/api/{self.module.slug}/{item['id']}" if status == CREATED else ""
        warnings = [*outcome.warnings, *moment_warnings(values, outcome.record)]
        return record_response(self.item_key, item, status=status, location=location, warnings=warnings)

    def _visible(self, user: User) -> RecordQuerySet[DailyRecord]:
        visible: RecordQuerySet[DailyRecord] = self.module.model._default_manager.for_user(user)  # type: ignore[attr-defined]
        return visible

    def version(
        self, request: HttpRequest, record_id: str, record: DailyRecord, if_match: str | None
    ) -> int | None:
        """Return the version that the request means to change; None for any."""
        if if_match is None:
            return None
        etag = etag_of(self.item(user_of(request), record_id))
        return matched_version(if_match, etag=etag, version=record.version)

    def _new_form_errors(self, request: HttpRequest, values: Values) -> Iterable[Detail]:
        try:
            site = visible_site(user_of(request), values.pop("site", ""))
        except ApiError:
            return []
        return self.input.form_errors(values, site=site)

    def _change_form_errors(self, request: HttpRequest, values: Values) -> Iterable[Detail]:
        assert request.resolver_match is not None
        try:
            record = self.find(user_of(request), request.resolver_match.kwargs["record_id"])
        except Http404:
            return []
        if record is None:
            return []
        return self.change_input.form_errors(values, site=record.site, record=record)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translate the operation's errors: its fields have other names in JSON."""
        try:
            yield
        except Refused as refused:
            raise api_error_of(
                refused, keys=self.input.keys, identity=self.module.model.identity
            ) from refused


def record_router(records: Records) -> Router:
    """Return the routes of a module."""
    name, of_item = schema_name(records.module), {records.item_key: (records.item_schema, ...)}
    one = make_schema(f"One{name}", ResponseSchema, **of_item)
    warnings = Field(description=_("Sentences about values that are possible but unusual."))
    saved = make_schema(f"Saved{name}", one, warnings=(list[str], warnings))
    router = Router(tags=[records.module.slug], by_alias=True)
    _add_list(router, records)
    _add_create(router, records, saved)
    _add_retrieve(router, records, one)
    _add_update(router, records, saved)
    _add_destroy(router, records)
    return router


def _add_list(router: Router, records: Records) -> None:
    module = records.module
    page = make_schema(
        f"{schema_name(module)}List",
        ResponseSchema,
        **{records.list_key: (list[records.item_schema | Deleted], Field(description=_("The records.")))},  # type: ignore[name-defined]  # made for the module
        next_cursor=(str | None, Field(description=_("The cursor of the next page; null on the last."))),
        changed_until=(int, Field(0, description=_("With changedSince: the next changedSince."))),
        has_more=(
            bool,
            Field(default=False, description=_("With changedSince: whether there are more changes.")),
        ),
    )

    @router.get(
        "",
        response={OK: page, **READ_ERRORS},
        operation_id=f"{module.slug}_list",
        url_name=module.slug,
        summary=_("List: %(records)s") % {"records": module.label_plural},
        description=_(
            "Newest first: by date, then by creation. With changedSince, what changed since then instead,"
            " oldest change first; deleted records as an id."
        ),
    )
    def list_records(request: HttpRequest, query: Query[records.query]) -> HttpResponse:  # type: ignore[name-defined]  # made for the module
        """Return a page of a site's records, or what changed there."""
        site = visible_site(user_of(request), query.site_id)
        if query.changed_since is not None:
            items, until, has_more = records.changes(site, since=query.changed_since, limit=query.limit)
            return json_response(
                {records.list_key: items, "nextCursor": None, "changedUntil": until, "hasMore": has_more}
            )
        items, last = records.page(user_of(request), query, site)
        cursor = None if last is None else make_cursor(last, of=module.slug, site=site)
        return json_response({records.list_key: items, "nextCursor": cursor})


def _add_create(router: Router, records: Records, saved: type[ResponseSchema]) -> None:
    module = records.module

    @router.post(
        "",
        response={CREATED: saved, **WRITE_ERRORS},
        operation_id=f"{module.slug}_create",
        url_name=module.slug,
        summary=_("Create: %(records)s") % {"records": module.label_plural},
        openapi_extra=_created_extra(records),
    )
    def create_record(
        request: HttpRequest,
        body: records.input.schema,  # type: ignore[name-defined]  # made for the module
        key: IdempotencyKey,
    ) -> HttpResponse:
        """Create a record, once for each key."""
        values = body.form_values()
        site_id = values.pop("site")
        # A site on which no value depends is only looked up by the operation.
        if has_moment(values) or not ID.match(str(site_id)):
            site = visible_site(user_of(request), site_id)
        else:
            site = Site(pk=int(str(site_id)))
        form_values = records.input.at_site(values, site)
        by = require_writer_at(request, site)
        with records.errors():
            outcome = operations.create(
                module=module,
                values=form_values,
                site=site,
                by=by,
                source=Source.API,
                key=key,
                confirmed=True,
            )
        return records.response(outcome, values, status=CREATED)


def _add_retrieve(router: Router, records: Records, one: type[ResponseSchema]) -> None:
    module = records.module

    @router.get(
        "/{record_id}",
        response={OK: one, **READ_ERRORS},
        operation_id=f"{module.slug}_retrieve",
        url_name=f"{module.slug}_item",
        summary=_("Retrieve one: %(records)s") % {"records": module.label_plural},
        openapi_extra=header_extra(OK, ETAG),
    )
    def retrieve_record(request: HttpRequest, record_id: RecordId) -> HttpResponse:
        return record_response(records.item_key, records.item(user_of(request), record_id))


def _add_update(router: Router, records: Records, saved: type[ResponseSchema]) -> None:
    module = records.module

    @router.patch(
        "/{record_id}",
        response={OK: saved, **WRITE_ERRORS},
        operation_id=f"{module.slug}_update",
        url_name=f"{module.slug}_item",
        summary=_("Update: %(records)s") % {"records": module.label_plural},
        openapi_extra=header_extra(OK, ETAG),
    )
    def update_record(
        request: HttpRequest,
        record_id: RecordId,
        body: records.change_input.schema,  # type: ignore[name-defined]  # made for the module
        if_match: IfMatch,
    ) -> HttpResponse:
        """Change the fields that are sent."""
        record = records.find(user_of(request), record_id)
        if record is None:
            raise Http404
        values = body.form_values()
        form_values = records.change_input.at_site(values, record.site)
        by = require_writer(request)
        version = records.version(request, record_id, record, if_match)
        with records.errors():
            outcome = operations.update(
                module=module,
                record_id=record.pk,
                values=form_values,
                by=by,
                source=Source.API,
                version=version,
                confirmed=True,
            )
            if version == STALE:
                # The operation allows an outdated version where nothing changes; If-Match does not.
                raise EditConflict(outcome.record)
        return records.response(outcome, values, status=OK)


def _add_destroy(router: Router, records: Records) -> None:
    module = records.module

    @router.delete(
        "/{record_id}",
        response={NO_CONTENT: None, **WRITE_ERRORS},
        operation_id=f"{module.slug}_destroy",
        url_name=f"{module.slug}_item",
        summary=_("Delete: %(records)s") % {"records": module.label_plural},
    )
    def destroy_record(request: HttpRequest, record_id: RecordId, if_match: IfMatch) -> HttpResponse:
        """Delete a record; its history is kept."""
        record = records.find(user_of(request), record_id)
        if record is None:
            raise Http404
        by, version = require_writer(request), records.version(request, record_id, record, if_match)
        with records.errors():
            operations.delete(
                module=module,
                record_id=record.pk,
                by=by,
                source=Source.API,
                version=version,
                confirmed=True,
            )
        return HttpResponse(status=NO_CONTENT)


def _created_extra(records: Records) -> JsonSchema:
    """Return headers, and the routes that take the id of the new record."""
    extra = header_extra(CREATED, {"Location": _("The address of the record."), **ETAG})
    responses = extra["responses"]
    assert isinstance(responses, dict)
    responses[int(CREATED)]["links"] = {
        operation: {
            "operationId": operation,
            "parameters": {"record_id": f"$response.body#/{records.item_key}/id"},
        }
        for operation in (f"{records.module.slug}_{act}" for act in ("retrieve", "update", "destroy"))
    }
    return extra
