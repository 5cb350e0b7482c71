import threading
import time

import pytest
from django.core.cache import cache
from django.core.management import call_command

from deskops import health
from deskops.management.commands import work


@pytest.mark.django_db(transaction=True)
class TestWork:
    def test_shows_that_it_lives(self) -> None:
        cache.delete(health.WORKER_SEEN)

        call_command("work", batch=True, interval=0, verbosity=0)

        assert health.worker_is_alive()

    def test_gives_signs_of_life_again_and_again_beside_a_long_job(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = threading.Semaphore(0)
        monkeypatch.setattr(work, "worker_seen", seen.release)

        with work.signs_of_life(seconds=0.01):
            assert all(seen.acquire(timeout=5) for _ in range(3))

    def test_lives_on_when_the_cache_is_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        attempts: list[float] = []

        def refuse() -> None:
            attempts.append(time.monotonic())
            if len(attempts) < 3:
                raise ConnectionRefusedError

        monkeypatch.setattr(work, "worker_seen", refuse)

        with work.signs_of_life(seconds=0.01):
            deadline = time.monotonic() + 5
            while len(attempts) < 3 and time.monotonic() < deadline:
                time.sleep(0.01)

        assert len(attempts) >= 3
