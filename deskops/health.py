"""Whether the portal can do its work: the database, its migrations, the worker."""

import datetime as dt
import functools

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

logger = structlog.get_logger(__name__)

WORKER_SEEN = "worker-seen"


def worker_seen() -> None:
    """Leave the worker's sign of life where every process of the portal sees it."""
    cache.set(WORKER_SEEN, timezone.now().timestamp(), timeout=settings.WORKER_SILENCE_SECONDS * 2)


def worker_is_alive() -> bool:
    """Say whether any worker gave a sign of life in the last `WORKER_SILENCE_SECONDS`."""
    seen = cache.get(WORKER_SEEN)
    if not isinstance(seen, float):
        return False
    silence = timezone.now() - dt.datetime.fromtimestamp(seen, tz=dt.UTC)
    return silence.total_seconds() <= settings.WORKER_SILENCE_SECONDS


@functools.cache
def _latest_migrations() -> frozenset[tuple[str, str]]:
    """Read each app's last migration from disk, once per process: code does not change under it."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def migrations_are_applied() -> bool:
    """Say whether the database has the last migration of every app."""
    return _latest_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


@login_not_required
@csrf_exempt
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while all is well and 503 otherwise, naming what is missing and nothing else.

    It changes nothing, so another method is told so (405) and not asked for its proof of origin.
    """
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        checks["migrations"] = migrations_are_applied()
        checks["database"] = True
        checks["worker"] = worker_is_alive()
    except Exception:
        # Whatever a database or a cache that is away raises: that it is away is the answer.
        logger.exception("health_check_failed")
    healthy = all(checks.values())
    return JsonResponse(
        {
            "status": "ok" if healthy else "failing",
            "checks": {name: "ok" if passed else "failing" for name, passed in checks.items()},
        },
        status=200 if healthy else 503,
    )
