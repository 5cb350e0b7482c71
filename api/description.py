"""The description of the whole API in OpenAPI 3.1: ninja knows the routes, we say what they take and give."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from api.answers import json_answer
from api.building import build_api
from api.described_routes import Route, described_routes
from api.described_things import components
from api.schemas import Schema
from records.models import DailyRecord
from records.modules import RecordModule
from records.registry import modules


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer the description."""
    return json_answer(described())


def described() -> Schema:
    """Return the description of the API of the modules that are installed."""
    return _described(modules())


@cache
def _described(_faces: tuple[RecordModule[DailyRecord], ...]) -> Schema:
    base = build_api().get_openapi_schema(path_prefix="/api/")
    own = described_routes()
    paths: dict[str, dict[str, Schema]] = base["paths"]
    paths["/api/health"] = {
        "get": {"operationId": "health", "tags": ["portal"], "parameters": [], "security": []}
    }
    for (path, method), route in own.items():
        _fill(paths[path][method], route)
    known = components()
    known["securitySchemes"] = base["components"]["securitySchemes"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DeskOps",
            "version": base["info"]["version"],
            "description": _(
                "What a site did, day by day, for programs. Tons are metric; dates are the site's."
            ),
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": known,
    }


def _fill(operation: Schema, route: Route) -> None:
    parameters = operation.get("parameters")
    assert isinstance(parameters, list)
    operation |= route.described
    operation["parameters"] = [*parameters, *route.parameters]
