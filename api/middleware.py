"""Authenticate every request under /api/, and turn every error into JSON."""

import sqlite3
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from api.auth import authenticate, rate_limit_of
from api.errors import DATABASE_ERROR, busy_response, error_response

ROOT = "/api"
FAILURE = "api_failure"
BUSY_SQLITE_ERRORS = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_CANTOPEN")
# Of PostgreSQL: no connection, read-only, conflicts with other transactions, too many connections, shut down.
BUSY_SQL_STATES = ("08", "25006", "40001", "40P01", "53300", "55P03", "57P0")

logger = structlog.get_logger(__name__)


class ApiMiddleware:
    """Authenticate before routing errors are answered, and turn the errors of other middleware into JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_api(request):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_json(response):
            _make_json(request, response)
        if (rate_limit := rate_limit_of(request)) is not None:
            for name, value in rate_limit.headers.items():
                response.headers[name] = value
        if response.status_code == HTTPStatus.NO_CONTENT:
            del response.headers["Content-Type"]
        # A response is for one caller only.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if not _is_api(request) or not getattr(view, "login_required", True):
            return None
        try:
            return authenticate(request)
        except DatabaseError as error:
            if (response := self.process_exception(request, error)) is not None:
                return response
            raise

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return 503 where the database is busy; otherwise remember that it failed, and let Django log it."""
        if not _is_api(request) or not isinstance(exception, DatabaseError):
            return None
        if is_busy(exception):
            logger.warning("database_busy", error=str(exception))
            return busy_response()
        setattr(request, FAILURE, DATABASE_ERROR)
        return None


def is_busy(error: DatabaseError) -> bool:
    """Return whether a database is locked, read-only or away, so that the same request may succeed later."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "").startswith(BUSY_SQLITE_ERRORS)
    state = getattr(cause, "sqlstate", "")
    is_unconnected = state is None and isinstance(error, OperationalError)
    return is_unconnected or str(state).startswith(BUSY_SQL_STATES)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


def _is_json(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")


def _make_json(request: HttpRequest, response: HttpResponse) -> None:
    error = error_response(
        HTTPStatus(response.status_code),
        code=getattr(request, FAILURE, ""),
        request_id=response.headers.get("X-Request-ID", ""),
    )
    response.content = error.content
    response.headers["Content-Type"] = error.headers["Content-Type"]
    for name in ("Content-Encoding", "Content-Length", "ETag"):
        response.headers.pop(name, None)
    response.headers["Content-Length"] = str(len(error.content))
