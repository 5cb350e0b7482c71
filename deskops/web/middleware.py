"""What is true of every request and answer, whichever view made it."""

import secrets
import threading
import uuid
import weakref
from collections.abc import Callable
from functools import partial
from gzip import GzipFile
from http import HTTPStatus
from io import BytesIO
from typing import override

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.middleware.http import ConditionalGetMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_structlog.middlewares import RequestMiddleware

from api.responses import busy_response
from core.db.busy import RETRY_AFTER, is_busy
from core.files import StorageUnavailableError
from core.numbers import page_mark
from deskops.monitoring.logging import REMOVED
from deskops.monitoring.metrics import REFUSED, request_answered, request_began, seconds_of
from deskops.web.bodies import NOT_RECEIVED
from deskops.web.error_pages import bad_request, busy, too_many_requests
from sites.accounts.sessions import SessionStore

type GetResponse = Callable[[HttpRequest], HttpResponse]

logger = structlog.get_logger(__name__)

# How long a read waits for others of the same session or token.
SHARE_WAIT_SECONDS = 15
# A page sends up to so many requests at once (a browser over HTTP/1.1: six): none of them may be refused.
MOST_OF_A_PAGE = 8
# Reads of one session or token that are worked on at once, with few threads too: a slow list leaves one free.
LEAST_READING = 2


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


class MessageCookie(CookieStorage):
    """Django's cookie of messages, with the prefix of the other cookies."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class MessageStorage(FallbackStorage):
    storage_classes = (MessageCookie, SessionStorage)


class MessagesMiddleware(MessageMiddleware):
    """Keep messages for the next page, except in the API, whose responses contain everything."""

    @override
    def process_request(self, request: HttpRequest) -> None:
        if not _is_of_api(request):
            super().process_request(request)


class ResponseHeadersMiddleware:
    """Tell caches that a fragment and the page around it differ, and browsers what no page ever uses."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


