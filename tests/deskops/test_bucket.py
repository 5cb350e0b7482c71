"""A part of a file in a bucket: fetched by itself. The bucket is a few lines of HTTP on this machine."""

import re
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import override

import pytest

from deskops.storage import storage_at

pytest.importorskip("storages", reason="django-storages is not installed")

CONTENT = bytes(range(256)) * 4096  # a megabyte


class Shelf(ThreadingHTTPServer):
    """A bucket with one file, which remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[tuple[str, str, str]] = []
        self.sent = 0


class Answers(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.command, self.path, wanted))
        if self.path != "/files/portal/there.csv":
            self._send(HTTPStatus.NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
        assert found is not None
        self._send(HTTPStatus.PARTIAL_CONTENT, CONTENT[int(found[1]) : int(found[2]) + 1])

    def _send(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.sent += len(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output free of it."""


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with Shelf() as shelf:
        thread = threading.Thread(target=shelf.serve_forever)
        thread.start()
        yield shelf
        shelf.shutdown()
        thread.join()


def blocks_of(shelf: Shelf, name: str, first: int, last: int) -> Iterator[bytes]:
    from deskops.bucket import Bucket

    url = f"s3://files/portal?region=eu-1&endpoint=http://127.0.0.1:{shelf.server_port}"
    options = storage_at(url, folder=Path("nowhere"))["OPTIONS"]
    assert isinstance(options, dict)
    return Bucket(**options).blocks_of(name, first, last)


class TestBucket:
    def test_fetches_the_part_that_is_wanted_and_nothing_else(self, shelf: Shelf) -> None:
        part = b"".join(blocks_of(shelf, "there.csv", 700_000, 700_009))

        assert part == CONTENT[700_000:700_010]
        assert shelf.asked == [("GET", "/files/portal/there.csv", "bytes=700000-700009")]
        assert shelf.sent == 10

    def test_brings_the_whole_in_blocks(self, shelf: Shelf) -> None:
        blocks = list(blocks_of(shelf, "there.csv", 0, len(CONTENT) - 1))

        assert b"".join(blocks) == CONTENT
        assert len(blocks) == 4

    def test_says_at_once_that_there_is_no_such_file(self, shelf: Shelf) -> None:
        with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
            blocks_of(shelf, "gone.csv", 0, 1)
