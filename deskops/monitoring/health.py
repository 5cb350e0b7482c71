"""Whether the portal can do its work: the database, its migrations, cache, storage and the worker."""

import datetime as dt
import functools
import os
from collections.abc import Callable, Collection
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import DEFAULT_CACHE_ALIAS, cache, caches
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from core.cache import RedisOrDatabaseCache
from core.files import RemoteStorage
from sites.models import User

logger = structlog.get_logger(__name__)

WORKER_SEEN = "worker-seen"
# The storages that a page may need at any moment.
STORAGES = ("exports", "imports", "loads")


def worker_seen() -> None:
    """Record the worker's sign of life where every process of the portal sees it."""
    cache.set(WORKER_SEEN, timezone.now().timestamp(), timeout=settings.WORKER_SILENCE_SECONDS * 2)


def worker_is_alive() -> bool:
    """Return whether any worker gave a sign of life in the last `WORKER_SILENCE_SECONDS`."""
    seen = cache.get(WORKER_SEEN)
    if not isinstance(seen, float):
        return False
    silence = timezone.now() - dt.datetime.fromtimestamp(seen, tz=dt.UTC)
    # A sign of life from the future was given before the clock was set back.
    return abs(silence.total_seconds()) <= settings.WORKER_SILENCE_SECONDS


@functools.cache
def _latest_migrations() -> frozenset[tuple[str, str]]:
    """Read each app's last migration from disk, once per process: code does not change under it."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def database_answers() -> bool:
    """Return whether the database answers a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def database_accepts_writes() -> bool:
    """Return whether the database can be written to: it is not read-only, and its disk is not full."""
    User.objects.filter(pk=0).update(name="")
    return True


def migrations_are_applied() -> bool:
    """Return whether the database has the last migration of every app."""
    return _latest_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


def cache_answers() -> bool:
    """Return whether the shared cache can be read; that the database stands in for Redis is not enough."""
    backend = caches[DEFAULT_CACHE_ALIAS]
    if isinstance(backend, RedisOrDatabaseCache):
        backend.ping()
    cache.get(WORKER_SEEN)
    return True


def storage_is_reachable() -> bool:
    """Return whether the files of exports, imports and loads can be written, or their bucket answers."""
    for alias in STORAGES:
        storage = storages[alias]
        if isinstance(storage, RemoteStorage):
            storage.check()
            continue
        assert isinstance(storage, FileSystemStorage)
        # The directory is created with the first file.
        directory = Path(storage.location)
        while not directory.exists():
            directory = directory.parent
        if not os.access(directory, os.W_OK | os.X_OK):
            return False
    return True


def passes(name: str, check: Callable[[], bool]) -> bool:
    """Return whether a check passes; one that raises has failed, and the log says why."""
    try:
        return check()
    except Exception:
        # A database, a cache and a bucket each raise errors of their own when they are away.
        logger.exception("health_check_failed", check=name)
        return False


def report(
    checks: dict[str, Callable[[], bool]], *, lesser: Collection[str] = (), **facts: str
) -> JsonResponse:
    """Answer 200 where the checks pass and 503 otherwise, with each check by name.

    The portal still serves pages where a lesser check fails: the status is degraded, and the answer 200.
    """
    results = {"database": passes("database", database_answers)}
    for name, check in checks.items():
        # Each of them may need the database: without it they would only wait for it, one after the other.
        results[name] = results["database"] and passes(name, check)
    failing = {name for name, result in results.items() if not result}
    serves = failing <= set(lesser)
    return JsonResponse(
        {
            "status": ("degraded" if failing else "ok") if serves else "failing",
            **facts,
            "checks": {name: "ok" if result else "failing" for name, result in results.items()},
        },
        status=200 if serves else 503,
    )


# The three views change nothing, so a POST gets 405 instead of an error about the CSRF token.


@login_not_required
@csrf_exempt
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer whether the whole portal works: database, migrations and a worker."""
    return report({"migrations": migrations_are_applied, "worker": worker_is_alive})


@login_not_required
@csrf_exempt
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether this process can serve pages, and which version it is."""
    return report(
        {
            "migrations": migrations_are_applied,
            "writes": database_accepts_writes,
            "cache": cache_answers,
            "storage": storage_is_reachable,
        },
        lesser=("writes", "cache"),
        version=settings.VERSION,
    )


@login_not_required
@csrf_exempt
@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """Answer that this process runs, whatever the database does: a restart would not help it."""
    return JsonResponse({"status": "ok"})
