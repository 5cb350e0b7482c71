import signal
import threading
import time

import pytest
from django.core.cache import cache
from django.core.management import call_command

from core.jobs.lease import GRACE_SECONDS, grace_period
from core.jobs.models import JobStatus
from deskops.management.commands import work
from deskops.monitoring import health
from exports import actions
from exports.datasets.selection import FileFormat
from tests.exports.jobs_case import request_for
from tests.factories import make_people


@pytest.mark.django_db(transaction=True)
class TestWork:
    def test_shows_that_it_lives(self) -> None:
        cache.delete(health.WORKER_SEEN)

        call_command("work", batch=True, interval=0, verbosity=0)

        assert health.worker_is_alive()

    def test_gives_signs_of_life_again_and_again_next_to_a_long_job(self) -> None:
        seen = threading.Semaphore(0)

        with work.every(0.01, seen.release, name="signs-of-life"):
            assert all(seen.acquire(timeout=60) for _ in range(3))

    def test_lives_on_when_the_cache_is_away(self) -> None:
        attempts: list[float] = []

        def refuse() -> None:
            attempts.append(time.monotonic())
            if len(attempts) < 3:
                raise ConnectionRefusedError

        with work.every(0.01, refuse, name="signs-of-life"):
            deadline = time.monotonic() + 60
            while len(attempts) < 3 and time.monotonic() < deadline:
                time.sleep(0.01)

        assert len(attempts) >= 3

    def test_makes_the_requested_files(self) -> None:
        people = make_people()
        wanted = request_for(people.site, file_format=FileFormat.CSV)
        job = actions.request_export(request=wanted, by=people.alice).job

        call_command("work", batch=True, interval=0, verbosity=0)

        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED
        actions.remove(job_id=job.pk, by=people.alice)

    def test_gives_the_running_job_a_moment_when_stopped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        granted: list[float] = []
        monkeypatch.setattr(grace_period, "start", granted.append)
        worker = work.Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="w",
            excluded_queue_names=[],
        )
        worker.running_task = True

        worker.shutdown(signal.SIGTERM, None)

        assert granted == [GRACE_SECONDS]
        assert not worker.running
