"""The description of the whole API in OpenAPI 3.1: ninja knows the routes, we say what they take and give."""

from functools import cache
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from api.app import build_api
from api.errors import CallRefused
from api.openapi.components import components, refusal
from api.openapi.routes import described_routes
from api.openapi.schemas import Schema
from api.openapi.texts import ALWAYS, BAD, CONFLICT, MISSING, WRITES, Route
from api.records.filters import require_no_query
from api.responses import json_answer
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules

REFUSALS = (BAD, MISSING, CONFLICT, HTTPStatus.GONE, *WRITES, *ALWAYS)


@csrf_exempt
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer the description."""
    try:
        require_no_query(request)
    except CallRefused as refused:
        return refused.answer
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
    for path, methods in paths.items():
        # It is asked for as GET is.
        methods.pop("head", None)
        for method, operation in methods.items():
            route = own.get((path, method))
            if route is not None:
                _fill(operation, route)
            else:
                _refuse(operation)
    known = components()
    known["schemas"] = base["components"]["schemas"] | known["schemas"]
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
    for named in parameters:
        named["description"] = _("Its id, as an answer told it.")
    operation["parameters"] = [*parameters, *route.parameters]


def _refuse(operation: Schema) -> None:
    """Say of a route that another room brought how it may be refused, also in ways of its own."""
    answers = operation["responses"]
    assert isinstance(answers, dict)
    told = {HTTPStatus(int(status)): answer for status, answer in answers.items()}
    refused = {*REFUSALS, *(status for status in told if status >= HTTPStatus.BAD_REQUEST)}
    told |= {status: refusal(status) for status in sorted(refused)}
    operation["responses"] = {str(int(status)): answer for status, answer in told.items()}
