"""Figures for Prometheus at /metrics: what the web server counted, and what the database and cache know.

`manage.py serve` gives its web processes one directory for their counters (PROMETHEUS_MULTIPROC_DIR), so that
each scrape has the sums of all of them, whichever process answers. The rest is read at each scrape.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import override

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.signals import user_login_failed
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Min
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core.jobs.runner import runners
from dashboard.closing.reminders import days_not_submitted
from deskops.models import BackupRun
from deskops.monitoring.health import worker_is_alive
from gate.models import OpenLoad
from imports.models import WatchedPlace

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Of the working days that were not submitted, the month shows the older ones.
DAYS_BACK = 7

REQUEST_SECONDS = Histogram(
    "deskops_request_duration_seconds", "Seconds until a view answered.", ["view", "method"], buckets=BUCKETS
)
RESPONSES = Counter("deskops_responses", "Responses by view and status.", ["view", "status"])
IN_PROGRESS = Gauge("deskops_requests_in_progress", "Requests being answered.", multiprocess_mode="livesum")
REFUSED = Counter("deskops_requests_refused", "Requests refused since too many of one person were running.")
SIGN_IN_FAILURES = Counter("deskops_sign_in_failures", "Wrong e-mail addresses or passwords.")
POOL_IN_USE = Gauge(
    "deskops_database_pool_connections_in_use",
    "Connections to PostgreSQL that requests hold, at the last begin or end of a request.",
    multiprocess_mode="livesum",
)
POOL_WAITING = Gauge(
    "deskops_database_pool_requests_waiting",
    "Requests that wait for a connection, at the last begin or end of a request.",
    multiprocess_mode="livesum",
)
STARTED = "deskops_started"


def request_began(request: HttpRequest) -> None:
    """Start the clock of a request."""
    # Not in META: allauth exchanges that for the one of a request that it resumes.
    setattr(request, STARTED, time.perf_counter())
    IN_PROGRESS.inc()


def seconds_of(request: HttpRequest) -> float:
    """Return the seconds since a request began; 0 where it failed before its clock was started."""
    now = time.perf_counter()
    started: float = getattr(request, STARTED, now)
    return now - started


def request_answered(request: HttpRequest, status: int) -> None:
    """Count a request that is answered."""
    view = request.resolver_match.view_name if request.resolver_match else "unknown"
    REQUEST_SECONDS.labels(view, request.method).observe(seconds_of(request))
    RESPONSES.labels(view, status).inc()
    IN_PROGRESS.dec()


@receiver([request_started, request_finished])
def look_at_pool(**_signal: object) -> None:
    """Note how much of this process's pool is in use."""
    if connection.vendor == "postgresql" and (pool := connection.pool):  # type: ignore[attr-defined]  # PostgreSQL's
        stats = pool.get_stats()
        POOL_IN_USE.set(stats.get("pool_size", 0) - stats.get("pool_available", 0))
        POOL_WAITING.set(stats.get("requests_waiting", 0))


@receiver(user_login_failed)
def count_sign_in_failure(**_signal: object) -> None:
    SIGN_IN_FAILURES.inc()


class StateCollector(Collector):
    """Gauges that are read at each scrape. While the database is away, only that is reported."""

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield gauge("deskops_build_info", "The version that runs.", {(settings.VERSION,): 1}, ["version"])
        try:
            state = [*jobs(), *closing(), *arrivals(), *upkeep()]
        except (DatabaseError, InterfaceError):
            state = []
        yield gauge("deskops_database_up", "Whether the database answers.", {(): bool(state)})
        yield from state


def gauge(
    name: str, meaning: str, values: dict[tuple[str, ...], float], labels: list[str] | None = None
) -> GaugeMetricFamily:
    """Return a gauge with its values by their labels."""
    family = GaugeMetricFamily(name, meaning, labels=labels or [])
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def jobs() -> Iterator[GaugeMetricFamily]:
    """Yield how many jobs of each kind there are, and how long the oldest has been waiting for a worker."""
    by_status: dict[tuple[str, ...], float] = {}
    waiting: dict[tuple[str, ...], float] = {}
    oldest: dict[tuple[str, ...], float] = {}
    now = timezone.now()
    for runner in runners():
        kind = runner.model._meta.model_name or ""
        for status, count in runner.jobs.order_by().values_list("status").annotate(Count("pk")):
            by_status[kind, status] = count
        queued = runner.jobs.active().filter(worker="").aggregate(count=Count("pk"), first=Min("queued_at"))
        waiting[kind,] = queued["count"]
        oldest[kind,] = max((now - (queued["first"] or now)).total_seconds(), 0)
    yield gauge("deskops_jobs", "Background jobs by kind and status.", by_status, ["kind", "status"])
    yield gauge("deskops_jobs_waiting", "Jobs that wait for a worker.", waiting, ["kind"])
    yield gauge("deskops_jobs_oldest_waiting_seconds", "How long the oldest waits.", oldest, ["kind"])


def closing() -> Iterator[GaugeMetricFamily]:
    """Yield how many working days of each site are past their cut-off and not submitted."""
    count: dict[tuple[str, ...], float] = {}
    for site, _date, _cut_off in days_not_submitted(timezone.now(), days_back=DAYS_BACK):
        count[site.code,] = count.get((site.code,), 0) + 1
    meaning = f"Working days of the last {DAYS_BACK} past their cut-off and not submitted."
    yield gauge("deskops_days_not_submitted", meaning, count, ["site"])


def arrivals() -> Iterator[GaugeMetricFamily]:
    """Yield how many lorries are on each site, and which watched places could not be read."""
    lorries = OpenLoad.objects.order_by().values_list("site__code").annotate(Count("pk"))
    yield gauge("deskops_open_loads", "Lorries on site.", {(code,): n for code, n in lorries}, ["site"])
    places = WatchedPlace.objects.filter(is_active=True).values_list("name", "error")
    failing: dict[tuple[str, ...], float] = {(name,): bool(error) for name, error in places}
    yield gauge("deskops_watched_place_failing", "Whether a watched place has an error.", failing, ["place"])


def upkeep() -> Iterator[GaugeMetricFamily]:
    """Yield whether a worker runs and when the last finished backup was begun, 0 for never."""
    last = BackupRun.objects.latest_finished()
    moment = last.started_at.timestamp() if last else 0
    yield gauge("deskops_worker_up", "Whether a worker gave a sign of life.", {(): worker_is_alive()})
    yield gauge("deskops_last_backup_timestamp_seconds", "When the last backup was begun.", {(): moment})


def registry() -> CollectorRegistry:
    """Return what this scrape reports: the counters of all web processes, and the state."""
    found = CollectorRegistry()
    found.register(StateCollector())
    if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        forget_ended_processes(Path(directory))
        MultiProcessCollector(found, directory)  # type: ignore[no-untyped-call]  # of the library
    else:
        found.register(REGISTRY)
    return found


def forget_ended_processes(directory: Path) -> None:
    """Delete the gauges of web processes that have ended; what they counted stays."""
    for path in directory.glob("gauge_live*_*.db"):
        try:
            os.kill(int(path.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)


@login_not_required
@csrf_exempt
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer what Prometheus collects, to who brings METRICS_TOKEN; 404 where none is set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    credentials = request.headers.get("Authorization", "")
    if not constant_time_compare(credentials, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
