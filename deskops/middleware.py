"""What is true of every request and answer, whichever view made it."""

import uuid
from collections.abc import Callable
from typing import override

import structlog
from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_structlog.middlewares import RequestMiddleware

from core.db.busy import is_busy
from core.numbers import page_mark
from deskops.error_pages import busy
from deskops.logging import REMOVED

type GetResponse = Callable[[HttpRequest], HttpResponse]

logger = structlog.get_logger(__name__)


class LanguageMiddleware:
    """Set the one language there is: texts are looked up twice as fast where one is set.

    Figures are written as the language does until the page is about a site.

    Django's LocaleMiddleware takes its place once there is one to choose: negotiating has its price.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(settings.LANGUAGE_CODE)
        token = page_mark.set("")
        try:
            return self.get_response(request)
        finally:
            page_mark.reset(token)


class MessagesMiddleware(MessageMiddleware):
    """Keep messages for the next page, except in the API, whose responses contain everything."""

    @override
    def process_request(self, request: HttpRequest) -> None:
        if not _is_of_api(request):
            super().process_request(request)


class VaryOnHtmxMiddleware:
    """Tell caches that a fragment and the page around it are different answers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response


class CompressionMiddleware(GZipMiddleware):
    """Compress answers, but for files that are handed out in parts: those must stay the bytes they are."""

    @override
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.has_header("Accept-Ranges"):
            return response
        return super().process_response(request, response)


class RequestLogMiddleware(RequestMiddleware):
    """Give each request an id for its log lines and its answer (`X-Request-ID`), and log how it ended."""

    @override
    def prepare(self, request: HttpRequest) -> None:
        """Bind the id. Nothing is logged yet: which part of the address is a key is known at the end."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))

    @override
    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            response["X-Request-ID"] = request_id
        super().handle_response(request, response)

    @staticmethod
    @override
    def format_request(request: HttpRequest) -> str:
        """Leave out the query, which may hold what was searched for, and the keys of links."""
        path = request.path
        match = request.resolver_match
        for name, part in match.kwargs.items() if match else ():
            if name in {"key", "token", "signature"}:
                path = path.replace(str(part), REMOVED)
        return f"{request.method} {path}"

    @staticmethod
    @override
    def bind_user_id(request: HttpRequest) -> None:
        """Do nothing: see `process_view`."""

    def process_view(
        self,
        request: HttpRequest,
        view: object,
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> None:
        """Bind who asks, by number alone, where the page asks for a person anyway.

        An open page such as /healthz must not need the database.
        """
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            structlog.contextvars.bind_contextvars(user_id=request.user.pk)


class BusyMiddleware:
    """Answer 503 where the database is locked, read-only or away; what was typed can be sent again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_busy(exception) or _is_of_api(request):
            return None
        logger.warning("database_busy", error=str(exception))
        return busy(request)


class BodyLimitMiddleware:
    """Refuse a body that is larger than any form or file of the portal, before a byte of it is read.

    The API has a lesser limit of its own, and says so after it knows who calls.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > settings.MAX_BODY_BYTES and not _is_of_api(request):
            return HttpResponse(
                _("This is more than the portal takes at once."), "text/plain; charset=utf-8", 413
            )
        return self.get_response(request)


def _is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