class CompressionMiddleware(GZipMiddleware):
    """Compress answers, but for files that are handed out in parts: those must stay the bytes they are.

    The level takes a third of the time of Django's, and pages become a fourth larger.
    """

    level = 3
    least_bytes = 200

    @override
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.has_header("Accept-Ranges"):
            return response
        accepted = request.headers.get("Accept-Encoding", "")
        if (
            isinstance(response, HttpResponse)
            and not response.has_header("Content-Encoding")
            and len(response.content) >= self.least_bytes
            and re_accepts_gzip.search(accepted)
        ):
            compressed = self._compressed(response.content)
            if len(compressed) < len(response.content):
                response.content = compressed
                response["Content-Length"] = str(len(compressed))
                response["Content-Encoding"] = "gzip"
                if response.get("ETag", "").startswith('"'):
                    response["ETag"] = f"W/{response['ETag']}"
                patch_vary_headers(response, ("Accept-Encoding",))
                return response
        return super().process_response(request, response)

    def _compressed(self, content: bytes) -> bytes:
        """Return a gzip file whose name has a random length, so that its size reveals no secret of a page."""
        file = BytesIO()
        name = secrets.token_hex(1 + secrets.randbelow(self.max_random_bytes // 2))
        with GzipFile(name, "wb", self.level, file, mtime=0) as compressed:
            compressed.write(content)
        return file.getvalue()


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Give responses an ETag of their content, but for pages with a CSRF token, which is new each time."""

    @override
    def needs_etag(self, response: HttpResponseBase) -> bool:
        return settings.CSRF_COOKIE_NAME not in response.cookies and super().needs_etag(response)


class RequestLogMiddleware(RequestMiddleware):
    """Give each request an id for its log lines and its answer (`X-Request-ID`), and log how it ended."""

    @override
    def prepare(self, request: HttpRequest) -> None:
        """Bind the id. Nothing is logged yet: which part of the address is a key is known at the end."""
        request_began(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))

    @override
    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            response["X-Request-ID"] = request_id
        self._bind_duration(request)
        super().handle_response(request, response)
        request_answered(request, response.status_code)

    @override
    def process_got_request_exception(
        self, sender: type[object], request: HttpRequest, **kwargs: object
    ) -> None:
        """Log an error that nobody caught."""
        self._bind_duration(request)
        super().process_got_request_exception(sender, request, **kwargs)

    @staticmethod
    def _bind_duration(request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(duration_ms=round(seconds_of(request) * 1000, 1))

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
    """Answer 503 where the database is locked, read-only or away, or the storage of files; what was typed can
    be sent again.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if _is_of_api(request):
            return None
        if isinstance(exception, StorageUnavailableError):
            logger.warning("storage_unavailable", exc_info=exception)
            return busy(request, reason=exception.message)
        if not is_busy(exception):
            return None
        logger.warning("database_busy", error=str(exception))
        return busy(request)


class _Share:
    """What one session or token has of this process at the moment."""

    def __init__(self) -> None:
        self.reading = threading.BoundedSemaphore(max(settings.WEB_THREADS // 4, LEAST_READING))
        self.in_flight = 0
        self.uploads = 0


class FairShareMiddleware:
    """Keep one session or token from taking every thread of this process.

    Two threads are left to others, where there are ten or more: what exceeds that is answered at once by 429.
    With fewer threads nothing is refused but uploads, since a page of ours may need all of them. A quarter of
    the threads works on reads in flight, and the rest wait, since they would only slow each other and
    everybody else. One body of more than a megabyte is received at a time. All of it is counted in the
    process, before the database is used.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key is None:
            return self.get_response(request)
        is_upload = _body_length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        with self._lock:
            share = self._shares.setdefault(key, _Share())
            if share.in_flight >= max(settings.WEB_THREADS - 2, MOST_OF_A_PAGE) or (
                is_upload and share.uploads
            ):
                return self._refuse(request, is_upload=is_upload)
            share.in_flight += 1
            share.uploads += is_upload
        end = partial(self._end, key, share, is_upload=is_upload)
        if request.method not in {"GET", "HEAD"}:
            # Writes queue for their site's lock already.
            response = self.get_response(request)
        elif share.reading.acquire(timeout=SHARE_WAIT_SECONDS):
            try:
                response = self.get_response(request)
            finally:
                share.reading.release()
        else:
            response = self._refuse(request, is_upload=is_upload)
        if isinstance(response, StreamingHttpResponse):
            # A download holds its thread until its last byte.
            closers = response._resource_closers  # type: ignore[attr-defined]  # noqa: SLF001  # as Django does
            closers.append(weakref.finalize(response, end))
        else:
            end()
        return response

    def _refuse(self, request: HttpRequest, *, is_upload: bool) -> HttpResponse:
        REFUSED.inc()
        if _is_of_api(request):
            return HttpResponse(status=429, headers={"Retry-After": str(RETRY_AFTER)})
        return too_many_requests(request, is_upload=is_upload)

    def _end(self, key: str, share: _Share, *, is_upload: bool) -> None:
        with self._lock:
            share.in_flight -= 1
            share.uploads -= is_upload
            if not share.in_flight:
                self._shares.pop(key, None)


class BodyLimitMiddleware:
    """Refuse a body that was not received, or is larger than the portal takes, before a byte of it is read.

    Of strangers it takes forms, no files. The API has a lesser limit of its own, and says so after it knows
    who calls.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (status := request.META.get(NOT_RECEIVED)) is not None:
            return _not_received(request, status)
        length = _body_length(request)
        if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE or _is_of_api(request):
            return self.get_response(request)
        if length > settings.MAX_BODY_BYTES:
            return _refuse_body(_("This is more than the portal takes at once."))
        if SESSION_KEY in SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            return self.get_response(request)
        return _refuse_body(_("You are signed out. Sign in, then send the file again."))


def _not_received(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Answer a request whose body broke off, or came while too many others were being received."""
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return busy_response() if _is_of_api(request) else busy(request, reads_form=False)
    return bad_request(request)


def _refuse_body(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, "text/plain; charset=utf-8", 413)


def _body_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
