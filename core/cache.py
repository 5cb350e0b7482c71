"""The shared cache on Redis, which the database stands in for while Redis is away.

Sign-in counts wrong passwords in the cache: without it nobody could sign in, or anybody could guess.
"""

import time
from collections.abc import Callable
from typing import override

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

FALLBACK = "fallback"
# Redis is left alone for so long after it did not answer.
PAUSE_SECONDS = 5


class RedisOrDatabaseCache(BaseCache):
    """A cache on Redis; the cache named `fallback` is used while Redis does not answer."""

    def __init__(self, location: str, params: dict[str, object]) -> None:
        super().__init__(params)
        self._redis = RedisCache(location, params)
        self._away_until = 0.0

    def _call[R](self, use: Callable[[BaseCache], R]) -> R:
        if time.monotonic() >= self._away_until:
            try:
                return use(self._redis)
            except (RedisError, OSError) as error:
                self._away_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("redis_away", error=type(error).__name__)
        return use(caches[FALLBACK])

    def ping(self) -> None:
        """Raise RedisError where Redis does not answer."""
        self._redis.get("ping")

    @override
    def add(
        self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return self._call(lambda cache: cache.add(key, value, timeout, version))

    @override
    def get(self, key: str, default: object = None, version: int | None = None) -> object:
        return self._call(lambda cache: cache.get(key, default, version))

    @override
    def set(
        self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._call(lambda cache: cache.set(key, value, timeout, version))

    @override
    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._call(lambda cache: cache.touch(key, timeout, version))

    @override
    def delete(self, key: str, version: int | None = None) -> bool:
        return self._call(lambda cache: cache.delete(key, version))

    @override
    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return self._call(lambda cache: cache.incr(key, delta, version))

    @override
    def clear(self) -> None:
        self._call(lambda cache: cache.clear())
