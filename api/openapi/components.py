"""The schemas that have a name in the description: items, bodies, errors."""

from collections.abc import Mapping
from http import HTTPStatus

from django.utils.translation import gettext as _

from api.errors import CODES, DATABASE_ERROR, INTERNAL_ERROR
from api.openapi.schemas import (
    Schema,
    body_schema,
    column_schema,
    item_schema,
    list_of,
    model_schema,
    moment,
    nested_schemas,
    nullable,
    object_of,
    ref,
    tail,
    text,
)
from api.records.input import SITE_KEY
from api.records.names import camel
from api.records.resources import every_resource
from api.records.views import Records
from api.routers.ledger import AMOUNTS, Ledger
from api.routers.master_data import every_list
from inventory.ledger.snapshots import InventorySnapshot
from sites.models import Material, Role, Site

CONFLICTS = ("DUPLICATE_RECORD", "DAY_CLOSED", "EDIT_CONFLICT", "NEGATIVE_STOCK", "EXPORT_NOT_READY")
# What is added up of records, none of which is less than nothing.
FLOWS = ("produced_ton", "received_ton", "consumed_ton", "dispatched_ton", "counted_ton")
NEW_SITE = {"code": 20, "name": 100, "location": 200, "timezone": 64}


def capitalised(key: str) -> str:
    return key[:1].upper() + key[1:]


def thing(records: Records) -> str:
    """Return the name of the schema of a module's items."""
    return capitalised(records.item_key)


def components() -> Schema:
    """Return every schema with a name, and the answer of every refusal."""
    schemas = {
        "Error": _error(),
        "Deleted": _deleted(),
        "Site": model_schema(Site, ("id", "code", "name", "location", "timezone", "created_at")),
        "NewSite": _new_site(),
        "Session": _session(),
        "Metrics": _metrics(),
        "Health": _health(),
        **{list_name(path): model_schema(model) for path, model in every_list().items()},
    }
    for records in every_resource():
        name = thing(records)
        is_ledger = isinstance(records, Ledger)
        schemas[name] = _row_of_the_ledger() if is_ledger else item_schema(records.module)
        schemas[f"New{name}"] = body_schema(records.new_shape, is_new=True)
        schemas[f"{name}Change"] = body_schema(records.shape, is_new=False)
    schemas["SiteWithCounts"] = _site_with_counts(schemas["Site"])
    return {"schemas": schemas, "responses": _refusals()}


def list_name(path: str) -> str:
    """Return the name of the schema of a row of master data: `equipment/machines` gives `Machine`."""
    return every_list()[path].__name__


def _error() -> Schema:
    detail = object_of(
        {
            "field": text(_("Its name in the body or query; empty for the whole of it.")),
            "message": text(_("A sentence for a person.")),
            "code": text(_("A word for a program.")),
        }
    )
    codes = [*CODES.values(), *CONFLICTS, "EXPIRED", DATABASE_ERROR, INTERNAL_ERROR]
    return object_of(
        {
            "error": text(_("A sentence on which a person can act.")),
            "code": text(_("What it is, for a program."), enum=codes),
            "details": list_of(detail, _("What is wrong, field by field.")),
        }
    )


def _deleted() -> Schema:
    return object_of(
        {
            "id": {"type": ["integer", "string"], "description": _("Id of what is gone.")},
            "deleted": {"type": "boolean", "const": True, "description": _("It is gone from this site.")},
        }
    )


def _new_site() -> Schema:
    told = {name: column_schema(Site, name)[1] | {"maxLength": longest} for name, longest in NEW_SITE.items()}
    told["code"] |= {"type": "string", "pattern": "^[A-Z0-9-]{3,20}$"}
    told["name"] |= {"minLength": 1}
    told["location"], told["timezone"] = (
        nullable({**told["location"], "type": "string"}),
        nullable(told["timezone"]),
    )
    return {"type": "object", "properties": told, "required": ["code", "name"], "additionalProperties": False}


def _session() -> Schema:
    site = object_of(
        {
            "id": {"type": "integer", "description": _("Id of the site.")},
            "code": text(_("Its code.")),
            "role": text(_("What you may do there."), enum=[role.value.upper() for role in Role]),
        }
    )
    return object_of(
        {
            "userId": {"type": "integer", "description": _("Your id.")},
            "isAuthenticated": {"type": "boolean", "const": True, "description": _("That you are known.")},
            "timestamp": moment(_("Now.")),
            "email": text(_("Your address.")),
            "name": text(_("Your name.")),
            "isAdmin": {"type": "boolean", "description": _("Whether every site is yours.")},
            "sites": list_of(site, _("Your active sites, by name.")),
        }
    )


def _metrics() -> Schema:
    tons = {
        "totalProductionToday": _("Made of products that can be sold, in t."),
        "receivedMaterialsToday": _("Received, in t."),
        "totalDispatchedToday": _("Dispatched, in t."),
        "currentInventoryStatus": _("In stock at the end of the date, in t."),
    }
    least: Schema = {"minimum": 0}
    changes = ("productionChange", "receivedChange", "dispatchedChange", "inventoryChange")
    than = _("Against the day before, in %.")
    return object_of(
        {
            **{
                key: {"type": "number", "description": told, **(least if key.endswith("Today") else {})}
                for key, told in tons.items()
            },
            **{key: {"type": "number", "description": than} for key in changes},
        }
    )


def _health() -> Schema:
    check = text(_("How it fared."), enum=["ok", "failing"])
    return object_of(
        {
            "status": text(_("Whether every check is ok."), enum=["ok", "failing"]),
            "checks": {
                "type": "object",
                "additionalProperties": check,
                "description": _("What was looked at: the database and more."),
            },
        }
    )


def _row_of_the_ledger() -> Schema:
    amounts = dict(column_schema(InventorySnapshot, name, unit=_("t")) for name in AMOUNTS)
    for name in FLOWS:
        amounts[camel(name)]["minimum"] = 0
    of_the_count = {key: nullable(told) for key, told in tail().items() if key.endswith(("At", "By"))}
    return object_of(
        {
            "id": text(_("Id of the row: it stays the same when the row goes and comes again.")),
            SITE_KEY: {"type": "integer", "description": _("Id of the site.")},
            "date": text(_("Operating date."), format="date"),
            "materialId": {"type": "integer", "description": _("Id of the material.")},
            **amounts,
            "isCalculated": {"type": "boolean", "description": _("False on a day that was counted.")},
            "notes": nullable(text(_("What was noted with the count."))),
            **of_the_count,
            **nested_schemas({"material": Material}),
        }
    )


def _site_with_counts(site: Mapping[str, object]) -> Schema:
    counts = object_of(
        {
            records.list_key: {
                "type": "integer",
                "minimum": 0,
                "description": _("How many: %(records)s.") % {"records": records.module.label_plural},
            }
            for records in every_resource()
        }
    )
    is_active: Schema = {"type": "boolean", "description": _("Whether it takes records.")}
    more = object_of({"isActive": is_active, "_count": counts})
    return {"allOf": [dict(site), more]}


def _refusals() -> dict[str, Schema]:
    """Return an answer for each status of a refusal, under its phrase."""
    statuses = [*CODES, HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.INTERNAL_SERVER_ERROR]
    return {
        _named(status): {
            "description": status.phrase,
            "content": {"application/json": {"schema": ref("Error")}},
        }
        for status in statuses
    }


def refusal(status: HTTPStatus) -> Schema:
    """Return a pointer to the answer of a refusal."""
    return {"$ref": f"#/components/responses/{_named(status)}"}


def _named(status: HTTPStatus) -> str:
    return status.name.title().replace("_", "")
