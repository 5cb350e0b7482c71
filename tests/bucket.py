"""A bucket for the tests: files in memory behind a few lines of HTTP on this machine."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

import pytest


class Shelf(ThreadingHTTPServer):
    """A bucket which remembers what it holds and what was requested of it: both before it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str]] = []
        self.url = f"s3://files/portal?region=eu-1&endpoint=http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Shelf

    def do_PUT(self) -> None:
        self._remember()
        self.server.files[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(HTTPStatus.OK)

    def do_HEAD(self) -> None:
        self._remember()
        self._send(HTTPStatus.OK if self.path in self.server.files else HTTPStatus.NOT_FOUND)

    def do_GET(self) -> None:
        self._remember()
        if self.path not in self.server.files:
            self._send(HTTPStatus.NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert part is not None
        self._send(HTTPStatus.PARTIAL_CONTENT, self.server.files[self.path][int(part[1]) : int(part[2]) + 1])

    def do_DELETE(self) -> None:
        self._remember()
        self.server.files.pop(self.path, None)
        self._send(HTTPStatus.NO_CONTENT)

    def _remember(self) -> None:
        self.server.requests.append((self.command, self.path, self.headers.get("Range", "")))

    def _send(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output free of it."""


@contextmanager
def open_shelf() -> Iterator[Shelf]:
    """Answer as an empty bucket until the test is over, with the keys to it in the environment."""
    with pytest.MonkeyPatch.context() as environment, Shelf() as shelf:
        environment.setenv("AWS_ACCESS_KEY_ID", "key")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        # What this bucket understands.
        environment.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
        thread = threading.Thread(target=shelf.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield shelf
        finally:
            shelf.shutdown()
            thread.join()
