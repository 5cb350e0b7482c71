"""What is true of everything under /api/: who calls is known first, and every error is JSON."""

from collections.abc import Callable
from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from api.auth import admit, allowance_of
from api.errors import DATABASE_ERROR, error_answer

ROOT = "/api"
FAILURE = "api_failure"


class ApiMiddleware:
    """Let callers in before anything else is said, and put what others answer into JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_ours(request):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_json(response):
            _put_into_json(request, response)
        allowance = allowance_of(request)
        for name, value in allowance.headers.items() if allowance is not None else ():
            response.headers[name] = value
        if response.status_code == HTTPStatus.NO_CONTENT:
            del response.headers["Content-Type"]
        # What one caller gets is nobody else's.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if not _is_ours(request) or not getattr(view, "login_required", True):
            return None
        try:
            return admit(request)
        except DatabaseError:
            setattr(request, FAILURE, DATABASE_ERROR)
            raise

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Remember that it was the database; Django goes on to log and to answer."""
        if _is_ours(request) and isinstance(exception, DatabaseError):
            setattr(request, FAILURE, DATABASE_ERROR)


def _is_ours(request: HttpRequest) -> bool:
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


def _is_json(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")


def _put_into_json(request: HttpRequest, response: HttpResponse) -> None:
    error = error_answer(
        HTTPStatus(response.status_code),
        code=getattr(request, FAILURE, ""),
        request_id=response.headers.get("X-Request-ID", ""),
    )
    response.content = error.content
    response.headers["Content-Type"] = error.headers["Content-Type"]
    for name in ("Content-Encoding", "Content-Length", "ETag"):
        response.headers.pop(name, None)
    response.headers["Content-Length"] = str(len(error.content))
