"""Exports whose files are in a bucket, by setting alone: here a few lines of HTTP on this machine."""

import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import override
from unittest import mock

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from deskops.storage import storage_at
from exports import jobs, running, upkeep
from exports.models import ExportJob
from records.holds import Outcome, Pulse
from tests.exports.pages_case import PagesCase

pytest.importorskip("storages", reason="django-storages is not installed")


class Shelf(ThreadingHTTPServer):
    """A bucket in memory."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.files: dict[str, bytes] = {}


class Answers(BaseHTTPRequestHandler):
    server: Shelf

    def do_PUT(self) -> None:
        self.server.files[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(HTTPStatus.OK)

    def do_HEAD(self) -> None:
        self._send(HTTPStatus.OK if self.path in self.server.files else HTTPStatus.NOT_FOUND)

    def do_GET(self) -> None:
        if self.path not in self.server.files:
            self._send(HTTPStatus.NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        self._send(HTTPStatus.PARTIAL_CONTENT, self.server.files[self.path][int(first) : int(last) + 1])

    def do_DELETE(self) -> None:
        self.server.files.pop(self.path, None)
        self._send(HTTPStatus.NO_CONTENT)

    def _send(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output free of it."""


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    # What this bucket understands.
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    with Shelf() as shelf:
        thread = threading.Thread(target=shelf.serve_forever)
        thread.start()
        yield shelf
        shelf.shutdown()
        thread.join()


class TestBucket(PagesCase):
    shelf: Shelf

    @pytest.fixture(autouse=True)
    def _of_the_test(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def setUp(self) -> None:
        super().setUp()
        url = f"s3://files/portal?region=eu-1&endpoint=http://127.0.0.1:{self.shelf.server_port}"
        exports = storage_at(url, folder=Path("nowhere"))
        self.enterContext(override_settings(STORAGES={**settings.STORAGES, "exports": exports}))

    def test_holds_the_file_until_its_time_is_over(self) -> None:
        self.receive()
        job = self.made()
        client = self.as_(self.alice)

        whole = client.get(f"/exports/{job.pk}/file/")
        part = client.get(f"/exports/{job.pk}/file/", headers={"Range": "bytes=3-6"})

        assert list(self.shelf.files) == [f"/files/portal/{job.storage_name}"]
        assert whole.getvalue() == self.shelf.files[f"/files/portal/{job.storage_name}"]
        assert part.getvalue() == b"site"
        ExportJob.objects.update(expires_at=timezone.now())
        upkeep.tidy()
        assert self.shelf.files == {}

    def test_gets_no_file_of_a_job_that_was_cancelled_on_its_way_there(self) -> None:
        job = self.ask()
        told = Pulse.told

        def cancelled(pulse: Pulse, done: int, of: int) -> None:
            told(pulse, done, of)
            jobs.cancel(job_id=job.pk, by=self.alice)
            pulse._lost.set()

        with mock.patch.object(Pulse, "told", cancelled):
            outcome = running.run(job.pk)

        assert outcome is Outcome.NOT_OURS
        assert self.shelf.files == {}
