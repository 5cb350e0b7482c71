"""The whole API, put together from its rooms' routes."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, override

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from api.auth import Caller, caller_of, require_readable_body, writer
from api.errors import CallRefused, Detail, error_answer, refusal_of, unacceptable
from api.records.filters import require_no_query
from api.records.resources import every_resource
from api.records.views import routes_of
from api.request_body import read_object
from api.routers import me, metrics
from api.routers.master_data import list_routes
from records.errors import Refused

READING = ("GET", "HEAD")
# By what name a guest's route asks whether the caller may write.
ASKING = "require_writer"


class Bearer:
    """A token. Whoever comes this far has been let in; what is checked here is the body they bring."""

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __call__(self, request: HttpRequest) -> Caller:
        require_readable_body(request)
        return caller_of(request)


class Browser(Bearer):
    """The session of a browser; what changes anything sends the CSRF token as X-CSRFToken."""

    openapi_security_schema = {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def build_api(namespace: str = "contract") -> NinjaAPI:
    """Return the API of the modules that are installed, and of the rooms that bring routes of their own."""
    api = NinjaAPI(
        title="DeskOps",
        version="1",
        urls_namespace=namespace,
        openapi_url=None,
        docs_url=None,
        auth=[Bearer(), Browser()],
        parser=JsonParser(),
    )
    for router in (me.router, metrics.router, list_routes()):
        api.add_router("", _with_heads(router))
    for records in every_resource():
        api.add_router(f"/{records.module.slug}", _with_heads(routes_of(records, records.module.slug)))
    for prefix, path in settings.API_ROUTERS.items():
        guest = Router()
        guest.add_decorator(_guarded, mode="operation")
        guest.add_router(prefix, _with_heads(import_string(path)))
        api.add_router("", guest)
    _answer_refusals(api)
    return api


def _with_heads(router: Router) -> Router:
    """Let what can be read be asked for without its body."""
    for path_view in router.path_operations.values():
        for operation in path_view.operations:
            if "GET" in operation.methods and "HEAD" not in operation.methods:
                operation.methods.append("HEAD")
    return router


def _guarded[**P](view: Callable[Concatenate[HttpRequest, P], object]) -> object:
    """Let a route that is not ours ask whether the caller may write, and hold it to having asked.

    It asks once it has found what is to be written: what is not the caller's is not there for them.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> object:
        require_no_query(request)
        asked = []
        setattr(request, ASKING, lambda: asked.append(writer(request)))
        answer = view(request, *args, **kwargs)
        if request.method not in READING and not asked:
            raise RuntimeError(f"{view} changes things and never asked whether its caller may.")
        return answer

    return guarded


class JsonParser(Parser):
    """Reads the bodies of routes that are not ours as strictly as ours are read."""

    @override
    def parse_body(self, request: HttpRequest) -> dict[str, object]:
        return read_object(request)


def _answer_refusals(api: NinjaAPI) -> None:
    """Say how each refusal is told. What is a mistake of ours goes on to Django, which logs it."""

    @api.exception_handler(CallRefused)
    def refused(request: HttpRequest, refusal: CallRefused) -> HttpResponse:
        return refusal.answer

    @api.exception_handler(Refused)
    def told(request: HttpRequest, refusal: Refused) -> HttpResponse:
        return refusal_of(refusal).answer

    @api.exception_handler(ValidationError)
    def misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return unacceptable(_detail(wrong) for wrong in error.errors).answer

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        return error_answer(HTTPStatus(error.status_code))

    @api.exception_handler(Http404)
    def not_there(request: HttpRequest, _error: Http404) -> HttpResponse:
        return error_answer(HTTPStatus.NOT_FOUND)

    @api.exception_handler(PermissionDenied)
    def not_allowed(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return error_answer(HTTPStatus.FORBIDDEN, str(error))

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        raise error


def _detail(wrong: Mapping[str, object]) -> Detail:
    """Return what pydantic finds wrong; where it stands begins with the kind and name of the parameter."""
    place, context = wrong["loc"], wrong.get("ctx")
    assert isinstance(place, tuple)
    error = context.get("error") if isinstance(context, dict) else None
    return Detail(
        field=".".join(str(step) for step in place[2:3]),
        message=str(error or wrong["msg"]),
        code=str(wrong["type"]),
    )
