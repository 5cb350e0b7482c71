"""The portal as a WSGI application, which takes bodies without a length too.

.NET and programs that stream send bodies in chunks.
"""

import os
import threading
from collections.abc import Callable
from io import BytesIO
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application


class _Stream(Protocol):
    read: Callable[[int], bytes]


def with_lengths(application: WSGIApplication) -> WSGIApplication:
    """Return the application with the length of every body that is sent to the API.

    Django takes a body without a length for an empty one. No browser sends such; a program's is read no
    further than it takes to know that it is too large.
    """

    def with_length(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        if _is_in_chunks(environ):
            body = _read(environ["wsgi.input"], settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return with_length  # type: ignore[return-value]  # it answers what the application answers


def _is_in_chunks(environ: WSGIEnvironment) -> bool:
    return (
        not environ.get("CONTENT_LENGTH")
        and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        and environ.get("PATH_INFO", "").startswith("/api/")
    )


def _read(stream: _Stream, most: int) -> bytes:
    parts = []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


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

application = with_signs_of_life(with_lengths(get_wsgi_application()))
