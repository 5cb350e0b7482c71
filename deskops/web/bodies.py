"""Read the bodies of requests before the application begins, only some of them at once."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

# In a request whose body was not received: the status with which it is answered.
NOT_RECEIVED = "deskops.not_received"
# How long a request waits until its body may be waited for.
SECONDS_TO_BEGIN = 0.25


class _Stream(Protocol):
    read: Callable[[int], bytes]


def with_bodies(application: WSGIApplication) -> WSGIApplication:
    """Return the application, which gets each body but a large file's whole and with its length.

    Bodies are read in at most half of the threads, so that slow senders delay only other senders, never a
    page. The server has no limit for that; nginx passes on whole forms only.
    A body without a length is one of the API's, as .NET and programs that stream send it: Django takes it for
    an empty one. It is read no further than it takes to know that it is too large.
    """
    waiting = threading.BoundedSemaphore(max(settings.WEB_THREADS // 2, 1))

    def with_body(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        most = _bytes_to_read(environ)
        if most == 0:
            return application(environ, start_response)
        if not waiting.acquire(timeout=SECONDS_TO_BEGIN):
            return application(_without_body(environ, HTTPStatus.SERVICE_UNAVAILABLE), start_response)
        try:
            body = _read(environ["wsgi.input"], most)
        finally:
            waiting.release()
        if environ.get("CONTENT_LENGTH") and len(body) < most:
            # The connection broke: the last value of a form may lack digits.
            return application(_without_body(environ, HTTPStatus.BAD_REQUEST), start_response)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return with_body  # type: ignore[return-value]  # it answers what the application answers


def _bytes_to_read(environ: WSGIEnvironment) -> int:
    """Return the most bytes of a body to be read first; 0 leaves it to the application."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if length := environ.get("CONTENT_LENGTH"):
        # A number of thousands of digits is no number to Python.
        number = int(length[:20]) if length.isdecimal() else 0
        return number if number <= limit else 0
    is_in_chunks = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    return limit + 1 if is_in_chunks and environ.get("PATH_INFO", "").startswith("/api/") else 0


def _read(stream: _Stream, most: int) -> bytes:
    parts = []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _without_body(environ: WSGIEnvironment, status: HTTPStatus) -> WSGIEnvironment:
    """Return a request without its body, which is answered with this status."""
    return environ | {"wsgi.input": BytesIO(), "CONTENT_LENGTH": "0", NOT_RECEIVED: status}
