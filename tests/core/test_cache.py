"""The cache on Redis, which the database stands in for."""

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from core.cache import RedisOrDatabaseCache
from tests.factories import PASSWORD, make_people, make_user

# Nothing listens on the first port.
REDIS_IS_AWAY = {
    "default": {
        "BACKEND": "core.cache.RedisOrDatabaseCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"socket_connect_timeout": 1},
    },
    "fallback": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "deskops_cache"},
}


@pytest.fixture(autouse=True)
def _redis_is_away(settings: Settings) -> None:
    settings.CACHES = REDIS_IS_AWAY


@pytest.mark.django_db
class TestRedisOrDatabaseCache:
    def test_keeps_values_in_the_database_while_redis_is_away(self) -> None:
        cache = caches["default"]

        cache.set("tons", 12, timeout=60)

        assert isinstance(cache, RedisOrDatabaseCache)
        assert cache.get("tons") == 12
        assert cache.incr("tons") == 13
        assert not cache.add("tons", 1)
        assert cache.delete("tons")
        assert caches["fallback"].get("tons") is None

    def test_lets_people_sign_in_and_still_limits_wrong_passwords(self) -> None:
        alice = make_people().alice

        wrong = [
            Client().post("/accounts/login/", {"login": alice.email, "password": "wrong"}).content.decode()
            for _ in range(6)
        ]
        signed_in = Client().post("/accounts/login/", {"login": make_user().email, "password": PASSWORD})

        assert "Too many failed login attempts" in wrong[-1]
        assert signed_in.status_code == 302

    def test_readiness_names_the_cache(self) -> None:
        ready = Client().get("/readyz")

        assert ready.status_code == 200
        assert ready.json()["status"] == "degraded"
        assert ready.json()["checks"]["cache"] == "failing"
