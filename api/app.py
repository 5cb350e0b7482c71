"""The API as a whole: its routers, its errors, and its description."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from inspect import signature
from typing import Concatenate, override

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from pydantic import Field

from api import metrics, sites
from api.auth import SessionAuth, TokenAuth
from api.records.ledger import Ledger
from api.records.views import Records, record_router
from api.responses import ApiError, Detail, api_error_of, details_of, validation_error
from api.schemas import JsonParser, ResponseSchema, require_no_query, unreadable_body
from inventory.module import STOCK_COUNTS
from records.errors import Refused
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules


class DeskOpsApi(NinjaAPI):
    """Django-ninja's API with what its description lacks."""

    @override
    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, object] | None = None
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for methods in schema["paths"].values():
            # HEAD is requested like GET.
            methods.pop("head", None)
        health = Health.model_json_schema()
        schema["paths"]["/api/health"] = {
            "get": {
                "operationId": "health",
                "tags": ["portal"],
                "summary": _("Whether the portal works"),
                "description": _("Needs no credentials. 503 names the check that fails."),
                "parameters": [],
                "security": [],
                "responses": {
                    status: {
                        "description": status.phrase,
                        "content": {"application/json": {"schema": health}},
                    }
                    for status in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
                },
            }
        }
        return schema


class Health(ResponseSchema):
    status: str = Field(
        description=_("ok where every check is ok."), json_schema_extra={"enum": ["ok", "failing"]}
    )
    checks: dict[str, str] = Field(description=_("ok or failing for each check: the database and others."))


def build_api(namespace: str = "contract") -> DeskOpsApi:
    """Return the API of the installed modules, and of the apps above that have routers of their own."""
    api = DeskOpsApi(
        title="DeskOps",
        version="1",
        description=_(
            "The records of a site, for programs. Tons are metric; dates are the site's operating dates."
        ),
        servers=[{"url": "/"}],
        urls_namespace=namespace,
        openapi_url=None,
        docs_url=None,
        auth=[TokenAuth(), SessionAuth()],
        parser=JsonParser(),
    )
    routers = [("", sites.router), ("", metrics.router), ("", sites.master_data_router())]
    routers += [(f"/{module.slug}", record_router(records_of(module))) for module in modules()]
    routers += [(prefix, import_string(path)) for prefix, path in settings.API_ROUTERS.items()]
    every_route = Router()
    every_route.add_decorator(_refuse_unknown_parameters, mode="operation")
    for prefix, router in routers:
        every_route.add_router(prefix, _with_head(router))
    api.add_router("", every_route)
    _add_exception_handlers(api)
    return api


def records_of(module: RecordModule[DailyRecord]) -> Records:
    """Return what serves a module's records; stock counts are served as rows of the ledger."""
    return Ledger() if module.slug == STOCK_COUNTS.slug else Records(module)


def _with_head(router: Router) -> Router:
    """Let every GET be requested as HEAD."""
    for path_view in router.path_operations.values():
        for operation in path_view.operations:
            if "GET" in operation.methods and "HEAD" not in operation.methods:
                operation.methods.append("HEAD")
    return router


def _refuse_unknown_parameters[**P, R](
    view: Callable[Concatenate[HttpRequest, P], R],
) -> object:
    """Let a route without a query refuse every parameter; a query's schema does so itself."""
    if "query" in signature(view).parameters:
        return view

    @wraps(view)
    def strict_view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R:
        require_no_query(request)
        return view(request, *args, **kwargs)

    return strict_view


def _add_exception_handlers(api: NinjaAPI) -> None:
    """Answer every error in the shape of the contract. Unexpected ones go on to Django, which logs them."""

    @api.exception_handler(ApiError)
    def api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
        return error.response

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return api_error_of(error).response

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return _validation_error(error.errors).response

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        cause = error.__cause__
        return (
            cause.response
            if isinstance(cause, ApiError)
            else ApiError(HTTPStatus(error.status_code)).response
        )

    @api.exception_handler(RequestDataTooBig)
    def too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE).response

    @api.exception_handler(UnreadablePostError)
    def incomplete(request: HttpRequest, _error: UnreadablePostError) -> HttpResponse:
        return unreadable_body(_("The body was not received completely.")).response

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
        return ApiError(HTTPStatus.NOT_FOUND).response

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return ApiError(HTTPStatus.FORBIDDEN, str(error)).response

    @api.exception_handler(Exception)
    def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
        raise error


def _validation_error(errors: list[dict[str, object]]) -> ApiError:
    """Return the error of what pydantic found; a location begins with the kind of the parameter."""
    details: list[Detail] = []
    for error in errors:
        location = error["loc"]
        assert isinstance(location, tuple)
        kind, path = location[0], location[1:]
        if kind == "body" and len(path) == 1:
            return unreadable_body(_("Send a JSON object as the body."))
        # A body's fields come after the name of the view's argument.
        details += details_of([{**error, "loc": path[1:] if kind == "body" else path}])
    return validation_error(details)
