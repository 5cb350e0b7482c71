"""What each route takes and gives, in the words of OpenAPI."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from django.utils.translation import gettext as _

from api.described_things import list_name, refusal, thing
from api.lists import every_list, is_of_a_site
from api.queries import CURSOR, DEFAULT_LIMIT, FROM, LIMIT, MOST, SINCE, TO
from api.records import Records
from api.resources import every_resource
from api.schemas import Schema, column_schema, filter_schema, object_of, ref, text
from api.shapes import SITE_KEY

ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR)
WRITES = (HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
BAD, MISSING, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT


@dataclass(frozen=True)
class Route:
    """What is told of an operation beside its address."""

    summary: str
    gives: Mapping[HTTPStatus, Schema | None]
    description: str = ""
    parameters: tuple[Schema, ...] = ()
    takes: str = ""
    refuses: Iterable[HTTPStatus] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    # What may be asked next, by operation, and where its id stands in the answer.
    leads_to: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False

    @property
    def described(self) -> Schema:
        refused = (*self.refuses, *(() if self.is_open else ALWAYS))
        answers: Schema = {
            str(int(status)): self._given(status, schema) for status, schema in self.gives.items()
        }
        answers |= {str(int(status)): refusal(status) for status in sorted(refused)}
        told: Schema = {"summary": self.summary, "responses": answers}
        if self.description:
            told["description"] = self.description
        if self.takes:
            content = {"application/json": {"schema": ref(self.takes)}}
            told["requestBody"] = {"required": True, "content": content}
        return told

    def _given(self, status: HTTPStatus, schema: Schema | None) -> Schema:
        given: Schema = {"description": status.phrase}
        if schema is not None:
            given["content"] = {"application/json": {"schema": schema}}
        if self.leads_to:
            given["links"] = {
                operation: {
                    "operationId": operation,
                    "parameters": {"record_id": f"$response.body#{pointer}"},
                }
                for operation, pointer in self.leads_to.items()
            }
        if self.headers:
            given["headers"] = {
                name: {"description": told, "schema": {"type": "string"}}
                for name, told in self.headers.items()
            }
        return given


def described_routes() -> dict[tuple[str, str], Route]:
    """Return every route under its path and method."""
    routes = {**_people(), **_lists(), **_figures()}
    for records in every_resource():
        routes |= _records(records)
    return routes


def parameter(
    name: str, schema: Schema, description: str, *, place: str = "query", required: bool = False
) -> Schema:
    """Return a parameter of a route."""
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


def _site(*, required: bool = True) -> Schema:
    return parameter(SITE_KEY, {"type": "string", "minLength": 1}, _("Id of the site."), required=required)


def _day(name: str, description: str) -> Schema:
    return parameter(name, {"type": "string", "format": "date"}, description)


def _people() -> dict[tuple[str, str], Route]:
    return {
        ("/api/health", "get"): Route(
            _("Whether the portal can do its work"),
            {OK: ref("Health"), HTTPStatus.SERVICE_UNAVAILABLE: ref("Health")},
            description=_("Open to all. 503 names the check that fails."),
            is_open=True,
        ),
        ("/api/auth/session", "get"): Route(_("Who calls"), {OK: ref("Session")}, refuses=(BAD,)),
        ("/api/sites", "get"): Route(
            _("Your active sites, by name"),
            {OK: object_of({"sites": {"type": "array", "items": ref("Site")}})},
            refuses=(BAD,),
        ),
        ("/api/sites", "post"): Route(
            _("Make a site, as an admin"),
            {CREATED: object_of({"site": ref("Site")})},
            takes="NewSite",
            refuses=(BAD, CONFLICT, *WRITES),
            headers={"Location": _("Where the site is."), "ETag": _("What names its state.")},
        ),
        ("/api/sites/{site_id}", "get"): Route(
            _("One site, and how much was recorded there"),
            {OK: object_of({"site": ref("SiteWithCounts")})},
            refuses=(BAD, MISSING),
            headers={"ETag": _("What names its state.")},
        ),
    }


def _lists() -> dict[tuple[str, str], Route]:
    routes = {}
    for path, model in every_list().items():
        rows: Schema = {"type": "array", "items": ref(list_name(path))}
        of_a_site = is_of_a_site(model)
        routes[f"/api/{path}", "get"] = Route(
            _("Active %(things)s, in the order of lists") % {"things": model._meta.verbose_name_plural},
            {OK: object_of({path.rpartition("/")[2]: rows})},
            parameters=(_site(),) if of_a_site else (),
            refuses=(BAD, MISSING) if of_a_site else (BAD,),
        )
    return routes


def _figures() -> dict[tuple[str, str], Route]:
    figures: dict[str, Schema] = {
        "metrics": ref("Metrics"),
        "date": text(format="date"),
        SITE_KEY: {"type": "integer"},
    }
    return {
        ("/api/dashboard/metrics", "get"): Route(
            _("A site's day in figures"),
            {OK: object_of(figures)},
            parameters=(_site(), _day("date", _("Operating date; without, the site's today."))),
            refuses=(BAD, MISSING),
        ),
    }


def _records(records: Records) -> dict[tuple[str, str], Route]:
    path, name = f"/api/{records.module.slug}", thing(records)
    label = str(records.module.label_plural)
    one = object_of({records.item_key: ref(name)})
    warned = object_of(
        {
            records.item_key: ref(name),
            "warnings": {"type": "array", "items": text(_("What is possible but odd."))},
        }
    )
    etag = {"ETag": _("What names this state; send it back as If-Match.")}
    if_match = parameter("If-Match", {"type": "string"}, _("The ETag that is to be changed."), place="header")
    key = parameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        _("The same key and body within 24 hours give the first answer again and make nothing."),
        place="header",
    )
    return {
        (path, "get"): _list_route(records, name, label),
        (path, "post"): Route(
            _("Enter: %(records)s") % {"records": label},
            {CREATED: warned},
            parameters=(key,),
            takes=f"New{name}",
            refuses=(BAD, MISSING, CONFLICT, *WRITES),
            headers={"Location": _("Where it is."), **etag},
            leads_to={
                f"{records.module.slug}_{act}": f"/{records.item_key}/id"
                for act in ("read", "changed", "deleted")
            },
        ),
        (f"{path}/{{record_id}}", "get"): Route(
            _("Read one: %(records)s") % {"records": label}, {OK: one}, refuses=(MISSING,), headers=etag
        ),
        (f"{path}/{{record_id}}", "patch"): Route(
            _("Correct: %(records)s") % {"records": label},
            {OK: warned},
            parameters=(if_match,),
            takes=f"{name}Change",
            refuses=(BAD, MISSING, CONFLICT, *WRITES),
            headers=etag,
        ),
        (f"{path}/{{record_id}}", "delete"): Route(
            _("Delete: %(records)s") % {"records": label},
            {NO_CONTENT: None},
            parameters=(if_match,),
            refuses=(MISSING, CONFLICT, *WRITES),
        ),
    }


def _list_route(records: Records, name: str, label: str) -> Route:
    filters = tuple(
        parameter(
            field.key,
            filter_schema(field),
            str(column_schema(records.module.model, field.name)[1]["description"]),
        )
        for field in records.filters
    )
    whole: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    items: Schema = {"type": "array", "items": {"anyOf": [ref(name), ref("Deleted")]}}
    page = object_of(
        {
            records.list_key: items,
            "nextCursor": {"type": ["string", "null"], "description": _("Where the next page begins.")},
            "changedUntil": {**whole, "description": _("The changedSince of the next question.")},
            "hasMore": {"type": "boolean", "description": _("Whether more changed already.")},
        },
        optional=("changedUntil", "hasMore"),
    )
    return Route(
        _("List: %(records)s") % {"records": label},
        {OK: page},
        description=_(
            "Newest first: by date, then by entry. With changedSince, what changed since then instead, oldest"
            " change first, and what is gone as an id that is deleted."
        ),
        parameters=(
            _site(),
            _day(FROM, _("First operating date.")),
            _day(TO, _("Last operating date.")),
            parameter(
                LIMIT,
                {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
                _("How many at most."),
            ),
            parameter(CURSOR, {"type": "string", "minLength": 1}, _("The nextCursor of the page before.")),
            parameter(
                SINCE,
                whole,
                _("0 to begin, then the changedUntil of the last answer; with siteId and limit alone."),
            ),
            *filters,
        ),
        refuses=(BAD, MISSING),
    )
