"""The portal as a WSGI application."""

import gc
import os
import threading
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from deskops.web.bodies import with_bodies


def with_signs_of_life(application: WSGIApplication) -> WSGIApplication:
    """Return the application, which records from its first request on that this machine runs the portal."""
    begun = threading.Lock()

    def announced(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        if begun.acquire(blocking=False):
            # Not above: the settings come first.
            from deskops.hosts import announce_from_a_thread  # noqa: PLC0415

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

# All modules are loaded before the first request. Garbage collections pass over them, since they stay:
# otherwise some request would take a tenth of a second longer.
get_resolver().url_patterns  # noqa: B018  # a property that loads them
gc.collect()
gc.freeze()
