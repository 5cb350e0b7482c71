"""The whole API, put together from its rooms' routes."""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI

from api import metrics, people
from api.errors import CallRefused, error_answer
from api.gate import Caller, caller_of, require_readable_body
from api.lists import list_routes
from api.records import routes_of
from api.resources import every_resource


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
    )
    for router in (people.router, metrics.router, list_routes()):
        api.add_router("", router)
    for records in every_resource():
        api.add_router(f"/{records.module.slug}", routes_of(records, records.module.slug))
    _answer_refusals(api)
    return api


def _answer_refusals(api: NinjaAPI) -> None:
    """Say how each refusal is told. What is a mistake of ours goes on to Django, which logs it."""

    @api.exception_handler(CallRefused)
    def refused(request: HttpRequest, refusal: CallRefused) -> HttpResponse:
        return refusal.answer

    @api.exception_handler(Http404)
    def not_there(request: HttpRequest, _error: Http404) -> HttpResponse:
        return error_answer(HTTPStatus.NOT_FOUND)

    @api.exception_handler(PermissionDenied)
    def not_allowed(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return error_answer(HTTPStatus.FORBIDDEN, str(error))

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        raise error
