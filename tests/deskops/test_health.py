import datetime as dt
import re
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.utils import timezone

from deskops.monitoring import health
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
            health, "database_answers", side_effect=OperationalError("connection refused")
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


class TestReadyz:
    def test_is_ready_without_a_worker_and_says_which_version_it_is(self, client: Client) -> None:
        cache.delete(health.WORKER_SEEN)

        response = client.get("/readyz")

        assert response.status_code == 200
        assert response.json() == {
            "status": "ok",
            "version": settings.VERSION,
            "checks": {"database": "ok", "migrations": "ok", "writes": "ok", "cache": "ok", "storage": "ok"},
        }

    def test_is_not_ready_before_its_migrations_are_applied(self, client: Client) -> None:
        MigrationRecorder.Migration.objects.filter(app="sites").delete()

        response = client.get("/readyz")

        assert response.status_code == 503
        assert response.json()["checks"]["migrations"] == "failing"

    def test_is_degraded_without_a_cache(self, client: Client) -> None:
        with mock.patch.object(cache, "get", side_effect=ConnectionError):
            response = client.get("/readyz")

        assert response.status_code == 200
        assert response.json()["status"] == "degraded"
        assert response.json()["checks"]["cache"] == "failing"

    def test_is_not_ready_where_files_cannot_be_written(self, client: Client) -> None:
        with mock.patch("os.access", return_value=False):
            response = client.get("/readyz")

        assert response.status_code == 503
        assert response.json()["checks"]["storage"] == "failing"

    def test_is_not_ready_while_the_bucket_is_away(self, client: Client) -> None:
        bucket = mock.Mock()
        bucket.exists.side_effect = ConnectionError

        with mock.patch.object(health, "storages", {"exports": bucket, "imports": bucket}):
            response = client.get("/readyz")

        assert response.status_code == 503
        assert response.json()["checks"]["storage"] == "failing"


class TestLivez:
    def test_answers_while_the_database_is_away(self, client: Client) -> None:
        with mock.patch.object(connection, "cursor", side_effect=OperationalError):
            response = client.get("/livez")

        assert response.status_code == 200
        assert response.json() == {"status": "ok"}

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/livez"])
    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_is_not_redirected_to_https(self, client: Client, path: str) -> None:
        assert client.get(path).status_code in {200, 503}


class TestVersion:
    def test_stands_at_the_foot_of_every_page(self, client: Client) -> None:
        foot = f'<footer class="foot">DeskOps {settings.VERSION}</footer>'
        assert foot in client.get("/accounts/login/").text

        client.force_login(make_user(is_superuser=True))

        assert foot in client.get("/shortcuts/").text
        assert f'<footer id="footer">DeskOps {settings.VERSION}</footer>' in client.get("/admin/").text

    def test_has_a_dated_section_in_the_change_log(self) -> None:
        log = (settings.BASE_DIR / "CHANGELOG.md").read_text("utf-8")

        assert re.search(rf"^## \[{re.escape(settings.VERSION)}\] - \d{{4}}-\d\d-\d\d$", log, re.MULTILINE)
