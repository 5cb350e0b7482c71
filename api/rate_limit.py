"""The rate limit: requests of a caller in a minute, counted exactly over all processes.

One upsert for each request counts the minute, the total and the last use together; the row's lock makes it
exact for concurrent requests. See docs/decisions/0023-rate-limit-by-one-upsert.md.
"""

import datetime as dt
import math
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils import timezone

from api.models import SESSION, Usage

WINDOW_MS = 60_000
SESSIONS_KEPT = dt.timedelta(days=2)

_COUNT = """
    {before} INSERT INTO api_usage (caller, window_began, in_window, total, last_at)
    SELECT %s, %s, 1, 1, %s {behind}
    ON CONFLICT (caller) DO UPDATE SET
        in_window = CASE WHEN api_usage.window_began <= %s THEN 1 ELSE api_usage.in_window + 1 END,
        window_began = CASE WHEN api_usage.window_began <= %s
            THEN excluded.window_began ELSE api_usage.window_began END,
        total = api_usage.total + 1,
        last_at = excluded.last_at
    RETURNING in_window, window_began, total
"""
# PostgreSQL need not wait for its disk: a crash may forget the last few requests.
_COUNTS = {
    "postgresql": _COUNT.format(
        before="WITH quick AS (SELECT set_config('synchronous_commit', 'off', true) AS setting)",
        behind="FROM quick WHERE setting = 'off'",
    ),
    # Without a condition, SQLite would take ON for that of a join.
    "sqlite": _COUNT.format(before="", behind="WHERE true"),
}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A caller's limit, and the requests that are left in this minute."""

    limit: int
    used: int
    # Seconds until the next minute begins, at least one.
    reset: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "RateLimit-Reset": str(self.reset),
        }
        return headers | ({"Retry-After": str(self.reset)} if self.is_exceeded else {})


def count_request(caller: str) -> RateLimit:
    """Count a request of a caller and return their rate limit. One statement."""
    now = timezone.now()
    now_ms = int(now.timestamp() * 1000)
    last_at = Usage._meta.get_field("last_at").get_db_prep_save(now, connection=connection)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTS[connection.vendor], [caller, now_ms, last_at, now_ms - WINDOW_MS, now_ms - WINDOW_MS]
        )
        used, began, total = cursor.fetchone()
    if total == 1:
        _delete_old_sessions(now)
    reset = max(math.ceil((began + WINDOW_MS - now_ms) / 1000), 1)
    return RateLimit(limit=settings.API_RATE_PER_MINUTE, used=used, reset=reset)


def _delete_old_sessions(now: dt.datetime) -> None:
    """Delete the usage of old sessions; a token's usage is kept, because its owner can see it."""
    Usage.objects.filter(caller__startswith=SESSION, last_at__lt=now - SESSIONS_KEPT).delete()
