import datetime as dt
from unittest import mock

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from deskops import health
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def checks(client: Client) -> tuple[int, dict[str, str]]:
    response = client.get("/healthz")
    return response.status_code, response.json()["checks"]


class TestHealthz:
    def test_is_well_while_database_migrations_and_worker_are(self, client: Client) -> None:
        health.worker_seen()

        response = client.get("/healthz")

        assert response.status_code == 200
        assert response.json() == {
            "status": "ok",
            "checks": {"database": "ok", "migrations": "ok", "worker": "ok"},
        }

    def test_misses_a_worker_that_was_never_seen(self, client: Client) -> None:
        cache.delete(health.WORKER_SEEN)

        assert checks(client) == (503, {"database": "ok", "migrations": "ok", "worker": "failing"})

    def test_misses_a_worker_that_fell_silent(self, client: Client) -> None:
        long_ago = timezone.now() - dt.timedelta(seconds=181)
        cache.set(health.WORKER_SEEN, long_ago.timestamp())

        assert checks(client) == (503, {"database": "ok", "migrations": "ok", "worker": "failing"})

    def test_misses_a_migration_that_was_not_applied(self, client: Client) -> None:
        health.worker_seen()
        MigrationRecorder.Migration.objects.filter(app="sites").delete()

        assert checks(client) == (503, {"database": "ok", "migrations": "failing", "worker": "ok"})

    def test_answers_without_a_database(self, client: Client) -> None:
        away = mock.patch.object(
            MigrationRecorder, "applied_migrations", side_effect=OperationalError("connection refused")
        )

        with away:
            response = client.get("/healthz")

        assert response.status_code == 503
        assert response.json()["checks"] == {
            "database": "failing",
            "migrations": "failing",
            "worker": "failing",
        }
        assert b"refused" not in response.content

    def test_answers_without_a_cache(self, client: Client) -> None:
        class CacheIsAwayError(Exception):
            """What a cache's own client raises."""

        with mock.patch.object(cache, "get", side_effect=CacheIsAwayError):
            assert checks(client) == (503, {"database": "ok", "migrations": "ok", "worker": "failing"})

    def test_does_not_ask_who_is_signed_in(self, client: Client) -> None:
        client.force_login(make_user())
        checks(client)

        with mock.patch("django.contrib.auth.middleware.get_user", side_effect=AssertionError):
            assert checks(client)[0] in {200, 503}

    def test_is_never_kept_by_a_cache(self, client: Client) -> None:
        assert "no-store" in client.get("/healthz")["Cache-Control"]

    def test_takes_no_post(self, client: Client) -> None:
        assert client.post("/healthz").status_code == 405
