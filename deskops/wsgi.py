"""The portal as a WSGI application, which takes bodies without a length too, and waits for none for long.

.NET and programs that stream send bodies in chunks.
"""

import os
import threading
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from core.db.busy import RETRY_AFTER

# What the web server waits for a body, and until it may wait for one.
SECONDS_OF_A_BODY = 10
SECONDS_TO_BEGIN = 0.1


class _Stream(Protocol):
    read: Callable[[int], bytes]


def with_bodies(application: WSGIApplication) -> WSGIApplication:
    """Return the application, which gets each body but a large file's whole and with its length.

    A body is waited for in half of the threads, for ten seconds: who sends theirs slowly, or never, holds up
    those who send one at that moment, and no page. A body without a length is one of the API's: Django takes
    it for an empty one. It is read no further than it takes to know that it is too large.
    """
    waiting = threading.BoundedSemaphore(max(settings.WEB_THREADS // 2, 1))

    def with_body(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        most = _bytes_to_read(environ)
        if most == 0:
            return application(environ, start_response)
        if not waiting.acquire(timeout=SECONDS_TO_BEGIN):
            return _refuse(start_response, HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            body = _read_in_time(environ["wsgi.input"], most)
        finally:
            waiting.release()
        if body is None:
            return _refuse(start_response, HTTPStatus.REQUEST_TIMEOUT)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return with_body  # type: ignore[return-value]  # it answers what the application answers


def _bytes_to_read(environ: WSGIEnvironment) -> int:
    """Return the most bytes of a body to be read first; 0 leaves it to the application."""
    length = environ.get("CONTENT_LENGTH")
    if length:
        return (
            int(length)
            if length.isdecimal() and int(length[:20]) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            else 0
        )
    is_in_chunks = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    return (
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        if is_in_chunks and environ.get("PATH_INFO", "").startswith("/api/")
        else 0
    )


def _read_in_time(stream: _Stream, most: int) -> bytes | None:
    """Return the body, or None where it did not come in time. The server has no limit of its own for that."""
    parts: list[bytes] = []

    def read() -> None:
        left = most
        while left > 0 and (part := stream.read(left)):
            parts.append(part)
            left -= len(part)

    # It ends with the connection, which the server closes once the request is answered.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(SECONDS_OF_A_BODY)
    return None if reader.is_alive() else b"".join(parts)


def _refuse(start_response: StartResponse, status: HTTPStatus) -> list[bytes]:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("Retry-After", str(RETRY_AFTER)),
        ("Connection", "close"),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return [status.phrase.encode()]


def with_signs_of_life(application: WSGIApplication) -> WSGIApplication:
    """Return the application, which records from its first request on that this machine runs the portal."""
    begun = threading.Lock()

    def announced(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        if begun.acquire(blocking=False):
            # Not above: the settings come first.
            from deskops.machines import announce_from_a_thread  # noqa: PLC0415

            announce_from_a_thread()
        return application(environ, start_response)

    return announced  # type: ignore[return-value]  # it answers what the application answers


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deskops.settings")
os.environ.setdefault("DATABASE_WAIT_SECONDS", "4")

if settings.TRACES_ENDPOINT:
    # Libraries of an optional extra, which add middleware before the application is loaded.
    from deskops.monitoring.tracing import start_tracing

    start_tracing()

application = with_signs_of_life(with_bodies(get_wsgi_application()))
