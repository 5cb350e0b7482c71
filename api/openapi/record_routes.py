"""What the routes of a record module take and give."""

from django.utils.translation import gettext as _

from api.openapi.components import thing
from api.openapi.schemas import Schema, column_schema, filter_schema, list_of, object_of, ref, text
from api.openapi.texts import (
    BAD,
    CONFLICT,
    CREATED,
    MISSING,
    NO_CONTENT,
    OK,
    WRITES,
    Route,
    day_parameter,
    parameter,
    site_parameter,
)
from api.records.filters import CURSOR, DEFAULT_LIMIT, FROM, LIMIT, MOST, SINCE, TO
from api.records.views import Records

WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


def record_routes(records: Records) -> dict[tuple[str, str], Route]:
    """Return the five routes of a module under their paths and methods."""
    path = f"/api/{records.module.slug}"
    item = f"{path}/{{record_id}}"
    return {
        (path, "get"): _listed(records),
        (path, "post"): _created(records),
        (item, "get"): _read(records),
        (item, "patch"): _changed(records),
        (item, "delete"): _deleted(records),
    }


def _named(records: Records, sentence: str) -> str:
    return sentence % {"records": records.module.label_plural}


def _warned(records: Records) -> Schema:
    warnings = list_of(text(_("A sentence for a person.")), _("What is possible but odd."))
    return object_of({records.item_key: ref(thing(records)), "warnings": warnings})


def _etag() -> dict[str, str]:
    return {"ETag": _("What names this state; send it back as If-Match.")}


def _if_match() -> Schema:
    return parameter("If-Match", {"type": "string"}, _("The ETag that is to be changed."), place="header")


def _created(records: Records) -> Route:
    key = parameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        _("The same key and body within 24 hours give the first answer again and make nothing."),
        place="header",
    )
    acts = ("read", "changed", "deleted")
    return Route(
        _named(records, _("Enter: %(records)s")),
        {CREATED: _warned(records)},
        parameters=(key,),
        takes=f"New{thing(records)}",
        refuses=(BAD, MISSING, CONFLICT, *WRITES),
        headers={"Location": _("Where it is."), **_etag()},
        leads_to={f"{records.module.slug}_{act}": f"/{records.item_key}/id" for act in acts},
    )


def _read(records: Records) -> Route:
    return Route(
        _named(records, _("Read one: %(records)s")),
        {OK: object_of({records.item_key: ref(thing(records))})},
        refuses=(MISSING,),
        headers=_etag(),
    )


def _changed(records: Records) -> Route:
    return Route(
        _named(records, _("Correct: %(records)s")),
        {OK: _warned(records)},
        parameters=(_if_match(),),
        takes=f"{thing(records)}Change",
        refuses=(BAD, MISSING, CONFLICT, *WRITES),
        headers=_etag(),
    )


def _deleted(records: Records) -> Route:
    return Route(
        _named(records, _("Delete: %(records)s")),
        {NO_CONTENT: None},
        parameters=(_if_match(),),
        refuses=(MISSING, CONFLICT, *WRITES),
    )


def _listed(records: Records) -> Route:
    return Route(
        _named(records, _("List: %(records)s")),
        {OK: _page(records)},
        description=_(
            "Newest first: by date, then by entry. With changedSince, what changed since then instead, oldest"
            " change first, and what is gone as an id that is deleted."
        ),
        parameters=(*_places(), *_filters(records)),
        refuses=(BAD, MISSING),
    )


def _page(records: Records) -> Schema:
    """Return what a list answers; the last two keys where it was asked for what changed."""
    return object_of(
        {
            records.list_key: list_of(
                {"anyOf": [ref(thing(records)), ref("Deleted")]},
                _("The records; with changedSince also what is gone."),
            ),
            "nextCursor": {"type": ["string", "null"], "description": _("Where the next page begins.")},
            "changedUntil": {**WHOLE, "description": _("The changedSince of the next question.")},
            "hasMore": {"type": "boolean", "description": _("Whether more changed already.")},
        },
        optional=("changedUntil", "hasMore"),
    )


def _places() -> tuple[Schema, ...]:
    """Return the parameters that say which part of a list is asked for."""
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    since = _("0 to begin, then the changedUntil of the last answer; with siteId and limit alone.")
    return (
        site_parameter(),
        day_parameter(FROM, _("First operating date.")),
        day_parameter(TO, _("Last operating date.")),
        parameter(LIMIT, limit, _("How many at most.")),
        parameter(CURSOR, {"type": "string", "minLength": 1}, _("The nextCursor of the page before.")),
        parameter(SINCE, WHOLE, since),
    )


def _filters(records: Records) -> tuple[Schema, ...]:
    """Return the parameters by which a module's list is narrowed."""
    return tuple(
        parameter(
            field.key,
            filter_schema(field),
            str(column_schema(records.module.model, field.name)[1]["description"]),
        )
        for field in records.filters
    )
